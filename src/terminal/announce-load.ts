/** A word on a terminal before a policy set is read that takes longer than a second, so that nobody takes the silence for a hang. */
import { type Dirent, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { printError } from "./terminal.js";

/** About what is read in a second on one slow core. */
const SECOND_BYTES = 2 << 20;
/** Files that are looked at; the word is worth no more. */
const MOST_FILES = 20_000;

/** Says on standard error how much is about to be read, if that is much and somebody looks. Refuses nothing: what cannot be read counts nothing. */
export function announceLoad(paths: readonly string[], isWatched: boolean = process.stderr.isTTY === true): void {
  if (!isWatched) return;
  for (const path of paths) {
    const { bytes, files } = sizeOf(path);
    if (bytes < SECOND_BYTES) continue;
    const megabytes = Math.round(bytes / 2 ** 20);
    printError(`reading ${path}: ${megabytes} MB in ${files} ${files === 1 ? "file" : "files"} …`);
  }
}

function sizeOf(path: string): { readonly bytes: number; readonly files: number } {
  let bytes = 0;
  let files = 0;
  const add = (file: string): void => {
    const found = statSync(file, { throwIfNoEntry: false });
    if (found?.isFile() !== true) return;
    bytes += found.size;
    files += 1;
  };
  try {
    if (statSync(path).isDirectory()) {
      const inside: readonly Dirent[] = readdirSync(path, { recursive: true, withFileTypes: true });
      for (const entry of inside.slice(0, MOST_FILES)) if (entry.isFile()) add(join(entry.parentPath, entry.name));
    } else add(path);
  } catch {
    // Whoever reads it says what is wrong.
  }
  return { bytes, files };
}
