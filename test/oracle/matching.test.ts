// The oracle's matchers on their own: globs, actions, resources, ARNs, and the variables inside them.
import { describe, expect, it } from "vitest";
import { matchActionPattern } from "./action-pattern.js";
import { matchArnPattern } from "./arn-pattern.js";
import { globTokens, matchGlob } from "./glob.js";
import { contextOf } from "./request-context.js";
import { matchResourcePattern } from "./resource-pattern.js";
import { expandTemplate, missingVariables, parseTemplate, symbolText } from "./template.js";

const context = contextOf(
  new Map([
    ["aws:username", ["alice"]],
    ["tag/star", ["*"]],
    ["tag/colon", ["a:b"]],
    ["tag/empty", [""]],
    ["tag/many", ["a", "b"]],
    ["aws:TagKeys", ["one"]],
  ]),
);

describe("matchGlob()", () => {
  it("agrees with a plain recursive definition on all short patterns and texts (ACT-3, STR-3)", () => {
    const patterns = words("ab*?", 4);
    const texts = words("ab", 4);
    for (const pattern of patterns) {
      for (const text of texts) {
        const have = matchGlob(globTokens(pattern), text);
        if (have !== matchesRecursively(pattern, text)) throw new Error(`${pattern} on ${text} gives ${have}`);
      }
    }
    expect(patterns.length * texts.length).toBe(341 * 31);
  });

  it("takes a UTF-16 unit for ? and steps over line breaks (STR-3, STR-4)", () => {
    expect(matchGlob(globTokens("?"), "\u{1f600}")).toBe(false);
    expect(matchGlob(globTokens("??"), "\u{1f600}")).toBe(true);
    expect(matchGlob(globTokens("?*"), "\u{1f600}")).toBe(true);
    expect(matchGlob(globTokens("a?*?b"), "a\u{1f600}b")).toBe(true);
    expect(matchGlob(globTokens("\u{1f600}?"), "\u{1f600}\u{1f600}")).toBe(false);
    expect(matchGlob(globTokens("a*b"), "a\n:/b")).toBe(true);
    expect(matchGlob(globTokens("a.c"), "abc")).toBe(false);
  });

  it("does not explode on many stars (PIT-1)", () => {
    expect(matchGlob(globTokens(`${"*a".repeat(60)}b`), "a".repeat(2000))).toBe(false);
  });
});

describe("matchActionPattern()", () => {
  it.each([
    ["*", "s3:GetObject", true],
    ["**", "s3:GetObject", true],
    ["S3:get*", "s3:GetObject", true],
    ["*:GetObject", "s3:GetObject", true],
    ["s3*", "s3:GetObject", false],
    ["s3:", "s3:GetObject", false],
    ["s3:Get", "s3:GetObject", false],
    ["s3:Get*:x", "s3:GetObject", false],
    ["\u017f3:GetObject", "s3:GetObject", false],
    ["\u212ams:*", "kms:Decrypt", false],
  ])("%s on %s is %s (ACT-2 to ACT-7)", (pattern, action, want) => {
    expect(matchActionPattern(pattern, action)).toBe(want);
  });
});

describe("matchResourcePattern()", () => {
  const sns = "arn:aws:sns:eu-west-1:111122223333:topic";
  const object = "arn:aws:s3:::b/x/y/secret";
  it.each([
    ["arn:aws:s3:::depot*", "arn:aws:s3:::depot-private/secret/key", true, true],
    ["arn:aws:s3:::*/secret", object, true, true],
    ["arn:aws:sns:*:111122223333:topic", sns, true, true],
    ["arn:aws:sns:eu*1:111122223333:topic", sns, true, true],
    ["arn:aws:s*s:111122223333:topic", sns, false, false],
    ["arn:aws:sns:eu-west-1?111122223333:topic", sns, false, false],
    ["arn:aws:dynamodb:*:table/prod-*", "arn:aws:dynamodb:eu-west-1:1:table/prod-a", true, true],
    ["arn:aws:s3", object, true, false],
    ["arn:aws:s3:*", object, true, true],
    ["arn:*", object, true, true],
    ["arn:*", "*", false, false],
    ["**", "*", true, true],
    ["?", "*", false, false],
    ["a*:aws:s3:::b/*", object, true, true],
    ["b/*", object, false, false],
    ["", object, false, false],
    ["arn:aws:s3:?::b/*", object, false, false],
    ["arn:aws:s3:::b/${*}", "arn:aws:s3:::b/*", true, true],
    ["arn:aws:s3:::b/${*}", object, false, false],
    ["arn:aws:s3:::b/${tag/star}/*", "arn:aws:s3:::b/x/y", false, false],
    ["arn:aws:s3:::b/${tag/star}/*", "arn:aws:s3:::b/*/y", true, true],
    ["arn:aws:s3:::b/${tag/many}*", object, false, false],
    ["arn:aws:s3:::b/${nothing}*", "arn:aws:s3:::b/${nothing}x", false, false],
    ["arn:aws:s3:::b/${nothing}*", "arn:aws:s3:::b/x", false, false],
    ["arn:aws:s3:::b/?/y", "arn:aws:s3:::b/\u{1f600}/y", false, false],
    ["arn:aws:s3:::b/??/y", "arn:aws:s3:::b/\u{1f600}/y", true, true],
    ["arn:aws:s3:::b/${AWS:tagkeys, 'one'}", "arn:aws:s3:::b/one", false, false],
    ["arn:aws:s3:${aws:username}:x:b", "arn:aws:s3:alice:x:b", false, false],
  ])("%s on %s is %s padded, %s unpadded (RES-2 to RES-16)", (pattern, resource, padded, unpadded) => {
    const have = [true, false].map((padsMissingFields) =>
      matchResourcePattern(pattern, resource, { padsMissingFields, hasVariables: true }, context),
    );
    expect(have).toEqual([padded, unpadded]);
  });
});

