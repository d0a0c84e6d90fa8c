/** What is read once, from its beginning to its end: standard input (`-`), a pipe or what a shell puts in the place of one (`<(…)`). */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Finding } from "../text/finding.js";
import type { SourceText } from "../text/source-text.js";
import { fileFailure } from "./file-failure.js";
import { decodeSource, maxFileBytes, readSources } from "./sources.js";

/** The name that stands for standard input. */
export const standardInput = "-";

/** Paths of the same. They cannot always be opened: what is there may be a socket. */
const standardInputs = [standardInput, "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];

let isStandardInputTaken = false;

/** Whether a path names a stream, which can be read once and to its end. */
export async function isPiped(path: string): Promise<boolean> {
  if (path === standardInput) return true;
  const facts = await stat(path).catch(() => undefined);
  return facts !== undefined && (facts.isFIFO() || facts.isCharacterDevice() || facts.isSocket());
}

/** The name of an input as messages show it. */
export function inputName(path: string): string {
  return path === standardInput ? "<stdin>" : path;
}

/** The bytes of a file or a stream in chunks. Throws if standard input is asked for a second time; what else is wrong, its reader hears. */
export function openInput(path: string): AsyncIterable<unknown> {
  if (!standardInputs.includes(path)) return createReadStream(path);
  // The second reader would find it empty.
  if (isStandardInputTaken) throw new Error("standard input can be read only once");
  isStandardInputTaken = true;
  return process.stdin;
}

/** Reads a file or a stream to its end. Rejects with the system's error, or if there is more than a file may hold. */
export async function readInput(path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of openInput(path)) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    length += bytes.length;
    if (length > maxFileBytes) throw new Error(`more than ${maxFileBytes} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** Reads a stream to its end as one text. What cannot be read, is too long or no text is a finding. */
export async function readPipedSource(path: string, findings: Finding[]): Promise<SourceText | undefined> {
  const file = inputName(path);
  const refuse = (message: string): undefined => {
    findings.push({ file, line: 1, column: 1, rule: "SET-FILE", severity: "error", message });
    return undefined;
  };
  try {
    return decodeSource(file, await readInput(path), findings);
  } catch (error: unknown) {
    return refuse(`cannot be read: ${fileFailure(error)}`);
  }
}

/** Reads what a path names: a stream, a file or everything below a directory. What cannot be read is a finding. */
export async function readInputs(path: string, findings: Finding[]): Promise<readonly SourceText[]> {
  if (!(await isPiped(path))) return readSources(path, findings);
  const source = await readPipedSource(path, findings);
  return source === undefined ? [] : [source];
}
