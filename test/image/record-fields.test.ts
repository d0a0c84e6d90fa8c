/**
 * What compiler and matcher share about records: every field is named once, proved against its view, written by name and read. Two fields
 * that change places on one side only do not come through the build; one that nobody writes or reads does not come through this test.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import * as records from "../../assembly/format/records.js";
import { ByteWriter } from "../../src/image/byte-writer.js";
import { recordType } from "../../src/image/record.js";
import { WordList } from "../../src/image/word-list.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const RECORDS = "assembly/format/records.ts";
const assembly = filesBelow("assembly");
const host = filesBelow("src");
const proofs = readFileSync(join(root, "assembly/format/prove-records.ts"), "utf8").replace(/\)\n +ERROR/g, ") ERROR");

/** Each list of fields with the members that stand for fields. */
const lists = Object.entries(records).map(([name, list]) => ({ name, fields: fieldsOf(list) }));
/** Of these the host knows a few words only. */
const PARTS: readonly string[] = ["ScratchFields"];

describe("records.ts", () => {
  it.each(lists)("$name is proved field by field", ({ name, fields }) => {
    const view = viewOf(name);
    for (const field of fields) {
      expect(proofs).toContain(`if (offsetof<${view}>("${field}") != ${name}.${field}) ERROR(`);
    }
    if (PARTS.includes(name)) return;
    expect(proofs).toContain(`if (offsetof<${view}>() != ${name}.size) ERROR(`);
    expect(membersOf(view)).toEqual(fields);
  });

  it("has every view of an image, of the control block and of the plan", () => {
    const views = [...classesOf("views.ts")].filter(([name]) => !lists.some((list) => viewOf(list.name) === name));
    expect(views.map(([name]) => name)).toEqual([]);
  });
});

describe("fields of memory", () => {
  it("are read by the matcher, each of them", () => {
    const sources = host.map((file) => readFileSync(join(root, file), "utf8")).join("\n");
    const byHost = lists.flatMap(({ name, fields }) =>
      fields
        .filter((field) => new RegExp(`\\b(planWord|control)\\([^()]*\\b${name}\\.${field}\\b`).test(sources))
        .map((field) => `${viewOf(name)}.${field}`),
    );
    const read = new Set([...fieldsRead(), ...byHost]);
    const unread = assembly.flatMap((file) =>
      [...unmanagedClasses(file)].flatMap(([name, fields]) =>
        fields.map((field) => `${name}.${field}`).filter((field) => !read.has(field)),
      ),
    );
    // What a table finds a record by is read as the first word of any of them.
    expect(unread.sort()).toEqual([
      "ActionView.textAt",
      "EndpointView.idAt",
      "RoleNameView.textAt",
      "ServiceView.textAt",
    ]);
    const { AccountFields, ActionFields, EndpointFields, RoleNameFields, ServiceFields } = records;
    const first = [
      AccountFields.idAt,
      ActionFields.textAt,
      EndpointFields.idAt,
      RoleNameFields.textAt,
      ServiceFields.textAt,
    ];
    expect(first).toEqual([0, 0, 0, 0, 0]);
  });

  it("are written by the host by name, each of them", () => {
    const sources = host.map((file) => readFileSync(join(root, file), "utf8")).join("\n");
    const whole = lists.filter(({ name }) => sources.includes(`recordType(${name})`)).map(({ name }) => name);
    // Foldings are pairs of words as they come from Unicode; plans and their lists are the matcher's.
    const others = lists.filter(
      ({ name }) => !["FoldFields", "PlanFields", "SpanFields", "RowFields", ...whole].includes(name),
    );
    const unwritten = others.flatMap(({ name, fields }) =>
      fields.map((field) => `${name}.${field}`).filter((field) => !new RegExp(`\\b${field}\\b`).test(sources)),
    );
    expect(unwritten).toEqual([]);
  });

  it("have no place in the host that is a bare number", () => {
    const have = host
      .filter((file) => /^src\/(image|engine)\//.test(file))
      .flatMap((file) => bareOffsets(file).map((text) => `${file}: ${text}`));
    expect(have).toEqual([]);
  });
});

describe("constants that compiler and matcher share", () => {
  it.each(["layout.ts", "records.ts", "views.ts", "work-views.ts"])("of %s have a reader", (name) => {
    const file = assembly.find((path) => path.endsWith(`/${name}`)) ?? name;
    const used = new Set([...assembly, ...host].filter((reader) => reader !== file).flatMap(wordsOf));
    const own = wordsOf(file);
    const unread = exportsOf(file).filter(
      (word) => !used.has(word) && own.filter((other) => other === word).length < 2,
    );
    expect(unread).toEqual([]);
  });
});

describe("recordType()", () => {
  enum PairFields {
    low = 0,
    high = 1,
    both = 2,
    word = 4,
    long = 8,
    size = 16,
  }
  const values = { word: 0xfffffffe, long: -2n, both: 0x0403, high: 2, low: 1 };
  const written = [1, 2, 3, 4, 0xfe, 0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

  it("puts each value where its field is, whatever the order of the values", () => {
    const writer = new ByteWriter(64);
    expect(writer.record(recordType(PairFields), values)).toBe(0);
    expect([...writer.written()]).toEqual(written);
    const words = new WordList();
    words.pushRecord(recordType(PairFields), values);
    expect(Array.from({ length: words.length }, (_, at) => words.at(at))).toEqual([
      ...new Uint32Array(Uint8Array.from(written).buffer),
    ]);
  });

  it("takes no number that its field has no room for", () => {
    const writer = new ByteWriter(64);
    const type = recordType(PairFields);
    expect(() => writer.record(type, { ...values, low: 256 })).toThrow("256 is no value of 1 bytes");
    expect(() => writer.record(type, { ...values, both: -1 })).toThrow("-1 is no value of 2 bytes");
    expect(() => writer.record(type, { ...values, word: 1n })).toThrow("a field of 4 bytes takes a number");
    expect(() => writer.record(type, { ...values, long: 1 })).toThrow("1 is no value of 8 bytes");
  });

  it("takes no list of fields that leaves a gap", () => {
    expect(() => recordType({ first: 0, second: 12, size: 16 })).toThrow("records.ts: first has 12 bytes");
  });

  it("knows every field at compile time", () => {
    const writer = new ByteWriter(64);
    const type = recordType(PairFields);
    const { long: _, ...forgotten } = values;
    // @ts-expect-error a field is missing
    expect(() => writer.record(type, forgotten)).toThrow();
    // @ts-expect-error there is no such field
    writer.record(type, { ...values, lnog: 1n });
  });
});

function fieldsOf(list: object): string[] {
  return Object.keys(list).filter((name) => !/^\d+$/.test(name) && name !== "size");
}

/** The name of the view that a list of fields is for, as the proof has it. */
function viewOf(name: string): string {
  return new RegExp(`offsetof<(\\w+)>\\(.*\\) != ${name}\\.`).exec(proofs)?.[1] ?? `the view of ${name}`;
}

function membersOf(view: string): readonly string[] {
  for (const file of assembly) {
    const fields = unmanagedClasses(file).get(view);
    if (fields !== undefined) return fields;
  }
  return [];
}

function classesOf(name: string): Map<string, readonly string[]> {
  return unmanagedClasses(assembly.find((file) => file.endsWith(`/${name}`)) ?? name);
}

/** Classes without a header, with their fields in order. */
function unmanagedClasses(file: string): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const statement of parsed(file).statements) {
    if (!ts.isClassDeclaration(statement) || statement.name === undefined) continue;
    found.set(
      statement.name.text,
      statement.members.filter(ts.isPropertyDeclaration).map((member) => member.name.getText()),
    );
  }
  return found;
}

