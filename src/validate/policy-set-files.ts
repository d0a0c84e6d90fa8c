/** The files of a policy set as trees: the ones at a path, and documents that a single file refers to. */
import { dirname } from "node:path";
import { isDirectory, readSources } from "../files/sources.js";
import { parsePages } from "../policy/formats/load-policy-set.js";
import type { DocumentFile } from "../policy/formats/policy-reading.js";
import { documentFileNames, resolveRelative } from "../policy/formats/set-survey.js";
import type { SourceText } from "../text/source-text.js";

/** Reads the files that `loadPolicySet` reads. It has reported what cannot be read. */
export async function readPolicySetFiles(path: string): Promise<readonly DocumentFile[]> {
  const files = (await readSources(path, [])).map(parseFile);
  const [file] = files;
  if (file === undefined || (await isDirectory(path))) return files;
  const names = new Set(documentFileNames(file).map((name) => resolveRelative(file.source.file, name, dirname(path))));
  const referenced: DocumentFile[] = [];
  for (const name of names) {
    if (name !== undefined) referenced.push(...(await readSources(name, [])).slice(0, 1).map(parseFile));
  }
  return [...files, ...referenced];
}

function parseFile(source: SourceText): DocumentFile {
  return { source, node: parsePages(source) };
}
