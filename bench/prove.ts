// Proofs: the assertions of examples/acme, mutated pairs of documents both ways, and documents of rising size with five keys.
// `npm run bench:prove`. Processor time is what counts: the machine may be busy.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { Auditor, DEFAULT_BUDGET } from "../src/audit/auditor.js";
import { everything } from "../src/audit/region.js";
import { Engine } from "../src/engine/engine.js";
import type { PolicyDocument } from "../src/policy/document/document.js";
import { parsePolicyDocument } from "../src/policy/document/parse-document.js";
import { parseSource } from "../src/policy/formats/build-policy-set.js";
import { loadPolicySet } from "../src/policy/formats/load-policy-set.js";
import { DocumentChecks } from "../src/prove/document-checks.js";
import { Prover } from "../src/prove/prover.js";
import { readAssertions } from "../src/prove/read-assertions.js";
import type { AuthorizationQuestion } from "../src/question/authorization-question.js";
import type { Finding } from "../src/text/finding.js";
import { sourceText } from "../src/text/source-text.js";
import { loadWholeCatalogue } from "../src/validate/catalogue/load-catalogue.js";
import { machineLine, median } from "./measure.js";
import { attack } from "./prove-attack.js";

const catalogue = await loadWholeCatalogue();
const nowMs = Date.now();
console.log(machineLine());
await acme();
await mutants();
await growth();

async function acme(): Promise<void> {
  const loaded = await loadPolicySet("examples/acme");
  if (!loaded.ok) throw new Error("examples/acme is refused");
  const engine = await Engine.start({ workers: 0, allowWhatIf: true });
  engine.publish(loaded.policySet);
  const decide = (question: AuthorizationQuestion) => engine.decide(question, { nowMs });
  const auditor = new Auditor({
    set: loaded.policySet,
    decide,
    catalogue,
    region: everything,
    nowMs,
    budget: DEFAULT_BUDGET,
  });
  const path = join("examples", "acme.assertions.yaml");
  const source = sourceText(path, readFileSync(path, "utf8"));
  const findings: Finding[] = [];
  const node = parseSource(source, findings);
  const assertions = (node && readAssertions(node, source, findings)) ?? [];
  const prover = new Prover(auditor);
  const tally = { holds: 0, fails: 0, unknown: 0 };
  const { seconds, processor } = timed(() => {
    for (const assertion of assertions) tally[prover.prove(assertion, auditor).result]++;
  });
  console.log(
    `acme: ${assertions.length} assertions, ${seconds} s, ${processor} s of a processor, ${JSON.stringify(tally)}`,
  );
  await engine.close();
}

/** A text with a seed of its own: the same pairs in every run. */
function generator(seed: number): (count: number) => number {
  let state = seed;
  return (count) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
}

type Statement = Record<string, unknown>;

