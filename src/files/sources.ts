/**
 * The files of a policy set as texts: one file, or a directory with everything below it. Decides
 * which files count and that they are text; what they say is for the readers.
 */
import { readdir, realpath, stat } from "node:fs/promises";
import type { Finding } from "../text/finding.js";
import { quote } from "../text/quote.js";
import type { SourceText } from "../text/source-text.js";
import { sourceText } from "../text/source-text.js";
import { fileFailure } from "./file-failure.js";
import { RegularFileError, readRegularFile } from "./regular-file.js";

/** Larger files are refused before they are read. */
export const maxFileBytes = 64 * 1024 * 1024;

/** Reads a file, or every `.json`, `.yaml` and `.yml` file below a directory in sorted order. What cannot be read is a finding. */
export async function readSources(path: string, findings: Finding[]): Promise<SourceText[]> {
  const refuse = (file: string, message: string) => {
    findings.push({ file, line: 1, column: 1, rule: "SET-FILE", severity: "error", message });
  };
  if (/^([A-Za-z][A-Za-z0-9+.-]+:\/\/|\/\/|\\\\)/.test(path)) {
    refuse(path, `${quote(path)} is not a path of this machine`);
    return [];
  }
  const sources: SourceText[] = [];
  const { files, folders } = await findSources(path, refuse);
  for (const file of files) await visitFile(file);
  if (folders.length > 0 && sources.length === 0 && findings.length === 0) {
    refuse(path, "the directory holds no .json, .yaml or .yml file");
  }
  return sources;

  async function visitFile(file: string): Promise<void> {
    try {
      const source = decodeSource(file, await readRegularFile(file, maxFileBytes), findings);
      if (source !== undefined) sources.push(source);
    } catch (error: unknown) {
      refuse(file, error instanceof RegularFileError ? error.message : `cannot be read: ${fileFailure(error)}`);
    }
  }
}

/** The bytes of a file as its text; what is no text is a finding. */
export function decodeSource(file: string, bytes: Uint8Array, findings: Finding[]): SourceText | undefined {
  const text = decodeUtf8(bytes, (message, line) => {
    findings.push({ file, line, column: 1, rule: "SET-ENCODING", severity: "error", message });
  });
  return text === undefined ? undefined : sourceText(file, text);
}

/** Where the files of a policy set lie. */
export interface SourcePlaces {
  readonly files: readonly string[];
  /** The directories that were walked; none if the path is a file. */
  readonly folders: readonly string[];
}

/** Finds the file at a path, or every file below a directory whose name counts, in sorted order. Opens none of them. */
export async function findSources(
  path: string,
  refuse: (file: string, message: string) => void,
  counts: (name: string) => boolean = isSource,
): Promise<SourcePlaces> {
  if (!(await isDirectory(path))) return { files: [path], folders: [] };
  const files: string[] = [];
  const folders: string[] = [];
  const visited = new Set<string>();
  await visitDirectory(path);
  return { files, folders };

  async function visitDirectory(folder: string): Promise<void> {
    folders.push(folder);
    for (const name of await namesIn(folder)) {
      if (isLitter(name)) continue;
      const below = folder.endsWith("/") ? `${folder}${name}` : `${folder}/${name}`;
      if (await isDirectory(below)) await visitDirectory(below);
      else if (counts(name)) files.push(below);
    }
  }

  async function namesIn(folder: string): Promise<readonly string[]> {
    try {
      // A link back to a directory that was read already would never end.
      const place = await realpath(folder);
      if (visited.has(place)) return [];
      visited.add(place);
      return (await readdir(folder)).sort();
    } catch (error: unknown) {
      refuse(folder, `cannot be read: ${fileFailure(error)}`);
      return [];
    }
  }
}

/** Whether a file below a directory belongs to the set: by its ending, and unless an editor or the system left it there. */
export function countsAsSource(relativePath: string): boolean {
  return !relativePath.split("/").some(isLitter) && isSource(relativePath);
}

/** Whether a path leads to a directory; false also when it leads nowhere. */
export async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

/** Whether a file holds questions about policies rather than policies, by its name: such files lie beside a set and are no part of it. */
export function isTestFile(name: string): boolean {
  return /\.(test|questions)\.(json|yaml|yml)$/i.test(name);
}

function isSource(name: string): boolean {
  return /\.(json|yaml|yml)$/i.test(name) && !isTestFile(name);
}

function isLitter(name: string): boolean {
  return name.startsWith(".") || name.endsWith("~") || name.endsWith(".swp") || name.startsWith("#");
}

/** The text of UTF-8 bytes; says at which line they are none. */
export function decodeUtf8(bytes: Uint8Array, refuse: (message: string, line: number) => void): string | undefined {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    refuse("the file is UTF-16: save it as UTF-8", 1);
    return undefined;
  }
  try {
    // A byte-order mark stays in the text, where the reader refuses it (DOC-1).
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    refuse("the line is not valid UTF-8: save the file as UTF-8", firstBadLine(bytes));
    return undefined;
  }
}

function firstBadLine(bytes: Uint8Array): number {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let start = 0;
  for (let line = 1; ; line++) {
    const end = bytes.indexOf(0x0a, start);
    try {
      decoder.decode(bytes.subarray(start, end < 0 ? bytes.length : end));
    } catch {
      return line;
    }
    if (end < 0) return line;
    start = end + 1;
  }
}
