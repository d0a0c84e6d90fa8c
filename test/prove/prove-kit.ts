/** What the tests of proofs share: a prover over a set, assertions as a file would have them. */
import { Auditor, DEFAULT_BUDGET } from "../../src/audit/auditor.js";
import { everything } from "../../src/audit/region.js";
import { Engine } from "../../src/engine/engine.js";
import { buildPolicySet } from "../../src/index.js";
import type { Assertion } from "../../src/prove/assertion.js";
import { Prover } from "../../src/prove/prover.js";
import { readAssertions } from "../../src/prove/read-assertions.js";
import type { ProofResult } from "../../src/prove/result.js";
import type { AuthorizationQuestion } from "../../src/question/authorization-question.js";
import type { Finding } from "../../src/text/finding.js";
import { readJson } from "../../src/text/json-reader.js";
import { sourceText } from "../../src/text/source-text.js";
import { loadCatalogue } from "../../src/validate/catalogue/load-catalogue.js";

/** A set with its matcher. */
export interface Proved {
  readonly auditor: Auditor;
  readonly isAllowed: (question: Partial<AuthorizationQuestion>) => boolean;
  readonly prove: (assertion: object, other?: Auditor) => ProofResult;
}

const nowMs = Date.parse("2026-03-01T09:00:00Z");

/** A prover over a set as a Verdict file would have it. */
export async function provedSet(set: object, budget = DEFAULT_BUDGET): Promise<Proved> {
  const built = buildPolicySet([sourceText("set.json", JSON.stringify(set))]);
  if (!built.ok) throw new Error(JSON.stringify(built.findings));
  const engine = await Engine.start({ workers: 0, allowWhatIf: true, briefSets: true });
  engine.publish(built.policySet);
  const catalogue = await loadCatalogue(["s3", "sts", "iam", "sqs"]);
  const decide = (question: AuthorizationQuestion) => engine.decide(question, { nowMs });
  const auditor = new Auditor({ set: built.policySet, decide, catalogue, region: everything, nowMs, budget });
  const prover = new Prover(auditor);
  return {
    auditor,
    isAllowed: (question) => {
      const decision = decide({ ...blank, ...question });
      return "allowed" in decision && decision.allowed;
    },
    prove: (assertion, other) => prover.prove(assertionOf(assertion), other),
  };
}

const blank: AuthorizationQuestion = {
  principal: "anonymous",
  action: "s3:GetObject",
  resource: "*",
  context: new Map(),
  resourceTags: [],
  sessionPolicies: [],
  sessionTags: [],
  whatIf: false,
};

/** One assertion; `id` is given. */
export function assertionOf(assertion: object): Assertion {
  const { assertions, findings } = read({ assertions: [{ id: "one", ...assertion }] });
  const [one] = assertions ?? [];
  if (one === undefined) throw new Error(findings.join("\n"));
  return one;
}

/** A file, and what is wrong with it. */
export function read(file: unknown): { assertions: readonly Assertion[] | undefined; findings: readonly string[] } {
  const source = sourceText("a.json", typeof file === "string" ? file : JSON.stringify(file));
  const findings: Finding[] = [];
  const node = readJson(source, findings);
  const assertions = node && readAssertions(node, source, findings);
  return { assertions, findings: findings.map(({ line, column, message }) => `${line}:${column} ${message}`) };
}
