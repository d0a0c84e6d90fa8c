// Texts are ordered by the bytes of UTF-8 and lower-cased in ASCII alone, however fast.
import { describe, expect, it } from "vitest";
import { sortedUtf8 } from "../../src/text/compare-texts.js";
import { lowerAscii } from "../../src/text/fold.js";

/** As their bytes sort. */
function byBytes(texts: readonly string[]): readonly string[] {
  return [...texts].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
}

describe("sortedUtf8()", () => {
  it.each([
    ["plain texts", ["s3:PutObject", "S3:a", "iot-data:x", "iot:x", "", "s3:", "s3:GetObject", "*"]],
    ["texts without surrogates", ["\ue000", "é", "z", "\uffff", "\u00ff", "a"]],
    ["characters that take two units", ["\u{1f600}", "\uffff", "\ue000", "a\u{10000}", "a\uffff", "z"]],
  ])("sorts %s as their bytes", (_name, texts) => {
    expect(sortedUtf8(texts)).toEqual(byBytes(texts));
  });
});

describe("lowerAscii()", () => {
  it.each([
    ["S3:GetObject", "s3:getobject"],
    ["s3:getobject", "s3:getobject"],
    ["É:ÀB", "É:Àb"],
    // Lower-cased as Unicode has it, the first two are `k` and `i` with a dot.
    ["\u212aMS:İD", "\u212ams:İd"],
  ])("lower-cases A to Z alone in %s", (have, want) => {
    expect(lowerAscii(have)).toBe(want);
  });
});
