/** What a text costs to find: the same whatever was found before. */
import { describe, expect, it } from "vitest";
import { arnGlob, closure, type Glob, globHolds, likeGlob, step } from "../../src/classes/glob.js";
import { automatonOf } from "../../src/classes/glob-automaton.js";
import { findText, type TextSet } from "../../src/classes/solve-text.js";
import { Random } from "../kit/random.js";

function like(pattern: string): Glob {
  const resolved = likeGlob(pattern, "2012-10-17", () => undefined);
  if (!("glob" in resolved)) throw new Error(`${pattern} has no texts`);
  return resolved.glob;
}

function both(left: string, right: string): TextSet {
  return { inside: [[like(left)], [like(right)]], outside: [] };
}

/** What finding a text takes of a large budget. */
function priceOf(set: TextSet): number {
  const work = { left: 100_000 };
  findText(set, work);
  return 100_000 - work.left;
}

describe("a text of some globs", () => {
  it("takes the same work from all who ask for it", () => {
    const set = both("*price*", "*cells*");
    expect(findText(set, { left: 100_000 })).toEqual({ text: "pricells" });
    expect(priceOf(set)).toBe(priceOf(set));
    expect(priceOf(set)).toBeGreaterThan(0);
  });

  it("is paid for once by each", () => {
    const set = both("*once*", "*certain*");
    const work = { left: 100_000 };
    findText(set, work);
    const { left } = work;
    findText(set, work);
    expect(work.left).toBe(left);
  });

  it("is unknown to a budget that is smaller than its price, though others know it", () => {
    const set = both("*budget*", "*getaway*");
    const price = priceOf(set);
    expect(findText(set, { left: price })).toEqual({ text: "budgetaway" });
    expect(findText(set, { left: price - 1 })).toBe("unknown");
    expect(findText(set, { left: price })).toEqual({ text: "budgetaway" });
  });

  it("costs by the places that it reaches at a time: thousands of wildcards are beyond a budget soon", () => {
    const price = (wildcards: number): number => priceOf(both(`*${"?".repeat(wildcards)}b`, "*c?b"));
    // Twice the text, and twice the places on the way.
    expect(price(120) / price(60)).toBeGreaterThan(2.5);
  });
});

describe("the places of a pattern", () => {
  it("are few at a time however many stars there are: the last star stands for those before", () => {
    const glob = like("*a".repeat(3000));
    const automaton = automatonOf(glob);
    let state = automaton.start;
    for (let unit = 0; unit < 3000; unit++) {
      state = automaton.next(state, "a");
      expect(state.places.length).toBeLessThanOrEqual(3);
    }
    expect(state.isSpelt).toBe(true);
    expect(globHolds(glob, "a".repeat(3000))).toBe(true);
    expect(globHolds(glob, "a".repeat(2999))).toBe(false);
  });

  it("holds the texts that a regular expression holds, seed 7", () => {
    const random = new Random(7);
    for (let round = 0; round < 20_000; round++) {
      const pattern = Array.from({ length: random.below(7) }, () => "ab:*?*"[random.below(6)]).join("");
      const text = Array.from({ length: random.below(8) }, () => "ab:"[random.below(3)]).join("");
      const [field, whole] = [arnLike(pattern), like(pattern)];
      expect(globHolds(whole, text), `${pattern} ${text}`).toBe(expression(pattern, ".").test(text));
      expect(globHolds(field, `arn:${text}`), `arn:${pattern} ${text}`).toBe(walked(field, `arn:${text}`));
    }
  });
});

/** Stars of the first five fields stop at colons. */
function arnLike(pattern: string): Glob {
  const resolved = arnGlob(`arn:${pattern}:*`, "2012-10-17", () => undefined);
  return "glob" in resolved ? resolved.glob : like(pattern);
}

/** The same question without any order of places. */
function walked(glob: Glob, text: string): boolean {
  let reached = closure(glob, new Set([0]));
  for (const unit of text.split("")) reached = step(glob, reached, unit);
  return reached.has(glob.places.length);
}

function expression(pattern: string, any: string): RegExp {
  return new RegExp(`^${pattern.replaceAll("?", any).replaceAll("*", `${any}*`)}$`);
}
