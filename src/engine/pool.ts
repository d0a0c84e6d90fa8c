/**
 * The worker pool: runs parts of batches on threads. A part whose worker died is tried once more, then given up by its
 * caller; the pool replaces dead workers by itself.
 */
import { Piscina } from "piscina";
import { Status } from "../../assembly/layout.js";
import { EngineError } from "./engine-error.js";
import type { Task } from "./worker.js";

const WORKER_HEAP_MB = 256;

/** Threads that decide parts of batches. */
export class WorkerPool {
  private readonly piscina: Piscina;
  /** How many parts had to be tried again. */
  retries = 0;

  constructor(
    readonly workers: number,
    entry: string,
    private readonly taskTimeoutMs: number,
  ) {
    this.piscina = new Piscina({
      filename: entry,
      minThreads: workers,
      maxThreads: workers,
      idleTimeout: Number.POSITIVE_INFINITY,
      concurrentTasksPerWorker: 1,
      // A worker that runs out of memory ends alone; images and messages lie in shared memory and do not count.
      resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MB },
      // An inherited environment would let NODE_OPTIONS of the parent change the threads.
      env: {},
    });
    // Piscina reports a dead worker's error here as well as on its task; the task is where it is dealt with.
    this.piscina.on("error", () => {});
  }

  /** Does a task, a second time if the first worker died; rejects with `internal` if that one dies as well. */
  async run(task: Task): Promise<Uint8Array | number> {
    try {
      return await this.runOnce(task);
    } catch (error: unknown) {
      if (isCancelled(error)) throw error;
      this.retries++;
    }
    try {
      return await this.runOnce(task);
    } catch (error: unknown) {
      if (isCancelled(error)) throw error;
      throw new EngineError("internal", "worker: died twice over the same part", { cause: error });
    }
  }

  /** Parts that wait for a thread. */
  get queued(): number {
    return this.piscina.queueSize;
  }

  /** The threads, for tests that end one. */
  get threads(): readonly { terminate(): Promise<number> }[] {
    return this.piscina.threads;
  }

  async close(): Promise<void> {
    await this.piscina.destroy();
  }

  private async runOnce(task: Task): Promise<Uint8Array | number> {
    const answer: unknown = await this.piscina.run(task, { signal: AbortSignal.timeout(this.taskTimeoutMs) });
    if (answer === Status.Cancelled) throw new EngineError("cancelled", "call: cancelled");
    if (answer instanceof Uint8Array || typeof answer === "number") return answer;
    throw new EngineError("internal", "worker: gave no answer");
  }
}

function isCancelled(error: unknown): boolean {
  return error instanceof EngineError && error.code === "cancelled";
}
