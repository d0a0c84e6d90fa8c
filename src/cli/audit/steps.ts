/** Steps of a long answer: a bar while they take, room for the world between them, and whether somebody has stopped them. */
import { performance } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";
import { showProgress } from "../../terminal/progress.js";
import { progressBar } from "../../terminal/progress-bar.js";
import { isOutputClosed, printError } from "../../terminal/terminal.js";
import { untilInterrupted } from "./until-interrupted.js";

/** Between two looks at the world. */
const sliceMs = 50;

/** Takes one step after the other, waiting where `take` gives a promise; resolves to false, and says so, if Ctrl-C ended them before the last. */
export async function takeSteps<T>(
  all: number,
  steps: Iterable<T>,
  what: string,
  take: (step: T) => Promise<void> | undefined,
): Promise<boolean> {
  const isWhole = await untilInterrupted(async (signal) => {
    const progress = showProgress();
    const startedAt = performance.now();
    let lookAt = startedAt + sliceMs;
    let done = 0;
    try {
      for (const step of steps) {
        // There are millions of steps, and most take nothing: nothing is waited for that is not to come.
        const taken = take(step);
        if (taken !== undefined) await taken;
        done++;
        if (isOutputClosed()) return true;
        if (performance.now() < lookAt) continue;
        await setImmediate();
        if (signal.aborted) return false;
        const now = performance.now();
        lookAt = now + sliceMs;
        progress.tell(progressBar({ done, all, seconds: (now - startedAt) / 1000 }, what));
      }
      return true;
    } finally {
      progress.end();
    }
  });
  if (isWhole) return true;
  printError("verdict: stopped: the answer is not complete");
  process.exitCode = 2;
  return false;
}
