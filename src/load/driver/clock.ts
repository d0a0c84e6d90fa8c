/** The time that a driver goes by: real, or a test's own. */
import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";

/** What a driver asks of time. */
export interface LoadClock {
  /** Milliseconds, with all digits that there are. */
  nowMs(): number;
  /** Calls back when others had their turn. */
  soon(work: () => void): void;
  /** Calls back after some milliseconds, or a little later. */
  after(ms: number, work: () => void): void;
  /** Shorter waits are waited awake. */
  readonly awakeMs: number;
  /** How long this thread has slept since it began: it had nothing to do. */
  sleptMs(): number;
}

/** The machine's own. */
export const realClock: LoadClock = {
  nowMs: () => performance.now(),
  soon: (work) => void setImmediate(work),
  after: (ms, work) => void setTimeout(work, ms),
  // A timer is no more exact than a millisecond, and on a busy machine later than that. With a single processor whoever waits awake takes
  // it away from a server that may have no other.
  awakeMs: availableParallelism() > 1 ? 4 : 0,
  sleptMs: () => performance.eventLoopUtilization().idle,
};
