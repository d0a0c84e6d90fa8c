// Matching is bounded (PIT-1): the debug matcher counts the steps of its pattern loops, and they never exceed a small multiple
// of pattern × text, whatever kind of matcher a pattern gets.
import { describe, expect, it } from "vitest";
import { DEBUG_STEPS_AT } from "../../assembly/format/layout.js";
import { openGeneration } from "../../src/engine/generation.js";
import { loadMatcher } from "../../src/engine/load-matcher.js";
import { preparePolicySet } from "../../src/engine/preparation.js";
import { SessionImages } from "../../src/engine/session-images.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { sourceText } from "../../src/text/source-text.js";
import { authorizationMethod } from "../kit/proto-file.js";
import { Random } from "../kit/random.js";

const USER = "arn:aws:iam::111122223333:user/a";
const BUCKET = "arn:aws:s3:::";
const { requestSerialize } = authorizationMethod("Authorize");

/** How many steps the matcher takes to decide one request against one resource pattern. */
function stepsOf(pattern: string, resource: string, tags: Readonly<Record<string, string>> = {}): number {
  return stepsOfStatement({ Effect: "Allow", Action: "*", Resource: pattern }, { resource }, tags);
}

/** How many steps it takes to compare values of a request with patterns of a condition. */
function stepsOfTest(operator: string, patterns: readonly string[], values: readonly string[]): number {
  const Condition = { [operator]: { "own:list": patterns } };
  const context = { "own:list": { values } };
  return stepsOfStatement({ Effect: "Allow", Action: "*", Resource: "*", Condition }, { resource: "*", context }, {});
}

function stepsOfStatement(
  Statement: object,
  asked: { readonly resource: string; readonly context?: object },
  tags: Readonly<Record<string, string>>,
): number {
  const document = { Version: "2012-10-17", Statement };
  const user = { arn: USER, tags, inlinePolicies: [{ name: "own", document }] };
  const built = buildPolicySet([sourceText("set.json", JSON.stringify({ users: [user] }))]);
  if (!built.ok) throw new Error(JSON.stringify(built.findings));
  const { memory, session, map } = openGeneration(
    loadMatcher("debug"),
    preparePolicySet(built.policySet, {
      flavour: "debug",
      taskRegions: 0,
      callAreas: 0,
      maxMessageBytes: 1 << 20,
      maxBatchRequests: 1,
    }),
    { name: "default", generation: 1 },
    new SessionImages(),
  );
  const message = requestSerialize({ principal: USER, action: "s3:GetObject", ...asked, detail: "OUTCOME" });
  const steps = new BigUint64Array(memory.buffer, DEBUG_STEPS_AT, 1);
  session.decideOne(map.frontRegion, map.frontArea, session.store(map.frontArea, message), {
    flags: 0,
    nowSeconds: 0,
    policySet: "default",
  });
  return Number(steps[0]);
}

/** A pattern and a text that are hard for each other, `size` characters each. */
const HARD: readonly (readonly [name: string, make: (size: number) => readonly [pattern: string, resource: string]])[] =
  [
    ["stars and one letter", (size) => [`${BUCKET}${"*a".repeat(size / 2)}b*`, BUCKET + "a".repeat(size)]],
    ["stars and question marks", (size) => [`${BUCKET}${"*?".repeat(size / 2)}b*`, BUCKET + "a".repeat(size)]],
    ["stars beside each other", (size) => [`${BUCKET}${"*".repeat(size)}b*`, BUCKET + "a".repeat(size)]],
    ["a long piece that almost fits", (size) => [`${BUCKET}*${"a".repeat(size / 2)}b*`, BUCKET + "a".repeat(size)]],
    ["both kinds of star", (size) => [`arn:aws:s*:${"*a".repeat(size / 2)}b:x`, `arn:aws:s3:${"a".repeat(size)}:1:x`]],
    // STR-4: a character beyond U+FFFF is two units, which stars and question marks part.
    [
      "stars and halves of characters",
      (size) => [`${BUCKET}${"*?".repeat(size / 2)}b*`, BUCKET + "😀".repeat(size / 2)],
    ],
    ["stars and three halves", (size) => [`${BUCKET}${"*???".repeat(size / 4)}b*`, BUCKET + "😀".repeat(size / 2)]],
    ["stars and whole characters", (size) => [`${BUCKET}${"*😀".repeat(size / 4)}b*`, BUCKET + "😀".repeat(size / 2)]],
    [
      "whole characters behind halves",
      (size) => [`${BUCKET}*?${"😀".repeat(size / 4)}?b*`, BUCKET + "😀".repeat(size / 2)],
    ],
    [
      "a value of whole characters behind every star",
      (size) => [`${BUCKET}${`*?\${aws:PrincipalTag/e}`.repeat(size / 32)}b*`, BUCKET + "😀".repeat(size / 2)],
    ],
    [
      "both kinds of star and halves",
      (size) => [`arn:aws:s*:${"*?😀".repeat(size / 4)}b:x`, `arn:aws:s3:${"😀".repeat(size / 2)}:1:x`],
    ],
    [
      "a variable behind every star",
      (size) => [`${BUCKET}${`*\${aws:PrincipalTag/t}`.repeat(size / 32)}b*`, BUCKET + "a".repeat(size)],
    ],
  ];

