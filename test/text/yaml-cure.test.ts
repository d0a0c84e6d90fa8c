// Mistakes of YAML whose cause is known are told at their place with what to do, wherever they can stand.
import { describe, expect, it } from "vitest";
import type { Finding } from "../../src/text/finding.js";
import { sourceText } from "../../src/text/source-text.js";
import { readYaml } from "../../src/text/yaml-reader.js";

function shown(text: string): readonly string[] {
  const findings: Finding[] = [];
  const tree = readYaml(sourceText("a.yaml", text), findings);
  expect(tree === undefined).toBe(findings.length > 0);
  return findings.map(({ line, column, rule, message }) => `${line}:${column} ${rule} ${message}`);
}

/** Where a text can stand, and the line and column of it. */
const positions: readonly (readonly [string, (text: string) => string, string])[] = [
  ["as a value", (text) => `a: ${text}\n`, "1:4"],
  ["as a value before others", (text) => `a: ${text}\nb: c\n`, "1:4"],
  ["as a value before a remark", (text) => `a: ${text} # c\n`, "1:4"],
  ["on a line of its own", (text) => `a:\n  ${text}\n`, "2:3"],
  ["in a list", (text) => `a:\n  - b\n  - ${text}\n`, "3:5"],
  ["in a flow list", (text) => `a: [${text}, b]\n`, "1:5"],
  ["at the end of a flow list", (text) => `a: [b, ${text} ]\n`, "1:8"],
  ["in a flow object", (text) => `a: {b: ${text}, c: d}\n`, "1:8"],
  ["as an explicit key", (text) => `b: c\n? ${text}\n: d\n`, "2:3"],
  ["as the whole text", (text) => text, "1:1"],
];

const quoteIt = (sign: string) => `a text that begins with \`${sign}\` has to stand in quotes`;
const bare = (sign: string) => `a bare \`${sign}\` is no text in YAML; quote it: \`"${sign}"\``;

describe.each(positions)("a text %s", (name, place, at) => {
  it.each([
    ["*", bare("*")],
    ["*/x", `alias \`*/x\` is not accepted; ${quoteIt("*")}`],
    ["**", `alias \`**\` is not accepted; ${quoteIt("*")}`],
    ["&b", `anchor \`&b\` is not accepted; ${quoteIt("&")}`],
    ["!b", `tag \`!b\` is not accepted; ${quoteIt("!")}`],
    ["!b c", `tag \`!b\` is not accepted; ${quoteIt("!")}`],
    ["%b", `plain value cannot start with directive indicator character %; ${quoteIt("%")}`],
    ["`b`", `plain value cannot start with reserved character \`; ${quoteIt("`")}`],
    ["@b", `plain value cannot start with reserved character @; ${quoteIt("@")}`],
  ])("that is %s is refused at its line, with the cure", (text, want) => {
    const isDirective = text === "%b" && name === "as the whole text";
    const message = isDirective ? `directive \`%b\` is not accepted; ${quoteIt("%")}` : want;
    expect(shown(place(text))[0]).toBe(`${at} YAML ${message}`);
  });
});

describe("a key", () => {
  it.each([
    ["*: b\n", bare("*")],
    ["{*: b}\n", bare("*"), "1:2"],
    ["&a: b\n", `anchor \`&a:\` is not accepted; ${quoteIt("&")}`],
    ["!a: b\n", `tag \`!a:\` is not accepted; ${quoteIt("!")}`],
    ["@a: b\n", `plain value cannot start with reserved character @; ${quoteIt("@")}`],
    ["`a`: b\n", `plain value cannot start with reserved character \`; ${quoteIt("`")}`],
    ["%a: b\n", `directive \`%a: b\` is not accepted; ${quoteIt("%")}`],
    ["x: y\n%a: b\n", `plain value cannot start with directive indicator character %; ${quoteIt("%")}`, "2:1"],
  ])("in %j is refused with the cure", (text, message, at = "1:1") => {
    expect(shown(text)[0]).toBe(`${at} YAML ${message}`);
  });
});

describe("a question mark", () => {
  it.each([
    ["a: ?\n", "1:4"],
    ["a: [?]\n", "1:5"],
    ["a: [b, ? ]\n", "1:8"],
    ["a: {b: c, ?}\n", "1:11"],
    ["- ?\n", "1:3"],
    ["a:\n  - ?\n", "2:5"],
    ["?\n", "1:1"],
  ])("in %j is refused with the cure", (text, at) => {
    expect(shown(text)).toContain(`${at} YAML ${bare("?")}`);
  });

  it.each(["a: ?b\n", "a: [?b]\n", "a: b?\n", "? a\n: b\n"])("in %j is as good as any text", (text) => {
    expect(shown(text)).toEqual([]);
  });
});

describe("a tab", () => {
  const message = "YAML tabs are not allowed as indentation; indent with spaces";

  it.each([
    ["before a key", "a:\n\tb: c\n", "2:1"],
    ["before the first key", "\ta: b\n", "1:1"],
    ["behind a blank", "a:\n \tb: c\n", "2:2"],
    ["before an item", "a:\n  - b\n\t- c\n", "3:1"],
    ["before a later key", "a:\n  b: c\n\td: e\n", "3:1"],
    ["in a flow object", "a: {\n\tb: c\n}\n", "2:1"],
    ["in a flow list", "a: [\n\tb,\n\tc]\n", "2:1"],
    ["before a block text", "a: |\n\tb\n", "2:1"],
    ["in a block text", "a: |\n  b\n\tc\n", "3:1"],
  ])("%s is refused with the cure", (_, text, at) => {
    expect(shown(text)[0]).toBe(`${at} ${message}`);
  });

  it("between a key and its value is a blank", () => {
    expect(shown("a:\tb\nc: [d,\te]\n")).toEqual([]);
  });
});

describe("other signs", () => {
  const flow = "inside of `[…]` and `{…}` a text with `[`, `]`, `{`, `}` or `,` in it has to stand in quotes";

  it.each([
    ["a: |b\n", `1:5 YAML block scalar header includes extra characters: |b; ${quoteIt("|")}`],
    ["a: >=1\n", `1:5 YAML block scalar header includes extra characters: >=1; ${quoteIt(">")}`],
    ["- > 5\n", `1:5 YAML not a YAML token: 5; ${quoteIt(">")}`],
    ["a: - b\n", `1:4 YAML unexpected block-seq-ind on same line with key; ${quoteIt("-")}`],
    ["a: ,b\n", `1:4 YAML plain value cannot start with flow indicator character ,; ${quoteIt(",")}`],
    ["a: [${aws:username}]\n", `1:6 YAML missing , or : between flow sequence items; ${flow}`],
    ["a: {b: ${c}}\n", `1:9 YAML unexpected flow-map-start at node end; ${flow}`],
    [
      "a: b: c\n",
      "1:4 YAML a second `: ` in the line; a text with `: ` in it or `:` at its end has to stand in quotes",
    ],
    [
      "a: arn:aws:s3:::b:\n",
      "1:4 YAML a second `: ` in the line; a text with `: ` in it or `:` at its end has to stand in quotes",
    ],
  ])("are cured: %j", (text, want) => {
    expect(shown(text)[0]).toBe(want);
  });
});
