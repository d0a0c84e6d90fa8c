/** What keeps the house in order: import direction, single owners of dangerous words, sizes, documents. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { settings } from "../src/config/settings.js";
import { configFile } from "../src/config/settle-setting.js";
import { filesBelow, importsOf, program, root, text, valueImportsOf, withoutTexts } from "./kit/source-files.js";

const sources = filesBelow("src", ".ts");
const assembly = filesBelow("assembly", ".ts");
const tests = [...filesBelow("test", ".ts"), ...filesBelow("bench", ".ts")];

/** Rooms from the ground up: a file may import from its own room and from rooms before it. */
const rooms = [
  "assembly/format/layout.ts",
  "assembly/format/records.ts",
  "assembly/wire/fields.ts",
  "src/artifacts.ts",
  "src/text/",
  "src/question/",
  "src/wire/",
  "src/files/",
  "src/policy/document/",
  "src/policy/",
  "src/policy/formats/",
  "src/globs/",
  "src/classes/",
  "src/validate/rules/",
  "src/validate/catalogue/",
  "src/validate/",
  "src/validate/gate/",
  "src/image/",
  "src/node-workarounds/",
  "src/engine/",
  "src/prepare/",
  "src/simulate/",
  "src/ask/",
  "src/audit/",
  "src/prove/",
  "src/escalation/",
  "src/supply/",
  "src/supply/bundle/",
  "src/supply/path/",
  "src/supply/origins/",
  "src/access/",
  "src/observe/decision-log/",
  "src/observe/metrics/",
  "src/observe/",
  "src/server/",
  "src/server/grpc/",
  "src/server/ext-authz/",
  "src/server/http/",
  "src/server/audits/",
  "src/server/authzen/",
  "src/server/aws/",
  "src/server/access-analyzer/",
  "src/server/services/",
  "src/server/routes/",
  "src/config/",
  "src/policy-tests/",
  "src/reachable/",
  "src/evidence/cloudtrail/",
  "src/evidence/sources/",
  "src/evidence/uses/",
  "src/evidence/import/",
  "src/evidence/posture/",
  "src/report/",
  "src/matrix/",
  "src/schemas/",
  "src/synth/",
  "src/load/",
  "src/client/",
  "src/index.ts",
  "src/terminal/",
  "src/reach/",
  "src/serve/",
  "src/cli/",
] as const;

/** Likewise the rooms of the matcher; the host may enter none of them, but for the layout, the records and the numbers of fields. */
const matcherRooms = [
  "assembly/format/",
  "assembly/wire/",
  "assembly/context/",
  "assembly/pattern/",
  "assembly/question/",
  "assembly/decide/",
  "assembly/answer/",
  "assembly/call/",
  "assembly/index.ts",
];

