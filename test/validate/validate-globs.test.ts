/** Whether one pattern covers another one, and whether two can match one text. */
import { describe, expect, it } from "vitest";
import { actionCovers, resourceTokens } from "../../src/policy/document/pattern-cover.js";
import { tokensCover, tokensIntersect } from "../../src/policy/document/token-relations.js";
import { Random } from "../kit/random.js";
import { matchActionPattern } from "../oracle/action-pattern.js";
import { contextOf } from "../oracle/request-context.js";
import { matchResourcePattern } from "../oracle/resource-pattern.js";

describe("tokensCover()", () => {
  const cover = (wide: string, narrow: string) => {
    const [one, other] = [wide, narrow].map((text) => resourceTokens(text, "2012-10-17", true));
    return one !== undefined && other !== undefined && tokensCover(one, other);
  };
  it.each([
    { wide: "arn:aws:s3:*", narrow: "arn:aws:s3:::b/*", want: true },
    { wide: "arn:aws:s3:::b*", narrow: "arn:aws:s3:::b*c", want: true },
    { wide: "arn:aws:s3:::b?", narrow: "arn:aws:s3:::b*", want: false },
    { wide: "arn:aws:s*s:A:topic", narrow: "arn:aws:s*:A:topic", want: false },
    { wide: "arn:aws:sns:*:A:t", narrow: "arn:aws:sns:eu-?:A:t", want: true },
    { wide: "arn:aws:sqs", narrow: "arn:aws:sqs:::q", want: true },
    { wide: "arn:aws:s3:::${aws:username}", narrow: "arn:aws:s3:::${AWS:username}", want: true },
    { wide: "arn:aws:s3:::${aws:username}", narrow: "arn:aws:s3:::b", want: false },
    { wide: "arn:aws:s3:::${*}", narrow: "arn:aws:s3:::b", want: false },
    { wide: "arn:aws:s3:::*", narrow: "arn:aws:s3:::${*}", want: true },
    // STR-4: the character beyond U+FFFF takes two question marks.
    { wide: "arn:aws:s3:::?", narrow: "arn:aws:s3:::😀", want: false },
    { wide: "arn:aws:s3:::??", narrow: "arn:aws:s3:::😀", want: true },
  ])("tells whether $wide covers $narrow", ({ wide, narrow, want }) => {
    expect(cover(wide, narrow)).toBe(want);
  });

  it("ignores case in actions and never crosses their colon", () => {
    expect(actionCovers("S3:*", "s3:getobject")).toBe(true);
    expect(actionCovers("s*", "s3:getobject")).toBe(false);
    expect(actionCovers("*:*", "*")).toBe(false);
  });
});

describe("tokensIntersect()", () => {
  it.each([
    { left: "arn:aws:s3:::b", right: "arn:aws:s3:::*/*", want: false },
    { left: "arn:aws:s3:::b*", right: "arn:aws:s3:::*/*", want: true },
    { left: "arn:aws:s3:::*a", right: "arn:aws:s3:::b*", want: true },
    { left: "arn:aws:s3:::?", right: "arn:aws:s3:::", want: false },
    { left: "arn:aws:sns:eu-?:A:t", right: "arn:aws:sns:eu-:A:t", want: false },
  ])("tells whether $left and $right meet", ({ left, right, want }) => {
    const [one, other] = [left, right].map((text) => resourceTokens(text, "2012-10-17", true) ?? []);
    expect(tokensIntersect(one ?? [], other ?? [])).toBe(want);
    expect(tokensIntersect(other ?? [], one ?? [])).toBe(want);
  });
});

describe("tokensCover() against the oracle", () => {
  const seed = 20_260_101;

  it(`never claims more than matching shows, seed ${seed}`, () => {
    const random = new Random(seed);
    const text = (letters: string, most: number) =>
      Array.from({ length: random.below(most + 1) }, () => random.pick(Array.from(letters))).join("");
    const pattern = () => `arn:aws:s${text("s*?:", 3)}:${text("a*?:", 4)}:${text("ab*?:", 5)}`;
    const reading = { padsMissingFields: true, hasVariables: true };
    const matches = (one: string, other: string) => matchResourcePattern(one, other, reading, contextOf(new Map()));
    let covered = 0;
    for (let round = 0; round < 4_000; round++) {
      const wide = pattern();
      const narrow = random.chance(0.5) ? pattern() : wide.replace(/[*?]/g, () => text("a*?:", 2));
      const [wideTokens, narrowTokens] = [wide, narrow].map((each) => resourceTokens(each, "2012-10-17", true) ?? []);
      const covers = tokensCover(wideTokens ?? [], narrowTokens ?? []);
      const meets = tokensIntersect(wideTokens ?? [], narrowTokens ?? []);
      if (covers) covered++;
      for (let sample = 0; sample < 8; sample++) {
        // A text that the narrower pattern is likely to match.
        const request = narrow.replace(/[*?]/g, () => text("sa:b", 2));
        if (!matches(narrow, request)) continue;
        if (covers) expect([wide, narrow, request, matches(wide, request)]).toEqual([wide, narrow, request, true]);
        if (!meets) expect([wide, narrow, request, matches(wide, request)]).toEqual([wide, narrow, request, false]);
      }
    }
    expect(covered).toBeGreaterThan(100);
  });

  it(`never claims more about actions either, seed ${seed}`, () => {
    const random = new Random(seed);
    const text = (letters: string, most: number) =>
      Array.from({ length: 1 + random.below(most) }, () => random.pick(Array.from(letters))).join("");
    for (let round = 0; round < 4_000; round++) {
      const [wide, narrow] = [`${text("s*", 2)}:${text("aA*?", 4)}`, `${text("s*", 2)}:${text("aAb*?", 4)}`];
      if (!actionCovers(wide, narrow)) continue;
      const request = narrow.replace(/[*?]/g, () => text("sab", 1));
      if (matchActionPattern(narrow, request))
        expect([wide, request, matchActionPattern(wide, request)]).toEqual([wide, request, true]);
    }
  });
});