/** The length of a text as programs and requests have it. */
function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}

const TAGS = { t: "aaaaaaaa", e: "😀😀😀😀" };

describe("steps of matching", () => {
  it.each(HARD)("are at most pattern × text for %s", (_, make) => {
    for (const size of [64, 256, 1024]) {
      const [pattern, resource] = make(size);
      const steps = stepsOf(pattern, resource, TAGS);
      expect(steps, `${size} characters`).toBeGreaterThan(resource.length / 2);
      // The value of a variable counts as pattern: eight characters stand for twenty-two.
      expect(steps, `${size} characters`).toBeLessThanOrEqual(2 * bytesOf(pattern) * bytesOf(resource));
    }
  });

  it.each(HARD)("grow with pattern × text and not faster for %s", (_, make) => {
    const [small, large] = [256, 1024].map((size) => stepsOf(...make(size), TAGS));
    expect((large ?? 0) / (small ?? 1)).toBeLessThanOrEqual(16 * 1.2);
  });

  it("are counted at all, so that the bounds above mean something", () => {
    expect(stepsOf(`${BUCKET}*a*b*`, `${BUCKET}xxxxxxxxaxxxx`)).toBeGreaterThan(8);
  });

  it.each(["", "ForAllValues:", "ForAnyValue:"])(
    "are at most pattern × text for long lists under %sStringLike",
    (prefix) => {
      for (const [letter, pattern] of [
        ["a", "*a*a*a*a*b*"],
        ["😀", "*?😀*?😀*b*"],
      ] as const) {
        for (const count of [4, 16, 64]) {
          const patterns = Array.from({ length: count }, (_, i) => `${"*".repeat(i % 3)}${pattern}`);
          const values = Array.from({ length: count }, (_, i) => letter.repeat(16) + i);
          const steps = stepsOfTest(`${prefix}StringLike`, patterns, values);
          // Under a plain operator a list is compared with nothing (COND-9).
          if (prefix === "") expect(steps).toBeLessThan(100);
          else expect(steps).toBeGreaterThan(count);
          expect(steps).toBeLessThanOrEqual(2 * patterns.join("").length * values.join("").length + 100);
        }
      }
    },
  );

  it("are at most pattern × text for random patterns", () => {
    const random = new Random(20261122);
    const text = (letters: string, length: number): string =>
      Array.from({ length }, () => random.pick([...letters])).join("");
    for (let round = 0; round < 300; round++) {
      const mixed = random.chance(0.3);
      const pattern = `${mixed ? "arn:aws:s*:" : BUCKET}${text("*?aa😀b:", 1 + random.below(60))}${mixed ? ":x" : ""}`;
      const resource = `${mixed ? "arn:aws:s3:" : BUCKET}${text("aa😀b:", 1 + random.below(200))}${mixed ? ":x" : ""}`;
      if (pattern.split(":").length < 6) continue;
      expect(stepsOf(pattern, resource), `${pattern} against ${resource}`).toBeLessThanOrEqual(
        2 * pattern.length * resource.length,
      );
    }
  });
});
