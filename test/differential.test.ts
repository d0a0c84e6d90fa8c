// The matcher and the oracle give the same answer to random cases. The seed is printed; VERDICT_SEED and VERDICT_CASES
// choose another seed and number of cases (test/README.md).
import { describe, expect, it } from "vitest";
import { Simulator } from "../src/engine/simulator.js";
import { generateCases, REQUESTS_PER_SET } from "./differential/cases.js";
import { outcomeOf, Tally } from "./differential/coverage.js";
import { askMatcher, askOracle, build, differences, isRequestError, type Matcher } from "./differential/evaluators.js";
import { NOW_MS } from "./differential/scene.js";
import { shrink } from "./differential/shrink.js";
import type { SimulationCase } from "./oracle/simulation-case.js";

const seed = Number(process.env.VERDICT_SEED ?? 20_250_601);
const caseCount = Number(process.env.VERDICT_CASES ?? 20_000);
/** The first set of policies; a long run can be cut into pieces. */
const firstSet = Number(process.env.VERDICT_FIRST_SET ?? 0);
const mostReported = Number(process.env.VERDICT_REPORTED ?? 5);
const progressEvery = 100_000;

describe("matcher and oracle", () => {
  it(`agree on ${caseCount} random cases with seed ${seed}`, { timeout: 60_000 + caseCount * 20 }, async () => {
    console.log(`differential: seed ${seed}, ${caseCount} cases`);
    const matcher = await Simulator.start({ matcher: "release", nowMs: () => NOW_MS });
    const tally = new Tally();
    const reports: string[] = [];
    const setCount = Math.ceil(caseCount / REQUESTS_PER_SET);
    for (let setNumber = firstSet; setNumber < firstSet + setCount; setNumber++) {
      for (const one of generateCases(seed, setNumber)) {
        const found = compare(matcher, one, tally);
        if (found.length === 0) continue;
        tally.add("different");
        if (reports.length < mostReported) reports.push(report(matcher, one, found));
      }
      const done = (setNumber - firstSet + 1) * REQUESTS_PER_SET;
      if (done % progressEvery === 0) console.log(`differential: ${done} cases, ${tally.lines().join(", ")}`);
    }
    console.log(`differential: ${tally.lines().join(", ")}`);
    expect(reports.join("\n\n")).toBe("");
    const decided = ["allowed", "explicitDeny", "implicitDeny"];
    for (const decision of decided) expect(tally.of(decision) / caseCount, decision).toBeGreaterThanOrEqual(0.2);
    expect((tally.of("error") + tally.of("unbuildable")) / caseCount).toBeLessThan(0.02);
  });
});

/** How the two sides differ about a case; what the strict reader refuses in a document is no case (VEC-4). */
function compare(matcher: Matcher, simulationCase: SimulationCase, tally?: Tally): string[] {
  const built = build(simulationCase);
  if ("error" in built && !isRequestError(built.findings)) {
    tally?.add("unbuildable");
    return [];
  }
  const want = askOracle(simulationCase);
  const have = "error" in built ? { error: built.error } : askMatcher(matcher, built.built);
  tally?.add(outcomeOf(want));
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
