// The laws hold for the matcher and for the oracle. The cases are those of the differential test; VERDICT_SEED and
// VERDICT_LAW_CASES choose others.
import { beforeAll, describe, expect, it } from "vitest";
import { Simulator } from "../../src/simulate/simulator.js";
import { generateCases } from "../differential/cases.js";
import { askMatcher, askOracle, build } from "../differential/evaluators.js";
import { type Ask, judge, LAWS, type Law } from "../differential/laws.js";
import { NOW_MS } from "../differential/scene.js";
import { shrink } from "../differential/shrink.js";
import { Random } from "../kit/random.js";
import { evaluate } from "../oracle/evaluate.js";
import type { SimulationCase } from "../oracle/simulation-case.js";

const seed = Number(process.env.VERDICT_SEED ?? 20_250_602);
const caseCount = Number(process.env.VERDICT_LAW_CASES ?? 500);

const cases: SimulationCase[] = [];
for (let setNumber = 0; cases.length < caseCount; setNumber++) cases.push(...generateCases(seed, setNumber));

let release: Simulator;
let debug: Simulator;

beforeAll(async () => {
  console.log(`laws: seed ${seed}, ${caseCount} cases each`);
  release = await Simulator.start({ matcher: "release", nowMs: () => NOW_MS });
  debug = await Simulator.start({ matcher: "debug", nowMs: () => NOW_MS });
});

const askers: Readonly<Record<string, Ask>> = {
  matcher: (one) => {
    const built = build(one);
    return "error" in built ? undefined : askMatcher(release, built.built);
  },
  oracle: (one) => ("error" in build(one) ? undefined : askOracle(one)),
};

describe.each(Object.entries(askers))("laws of the %s", (_, ask) => {
  it.each(LAWS)("$name", (law) => {
    const broken: string[] = [];
    let tried = 0;
    for (const [index, one] of cases.entries()) {
      const outcome = judge(ask, law, one, new Random(seed, index));
      if (outcome !== undefined) tried++;
      if (outcome !== undefined && outcome !== "" && broken.length < 3) broken.push(report(ask, law, one, index));
    }
    expect(broken.join("\n\n")).toBe("");
    expect(tried).toBeGreaterThan(caseCount / 2);
  });
});

describe("a decision", () => {
  it("is the same with an explanation, whose layers are the oracle's (OUT-7)", () => {
    for (const one of cases) {
      const built = build(one);
      if ("error" in built) continue;
      const plain = release.decide(built.built);
      const explained = release.decide(built.built, "explain");
      if ("error" in plain || "error" in explained) {
        expect("error" in plain && "error" in explained, one.id).toBe(true);
        continue;
      }
      // What only explanations have: statements, and whose resource it is (XACC-5).
      const { statements: _statements, crossAccount, layers = [], message: _message, ...rest } = explained;
      if (crossAccount !== undefined) expect(crossAccount.principalAccount).not.toBe(crossAccount.resourceAccount);
      const { layers: _layers, message: _text, ...want } = plain;
      expect(rest, one.id).toEqual(want);
      const verdicts = Object.fromEntries(layers.map(({ policyType, verdict }) => [policyType, verdict]));
      const wanted = evaluate(one, { nowMs: NOW_MS }).layers;
      // The matcher names the identity layer of everyone it binds, the oracle only where there are documents.
      const bound = verdicts.identity === "silent" ? { identity: "silent", ...wanted } : wanted;
      expect(verdicts, one.id).toEqual(bound);
    }
  });

  it.each([
    ["rcps", [[]], { rcp: "allow" }],
    ["rcps", [[], []], { rcp: "allow" }],
    ["rcps", [], {}],
    ["scps", [[]], { scp: "silent" }],
    ["scps", [], {}],
  ] as const)(
    "names the layer of %s %j, whose levels hold nothing, as the oracle does (RCP-1, SCP-2)",
    (name, levels, want) => {
      const request = { principal: "arn:aws:iam::111122223333:user/alice", action: "a:B", resource: "*" };
      const one = { id: "levels", policies: { [name]: levels }, request } as SimulationCase;
      const built = build(one);
      if ("error" in built) throw new Error(built.error);
      const have = release.decide(built.built, "explain");
      const layers = "error" in have ? [] : (have.layers ?? []).filter(({ policyType }) => policyType !== "identity");
      expect(Object.fromEntries(layers.map(({ policyType, verdict }) => [policyType, verdict]))).toEqual(want);
      expect(evaluate(one, { nowMs: NOW_MS }).layers).toEqual(want);
    },
  );

  it("is the same twice, and from another matcher (EVAL-11)", () => {
    for (const one of cases) {
      const built = build(one);
      if ("error" in built) continue;
      const first = JSON.stringify(askMatcher(release, built.built));
      expect(JSON.stringify(askMatcher(release, built.built)), one.id).toBe(first);
      expect(JSON.stringify(askMatcher(debug, built.built)), one.id).toBe(first);
    }
  });
});

/** The case that breaks the law, as small as it gets. */
function report(ask: Ask, law: Law, found: SimulationCase, index: number): string {
  const outcomeOf = (one: SimulationCase): string | undefined => {
    try {
      return judge(ask, law, one, new Random(seed, index));
    } catch {
      return undefined;
    }
  };
  const small = shrink(found, (one) => !["", undefined].includes(outcomeOf(one)));
  return `case ${found.id ?? ""}: ${outcomeOf(small) ?? ""}\n${JSON.stringify(small)}`;
}
