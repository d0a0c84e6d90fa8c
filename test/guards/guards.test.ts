// What happens to a mistake of ours, from outside: in copies of the tree one case is forgotten or one text moved, and each time the
// build or a named test has to fail, and nothing may be allowed that a Deny is for. `npm run test:guards` runs this, `npm test` does not.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const isAsked = process.env.VERDICT_GUARDS === "full";
const COPIED = [
  "assembly",
  "src",
  "test",
  "proto",
  "package.json",
  "tsconfig.json",
  "asconfig.json",
  "vitest.config.ts",
];
const FILES = {
  layout: "assembly/format/layout.ts",
  records: "assembly/format/records.ts",
  operators: "src/policy/document/operators.ts",
  layers: "src/question/layers.ts",
  texts: "src/image/texts.ts",
  directory: "src/image/directory.ts",
  conditions: "src/image/condition-tests.ts",
} as const;
const TESTS = { operators: "test/law/operators.test.ts", types: "test/law/policy-types.test.ts" } as const;

/** A change of one file: a text that stands in it once, and what it becomes. */
type Change = readonly [file: keyof typeof FILES, from: string, to: string];

let tree: string;
beforeAll(() => {
  if (!isAsked) return;
  tree = mkdtempSync(join(tmpdir(), "verdict-guards-"));
  for (const name of COPIED) cpSync(join(root, name), join(tree, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(tree, "node_modules"));
  mkdirSync(join(tree, "dist"));
  cpSync(join(root, "dist", "matcher.release.wasm"), join(tree, "dist", "matcher.release.wasm"));
  for (const file of Object.values(FILES)) expect(hostErrors(file), file).toEqual([]);
});
afterAll(() => {
  if (isAsked) rmSync(tree, { recursive: true });
});

const parsed = new Map<string, ts.SourceFile>();
let program: ts.Program | undefined;

/** What the host's compiler says of one file of the copy as it is now. */
function hostErrors(file: string): readonly string[] {
  const { config } = ts.readConfigFile(join(tree, "tsconfig.json"), ts.sys.readFile);
  const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, tree);
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile;
  // Whatever is as it was is parsed once.
  host.getSourceFile = (name, ...rest) => {
    const known = parsed.get(name);
    if (known !== undefined && known.text === host.readFile(name)) return known;
    const source = read(name, ...rest);
    if (source !== undefined) parsed.set(name, source);
    return source;
  };
  program = ts.createProgram(fileNames, options, host, program);
  const source = program.getSourceFile(join(tree, file));
  if (source === undefined) throw new Error(`${file}: not a file of the host`);
  return program
    .getSemanticDiagnostics(source)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
}

/** What the matcher's compiler says; empty if it built. */
function matcherErrors(): string {
  const { status, stderr } = run("node_modules/assemblyscript/bin/asc.js", "--target", "release");
  return status === 0 ? "" : stderr;
}

function run(...command: readonly string[]) {
  const env = { ...process.env, VERDICT_GUARDS: "", VITEST_JSON_REPORT: undefined };
  return spawnSync(process.execPath, command, { cwd: tree, encoding: "utf8", env });
}

/** The names of the tests of a file that fail in the copy. A file that does not load fails with the cause. */
function failedTests(file: string): readonly string[] {
  const { stdout } = run("node_modules/vitest/vitest.mjs", "run", "--dir", "test", "--reporter=json", file);
  const report: {
    readonly testResults: readonly {
      readonly message: string;
      readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
    }[];
  } = JSON.parse(stdout.slice(stdout.indexOf("{")));
  expect(report.testResults).toHaveLength(1);
  return report.testResults.flatMap(({ message, assertionResults }) =>
    assertionResults.length === 0
      ? [message]
      : assertionResults.filter(({ status }) => status === "failed").map(({ fullName }) => fullName),
  );
}

/** Runs with changed files, which are as they were afterwards. */
function changed(changes: readonly Change[], check: () => void): void {
  const before = new Map<string, string>();
  try {
    for (const [name, from, to] of changes) {
      const path = join(tree, FILES[name]);
      const text = readFileSync(path, "utf8");
      if (!before.has(path)) before.set(path, text);
      if (text.split(from).length !== 2) throw new Error(`${FILES[name]} does not have \`${from}\` once`);
      writeFileSync(
        path,
        text.replace(from, () => to),
      );
    }
    check();
  } finally {
    for (const [path, text] of before) writeFileSync(path, text);
  }
}

