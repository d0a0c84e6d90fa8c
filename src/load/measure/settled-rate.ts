/**
 * What a target answers callers who wait, once it is warm: where a sweep begins, and what a comparison stays below. So long as each second
 * brings clearly more than any before, code is still being compiled on the other side, and a rate of that time would say too little.
 */
import { type LoadClock, realClock } from "../driver/clock.js";
import { drive } from "../driver/drive.js";
import type { LoadTarget } from "../driver/target.js";

/** What it is found with. */
export interface SettlingTerms {
  /** Before the first second that counts. */
  readonly warmUpMs: number;
  readonly drainMs: number;
  readonly signal?: AbortSignal | undefined;
}

const probeMs = 1000;
const probeCallers = 16;
/** A server is warm when a second brings no more than so much beyond the best one before. */
const stillWarming = 1.05;
const mostProbes = 10;

/** Calls a second, at the best of a few; whoever stops it has what was found until then. */
export async function settledRate(
  target: LoadTarget,
  { warmUpMs, drainMs, signal }: SettlingTerms,
  clock: LoadClock = realClock,
): Promise<number> {
  const loop = { kind: "closed", callers: target.isAtOnce ? 1 : probeCallers } as const;
  if (warmUpMs > 0 && signal?.aborted !== true) {
    const firstMessage = Math.floor(target.messages / 2);
    await drive(target, clock, { loop, durationMs: warmUpMs, drainMs, signal, firstMessage });
  }
  let best = 0;
  for (let probe = 0; probe < mostProbes; probe++) {
    const { achieved } = await drive(target, clock, { loop, durationMs: probeMs, drainMs, signal });
    const isSettled = achieved <= best * stillWarming;
    best = Math.max(best, achieved);
    if (isSettled || signal?.aborted === true) break;
  }
  return best;
}