/** Policies of two to six statements about ec2, iam and s3, as people write them, and one change of each. */
async function mutants(): Promise<void> {
  const below = generator(7);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T;
  const actions = [
    "ec2:*",
    "ec2:Describe*",
    "ec2:RunInstances",
    "ec2:StartInstances",
    "iam:PassRole",
    "iam:Get*",
    "iam:List*",
    "s3:*",
    "s3:Get*",
    "s3:PutObject",
    "s3:ListBucket",
  ];
  const resources = [
    "*",
    "arn:aws:ec2:*:*:instance/*",
    "arn:aws:ec2:us-east-1:123456789012:subnet/*",
    "arn:aws:iam::123456789012:role/app-*",
    "arn:aws:s3:::bucket",
    "arn:aws:s3:::bucket/*",
    "arn:aws:s3:::bucket/home/${aws:username}/*",
  ];
  const conditions = [
    undefined,
    undefined,
    { StringEquals: { "ec2:ResourceTag/env": "dev" } },
    { StringLike: { "s3:prefix": ["home/*", "pub/*"] } },
    { IpAddress: { "aws:SourceIp": "203.0.113.0/24" } },
    { Bool: { "aws:MultiFactorAuthPresent": "true" } },
    { "ForAnyValue:StringLike": { "aws:TagKeys": "cost*" } },
  ];
  const statement = (): Statement => {
    const condition = pick(conditions);
    return {
      Effect: below(5) === 0 ? "Deny" : "Allow",
      Action: [pick(actions), pick(actions)],
      Resource: pick(resources),
      ...(condition === undefined ? {} : { Condition: condition }),
    };
  };
  const mutate = (statements: readonly Statement[]): readonly Statement[] =>
    statements.flatMap((one, index) => {
      if (index !== 0) return [one];
      const kind = below(6);
      if (kind === 0) return [];
      if (kind === 1) return [{ ...one, Effect: one.Effect === "Allow" ? "Deny" : "Allow" }];
      if (kind === 2) return [{ ...one, Action: pick(actions) }];
      if (kind === 3) return [{ ...one, Resource: pick(resources) }];
      const { Condition: _, ...rest } = one;
      return [kind === 4 ? rest : { ...one, Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } } }];
    });
  const pairs = Array.from({ length: 546 }, () => {
    const original = Array.from({ length: 2 + below(5) }, statement);
    return [documentOf([...original, statement()]), documentOf([...mutate(original), statement()])] as const;
  });
  const checks = await DocumentChecks.start({ catalogue, budget: DEFAULT_BUDGET, nowMs });
  const tally = { PASS: 0, FAIL: 0, UNKNOWN: 0 };
  const each: number[] = [];
  const proved: (readonly [PolicyDocument, PolicyDocument])[] = [];
  const { seconds, processor } = timed(() => {
    for (const [one, other] of pairs) {
      for (const [old, now] of [
        [one, other],
        [other, one],
      ] as const) {
        const start = performance.now();
        const { result } = checks.checkNoNewAccess(old, now, "identity");
        each.push(performance.now() - start);
        tally[result]++;
        if (result === "PASS") proved.push([old, now]);
      }
    }
  });
  each.sort((left, right) => left - right);
  const told = `p50 ${median(each).toFixed(2)} ms, max ${(each.at(-1) ?? 0).toFixed(0)} ms`;
  console.log(
    `mutants: 546 pairs both ways, ${seconds} s, ${processor} s of a processor, ${told}, ${JSON.stringify(tally)}`,
  );
  await checks.close();
  const asked = await attack(proved, 1_000_000, below);
  console.log(`attack: ${asked} random requests against ${proved.length} proofs, none contradicts one`);
}

/** Statements that differ in five keys each, against all of them but the last condition. */
async function growth(): Promise<void> {
  const checks = await DocumentChecks.start({ catalogue, budget: 20_000_000, nowMs });
  for (const size of [5, 10, 15]) {
    const statements = Array.from({ length: size }, (_, index) => ({
      Effect: index % 4 === 3 ? "Deny" : "Allow",
      Action: ["s3:GetObject", `s3:${index % 2 === 0 ? "Put" : "List"}*`],
      Resource: `arn:aws:s3:::b${index % 3}*/k${index}*`,
      Condition: {
        StringLike: { "s3:prefix": `a${index}*`, "aws:UserAgent": `u${index % 5}*` },
        IpAddress: { "aws:SourceIp": `10.${index}.0.0/16` },
        NumericLessThan: { "s3:max-keys": String(10 * (index + 1)) },
        StringEquals: { "aws:PrincipalTag/team": `t${index % 4}` },
      },
    }));
    const [old, now] = [documentOf(statements), documentOf([...statements].reverse())];
    const results: string[] = [];
    const { seconds, processor } = timed(() => {
      results.push(checks.checkNoNewAccess(old, now, "identity").result);
      results.push(checks.checkNoNewAccess(documentOf(statements.slice(1)), now, "identity").result);
    });
    console.log(
      `growth: ${size} statements with 5 keys, ${seconds} s, ${processor} s of a processor, ${results.join(" ")}`,
    );
  }
  await checks.close();
}

function documentOf(statements: readonly object[]): PolicyDocument {
  const source = sourceText("p.json", JSON.stringify({ Version: "2012-10-17", Statement: statements }));
  const findings: Finding[] = [];
  const node = parseSource(source, findings);
  const document = node && parsePolicyDocument(node, source, "identity", findings);
  if (document === undefined) throw new Error(JSON.stringify(findings));
  return document;
}

function timed(work: () => void): { readonly seconds: string; readonly processor: string } {
  const [start, used] = [performance.now(), process.cpuUsage()];
  work();
  const { user, system } = process.cpuUsage(used);
  return { seconds: ((performance.now() - start) / 1000).toFixed(2), processor: ((user + system) / 1e6).toFixed(2) };
}
