/** What a text costs to find: the same whatever was found before. */
import { describe, expect, it } from "vitest";
import { arnGlob, type Glob, globHolds, likeGlob, takes } from "../../src/globs/glob.js";
import { automatonOf } from "../../src/globs/glob-automaton.js";
import { findAnyText, findText, type TextSet } from "../../src/globs/solve-text.js";
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
function priceOf(set: TextSet, find = findText): number {
  const work = { left: 100_000 };
  find(set, work);
  return 100_000 - work.left;
}

describe("a text of some globs", () => {
  it("of many takes no walk over all their places together", () => {
    const globs = [
      "billing16-*/etl/*/file-*.json",
      "*-test/logs/*/file-*.json",
      "*-prod/db/*",
      "*-test/out/*.json",
    ].map(like);
    const found = findText({ inside: globs.map((glob) => [glob]), outside: [like("*/raw/*")] }, { left: 100 });
    expect(globs.every((glob) => typeof found === "object" && globHolds(glob, found.text))).toBe(true);
  });

  it("takes no walk of two where any will do, nor of what others hold", () => {
    const [test, prod, ...wider] = [
      "arn:aws:s3:::*-test/tmp/*/file-*.json",
      "arn:aws:s3:::data-*-prod/logs/*",
      "*",
    ].map(like);
    const arns = ["arn:*:*:*:*:*", "arn:*"].map(arnLikeAll);
    const set = {
      inside: [test, prod, ...wider, ...arns].map((glob) => [glob ?? like("")]),
      outside: [like("*/raw/*")],
    };
    expect(priceOf(set, findAnyText)).toBeLessThan(5);
    const found = findAnyText(set, { left: 5 });
    expect(
      set.inside.every(([glob]) => glob !== undefined && typeof found === "object" && globHolds(glob, found.text)),
    ).toBe(true);
    const alone = { inside: [test, ...wider, ...arns].map((glob) => [glob ?? like("")]), outside: [] };
    expect(priceOf(alone)).toBeLessThan(5);
  });

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

  it("costs by its length, however many wildcards there are behind a star", () => {
    const sets = {
      one: (count: number) => both(`*a${"?".repeat(count)}`, "b*?a*"),
      two: (count: number) => both(`*a${"?".repeat(count)}`, `*?b${"?".repeat(count >> 1)}`),
      outside: (count: number) => ({ ...both("b?*", "?c*d"), outside: [like(`*a${"?".repeat(count)}`), like("bc?d")] }),
    };
    for (const [name, set] of Object.entries(sets)) {
      expect(priceOf(set(400)) / priceOf(set(200)), name).toBeLessThan(2.5);
      expect(priceOf(set(400), findAnyText), name).toBeLessThanOrEqual(priceOf(set(400)));
    }
  });

  it("is found within the budget of an audit where a pattern has thousands of wildcards", () => {
    const set = {
      inside: [[like("arn:aws:s3:::*")], [like(`*a${"?".repeat(6000)}`)], [like("*:p-?*")]],
      outside: [like("*x")],
    };
    const found = findText(set, { left: 200_000 });
    expect(found).toHaveProperty("text");
    const text = typeof found === "object" ? found.text : "";
    expect(set.inside.every(([glob]) => glob !== undefined && globHolds(glob, text))).toBe(true);
  });

  it("is unknown at once to all whom what they have left was not enough for", () => {
    const set = both(`*ab${"?".repeat(50)}`, "*bc*");
    expect(findText(set, { left: 20 })).toBe("unknown");
    const work = { left: 20 };
    expect(findText(set, work)).toBe("unknown");
    expect(work.left).toBeLessThan(0);
    expect(findText(set, { left: 100_000 })).toHaveProperty("text");
  });

  it.each([findText, findAnyText])("is there, or there is none, as all short texts say: seed 11, %o", (find) => {
    const random = new Random(11);
    const glob = (): Glob => like(Array.from({ length: random.below(6) }, () => "ab*??*"[random.below(6)]).join(""));
    const texts = shortTexts("abc", 6);
    let proofs = 0;
    for (let round = 0; round < 1_500; round++) {
      const inside = Array.from({ length: 1 + random.below(3) }, () => [glob()]);
      const outside = Array.from({ length: random.below(3) }, glob);
      const isOfSet = (text: string): boolean =>
        inside.every(([one]) => one !== undefined && globHolds(one, text)) &&
        !outside.some((one) => globHolds(one, text));
      const found = find({ inside, outside }, { left: 100_000 });
      const where = JSON.stringify([inside.flat().map(({ places }) => places), outside.map(({ places }) => places)]);
      if (found === "none") {
        proofs++;
        expect(texts.find(isOfSet), where).toBeUndefined();
      } else expect(typeof found === "object" && isOfSet(found.text), where).toBe(true);
    }
    expect(proofs).toBeGreaterThan(200);
  });
});

describe("the places of a pattern", () => {
  it("are few at a time however many stars there are: the last star stands for those before", () => {
    const glob = like("*a".repeat(3000));
    const automaton = automatonOf(glob);
    let state = automaton.start;
    for (let unit = 0; unit < 3000; unit++) {
      [state = automaton.start] = automaton.next(state, "a");
      expect(countBits(state.bits)).toBeLessThanOrEqual(3);
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

function countBits(words: Uint32Array): number {
  return words.reduce((sum, word) => sum + word.toString(2).replaceAll("0", "").length, 0);
}

/** All texts of some units, up to a length. */
function shortTexts(units: string, length: number): readonly string[] {
  let front = [""];
  const found = [""];
  for (let at = 0; at < length; at++) {
    front = front.flatMap((text) => units.split("").map((unit) => text + unit));
    found.push(...front);
  }
  return found;
}

/** As a condition on ARNs reads it. */
function arnLikeAll(pattern: string): Glob {
  const resolved = arnGlob(pattern, "2012-10-17", () => undefined);
  return "glob" in resolved ? resolved.glob : like(pattern);
}

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

/** The places reached over one unit. */
function step(glob: Glob, reached: Iterable<number>, unit: string): Set<number> {
  const next = new Set<number>();
  for (const at of reached) {
    const place = glob.places[at];
    if (place === undefined || !takes(place, unit)) continue;
    next.add(place.kind === "star" ? at : at + 1);
  }
  return closure(glob, next);
}

/** With the places that are reached over nothing. */
function closure(glob: Glob, reached: Set<number>): Set<number> {
  for (const at of reached) if (glob.places[at]?.kind === "star") reached.add(at + 1);
  return reached;
}
