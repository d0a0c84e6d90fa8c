/** Background work stands back for threads that answer callers. */
import { readdirSync } from "node:fs";
import { getPriority, setPriority } from "node:os";
import { isMainThread } from "node:worker_threads";

/** As `nice` counts. */
const LOW_PRIORITY = 15;

/** Work on less than this many bytes of text is done before it would be noticed; beside busy callers it would take seconds instead. */
export const UNNOTICED_BYTES: number = 256 << 10;

/** Lets threads that serve callers go first. Only Linux has a priority for each thread. There is no way back. */
export function giveWay(): void {
  if (isMainThread || process.platform !== "linux") return;
  // 0 is the calling thread.
  standBack(0);
}

/** As `giveWay`, for a process that serves nobody, with all of its threads. */
export function giveWayWholly(): void {
  for (const id of threads()) {
    try {
      standBack(id);
    } catch {
      // It has ended.
    }
  }
}

/** Whoever started this process may have sent it further back already. */
function standBack(id: number): void {
  if (getPriority(id) < LOW_PRIORITY) setPriority(id, LOW_PRIORITY);
}

/** Linux gives each thread a priority of its own, which those that it starts inherit. */
function threads(): readonly number[] {
  try {
    if (process.platform === "linux") return readdirSync("/proc/self/task").map(Number);
  } catch {
    // A system without /proc.
  }
  return [0];
}
