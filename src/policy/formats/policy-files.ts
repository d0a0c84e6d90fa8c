/**
 * The files that a path stands for, read until they hold still: a set that is being written, renamed or flipped while it is
 * read is read again, so that nobody gets half of one state and half of another.
 */
import { dirname } from "node:path";
import { nodePlatform } from "../../files/node-platform.js";
import { isDirectory, readSources } from "../../files/sources.js";
import type { Finding } from "../../text/finding.js";
import { pathFrom } from "../../text/posix-path.js";
import type { SourceText } from "../../text/source-text.js";
import type { TreeNode } from "../../text/tree.js";
import { documentFileNames, resolveRelative } from "./set-survey.js";

/** What lies at a path, before anything is made of it. */
export interface PolicyFiles {
  readonly sources: readonly SourceText[];
  /** What could not be read. */
  readonly findings: readonly Finding[];
  /** The directory that `documentFile` cannot leave. */
  readonly root: string;
  readonly singleFile: boolean;
  /** SHA-256 over names and texts, in hex: equal digests mean that nothing changed. */
  readonly contentDigest: string;
}

/** Files of a set under names relative to its folder. */
export interface RootedPolicyFiles extends Omit<PolicyFiles, "sources"> {
  readonly files: readonly { readonly name: string; readonly text: string }[];
  readonly namesFrom: "root";
}

/** Parses one text; what is wrong with it is reported when the set is built. */
type ParseFile = (source: SourceText) => TreeNode | undefined;

/** Reads the file or directory at a path once. */
export async function readPolicyFiles(path: string, parse: ParseFile): Promise<PolicyFiles> {
  const findings: Finding[] = [];
  const sources = await readSources(path, findings);
  const singleFile = !(await isDirectory(path));
  const root = singleFile ? dirname(path) : path;
  const [file] = sources;
  // Most files name no others, and parsing a large export twice is felt.
  if (singleFile && file?.text.includes("documentFile")) {
    const setRoot = { folder: root, workingFolder: nodePlatform.workingFolder };
    for (const name of new Set(documentFileNames({ source: file, node: parse(file) }))) {
      // What cannot be found is reported where it is named.
      const named = await readSources(resolveRelative(file.file, name, setRoot) ?? "", []);
      sources.push(...named.slice(0, 1));
    }
  }
  return { sources, findings, root, singleFile, contentDigest: digestOf(sources, findings) };
}

/**
 * The files under names as the set itself sees them: what is served names no folder of the machine. Two sets that hold the same
 * below different folders are the same.
 */
export function namedFromRoot({ sources, findings, root, ...rest }: PolicyFiles): RootedPolicyFiles {
  const { workingFolder } = nodePlatform;
  const folder = pathFrom(workingFolder, root);
  const named = (file: string): string =>
    pathFrom(workingFolder, file).slice(folder === "/" ? 1 : folder.length + 1) || ".";
  return {
    ...rest,
    root: folder,
    namesFrom: "root",
    files: sources.map(({ file, text }) => ({ name: named(file), text })),
    findings: findings.map((finding) => ({ ...finding, file: named(finding.file) })),
  };
}

/** Reads until two readings in a row agree, or gives the last one after `mostReadings`. */
export async function readSettledPolicyFiles(path: string, parse: ParseFile, mostReadings = 5): Promise<PolicyFiles> {
  let files = await readPolicyFiles(path, parse);
  for (let reading = 1; reading < mostReadings; reading++) {
    const again = await readPolicyFiles(path, parse);
    if (again.contentDigest === files.contentDigest) return again;
    files = again;
  }
  return files;
}

function digestOf(sources: readonly SourceText[], findings: readonly Finding[]): string {
  return nodePlatform.sha256.ofTexts(digestedTexts(sources, findings));
}

function* digestedTexts(sources: readonly SourceText[], findings: readonly Finding[]): Generator<string, void> {
  for (const { file, text } of sources) {
    yield `${file.length}:${file}${text.length}:`;
    // By itself: joined to anything, 27 MB are copied first, which is a third of the time.
    yield text;
  }
  for (const { file, message } of findings) yield `!${file.length}:${file}${message.length}:${message}`;
}
