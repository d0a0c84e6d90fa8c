// The matcher and the oracle give the same answer to random cases. The seed is printed; VERDICT_SEED and VERDICT_CASES
// choose another seed and number of cases (test/README.md).
import { describe, expect, it } from "vitest";
import { Simulator } from "../../src/simulate/simulator.js";
import { generateCases, REQUESTS_PER_SET } from "../differential/cases.js";
import { outcomeOf, Tally } from "../differential/coverage.js";
import {
  askMatcher,
  askOracle,
  type Built,
  build,
  differences,
  isRequestError,
  type Matcher,
} from "../differential/evaluators.js";
import { RECORDED_RULES, recordedRulesOf } from "../differential/recorded-rules.js";
import { NOW_MS } from "../differential/scene.js";
import { shrink } from "../differential/shrink.js";
import { buildVariation, variationsOf } from "../differential/variations.js";
import type { SimulationCase } from "../oracle/simulation-case.js";

const seed = Number(process.env.VERDICT_SEED ?? 20_250_601);
const caseCount = Number(process.env.VERDICT_CASES ?? 20_000);
/** The first set of policies; a long run can be cut into pieces. */
const firstSet = Number(process.env.VERDICT_FIRST_SET ?? 0);
/** Further requests about the directory of each case. */
const variations = Number(process.env.VERDICT_VARIATIONS ?? 1);
const mostReported = Number(process.env.VERDICT_REPORTED ?? 5);
const progressEvery = 100_000;
/** The share of cases that each rule of which AWS has answers decides, of the seed that is always run. */
const leastShare = 0.02;
const isOrdinary = !Object.keys(process.env).some((name) => /^VERDICT_(SEED|CASES|FIRST_SET|VARIATIONS)$/.test(name));

describe("matcher and oracle", () => {
  it(`agree on ${caseCount} random cases with seed ${seed}`, { timeout: 60_000 + caseCount * 20 }, async () => {
    console.log(`differential: seed ${seed}, ${caseCount} cases`);
    const matcher = await Simulator.start({ matcher: "release", nowMs: () => NOW_MS });
    const tally = new Tally();
    const reports: string[] = [];
    const casesPerSet = REQUESTS_PER_SET * (1 + variations);
    const setCount = Math.ceil(caseCount / casesPerSet);
    for (let setNumber = firstSet; setNumber < firstSet + setCount; setNumber++) {
      for (const one of generateCases(seed, setNumber)) {
        for (const [found, each] of compareAll(matcher, one, tally)) {
          if (found.length === 0) continue;
          tally.add("different");
          if (reports.length < mostReported) reports.push(report(matcher, each, found));
        }
      }
      const done = (setNumber - firstSet + 1) * casesPerSet;
      if (done % progressEvery !== 0) continue;
      console.log(`differential: ${done} cases, ${tally.lines().join(", ")}`);
      // What is printed leaves the process only when the loop pauses.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    console.log(`differential: ${tally.lines().join(", ")}`);
    expect(reports.join("\n\n")).toBe("");
    const decided = ["allowed", "explicitDeny", "implicitDeny"];
    for (const decision of decided) expect(tally.of(decision) / caseCount, decision).toBeGreaterThanOrEqual(0.2);
    // Session facts that nobody has are errors on purpose (IN-7).
    const errors = tally.of("error") - tally.of("IN-7");
    expect((errors + tally.of("unbuildable")) / caseCount).toBeLessThan(0.02);
    if (!isOrdinary) return;
    const shares = RECORDED_RULES.map((rule) => [rule, tally.of(rule) / caseCount] as const);
    expect(shares.filter(([, share]) => share < leastShare)).toEqual([]);
  });
});

/** How the two sides differ about a case and about each of its variations. */
function compareAll(matcher: Matcher, one: SimulationCase, tally: Tally): [found: string[], SimulationCase][] {
  const built = build(one);
  const all: [string[], SimulationCase][] = [[compareBuilt(matcher, one, built, tally), one]];
  if ("error" in built) return all;
  for (const variation of variationsOf(one, seed, variations)) {
    const varied = buildVariation(built.built, variation);
    if (varied !== undefined) all.push([compareBuilt(matcher, variation, { built: varied }, tally), variation]);
  }
  return all;
}

/** How the two sides differ about a case; what the strict reader refuses in a document is no case (VEC-4). */
function compare(matcher: Matcher, simulationCase: SimulationCase): string[] {
  return compareBuilt(matcher, simulationCase, build(simulationCase));
}

function compareBuilt(matcher: Matcher, simulationCase: SimulationCase, built: Built, tally?: Tally): string[] {
  if ("error" in built && !isRequestError(built.findings)) {
    tally?.add("unbuildable");
    return [];
  }
  const want = askOracle(simulationCase);
  const have = "error" in built ? { error: built.error } : askMatcher(matcher, built.built);
  tally?.add(outcomeOf(want));
  // A rule that has its share needs no more cases.
  const isWanted = (rule: string): boolean => (tally?.of(rule) ?? 0) < leastShare * caseCount;
  if (tally !== undefined && isOrdinary)
    for (const rule of recordedRulesOf(simulationCase, want, isWanted)) tally.add(rule);
  else if ("error" in want && want.error.includes("IN-7")) tally?.add("IN-7");
  return differences(have, want);
}

/** The case as found and as small as it gets, with what is different. */
function report(matcher: Matcher, found: SimulationCase, first: readonly string[]): string {
  // The same members must go on to differ, or shrinking drifts from one mistake to another.
  const names = namesOf(first);
  const small = shrink(found, (candidate) => namesOf(compareCarefully(matcher, candidate)) === names);
  const answers = compare(matcher, small);
  return [`case ${found.id ?? ""} (matcher, oracle)`, ...answers, JSON.stringify(small)].join("\n");
}

/** A candidate that breaks an evaluator is no smaller version of the case. */
function compareCarefully(matcher: Matcher, candidate: SimulationCase): string[] {
  try {
    return compare(matcher, candidate);
  } catch {
    return [];
  }
}

function namesOf(found: readonly string[]): string {
  return found.map((line) => line.slice(0, line.indexOf(":"))).join();
}
