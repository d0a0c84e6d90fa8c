// What the documents show compiles: every block of TypeScript or JavaScript, and every program among the examples, against the
// package as it is built, for Node's own modules and for bundlers.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { root } from "./kit/run-verdict.js";

const documents = ["README.md", ...below("examples", ".md"), ...below("src", ".md")];
const programs = ["ts", "js", "mjs", "mts"].flatMap((ending) => below("examples", `.${ending}`));

/** By the name of a file that is none: the text of a block. JavaScript is compiled as TypeScript, which asks for more. */
const blocks = new Map(
  documents.flatMap((file) => {
    const found = readFileSync(join(root, file), "utf8").matchAll(/^```(?:js|ts|javascript|typescript)\n(.*?)^```/gms);
    return [...found].map(
      ([, text = ""], index) => [join(root, dirname(file), `shown-${index + 1}.ts`), text] as const,
    );
  }),
);

const resolutions = {
  nodenext: { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
  bundler: { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
};

describe.each(Object.entries(resolutions))("what is shown compiles for %s", (_name, resolution) => {
  const options: ts.CompilerOptions = {
    ...resolution,
    target: ts.ScriptTarget.ES2023,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowJs: true,
    types: ["node"],
  };

  it("every block of the documents and every program of the examples", () => {
    expect(blocks.size).toBeGreaterThan(2);
    expect(programs.length).toBeGreaterThan(1);
    expect(mistakes([...blocks.keys(), ...programs.map((file) => join(root, file))], options)).toEqual([]);
  });
});

/** What the compiler says, a line each. */
function mistakes(files: readonly string[], options: ts.CompilerOptions): readonly string[] {
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => blocks.has(name) || fileExists(name);
  host.readFile = (name) => blocks.get(name) ?? readFile(name);
  host.getSourceFile = (name, version, ...rest) => {
    const text = blocks.get(name);
    return text === undefined ? getSourceFile(name, version, ...rest) : ts.createSourceFile(name, text, version);
  };
  const program = ts.createProgram(files, options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const { line } = file?.getLineAndCharacterOfPosition(start ?? 0) ?? { line: 0 };
    return `${file?.fileName.slice(root.length)}:${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  });
}

function below(folder: string, ending: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending) && !name.includes("node_modules"))
    .map((name) => join(folder, name))
    .sort();
}
