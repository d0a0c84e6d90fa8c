/** The files of the project as texts and programs, for tests of its shape. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** The folder of `package.json`. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** The files of a folder and all below it that end so, sorted. */
export function filesBelow(folder: string, ending: string): readonly string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter((name) => name.endsWith(ending) && !name.includes("/node_modules/"))
    .sort();
}

/** A file as it is. */
export function text(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

/** The program without comments and without the insides of strings, so that prose may name what code may not. */
export function withoutTexts(file: string): string {
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, false, ts.LanguageVariant.Standard, text(file));
  let out = "";
  for (let token = scanner.scan(); token !== ts.SyntaxKind.EndOfFileToken; token = scanner.scan()) {
    const isText = token === ts.SyntaxKind.StringLiteral || token === ts.SyntaxKind.NoSubstitutionTemplateLiteral;
    const isComment = token === ts.SyntaxKind.SingleLineCommentTrivia || token === ts.SyntaxKind.MultiLineCommentTrivia;
    if (!isText && !isComment) out += scanner.getTokenText();
  }
  return out;
}

/** A file as the compiler sees it. */
export function program(file: string): ts.SourceFile {
  return ts.createSourceFile(file, text(file), ts.ScriptTarget.Latest, true);
}

/** The files that a file imports, types included. */
export function importsOf(file: string): readonly string[] {
  return ts
    .preProcessFile(text(file))
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => name.startsWith("."))
    .map((name) => relative(root, join(root, dirname(file), name)).replace(/(\.js)?$/, ".ts"));
}

/** Imports that exist when the program runs; types may refer to one another. */
export function valueImportsOf(file: string): readonly string[] {
  const typesOnly = new Set(
    [...text(file).matchAll(/^(?:import|export) type [^;]*? from "(\.[^"]+)";/gm)].map(([, name = ""]) =>
      relative(root, join(root, dirname(file), name)).replace(/(\.js)?$/, ".ts"),
    ),
  );
  return importsOf(file).filter((target) => !typesOnly.has(target));
}
