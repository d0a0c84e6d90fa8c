/** The YAML reader: the same trees as JSON, the same refusals, and none of YAML's second meanings. */
import { describe, expect, it } from "vitest";
import type { Finding } from "../../src/text/finding.js";
import { sourceText } from "../../src/text/source-text.js";
import type { TreeNode } from "../../src/text/tree.js";
import { readYaml } from "../../src/text/yaml-reader.js";

function read(text: string): { tree: TreeNode | undefined; findings: Finding[] } {
  const findings: Finding[] = [];
  return { tree: readYaml(sourceText("a.yaml", text), findings), findings };
}

function shown(text: string): string[] {
  return read(text).findings.map(({ line, column, rule, message }) => `${line}:${column} ${rule} ${message}`);
}

function plain(node: TreeNode | undefined): unknown {
  switch (node?.kind) {
    case "object":
      return node.members.map((member) => [member.key, plain(member.value)]);
    case "array":
      return node.items.map(plain);
    case "number":
      return { number: node.text };
    case "string":
    case "boolean":
      return node.value;
    case "null":
      return null;
    default:
      return undefined;
  }
}

describe("readYaml()", () => {
  it.each([
    {
      name: "block style with comments",
      have: "# head\na: # one\n  - x\n  - y # two\nb: {c: 'd'}\n",
      want: [
        ["a", ["x", "y"]],
        ["b", [["c", "d"]]],
      ],
    },
    {
      name: "dates as text",
      have: "Version: 2012-10-17\nAt: 2025-01-01T00:00:00Z",
      want: [
        ["Version", "2012-10-17"],
        ["At", "2025-01-01T00:00:00Z"],
      ],
    },
    {
      name: "numbers as written",
      have: "[1e3, 10.0, 012345678901, 12345678901234567890, 0x1F]",
      want: ["1e3", "10.0", "012345678901", "12345678901234567890", "0x1F"].map((number) => ({ number })),
    },
    {
      name: "words of the core schema only",
      have: "[true, False, yes, off, null, ~, No]",
      want: [true, false, "yes", "off", null, null, "No"],
    },
    {
      name: "plain keys as they are written",
      have: "123456789012: a\ntrue: b\n0x10: c\n1.50: d\n",
      want: [
        ["123456789012", "a"],
        ["true", "b"],
        ["0x10", "c"],
        ["1.50", "d"],
      ],
    },
    {
      name: "quoted and block texts",
      have: 'a: "x\\u0041\\n"\nb: |\n  one\n  two\nc: >-\n  one\n  two\n',
      want: [
        ["a", "xA\n"],
        ["b", "one\ntwo\n"],
        ["c", "one two"],
      ],
    },
    {
      name: "ARNs and variables without quotes",
      have: "r: arn:aws:s3:::b/${aws:username}/*\n",
      want: [["r", "arn:aws:s3:::b/${aws:username}/*"]],
    },
    {
      name: "an explicit key and an empty value",
      have: "? a\n: b\nc:\n",
      want: [
        ["a", "b"],
        ["c", null],
      ],
    },
    {
      name: "JSON",
      have: '{"a": [1, "x", {}], "b": []}',
      want: [
        ["a", [{ number: "1" }, "x", []]],
        ["b", []],
      ],
    },
    {
      name: "a flow object with a missing value",
      have: "{a, b: 1}",
      want: [
        ["a", null],
        ["b", { number: "1" }],
      ],
    },
    {
      name: "CRLF",
      have: "a: 1\r\nb:\r\n  - 2\r\n",
      want: [
        ["a", { number: "1" }],
        ["b", [{ number: "2" }]],
      ],
    },
    { name: "a document start and end", have: "---\na: b\n...\n", want: [["a", "b"]] },
    {
      name: "__proto__ and a quoted << as data",
      have: '__proto__: 1\n"<<": 2\n',
      want: [
        ["__proto__", { number: "1" }],
        ["<<", { number: "2" }],
      ],
    },
  ])("reads $name", ({ have, want }) => {
    const { tree, findings } = read(have);
    expect(findings).toEqual([]);
    expect(plain(tree)).toEqual(want);
  });

  it("records where values begin and end", () => {
    const { tree } = read("a:\n  - xy # c\n  - 'z'\n");
    expect(tree).toEqual({
      kind: "object",
      offset: 0,
      endOffset: expect.any(Number),
      members: [
        {
          key: "a",
          keyOffset: 0,
          value: {
            kind: "array",
            offset: 5,
            endOffset: expect.any(Number),
            items: [
              { kind: "string", offset: 7, endOffset: 9, value: "xy" },
              { kind: "string", offset: 18, endOffset: 21, value: "z" },
            ],
          },
        },
      ],
    });
  });

  it.each([
    { name: "an empty text", have: "# nothing\n", want: ["1:1 YAML the text holds no value"] },
    {
      name: "a byte-order mark",
      have: "\uFEFFa: b",
      want: ["1:1 YAML byte-order mark before the value: save the file as UTF-8 without BOM"],
    },
    { name: "UTF-16 read as UTF-8", have: "a\0:\0", want: ["1:2 YAML control character `\\u0000` in the text"] },
    { name: "the parser's own marks", have: "a: \u001fb", want: ["1:4 YAML control character `\\u001f` in the text"] },
    { name: "a raw lone surrogate", have: "a: \ud800", want: ["1:4 YAML lone surrogate `\\ud800` in the text"] },
    { name: "an escaped lone surrogate", have: 'a: "\\ud800"', want: ["1:4 YAML lone surrogate in a text"] },
    {
      name: "duplicate keys",
      have: "a: 1\nb: 2\na: 3\n",
      want: ["3:1 DOC-2 duplicate member `a`, first at line 1, column 1"],
    },
    {
      name: "duplicate keys of two spellings",
      have: 'x:\n  1: a\n  "1": b\n',
      want: ["3:3 DOC-2 duplicate member `1`, first at line 2, column 3"],
    },
    {
      name: "anchors and aliases",
      have: "a: &x 1\nb: *x\n",
      want: [
        "1:4 YAML anchor `&x` is not accepted; a text that begins with `&` has to stand in quotes",
        "2:4 YAML alias `*x` is not accepted; a text that begins with `*` has to stand in quotes",
      ],
    },
    {
      name: "a bare star as a value, in a list and in a flow list",
      have: "a: *\nb:\n  - *\nc: [ * ]\n",
      want: [
        '1:4 YAML a bare `*` is no text in YAML; quote it: `"*"`',
        '3:5 YAML a bare `*` is no text in YAML; quote it: `"*"`',
        '4:6 YAML a bare `*` is no text in YAML; quote it: `"*"`',
      ],
    },
    {
      name: "an anchor on a key and in a flow list",
      have: "&k a: [&v 1]\n",
      want: [
        "1:1 YAML anchor `&k` is not accepted; a text that begins with `&` has to stand in quotes",
        "1:8 YAML anchor `&v` is not accepted; a text that begins with `&` has to stand in quotes",
      ],
    },
    {
      name: "tags",
      have: "a: !!str 1\nb: !own\n  - c\nd: ! e\n",
      want: [
        "1:4 YAML tag `!!str` is not accepted; a text that begins with `!` has to stand in quotes",
        "2:4 YAML tag `!own` is not accepted; a text that begins with `!` has to stand in quotes",
        "4:4 YAML tag `!` is not accepted; a text that begins with `!` has to stand in quotes",
      ],
    },
    {
      name: "a tag on a block text",
      have: "a: !x |\n  b\n",
      want: ["1:4 YAML tag `!x` is not accepted; a text that begins with `!` has to stand in quotes"],
    },
    { name: "a merge key", have: "<<: {a: 1}\n", want: ["1:1 YAML merge key `<<` is not accepted"] },
    {
      name: "a directive",
      have: "%YAML 1.1\n---\na: 1\n",
      want: ["1:1 YAML directive `%YAML 1.1` is not accepted; a text that begins with `%` has to stand in quotes"],
    },
    { name: "two documents", have: "a: 1\n---\nb: 2\n", want: ["2:1 YAML a second document begins"] },
    { name: "a list as key", have: "? [a]\n: b\n", want: ["1:3 YAML a member name must be a single word or text"] },
    { name: "an empty key", have: "a: 1\n: b\n", want: ["2:1 YAML a member name must be a single word or text"] },
  ])("refuses $name", ({ have, want }) => {
    expect(read(have).tree).toBeUndefined();
    expect(shown(have)).toEqual(want);
  });

  it.each([
    { name: "an open flow list", have: "a: [1, 2\n", want: /^2:1 YAML the list that begins with `\[` has no `\]`$/ },
    {
      name: "bad indentation",
      have: "a:\n  b: 1\n c: 2\n",
      want: /^3:2 YAML the line does not begin in the column of the other members of its mapping; indent it like them$/,
    },
    {
      name: "a tab as indentation",
      have: "a:\n\tb: 1\n",
      want: /^2:1 YAML tabs are not allowed as indentation; indent with spaces$/,
    },
    { name: "an unclosed string", have: 'a: "b\n', want: /YAML the text in quotes has no closing `"`$/ },
    {
      name: "two values in one place",
      have: "a: b: c\n",
      want: /^1:4 YAML a second `: ` in the line;/,
    },
  ])("reports $name in plain words", ({ have, want }) => {
    expect(read(have).tree).toBeUndefined();
    expect(shown(have)[0]).toMatch(want);
  });

  it.each([
    { name: "flow lists", level: "[", close: "]" },
    { name: "flow objects", level: "{a: ", close: "}" },
  ])("refuses $name past 64 levels before anything recurses", ({ level, close }) => {
    expect(read(level.repeat(64) + close.repeat(64)).findings).toEqual([]);
    expect(shown(level.repeat(65) + close.repeat(65))).toEqual([
      `1:${64 * level.length + 1} YAML nesting is deeper than 64 levels`,
    ]);
    expect(shown(level.repeat(100_000))).toEqual([`1:${64 * level.length + 1} YAML nesting is deeper than 64 levels`]);
  });

  it("counts block lists and pairs in flow lists as levels", () => {
    expect(shown(`${"- ".repeat(5_000)}x`)).toEqual(["1:129 YAML nesting is deeper than 64 levels"]);
    expect(shown(`${"[a: ".repeat(60)}1${"]".repeat(60)}`)[0]).toMatch(/nesting is deeper than 64 levels/);
  });

  it("finds duplicates among many keys in linear time", () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `k${index}: 1`);
    expect(shown([...lines, "k5: 2"].join("\n"))).toEqual([
      "20001:1 DOC-2 duplicate member `k5`, first at line 6, column 1",
    ]);
  });
});
