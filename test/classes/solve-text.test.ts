/** What a text costs to find: the same whatever was found before. */
import { describe, expect, it } from "vitest";
import { type Glob, likeGlob } from "../../src/classes/glob.js";
import { findText, type TextSet } from "../../src/classes/solve-text.js";

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
});
