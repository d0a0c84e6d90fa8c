/** A thread for work that would hold the front end up, and the callers that take turns on it; it ends when nobody asks. */
import { Piscina } from "piscina";
import { CallerTurns } from "./caller-turns.js";
import { HttpError } from "./http-error.js";
import { isOutOfMemory } from "./out-of-memory.js";
import type { HttpCall } from "./route.js";

const IDLE_TIMEOUT_MS = 5000;

/** A connection on which nothing happens for a minute is closed: whoever waits is answered before. */
const DEFAULT_MOST_MS = 50_000;

/** What the thread is for. */
export interface ThreadWork {
  /** The file of the thread. */
  readonly entry: string;
  /** What one piece of work is called in messages, such as `simulation`. */
  readonly noun: string;
  /** Calls that wait at most, each with its body. */
  readonly mostWaiting: number;
  /** How long a call may take, waiting included, in milliseconds; beyond it the thread is ended. Default: 50 s. */
  readonly mostMs?: number;
}

/** One thread. Tasks and outcomes are plain data. */
export class ThreadInTurns<Task, Outcome> {
  private thread: Piscina<Task, Outcome> | undefined;
  private readonly turns: CallerTurns;

  constructor(private readonly work: ThreadWork) {
    const refusal = (): HttpError => new HttpError(503, `too many ${work.noun}s wait`, { "retry-after": "1" });
    this.turns = new CallerTurns({ atOnce: 1, mostWaiting: work.mostWaiting, refusal });
  }

  /** Does a task when it is the caller's turn. With `isQuick` a caller that leaves is not waited for, but ends nothing either. */
  async run(task: Task, { share, signal }: HttpCall, isQuick = false): Promise<Outcome> {
    const { noun, entry, mostMs = DEFAULT_MOST_MS } = this.work;
    const late = AbortSignal.timeout(mostMs);
    const ended = AbortSignal.any([signal, late]);
    let isBegun = false;
    try {
      return await this.turns.run(share, ended, () => {
        isBegun = true;
        this.thread ??= new Piscina<Task, Outcome>({
          filename: entry,
          minThreads: 0,
          maxThreads: 1,
          idleTimeout: IDLE_TIMEOUT_MS,
          concurrentTasksPerWorker: 1,
          env: {},
        });
        // A caller that leaves ends its thread; quick answers come before another thread would have begun.
        return this.thread.run(task, { signal: isQuick ? late : ended });
      });
    } catch (error: unknown) {
      if (late.aborted && !signal.aborted) {
        if (isBegun) throw new HttpError(422, `${noun}: takes longer than ${mostMs / 1000} s`);
        throw new HttpError(503, `too many ${noun}s wait`, { "retry-after": "1" });
      }
      if (!isOutOfMemory(error)) throw error;
      throw new HttpError(503, `server: too little memory for so large a ${noun}`, { "retry-after": "1" });
    }
  }
}
