// Further inputs of the kinds that AWS has answered, decided by hand from the text of the law and held against the matcher and the
// oracle. A row is what the test comes to, the value of the policy, and what the request has for the key, if anything.
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { Simulator } from "../../src/simulate/simulator.js";
import { type Answer, askMatcher, askOracle, build, type Refusal } from "../differential/evaluators.js";
import { NOW_MS } from "../differential/scene.js";
import type { SimulationCase } from "../oracle/simulation-case.js";

interface Group {
  readonly rule: readonly string[];
  readonly operator: string;
  readonly key: string;
  readonly rows: readonly (readonly [holds: boolean, value: unknown, given?: unknown])[];
}

const groups: readonly Group[] = JSON.parse(
  readFileSync(new URL("../corpus/recorded-families.json", import.meta.url), "utf8"),
);
const simulator = await Simulator.start({ matcher: "release", nowMs: () => NOW_MS });
afterAll(() => simulator.close());

/** A request that one test decides: as the only Allow, or as a Deny beside one. */
function caseOf({ operator, key }: Group, effect: "Allow" | "Deny", value: unknown, given: unknown): SimulationCase {
  const open = { Effect: "Allow", Action: "*", Resource: "*" };
  const tested = { ...open, Effect: effect, Condition: { [operator]: { [key]: value } } };
  const document = { Version: "2012-10-17", Statement: effect === "Allow" ? [tested] : [open, tested] };
  const request = { principal: "arn:aws:iam::111122223333:user/a", action: "own:Act", resource: "*" };
  return {
    policies: { identity: [{ name: "own", document }] },
    request: given === undefined ? request : { ...request, context: { [key]: given } },
  };
}

function decisionOf(answer: Answer | Refusal): string {
  return "error" in answer ? answer.error : answer.decision;
}

describe("inputs like those that AWS has answered", () => {
  it.each(groups)("under $operator of $key come to what the law says ($rule)", (group) => {
    for (const [index, [holds, value, given]] of group.rows.entries()) {
      const effect = index % 2 === 0 ? "Allow" : "Deny";
      const one = caseOf(group, effect, value, given);
      const want = { Allow: ["implicitDeny", "allowed"], Deny: ["allowed", "explicitDeny"] }[effect][Number(holds)];
      const note = JSON.stringify([effect, value, given]);
      const built = build(one);
      expect(decisionOf("error" in built ? built : askMatcher(simulator, built.built)), note).toBe(want);
      expect(decisionOf(askOracle(one)), note).toBe(want);
    }
  });

  it("are as many as were decided", () => {
    expect(groups.flatMap(({ rows }) => rows).length).toBeGreaterThan(1700);
  });
});