const newOperator: Change = [
  "operators",
  "  Null: row(",
  '  StringSounds: row(["StringSounds"], ["StringNotSounds"], "text", "String", 6),\n  Null: row(',
];
const newOperatorNumber: Change = ["layout", "  ArnLike,\n  Null,", "  ArnLike,\n  Null,\n  StringSounds,"];
const newLayer: Change = ["layout", "  Rcp,\n  Service,\n", "  Rcp,\n  Service,\n  Ninth,\n"];
const newLayerRow: Change = [
  "layers",
  "\n  service: { layer: Layer.Service,",
  '\n  ninth: { layer: Layer.Ninth, denialNoun: "ninth policy", denialPlace: 8, namesPolicy: false },\n  service: { layer: Layer.Service,',
];
const newDocumentRow: Change = [
  "layers",
  "\n  scp: {\n",
  '\n  ninth: { ...resourceLike, noun: "a ninth policy" },\n  scp: {\n',
];

describe.skipIf(!isAsked)("a mistake of ours", () => {
  it.each(Object.values(TESTS))("would be none without a change: %s passes", (file) => {
    expect(failedTests(file)).toEqual([]);
  });

  it.each<readonly [string, readonly Change[], string]>([
    ["an operator in the table alone", [newOperator], FILES.conditions],
    ["an operator in the matcher's list alone", [newOperatorNumber], FILES.conditions],
    ["a policy type in the table alone", [newDocumentRow], FILES.layers],
    ["a policy type in the matcher's list alone", [newLayer], FILES.layers],
    [
      "a text in the matcher's list alone, which shifts those after it",
      [["layout", "  VerdictSilent,\n", "  VerdictUnbound,\n  VerdictSilent,\n"]],
      FILES.texts,
    ],
    ["a text that is missing", [["texts", '  EffectDeny: "Deny",\n', ""]], FILES.texts],
    [
      "an error in the matcher's list alone",
      [["layout", "  InvalidUtf8,\n", "  InvalidUtf16,\n  InvalidUtf8,\n"]],
      FILES.texts,
    ],
  ])("does not compile: %s", (_, changes, file) => {
    changed(changes, () => expect(hostErrors(file)).not.toEqual([]));
  });

  it.each<readonly [string, readonly Change[], string]>([
    [
      "a seventeenth policy type, for whose verdict there are no bits",
      [newLayer, newLayerRow, ["layout", "LAYER_COUNT = 8", "LAYER_COUNT = 17"]],
      "Work.verdicts has no room for so many layers",
    ],
    [
      "two fields of a record that changed places",
      [
        ["records", "  lowersAt = 164,", "  lowersAt = 168 ,"],
        ["records", "  lowerCount = 168,", "  lowerCount = 164,"],
      ],
      "ImageHeader.lowersAt differs in records.ts",
    ],
  ])("does not build the matcher: %s", (_, changes, cause) => {
    changed(changes, () => expect(matcherErrors()).toContain(cause));
  });

  it.each<readonly [string, readonly Change[], string]>([
    ["an operator that the matcher forgot", [newOperator, newOperatorNumber], TESTS.operators],
    [
      "values of two fields of a record that changed places",
      [
        ["directory", "const identityPoolAt = pools.write(", "const swappedPoolAt = pools.write("],
        ["directory", "const boundaryPoolAt = ", "const identityPoolAt = "],
        ["directory", "const swappedPoolAt = ", "const boundaryPoolAt = "],
      ],
      TESTS.types,
    ],
    [
      "two layers that changed places",
      [
        ["layers", "layer: Layer.Scp,", "layer: Layer.Rcp ,"],
        ["layers", "layer: Layer.Rcp,", "layer: Layer.Scp,"],
      ],
      TESTS.types,
    ],
    [
      "two texts that changed places",
      [
        ["texts", 'VerdictAllow: "allow"', 'VerdictAllow: "deny" '],
        ["texts", 'VerdictDeny: "deny"', 'VerdictDeny: "allow"'],
      ],
      TESTS.types,
    ],
    ["two layers that have one place", [["layers", "denialPlace: 1,", "denialPlace: 2,"]], TESTS.types],
  ])("fails a test, and allows nothing: %s", (_, changes, file) => {
    changed(changes, () => {
      const failed = failedTests(file);
      expect(failed).not.toEqual([]);
      expect(failed.filter((name) => name.includes(" never lets a request pass "))).toEqual([]);
    });
  });
});