describe("matchArnPattern()", () => {
  it.each([
    ["arn:aws:iam::1:role/*", "arn:aws:iam::1:role/a:b/c", true],
    ["arn:aws:*:topic", "arn:aws:sns:eu:1:topic", false],
    ["arn:aws:iam::*", "arn:aws:iam::1:role/a", true],
    ["arn:aws:*", "arn:aws:iam::1:role/a", true],
    ["arn:aws", "arn:aws:iam::1:role/a", false],
    ["arn:aws:iam::1:?", "arn:aws:iam::1:\u{1f600}", false],
    ["arn:aws:iam::1:??", "arn:aws:iam::1:\u{1f600}", true],
    ["*", "arn:aws:iam::1:role/a", true],
    ["*", "role/a", false],
    ["arn:aws:iam::1:${aws:username}", "arn:aws:iam::1:alice", true],
    ["arn:aws:iam::${tag/colon}", "arn:aws:iam::a:b", false],
    ["arn:aws:iam::1:${tag/colon}", "arn:aws:iam::1:a:b", true],
    ["*${tag/empty}", "arn:aws:iam::1:role/a", false],
  ])("%s on %s is %s (ARN-2 to ARN-5)", (pattern, value, want) => {
    const symbols = expandTemplate(parseTemplate(pattern, true), context);
    expect(symbols && matchArnPattern(pattern, symbols, value)).toBe(want);
  });
});

describe("expandTemplate()", () => {
  it.each([
    ["${AWS:UserName}!", "alice!"],
    ["${ aws:username }", "alice"],
    ["${nothing, 'x*'}", "x*"],
    ["${nothing,''}", ""],
    ["${tag/empty}", ""],
    ["${tag/empty, 'd'}", "d"],
    ["${tag/many, 'd'}", undefined],
    ["${aws:TagKeys}", undefined],
    ["${AWS:TAGKEYS, 'd'}", undefined],
    ["${nothing}", undefined],
    ["${nothing, d}", undefined],
    ["${nothing, 'a' b}", undefined],
    ["${}", undefined],
    ["${aws:username", "${aws:username"],
    ["$$${$}{}", "$$${}"],
    ["a}${?}", "a}?"],
  ])("%s becomes %s (VAR-2 to VAR-12)", (text, want) => {
    const symbols = expandTemplate(parseTemplate(text, true), context);
    expect(symbols && symbolText(symbols)).toBe(want);
  });

  it("names the keys that are missing, not those with a default or several values (OUT-6)", () => {
    const pieces = parseTemplate("${a}${b,'x'}${tag/many}${*}${c}", true);
    expect(missingVariables(pieces, context)).toEqual(["a", "c"]);
  });
});

function words(alphabet: string, maxLength: number): string[] {
  const shorter = maxLength === 0 ? [] : words(alphabet, maxLength - 1);
  const last = shorter.filter((word) => word.length === maxLength - 1);
  return maxLength === 0 ? [""] : [...shorter, ...last.flatMap((word) => [...alphabet].map((letter) => word + letter))];
}

function matchesRecursively(pattern: string, text: string): boolean {
  if (pattern === "") return text === "";
  const rest = pattern.slice(1);
  if (pattern.startsWith("*")) {
    return matchesRecursively(rest, text) || (text !== "" && matchesRecursively(pattern, text.slice(1)));
  }
  return text !== "" && (pattern[0] === "?" || pattern[0] === text[0]) && matchesRecursively(rest, text.slice(1));
}