describe("imports", () => {
  it.each(sources)("%s imports from its own room or from rooms below", (file) => {
    const upwards = importsOf(file).filter((target) => roomOf(target) > roomOf(file));
    expect(upwards).toEqual([]);
  });

  it("lead from texts and policies to no bytes, threads or network", () => {
    for (const file of sources.filter((name) => /^src\/(text|files|policy)\//.test(name)))
      expect(text(file)).not.toMatch(/from "(@grpc|piscina|node:(worker_threads|http2|net))/);
  });

  it("lead from the client room to the wire and to types of questions only, so that a caller loads nothing of the engine", () => {
    const client = sources.filter((file) => file.startsWith("src/client/"));
    const loaded = client.flatMap(valueImportsOf).filter((target) => !/^src\/(client|wire)\//.test(target));
    const outside = client.flatMap(importsOf).filter((target) => !/^src\/(client|wire|question)\//.test(target));
    expect([...loaded, ...outside]).toEqual([]);
    for (const file of client) expect(text(file)).not.toMatch(/from "(?!\.|node:|@grpc\/grpc-js")/);
  });

  it("lead from the wire room to types of questions and to the matcher's numbers of fields only", () => {
    const wire = sources.filter((file) => file.startsWith("src/wire/"));
    const outside = wire.flatMap(valueImportsOf).filter((target) => !target.startsWith("src/wire/"));
    expect(outside).toEqual(["assembly/wire/fields.ts"]);
    expect(wire.filter((file) => /from "(?!\.)/.test(text(file)))).toEqual([]);
  });

  it.each(assembly)("%s imports from its own room of the matcher or from rooms below", (file) => {
    const matcherRoomOf = (name: string) => {
      const index = matcherRooms.findIndex((room) => name.startsWith(room));
      if (index < 0) throw new Error(`${name} lies in no room of the matcher`);
      return index;
    };
    const upwards = importsOf(file).filter((target) => matcherRoomOf(target) > matcherRoomOf(file));
    expect(upwards).toEqual([]);
  });

  it("make no circle of folders, and no folder holds more than 25 files", () => {
    const files = [...sources, ...assembly].filter((file) => dirname(file) !== "src");
    const folders = new Map<string, string[]>();
    for (const file of files) folders.set(dirname(file), [...(folders.get(dirname(file)) ?? []), file]);
    expect([...folders].filter(([, inside]) => inside.length > 25).map(([folder]) => folder)).toEqual([]);
    const ways = new Map(
      [...folders].map(([folder, inside]) => [folder, inside.flatMap(importsOf).map((file) => dirname(file))]),
    );
    expect(
      firstCircle([...folders.keys()], (folder) => ways.get(folder)?.filter((to) => to !== folder) ?? []),
    ).toBeUndefined();
  });

  it("have no cycle", () => {
    expect(firstCircle([...sources, ...assembly], valueImportsOf)).toBeUndefined();
  });
});

describe("tests", () => {
  /** What is done in one place of `test/kit/`, and the files that have to do it themselves, with their reasons. */
  const once = [
    {
      what: "read .proto files in one place",
      words: /from "@grpc\/proto-loader"/,
      except: [
        // Reads what a server says of its own messages, without any file.
        "test/server/reflection.test.ts",
      ],
    },
    {
      what: "call over gRPC with one client",
      words: /\bnew Client\(/,
      except: [
        "test/server/reflection.test.ts",
        // Measures the client of the package against what others write with grpc-js.
        "bench/client.ts",
      ],
    },
    {
      what: "start servers in one place",
      words: /\b(AuthorizationServer|GrpcListener|HttpListener)\.start\(|\bstart\(\[\s*"serve"|"main\.js"\), "serve"/,
      except: [],
    },
  ];

  it.each(once)("$what", ({ words, except }) => {
    const outside = tests.filter((file) => !file.startsWith("test/kit/") && file !== "test/shape.test.ts");
    expect(outside.filter((file) => words.test(text(file))).sort()).toEqual([...except].sort());
  });
});

describe("numbers of protobuf fields", () => {
  it("have names wherever a field is read or written", () => {
    const coding = sources.filter((file) => [file, ...importsOf(file)].some((name) => name.startsWith("src/wire/")));
    expect(coding.length).toBeGreaterThan(20);
    expect(coding.flatMap((file) => bareFieldNumbers(program(file)).map((found) => `${file}: ${found}`))).toEqual([]);
  });

  it.each([
    ["if (reader.field === 7) read();", "reader.field === 7"],
    ["const { field } = reader; if (field <= 6) read();", "field <= 6"],
    ["switch (reader.field) { case 2: read(); }", "case 2: read();"],
    ["writer.number(3, outcome);", "writer.number(3, outcome)"],
    ["lastTextField(message, 11);", "lastTextField(message, 11)"],
    ["if (reader.field === RequestField.Action) writer.number(RequestField.Detail, 3);", undefined],
  ])("are found in `%s`", (code, found) => {
    expect(bareFieldNumbers(ts.createSourceFile("a.ts", code, ts.ScriptTarget.Latest, true))).toEqual(
      found === undefined ? [] : [found],
    );
  });
});

describe("words with one owner", () => {
  it.each([
    ["WebAssembly", /\bWebAssembly\b/, ["src/engine/matcher.ts"]],
    [
      "gRPC status codes",
      /\bstatus\.[A-Z_]+\b|\bStatus\.(OK|CANCELLED|UNKNOWN|INVALID_ARGUMENT|INTERNAL)\b/,
      ["src/server/grpc/status.ts"],
    ],
    ["the environment", /\bprocess\.env\b/, ["src/config/settle-setting.ts"]],
  ])("%s", (_, word, owners) => {
    const have = sources.filter((file) => word.test(withoutTexts(file)));
    expect(have.filter((file) => !owners.some((owner) => owner === file))).toEqual([]);
  });

  it("what the compiler takes on trust stays at the border to WebAssembly", () => {
    const have = sources.filter((file) => takesOnTrust(program(file)));
    expect(have).toEqual(["src/engine/matcher.ts"]);
  });
});

describe("files", () => {
  it.each([...sources, ...assembly, ...tests])("%s has at most 500 lines", (file) => {
    expect(text(file).trimEnd().split("\n").length).toBeLessThanOrEqual(500);
  });

  it("stand no more than 25 in a folder of the matcher", () => {
    for (const room of matcherRooms) {
      expect(assembly.filter((file) => file.startsWith(room)).length, room).toBeLessThanOrEqual(25);
    }
  });

  it("are named in kebab-case, and none is called utils or the like", () => {
    for (const file of [...sources, ...assembly, ...tests]) {
      expect(file).toMatch(/(^|\/)[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.ts$/);
      expect(file).not.toMatch(/(^|\/)(utils?|helpers?|common|types|manager)\.ts$/);
    }
  });

  it.each([...sources, ...assembly])("%s opens with a comment", (file) => {
    expect(text(file).replace(/^#!.*\n/, "")).toMatch(/^(\/\*\*|\/\/)/);
  });

  it.each(sources)("%s says of every export what it is", (file) => {
    expect(exportsWithoutComment(file)).toEqual([]);
  });
});

describe("tests", () => {
  const measures = /memoryUsage\.rss|memoryUsage\(\)\.rss|VmRSS|expect\(.*performance\.now\(\) - .*toBeLess/;

  it("measure times and resident memory in the long form of the fault suite only, where they have a baseline", () => {
    const measuring = filesBelow("test", ".ts").filter(
      (file) => file !== "test/shape.test.ts" && measures.test(text(file)),
    );
    for (const file of measuring) expect(file).toMatch(/^test\/faults\//);
    for (const file of measuring.filter((name) => name.endsWith(".test.ts"))) expect(text(file)).toContain("isFull");
  });

  it("are not tried again until they pass", () => {
    expect(text("vitest.config.ts")).not.toContain("retry");
  });
});

describe("the matcher", () => {
  it("says why: of a hundred lines at least fifteen are comment", () => {
    // One proof a field, and nothing that would need a reason.
    const explained = assembly.filter((file) => file !== "assembly/format/prove-records.ts");
    const lines = explained.flatMap((file) => text(file).split("\n")).filter((line) => line.trim() !== "");
    const comments = lines.filter((line) => /^\s*(\/\/|\/\*|\*)/.test(line));
    expect(comments.length / lines.length).toBeGreaterThanOrEqual(0.15);
  });

  it.each(assembly)("%s has no function of more than six parameters: scratch carries the rest", (file) => {
    const parsed = program(file);
    const long = functionsOf(parsed).filter(({ parameters }) => parameters.length > 6);
    expect(long.map(({ name }) => name?.getText(parsed))).toEqual([]);
  });

  it("exports what the host expects, imports its memory only, and never grows it", () => {
    const bytes = readFileSync(join(root, "dist", "matcher.release.wasm"));
    const compiled = new WebAssembly.Module(bytes);
    const functions = WebAssembly.Module.exports(compiled).filter(({ kind }) => kind === "function");
    expect(functions.map(({ name }) => name).sort()).toEqual(
      [...membersOf("src/engine/matcher.ts", "MatcherExports")].sort(),
    );
    expect(WebAssembly.Module.imports(compiled)).toEqual([{ module: "env", name: "memory", kind: "memory" }]);
    expect(readFileSync(join(root, "dist", "matcher.release.wat"), "utf8")).not.toContain("memory.grow");
  });
});

describe("README.md", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");

  it("has fewer than 200 lines", () => {
    expect(readme.split("\n").length).toBeLessThan(200);
  });

  it("links to a list of every setting with its default, and of no other", () => {
    expect(readme).toContain("](src/config/README.md)");
    const list = readFileSync(join(root, "src", "config", "README.md"), "utf8");
    const rows = [...list.matchAll(/^\| `(--[a-z-]+)(?: [^`]+)?` \| ([^|]+) \|/gm)].map(([, flag, value]) => [
      flag,
      value,
    ]);
    const want = [
      ...Object.values(settings).map(({ flag, defaultText }) => [flag, defaultText]),
      [configFile.flag, "none"],
    ];
    expect(rows.sort()).toEqual(want.sort());
  });

  it("lists every code of a refused call with its gRPC status", () => {
    expect(readme).toContain("](src/config/README.md#statuses)");
    const list = text("src/config/README.md");
    const have = [...list.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name ?? "");
    const want = new Set(
      [...withoutTexts("src/server/grpc/status.ts").matchAll(/\bstatus\.([A-Z_]+)/g)].map(([, name]) => name),
    );
    expect([...new Set(have)].sort()).toEqual([...want].sort());
  });

  it("links to files that exist", () => {
    for (const [, target = ""] of readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)) {
      expect(() => readdirSync(dirname(join(root, target)))).not.toThrow();
      expect(readdirSync(dirname(join(root, target)))).toContain(target.split("/").filter(Boolean).at(-1));
    }
  });
});

/** `as` other than `as const`, `!` after an expression, and `any`. */
function takesOnTrust(node: ts.Node): boolean {
  if (ts.isAsExpression(node) && !ts.isConstTypeReference(node.type)) return true;
  if (ts.isNonNullExpression(node) || node.kind === ts.SyntaxKind.AnyKeyword) return true;
  return ts.forEachChild(node, (child) => takesOnTrust(child) || undefined) ?? false;
}

function functionsOf(node: ts.Node): readonly ts.SignatureDeclaration[] {
  const inside: ts.SignatureDeclaration[] = ts.isFunctionLike(node) ? [node] : [];
  ts.forEachChild(node, (child) => {
    inside.push(...functionsOf(child));
  });
  return inside;
}

/** Comparisons of a field with a number, and numbers in the place of a field where one is written or looked for. */
function bareFieldNumbers(node: ts.Node): readonly string[] {
  return [...(isBareFieldNumber(node) ? [node.getText()] : []), ...childrenOf(node).flatMap(bareFieldNumbers)];
}

function isBareFieldNumber(node: ts.Node): boolean {
  if (ts.isBinaryExpression(node)) {
    return (
      /^[!=<>]/.test(node.operatorToken.getText()) &&
      !/^(<<|>>)/.test(node.operatorToken.getText()) &&
      isField(node.left) &&
      isNumberAboveZero(node.right)
    );
  }
  if (ts.isCaseClause(node)) return isField(node.parent.parent.expression) && isNumberAboveZero(node.expression);
  if (!ts.isCallExpression(node)) return false;
  const [first, second] = node.arguments;
  const called = ts.isPropertyAccessExpression(node.expression) ? node.expression.name.text : node.expression.getText();
  if (/^(lastTextField|textFields)$/.test(called)) return isNumberAboveZero(second);
  const writes =
    /^(text|number|double|message|begin|packed|content)$/.test(called) && !ts.isIdentifier(node.expression);
  return writes && isNumberAboveZero(first);
}

function isField(node: ts.Node): boolean {
  return /(^|\.)field$/.test(node.getText());
}

function isNumberAboveZero(node: ts.Node | undefined): boolean {
  return node !== undefined && ts.isNumericLiteral(node) && node.text !== "0";
}

function childrenOf(node: ts.Node): readonly ts.Node[] {
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => void children.push(child));
  return children;
}

/** The place of the innermost room that a file lies in. */
function roomOf(file: string): number {
  const lengths = rooms.map((room) =>
    file === room || (room.endsWith("/") && file.startsWith(room)) ? room.length : 0,
  );
  const longest = Math.max(...lengths);
  if (longest === 0) throw new Error(`${file} lies in no room`);
  return lengths.indexOf(longest);
}

function firstCircle(
  nodes: readonly string[],
  waysFrom: (node: string) => readonly string[],
): readonly string[] | undefined {
  const done = new Set<string>();
  const walk = (node: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return undefined;
    for (const target of waysFrom(node)) {
      const circle = walk(target, [...path, node]);
      if (circle !== undefined) return circle;
    }
    done.add(node);
    return undefined;
  };
  for (const node of nodes) {
    const circle = walk(node, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

function exportsWithoutComment(file: string): readonly string[] {
  const parsed = program(file);
  return parsed.statements
    .filter((statement) => !ts.isExportDeclaration(statement))
    .filter((statement) => ts.canHaveModifiers(statement))
    .filter((statement) => ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))
    .filter((statement) => !hasComment(statement, parsed) && !isOfCommentedGroup(statement, parsed))
    .map((statement) => statement.getText(parsed).split("\n")[0] ?? "");
}

function hasComment(statement: ts.Statement, parsed: ts.SourceFile): boolean {
  const comments = ts.getLeadingCommentRanges(parsed.text, statement.getFullStart()) ?? [];
  const last = comments.at(-1);
  return last !== undefined && parsed.text.slice(last.pos, last.end).startsWith("/**");
}

/** Several exports on neighbouring lines share the comment of the first. */
function isOfCommentedGroup(statement: ts.Statement, parsed: ts.SourceFile): boolean {
  const index = parsed.statements.indexOf(statement);
  const before = parsed.statements[index - 1];
  if (before === undefined) return false;
  const between = parsed.text.slice(before.end, statement.getStart(parsed));
  return between === "\n" && (hasComment(before, parsed) || isOfCommentedGroup(before, parsed));
}

function membersOf(file: string, name: string): readonly string[] {
  const parsed = program(file);
  const found = parsed.statements.find((one) => ts.isInterfaceDeclaration(one) && one.name.text === name);
  if (found === undefined || !ts.isInterfaceDeclaration(found)) throw new Error(`${file}: no interface ${name}`);
  return found.members.map((member) => member.name?.getText(parsed) ?? "");
}
