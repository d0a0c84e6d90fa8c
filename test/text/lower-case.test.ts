// StringEqualsIgnoreCase lower-cases as the law has it, and `?` is one UTF-16 unit: the matcher against slow readings of both rules.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compileSessionImage } from "../../src/image/compile.js";
import { parsePolicyDocument } from "../../src/policy/document/parse-document.js";
import { Simulator } from "../../src/simulate/simulator.js";
import type { Finding } from "../../src/text/finding.js";
import { readJson } from "../../src/text/json-reader.js";
import { sourceText } from "../../src/text/source-text.js";
import { build } from "../differential/evaluators.js";
import { NOW_MS } from "../differential/scene.js";
import { Random } from "../kit/random.js";

const SEED = 20261129;

/** STR-1: JavaScript's lower case, but characters beyond U+FFFF stay as they are. */
function lowered(text: string): string {
  const lower = [...text.toLowerCase()];
  let result = "";
  let at = 0;
  for (const character of text) {
    const size = character === "İ" ? 2 : 1;
    result += character.length > 1 ? character : lower.slice(at, at + size).join("");
    at += size;
  }
  return result;
}

/** STR-4: every `?` is one UTF-16 unit. */
function isLike(text: string, pattern: string): boolean {
  const units = [...pattern].map((c) => (c === "*" ? "[^]*" : c === "?" ? "[^]" : c.replace(/[^a-z]/gi, escaped)));
  return new RegExp(`^${units.join("")}$`).test(text);
}

function escaped(text: string): string {
  return [...Array(text.length).keys()].map((i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, "0")}`).join("");
}

describe.each(["release", "debug"] as const)("characters in the %s matcher", (matcher) => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await Simulator.start({ matcher, nowMs: () => NOW_MS });
  });
  afterAll(() => simulator.close());

  /** Whether the test holds for a value of `acme:given`; `acme:model` is what the policy may refer to. */
  function holds(operator: string, value: string, given: string, model: string): boolean {
    const document = {
      Version: "2012-10-17",
      Statement: [
        { Effect: "Allow", Action: "s3:*", Resource: "*", Condition: { [operator]: { "acme:given": value } } },
      ],
    };
    const request = {
      principal: "arn:aws:iam::111122223333:user/a",
      action: "s3:GetObject",
      resource: "*",
      context: { "acme:given": given, "acme:model": model },
    };
    const built = build({ policies: { identity: [{ name: "own", document }] }, request });
    if ("error" in built) throw new Error(built.error);
    const have = simulator.decide(built.built);
    if ("error" in have) throw new Error(have.error);
    return have.decision === "allowed";
  }

  it.each([
    ["s", "ſ", false],
    ["Σ", "ς", false],
    ["Σ", "σ", true],
    ["ΟΣ", "ος", true],
    ["ΟΣ", "οσ", false],
    ["ΟΣ.", "ος.", true],
    ["ΟΣ.Ο", "οσ.ο", true],
    ["i̇", "İ", true],
    ["i", "İ", false],
    ["I", "ı", false],
    ["K", "K", true],
    ["ß", "ẞ", true],
    ["ß", "SS", false],
    ["𐐀", "𐐨", false],
    ["AΣ𐐀", "aσ𐐀", true],
  ])("takes %s and %s for equal: %s (STR-1)", (value, given, equal) => {
    expect(holds("StringEqualsIgnoreCase", value, given, "")).toBe(equal);
    expect(holds("StringEqualsIgnoreCase", given, value, "")).toBe(equal);
  });

  it("lower-cases every character of one unit as JavaScript does (STR-1)", () => {
    for (let start = 0; start < 0x10000; start += 256) {
      const units = Array.from({ length: 256 }, (_, i) => String.fromCharCode(start + i));
      if (start >= 0xd800 && start < 0xe000) {
        // Halves of characters: no document and no request can hold one (json-reader.ts).
        expect(() => holds("StringEqualsIgnoreCase", units[0] ?? "", "", "")).toThrow("no JSON");
        continue;
      }
      for (const text of ["", " ", "a", "\u{10400}"].map((between) => units.join(between))) {
        expect(holds("StringEqualsIgnoreCase", text, lowered(text), ""), start.toString(16)).toBe(true);
        expect(holds("StringEqualsIgnoreCase", lowered(text), text, ""), start.toString(16)).toBe(true);
      }
    }
  });

  it("looks around a sigma as JavaScript does, across variables (STR-1)", () => {
    const random = new Random(SEED);
    const pick = (): string => drawFrom(random, ["Σ", "Σ", "a", "'", ".", "𐐀", "ʰ", " ", "İ", "ͅ", "😀", "ß"], 6);
    for (let i = 0; i < 1500; i++) {
      const [head, model, tail] = [pick(), pick(), pick()];
      const want = lowered(head + model + tail);
      const expanded = `${head}\${acme:model}${tail}`;
      const note = JSON.stringify([head, model, tail]);
      expect(holds("StringEqualsIgnoreCase", expanded, want, model), note).toBe(true);
      expect(holds("StringEqualsIgnoreCase", want, head + model + tail, model), note).toBe(true);
      const other = drawFrom(random, ["σ", "ς", "a", "'"], 3) + [...want].slice(1).join("");
      const equal = lowered(other) === want;
      expect(holds("StringEqualsIgnoreCase", expanded, other, model), note + other).toBe(equal);
    }
  });

  it("takes a character beyond U+FFFF for two, which a star may part (STR-4)", () => {
    const random = new Random(SEED);
    for (let i = 0; i < 2000; i++) {
      const pattern = drawFrom(random, ["?", "?", "*", "𐐀", "a", "é", "€"], 6);
      const text = drawFrom(random, ["𐐀", "𐐨", "a", "é", "€"], 5);
      const want = isLike(text, pattern);
      const note = JSON.stringify([pattern, text]);
      expect(holds("StringLike", pattern, text, ""), note).toBe(want);
      expect(holds("StringLike", `\${acme:model}${pattern}`, `a${text}`, "a"), note).toBe(want);
    }
  });
});

function drawFrom(random: Random, pieces: readonly string[], most: number): string {
  return Array.from({ length: random.below(most + 1) }, () => random.pick(pieces)).join("");
}

describe("the tables of lower case", () => {
  it("leave out planes without characters that have case or are passed over", () => {
    const planes = new Set<number>();
    for (let start = 0; start < 0x110000; start += 0x1000) {
      if (start >= 0xd800 && start < 0xe000) continue;
      const text = String.fromCodePoint(...Array.from({ length: 0x1000 }, (_, index) => start + index));
      if (/[\p{Cased}\p{Case_Ignorable}]/u.test(text)) planes.add(start >> 16);
    }
    expect([...planes]).toEqual([0, 1, 14]);
  });

  it("stand in the images that read them", () => {
    const sizeOf = (operator: string): number => {
      const Statement = { Effect: "Deny", Action: "s3:*", Resource: "*", Condition: { [operator]: { "acme:k": "v" } } };
      const source = sourceText("p", JSON.stringify({ Version: "2012-10-17", Statement }));
      const findings: Finding[] = [];
      const node = readJson(source, findings);
      const document = node && parsePolicyDocument(node, source, "session", findings);
      if (document === undefined) throw new Error(JSON.stringify(findings));
      return compileSessionImage([{ name: "p", document }], "aws").bytes.length;
    };
    expect(sizeOf("StringEqualsIgnoreCase") - sizeOf("StringEquals")).toBeGreaterThan(8_000);
  });
});
