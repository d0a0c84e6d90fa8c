/** Who replaces files as a whole: this process, or one that can be ended when a disk does not answer. */
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { makeFolder } from "./make-folder.js";

/** A step of replacing a file. A piece may be written again; putting the whole in place again fails, once it is there. */
export type ReplaceStep =
  | { readonly path: string; readonly scratch: string; readonly at: number; readonly bytes: Uint8Array }
  | { readonly path: string; readonly scratch: string; readonly isWhole: true };

/** Replaces files, step by step, so that a large one holds nobody up. */
export interface FileReplacer {
  /** Writes a piece beside the file, or puts what is there in its place. Rejects with an error of which `fileFailure` knows the reason. */
  replaceStep(step: ReplaceStep): Promise<void>;
}

/** Replaces here: a disk that does not answer holds a thread of this process for as long as it likes. */
export const replacingHere: FileReplacer = { replaceStep: takeReplaceStep };

const PIECE_BYTES = 1 << 20;

/** Replaces a file by some bytes, one after the other: a crash leaves the earlier file or this one. Rejects as the replacer does. */
export async function replaceFile(
  replacer: FileReplacer,
  path: string,
  contents: readonly Uint8Array[],
): Promise<void> {
  const scratch = `${path}.${process.pid}.new`;
  // Begins the file, also where nothing follows.
  await replacer.replaceStep({ path, scratch, at: 0, bytes: new Uint8Array(0) });
  let at = 0;
  for (const content of contents) {
    for (let start = 0; start < content.length; start += PIECE_BYTES) {
      const bytes = content.subarray(start, start + PIECE_BYTES);
      await replacer.replaceStep({ path, scratch, at, bytes });
      at += bytes.length;
    }
  }
  await replacer.replaceStep({ path, scratch, isWhole: true });
}

/** Takes a step in this process; where it fails, nothing of the file that was to come stays behind. */
export async function takeReplaceStep(step: ReplaceStep): Promise<void> {
  try {
    await take(step);
  } catch (error: unknown) {
    await rm(step.scratch, { force: true }).catch(() => {});
    throw error;
  }
}

async function take(step: ReplaceStep): Promise<void> {
  const { path, scratch } = step;
  if ("isWhole" in step) {
    await synced(scratch, "r+");
    await rename(scratch, path);
    // Without this a crash may bring the earlier file back.
    await synced(dirname(path), "r");
    return;
  }
  if (step.at === 0) await makeFolder(dirname(path), 0o700);
  const file = await open(scratch, step.at === 0 ? "w" : "r+", 0o600);
  try {
    for (let done = 0; done < step.bytes.length; ) {
      const { bytesWritten } = await file.write(step.bytes, done, step.bytes.length - done, step.at + done);
      done += bytesWritten;
    }
  } finally {
    await file.close();
  }
}

async function synced(path: string, flags: string): Promise<void> {
  const file = await open(path, flags);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
