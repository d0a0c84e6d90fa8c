/** The strict JSON reader: what it refuses, where it says so, and what it keeps apart. */
import { describe, expect, it } from "vitest";
import type { Finding } from "../../src/text/finding.js";
import { readJson } from "../../src/text/json-reader.js";
import { sourceText } from "../../src/text/source-text.js";
import type { TreeNode } from "../../src/text/tree.js";

function read(text: string): { tree: TreeNode | undefined; findings: Finding[] } {
  const findings: Finding[] = [];
  return { tree: readJson(sourceText("a.json", text), findings), findings };
}

function shown(text: string): string[] {
  return read(text).findings.map(({ line, column, rule, message }) => `${line}:${column} ${rule} ${message}`);
}

/** The plain value of a tree; objects as lists of pairs, numbers as their text. */
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

describe("sourceText()", () => {
  const source = sourceText("f", "ab\r\n\u2028c\n😀d\n");
  it.each([
    { name: "the start", offset: 0, want: [1, 1] },
    { name: "CR, the last column of its line", offset: 2, want: [1, 3] },
    { name: "after CRLF; U+2028 ends no line", offset: 5, want: [2, 2] },
    { name: "after an astral character, two units", offset: 9, want: [3, 3] },
    { name: "the end", offset: 11, want: [4, 1] },
  ])("places $name", ({ offset, want }) => {
    expect(source.positionAt(offset)).toEqual({ file: "f", line: want[0], column: want[1] });
  });
});

