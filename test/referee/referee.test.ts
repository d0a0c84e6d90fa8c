/**
 * Whether some value of a key passes and fails the tests of several conditions, asked of the z3 solver too. `npm run test:referee` installs
 * it for the occasion (35 MB); `npm test` and the gates do without.
 */
import { describe, expect, it } from "vitest";
import { type Demand, findValues } from "../../src/classes/key-space.js";
import { passes, valueTest } from "../../src/classes/value-test.js";
import { parseOperator } from "../../src/policy/document/operator.js";
import { Random } from "../kit/random.js";
import { solver } from "./solver.js";

const seed = Number(process.env.VERDICT_SEED ?? "20261129");
const rounds = Number(process.env.VERDICT_REFEREE_ROUNDS ?? "500");
const isOn = process.env.VERDICT_REFEREE !== undefined;

interface Asked {
  readonly operator: string;
  readonly values: readonly string[];
  readonly holds: boolean;
}

function demandOf({ operator: operatorName, values, holds }: Asked): Demand {
  const operator = parseOperator(operatorName);
  if (operator === undefined) throw new Error(operatorName);
  const test = valueTest({ operator, operatorName, key: "k", values, offset: 0 }, "2008-10-17", () => undefined);
  return { test, holds };
}

/** Whether the classes find one value; it has to be one. */
function isFound(asked: readonly Asked[], type: "Numeric" | undefined): boolean {
  const demands = asked.map(demandOf);
  const facts = { type, alwaysPresent: true, isList: false, single: true };
  const found = findValues(facts, demands, { left: 200_000 });
  if (found === "unknown") throw new Error(`unknown: ${JSON.stringify(asked)}`);
  if (found === "none") return false;
  const [value = ""] = found.values ?? [];
  for (const { test, holds } of demands) expect(passes(test, value), `${value}: ${JSON.stringify(asked)}`).toBe(holds);
  return true;
}

const relations: Readonly<Record<string, string>> = {
  NumericEquals: "=",
  NumericNotEquals: "=",
  NumericLessThan: "<",
  NumericLessThanEquals: "<=",
  NumericGreaterThan: ">",
  NumericGreaterThanEquals: ">=",
};

function isTrue(operator: string, holds: boolean): boolean {
  return operator.includes("Not") !== holds;
}

function anyOf(terms: readonly string[]): string {
  return `(or false ${terms.join(" ")})`;
}

function numberScript(asked: readonly Asked[]): string {
  const real = (text: string) => (text.startsWith("-") ? `(- ${text.slice(1)})` : text);
  const assertions = asked.map(({ operator, values, holds }) => {
    const any = anyOf(values.map((value) => `(${relations[operator]} x ${real(value)})`));
    return `(assert ${isTrue(operator, holds) ? any : `(not ${any})`})`;
  });
  return `(declare-const x Real)${assertions.join("")}`;
}

function textScript(asked: readonly Asked[]): string {
  const glob = (pattern: string) => {
    const parts = [...pattern].map((unit) => {
      if (unit === "*") return "re.all";
      return unit === "?" ? "re.allchar" : `(str.to_re "${unit}")`;
    });
    return `(str.in_re x (re.++ (str.to_re "") (str.to_re "") ${parts.join(" ")}))`;
  };
  const assertions = asked.map(({ operator, values, holds }) => {
    const any = anyOf(values.map((value) => (operator.endsWith("Like") ? glob(value) : `(= x "${value}")`)));
    return `(assert ${isTrue(operator, holds) ? any : `(not ${any})`})`;
  });
  return `(declare-const x String)${assertions.join("")}`;
}

describe.runIf(isOn)("a solver of another kind", () => {
  it(`agrees on numbers: ${rounds} rounds of seed ${seed}`, async () => {
    const solve = await solver();
    const answers = new Set<string>();
    for (let round = 0; round < rounds; round++) {
      const random = new Random(seed, round);
      const asked = random.list(1, 5, () => ({
        operator: random.pick(Object.keys(relations)),
        values: random.list(0, 3, () => random.pick(["0", "1", "2", "3", "1.5", "1.25", "-1", "100"])),
        holds: random.chance(0.7),
      }));
      const answer = await solve(numberScript(asked));
      answers.add(answer);
      expect([answer, isFound(asked, "Numeric")], JSON.stringify(asked)).toEqual([answer, answer === "sat"]);
    }
    expect([...answers].sort()).toEqual(["sat", "unsat"]);
  });

  it(`agrees on texts: ${rounds} rounds of seed ${seed}`, async () => {
    const solve = await solver();
    const answers = new Set<string>();
    for (let round = 0; round < rounds; round++) {
      const random = new Random(seed, 100_000 + round);
      const asked = random.list(1, 5, () => {
        const operator = random.pick(["StringEquals", "StringNotEquals", "StringLike", "StringLike", "StringNotLike"]);
        return {
          operator,
          values: random.list(0, 2, () => random.list(0, 4, () => random.pick(["a", "b", "*", "?", "a"])).join("")),
          holds: random.chance(0.7),
        };
      });
      const answer = await solve(textScript(asked));
      answers.add(answer);
      expect([answer, isFound(asked, undefined)], JSON.stringify(asked)).toEqual([answer, answer === "sat"]);
    }
    expect([...answers].sort()).toEqual(["sat", "unsat"]);
  });
});
