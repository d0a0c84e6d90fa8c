/** The texts of the matcher are words of hexadecimal digits; here each is decoded and compared with what its comments say. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const assembly = new URL("../assembly/", import.meta.url);
const words = readFileSync(new URL("format/words.ts", assembly), "utf8");

interface Word {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
  readonly bytes: string;
  readonly comment: string;
}

describe("words.ts", () => {
  const single = readWords(words.slice(0, words.indexOf("/**")));
  const texts = [...words.matchAll(/^\/\*\* `([^`]+)`.*\n((?:export const .*\n)+)/gm)];

  it("has nothing but constants, each with its bytes in a comment", () => {
    const constants = words.match(/^export const /gm) ?? [];
    const inTexts = texts.flatMap(([, , block = ""]) => readWords(block));
    expect(single.length + inTexts.length).toBe(constants.length);
    expect(texts.length).toBeGreaterThan(30);
  });

  it.each(single)("$name is $comment", ({ bytes, comment }) => {
    expect(bytes).toBe(comment === "space" ? " " : comment);
  });

  it.each(texts.map(([, text = "", block = ""]) => ({ text, pieces: readWords(block) })))(
    "`$text` is what its words come to",
    ({ text, pieces }) => {
      const have: string[] = new Array(text.length).fill("");
      const [first] = pieces;
      for (const { name, offset, size, bytes, comment } of pieces) {
        expect(bytes).toBe(comment);
        expect(bytes.length).toBeLessThanOrEqual(size);
        expect(name).toBe(offset === 0 ? first?.name : `${first?.name}_${offset}`);
        for (const [index, char] of [...bytes].entries()) {
          expect(["", char], `${name}, byte ${offset + index}`).toContain(have[offset + index]);
          have[offset + index] = char;
        }
      }
      expect(have.join("")).toBe(text);
    },
  );

  it("holds every text: no other file of the matcher has a word of letters in hexadecimal digits", () => {
    const found = readdirSync(assembly, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.endsWith("words.ts") && !name.endsWith("layout.ts"))
      .flatMap((name) =>
        [...readFileSync(new URL(name, assembly), "utf8").matchAll(/\b0x((?:[0-9a-f]{2}){3,8})\b/g)].map(
          ([word, digits = ""]) => ({ name, word, text: Buffer.from(digits, "hex").toString("latin1") }),
        ),
      )
      .filter(({ text }) => /^[-:./\w]+$/.test(text));
    expect(found).toEqual([]);
  });
});

function readWords(block: string): readonly Word[] {
  return [...block.matchAll(/^export const (\w+?)(?:_(\d+))?: (u32|u64) = 0x([0-9a-f]+); \/\/ (.+)$/gm)].map(
    ([, base = "", offset, type, digits = "", comment = ""]) => ({
      name: offset === undefined ? base : `${base}_${offset}`,
      offset: Number(offset ?? 0),
      size: type === "u32" ? 4 : 8,
      bytes: Buffer.from(digits, "hex").reverse().toString("latin1"),
      comment,
    }),
  );
}
