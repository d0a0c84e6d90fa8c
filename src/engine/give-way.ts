/** Background threads stand back for those that answer callers. */
import { setPriority } from "node:os";
import { isMainThread } from "node:worker_threads";

/** As `nice` counts. */
const LOW_PRIORITY = 15;

/** Lets threads that serve callers go first. Only Linux has a priority for each thread. */
export function giveWay(): void {
  if (isMainThread || process.platform !== "linux") return;
  // 0 is the calling thread.
  setPriority(0, LOW_PRIORITY);
}
