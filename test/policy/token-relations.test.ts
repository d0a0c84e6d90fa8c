/** What pairs of patterns are to each other, against a search over all pairs of their places; and that long ones need no such search. */
import { describe, expect, it } from "vitest";
import { type GlobToken, tokensCover, tokensIntersect } from "../../src/policy/document/token-relations.js";
import { Random } from "../kit/random.js";

type Tokens = readonly GlobToken[];

/** The tokens that there are: `d` and `D` fold, `(` and `)` are variables, `+` and `!` wildcards that stop at colons. */
const alphabet: Readonly<Record<string, GlobToken>> = {
  ...Object.fromEntries(Array.from("abD:", (text) => [text, { kind: "char", text }])),
  d: { kind: "folded", text: "d" },
  ";": { kind: "folded", text: ":" },
  "(": { kind: "variable", text: "one" },
  ")": { kind: "variable", text: "two" },
  "*": { kind: "star", crossing: true },
  "+": { kind: "star", crossing: false },
  "?": { kind: "one", crossing: true },
  "!": { kind: "one", crossing: false },
};

function isGap(token: GlobToken | undefined): boolean {
  return token?.kind === "star" || token?.kind === "variable";
}

function mayBeColon(token: GlobToken): boolean {
  if (token.kind === "char" || token.kind === "folded") return token.text === ":";
  return token.kind === "variable" || token.crossing;
}

function meet(one: GlobToken, other: GlobToken): boolean {
  const texts = [one, other].map((token) => ("text" in token && token.kind !== "variable" ? token.text : undefined));
  const [left, right] = texts;
  if (left !== undefined && right !== undefined) {
    if (one.kind === other.kind) return left === right;
    return left.toLowerCase() === right.toLowerCase() && (one.kind === "folded" ? left : right) === left.toLowerCase();
  }
  const isColon = (token: GlobToken) => token.kind === "char" && token.text === ":";
  return !(isColon(one) && !mayBeColon(other)) && !(isColon(other) && !mayBeColon(one));
}

function absorb(wide: GlobToken, narrow: GlobToken): boolean {
  if (wide.kind === "folded" && narrow.kind === "char") return narrow.text.toLowerCase() === wide.text;
  if (wide.kind === "star") return wide.crossing || !mayBeColon(narrow);
  if (wide.kind === "one") return !isGap(narrow) && (wide.crossing || !mayBeColon(narrow));
  return JSON.stringify(wide) === JSON.stringify(narrow);
}

/** Whether there is a way from the first pair of places to the last one. */
function reaches(
  one: Tokens,
  other: Tokens,
  steps: (one: GlobToken | undefined, other: GlobToken | undefined) => readonly (readonly [number, number])[],
): boolean {
  const open: (readonly [number, number])[] = [[0, 0]];
  const seen = new Set<string>();
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const [left, right] = place;
    if (left === one.length && right === other.length) return true;
    if (left > one.length || right > other.length || seen.has(place.join())) continue;
    seen.add(place.join());
    for (const [down, across] of steps(one[left], other[right])) open.push([left + down, right + across]);
  }
  return false;
}

function covers(wide: Tokens, narrow: Tokens): boolean {
  return reaches(wide, narrow, (one, other) => {
    const takes = one !== undefined && other !== undefined && absorb(one, other);
    if (one?.kind !== "star") return takes ? [[1, 1]] : [];
    return takes
      ? [
          [1, 0],
          [0, 1],
        ]
      : [[1, 0]];
  });
}

function intersect(left: Tokens, right: Tokens): boolean {
  return reaches(left, right, (one, other) => {
    const steps: [number, number][] = [];
    if (isGap(one)) steps.push([1, 0]);
    if (isGap(other)) steps.push([0, 1]);
    if (one === undefined || other === undefined || !meet(one, other)) return steps;
    steps.push([1, 1]);
    if (isGap(one)) steps.push([0, 1]);
    if (isGap(other)) steps.push([1, 0]);
    return steps;
  });
}

describe("tokensCover() and tokensIntersect() against all pairs of places", () => {
  const seed = 20_261_130;
  it.each([
    ["all tokens", "abDd:;()*+?!"],
    ["fields", "ab:*+!"],
    ["fields and few stars", "aab::+!"],
    ["stars that stop at colons", "a:++!"],
    ["wildcards alone", "*+?!"],
    ["no fields", "aab*?"],
    ["variables", "ab()*?"],
  ])(`give what a search over pairs gives, of %s, seed ${seed}`, (_, letters) => {
    const random = new Random(seed);
    const pattern = () => Array.from({ length: random.below(9) }, () => random.pick(Array.from(letters))).join("");
    const tokens = (text: string) =>
      Array.from(text, (letter) => alphabet[letter] ?? ({ kind: "char", text: letter } as const));
    const shapes = new Set<string>();
    for (let round = 0; round < 6_000; round++) {
      const left = pattern();
      const right = random.chance(0.3)
        ? pattern()
        : left.replace(/./gu, (letter) => (random.chance(0.3) ? pattern().slice(0, 2) : letter));
      const [one, other] = [tokens(left), tokens(right)];
      const have = { left, right, covers: tokensCover(one, other), intersect: tokensIntersect(one, other) };
      expect(have).toEqual({ left, right, covers: covers(one, other), intersect: intersect(one, other) });
      shapes.add(`${have.covers} ${have.intersect}`);
    }
    expect([...shapes]).toEqual(expect.arrayContaining(["true true", "false true", "false false"]));
  });
});

describe("tokensCover() and tokensIntersect() of long patterns", () => {
  /** How often the tokens of two patterns are looked at. */
  function looks(relate: typeof tokensCover, left: Tokens, right: Tokens): number {
    let count = 0;
    const counting = (tokens: Tokens) =>
      tokens.map(
        (token) =>
          new Proxy(token, {
            get: (target, member) => {
              count++;
              return Reflect.get(target, member);
            },
          }),
      );
    relate(counting(left), counting(right));
    return count;
  }

  it.each([
    ["a star before a letter and question marks", (length: number) => ["*a", "?".repeat(length)]],
    ["letters between stars and question marks", (length: number) => ["*a".repeat(length / 2), "?".repeat(length)]],
    ["stars and letters on both sides", (length: number) => ["a*b".repeat(length / 3), "a?*b".repeat(length / 4)]],
    [
      "equal texts and a star behind them",
      (length: number) => [`${"ab".repeat(length / 2)}*`, "ab".repeat(length / 2)],
    ],
    ["fields", (length: number) => ["+:".repeat(length / 2), "a:".repeat(length / 2)]],
  ] as const)("are looked at twice as often when they are twice as long, of %s", (_, of) => {
    const tokens = (text = "") =>
      Array.from(text, (letter) => alphabet[letter] ?? ({ kind: "char", text: letter } as const));
    for (const relate of [tokensCover, tokensIntersect]) {
      const [short, long] = [1_200, 2_400].map((length) => {
        const [left, right] = of(length);
        return looks(relate, tokens(left), tokens(right));
      });
      expect((long ?? 0) / (short ?? 1)).toBeLessThan(2.2);
    }
  });
});
