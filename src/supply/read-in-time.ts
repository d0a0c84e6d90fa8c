/** Readings that end: what a disk does not give in time is given up. */
import { DeadlineError, within } from "../engine/deadline.js";
import type { FileReader } from "../files/file-reader.js";

/**
 * What a reading of these files gives, or a rejection with DeadlineError after `limitMs`; `what` was not done then, as in `not read`,
 * and the reader gives the files up.
 */
export async function readInTime<T>(
  reading: Promise<T>,
  paths: readonly string[],
  reader: FileReader,
  limitMs: number,
  what: string,
): Promise<T> {
  try {
    return await within(reading, limitMs, what);
  } catch (error: unknown) {
    if (error instanceof DeadlineError) for (const path of paths) reader.giveUp(path);
    throw error;
  }
}