/** `View.field` of every field whose value some function of the matcher takes. */
function fieldsRead(): ReadonlySet<string> {
  const config = ts.getParsedCommandLineOfConfigFile(join(root, "assembly/tsconfig.json"), undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: () => undefined,
  });
  const program = ts.createProgram(config?.fileNames ?? [], config?.options ?? {});
  const checker = program.getTypeChecker();
  const read = new Set<string>();
  const visit = (node: ts.Node): void => {
    ts.forEachChild(node, visit);
    if (ts.isCallExpression(node) && node.expression.getText() === "offsetof") {
      const [field] = node.arguments;
      const [view] = node.typeArguments ?? [];
      if (field !== undefined && view !== undefined && ts.isStringLiteral(field)) {
        read.add(`${view.getText()}.${field.text}`);
      }
    }
    if (!ts.isPropertyAccessExpression(node) || isAssigned(node)) return;
    const [declaration] = checker.getSymbolAtLocation(node.name)?.declarations ?? [];
    if (declaration === undefined || !ts.isPropertyDeclaration(declaration)) return;
    if (ts.isClassDeclaration(declaration.parent)) read.add(`${declaration.parent.name?.text}.${node.name.text}`);
  };
  for (const source of program.getSourceFiles()) {
    const file = relative(root, source.fileName);
    if (assembly.includes(file) && !file.endsWith("prove-records.ts")) visit(source);
  }
  return read;
}

function isAssigned(node: ts.PropertyAccessExpression): boolean {
  const { parent } = node;
  return (
    ts.isBinaryExpression(parent) && parent.left === node && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken
  );
}

/** Arguments of writers and readers of words that are a number away from a variable. */
function bareOffsets(file: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    ts.forEachChild(node, visit);
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return;
    if (!/^(setWord|setWords|setRecord|word|control|setControl|planWord)$/.test(node.expression.name.text)) return;
    const text = node.getText();
    const places = node.arguments.filter(ts.isBinaryExpression).filter(({ right }) => ts.isNumericLiteral(right));
    if (places.some(({ operatorToken }) => operatorToken.kind === ts.SyntaxKind.PlusToken)) found.push(text);
  };
  visit(parsed(file));
  return found;
}

function exportsOf(file: string): string[] {
  return [...readFileSync(join(root, file), "utf8").matchAll(/^export (?:const|enum|class|function) (\w+)/gm)].map(
    ([, name]) => name ?? "",
  );
}

/** Every name in a file, outside comments, texts and imports. */
function wordsOf(file: string): string[] {
  const words: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) return;
    if (ts.isIdentifier(node)) words.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(parsed(file));
  return words;
}

function parsed(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.ES2023, true);
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => dirname(file) !== "." && file !== RECORDS)
    .concat(folder === "assembly" ? [RECORDS] : [])
    .sort();
}