describe("readJson()", () => {
  it.each([
    {
      name: "all kinds of values",
      have: '{"a":[1,"x",true,false,null,{}],"b":[]}',
      want: [
        ["a", [{ number: "1" }, "x", true, false, null, []]],
        ["b", []],
      ],
    },
    {
      name: "numbers as written",
      have: "[1e3,10.0,-0,12345678901234567890,0.50E-2]",
      want: ["1e3", "10.0", "-0", "12345678901234567890", "0.50E-2"].map((number) => ({ number })),
    },
    { name: "all escapes", have: '"a\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\ud83d\\ude00"', want: 'a"\\/\b\f\n\r\tA😀' },
    { name: "raw astral characters, U+2028 and DEL", have: '"😀\u2028\u007f"', want: "😀\u2028\u007f" },
    { name: "CRLF and tabs between values", have: '\r\n{\t"a" :\r\n1 }\r\n', want: [["a", { number: "1" }]] },
    {
      name: "__proto__, constructor and toString as data",
      have: '{"__proto__":{"x":1},"constructor":2,"toString":3}',
      want: [
        ["__proto__", [["x", { number: "1" }]]],
        ["constructor", { number: "2" }],
        ["toString", { number: "3" }],
      ],
    },
    {
      name: "keys that differ in case",
      have: '{"a":1,"A":2}',
      want: [
        ["a", { number: "1" }],
        ["A", { number: "2" }],
      ],
    },
  ])("reads $name", ({ have, want }) => {
    const { tree, findings } = read(have);
    expect(findings).toEqual([]);
    expect(plain(tree)).toEqual(want);
    expect(Object.hasOwn(Object.prototype, "x")).toBe(false);
  });

  it("records where values begin and end", () => {
    const { tree } = read('\n{"k": [1, "ab"]}');
    expect(tree).toEqual({
      kind: "object",
      offset: 1,
      endOffset: 17,
      members: [
        {
          key: "k",
          keyOffset: 2,
          value: {
            kind: "array",
            offset: 7,
            endOffset: 16,
            items: [
              { kind: "number", offset: 8, endOffset: 9, text: "1" },
              { kind: "string", offset: 11, endOffset: 15, value: "ab" },
            ],
          },
        },
      ],
    });
  });

  it.each([
    { name: "an empty text", have: "", want: "1:1 DOC-1 the text ends where a value belongs" },
    {
      name: "a byte-order mark",
      have: "\uFEFF{}",
      want: "1:1 DOC-1 byte-order mark before the value: save the file as UTF-8 without BOM",
    },
    {
      name: "UTF-16 read as UTF-8",
      have: "{\0}\0",
      want: "1:2 DOC-1 unexpected `\\u0000` where a member name in double quotes belongs",
    },
    { name: "a line comment", have: "{\n  // hello\n}", want: "2:3 DOC-1 comments are not part of JSON" },
    { name: "a block comment", have: "[1 /* one */]", want: "1:4 DOC-1 comments are not part of JSON" },
    { name: "a trailing comma in an object", have: '{"a":1,\n}', want: "1:7 DOC-1 trailing comma before `}`" },
    { name: "a trailing comma in an array", have: "[1, ]", want: "1:3 DOC-1 trailing comma before `]`" },
    { name: "a leading comma", have: "[,1]", want: "1:2 DOC-1 unexpected `,` where a value belongs" },
    { name: "a missing comma", have: '{"a":1 "b":2}', want: '1:8 DOC-1 unexpected `"` where `,` or `}` belongs' },
    { name: "a missing colon", have: '{"a" 1}', want: "1:6 DOC-1 unexpected `1` where `:` belongs" },
    {
      name: "a bare key",
      have: "{a:1}",
      want: "1:2 DOC-1 unexpected `a` where a member name in double quotes belongs",
    },
    { name: "the wrong bracket", have: "[1}", want: "1:3 DOC-1 unexpected `}` where `,` or `]` belongs" },
    { name: "single quotes", have: "['a']", want: "1:2 DOC-1 unexpected `'` where a value belongs" },
    { name: "a word of another language", have: "[True]", want: "1:2 DOC-1 unexpected `True` where a value belongs" },
    { name: "a word that goes on", have: "[nullx]", want: "1:2 DOC-1 unexpected `nullx` where a value belongs" },
    { name: "garbage after the value", have: "{}\n{}", want: "2:1 DOC-1 unexpected `{` after the value" },
    { name: "a value that does not end", have: '{"a":[1', want: "1:8 DOC-1 the text ends where `,` or `]` belongs" },
    { name: "a string that does not end", have: '["ab', want: "1:2 DOC-1 string without a closing quotation mark" },
    { name: "a string that ends in a backslash", have: '"ab\\', want: "1:4 DOC-1 unknown escape `\\`" },
    { name: "an unknown escape", have: '"\\x41"', want: "1:2 DOC-1 unknown escape `\\x`" },
    { name: "a short unicode escape", have: '"\\u12G4"', want: "1:2 DOC-1 unknown escape `\\u12G4`" },
    {
      name: "a raw line break in a string",
      have: '"a\nb"',
      want: "1:3 DOC-1 unescaped control character `\\u000a` in a string",
    },
    { name: "an escaped lone surrogate", have: '"\\ud83dx"', want: "1:2 DOC-1 lone surrogate `\\ud83d` in a string" },
    { name: "an escaped low surrogate", have: '"\\ude00"', want: "1:2 DOC-1 lone surrogate `\\ude00` in a string" },
    { name: "a raw lone surrogate", have: '"\ud83d"', want: "1:2 DOC-1 lone surrogate `\\ud83d` in a string" },
    { name: "a leading zero", have: "[01]", want: "1:2 DOC-1 malformed number `01`" },
    { name: "a number without digits", have: "[-]", want: "1:2 DOC-1 malformed number `-`" },
    { name: "a point without fraction", have: "[5.]", want: "1:2 DOC-1 malformed number `5.`" },
    { name: "an exponent without digits", have: "[1e+]", want: "1:2 DOC-1 malformed number `1e+`" },
    { name: "a hexadecimal number", have: "[0x1F]", want: "1:2 DOC-1 malformed number `0x1F`" },
    { name: "a plus sign", have: "[+1]", want: "1:2 DOC-1 unexpected `+` where a value belongs" },
  ])("refuses $name", ({ have, want }) => {
    expect(read(have).tree).toBeUndefined();
    expect(shown(have)).toEqual([want]);
  });

  it("finds duplicate members at any depth and names the first", () => {
    const have = '{"Effect":"Allow",\n "a":[{"x":1,"y":2,"x":3}],\n "\\u0045ffect":"Deny"}';
    expect(read(have).tree).toBeUndefined();
    expect(shown(have)).toEqual([
      "2:20 DOC-2 duplicate member `x`, first at line 2, column 8",
      "3:2 DOC-2 duplicate member `Effect`, first at line 1, column 2",
    ]);
  });

  it("finds duplicates in long objects, also of names that objects inherit", () => {
    const members = Array.from({ length: 40 }, (_, index) => `"k${index}":0`);
    expect(shown(`{${[...members, '"__proto__":1', '"k7":1', '"__proto__":2'].join(",")}}`)).toEqual([
      expect.stringMatching(/DOC-2 duplicate member `k7`, first at line 1, column 51$/),
      expect.stringMatching(/DOC-2 duplicate member `__proto__`, first/),
    ]);
  });

  it("accepts 64 levels and refuses the next without using the stack", () => {
    expect(read("[".repeat(64) + "]".repeat(64)).findings).toEqual([]);
    expect(shown("[".repeat(65) + "]".repeat(65))).toEqual(["1:65 DOC-1 nesting is deeper than 64 levels"]);
    expect(shown('{"a":'.repeat(100_000))).toEqual(["1:321 DOC-1 nesting is deeper than 64 levels"]);
  });

  it("goes on after a lone surrogate and stops after a hundred findings", () => {
    expect(shown('["\\ud800\\ud800","\\udfff",]')).toHaveLength(3);
    expect(shown(`[${Array.from({ length: 1000 }, () => '"\\ud800"').join(",")}]`)).toHaveLength(100);
  });

  describe("with members to defer", () => {
    const long = `{"Statement":[${Array.from({ length: 5_000 }, (_, index) => `{"Sid":"S${index}"}`).join(",")}]}`;
    const text = ` {"list":[{"document":{"a":{"document":{"b":[1,"\\u0041"]}}},"n":[]},{"document":["x"]}],\n"document":${long}}`;
    const defers = (key: string): boolean => key === "document";
    const deferred = (have: string) => {
      const findings: Finding[] = [];
      return { tree: readJson(sourceText("a.json", have), findings, { defers }), findings };
    };
    const copy = (node: TreeNode): unknown => {
      const { kind, offset, endOffset } = node;
      if (kind === "array") return { kind, offset, endOffset, items: node.items.map(copy) };
      if (kind !== "object") return node;
      return {
        kind,
        offset,
        endOffset,
        members: node.members.map(({ value, ...rest }) => ({ ...rest, value: copy(value) })),
      };
    };

    it("gives the same tree at every look", () => {
      const { tree } = deferred(text);
      for (let look = 0; look < 2; look++) expect(tree && copy(tree)).toEqual(read(text).tree);
    });

    it.each([
      { name: "a repeated member in a deferred object", have: '{"document":{"a":1,"a":2}}' },
      { name: "a deferred object that does not end", have: '{"document":{"a":1' },
      { name: "a repeated deferred member", have: '{"document":{},"document":{"a":{}}}' },
      { name: "nesting that is too deep in a deferred object", have: `{"document":${'{"a":'.repeat(80)}` },
      { name: "a lone surrogate in a deferred object", have: '[{"document":{"a":"\\ud800"}}]' },
    ])("tells of $name as ever", ({ have }) => {
      const want = read(have);
      expect(deferred(have)).toEqual(want);
      expect(want.findings).not.toEqual([]);
    });
  });
});
