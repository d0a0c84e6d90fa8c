/**
 * The worker pool: runs parts of batches on threads. A part whose worker died is tried once more, then given up by its
 * caller; the pool replaces dead workers by itself.
 */
import { Piscina } from "piscina";
import { workerPath } from "../artifacts.js";
import { EngineError } from "./engine-error.js";
import type { Task } from "./worker.js";

/** A part that takes longer than this hangs: its worker is ended. A part is some milliseconds of work. */
const TASK_TIMEOUT_MS = 30_000;

/** Threads that decide parts of batches. */
export class WorkerPool {
  private readonly piscina: Piscina;
  /** How many parts had to be tried again. */
  retries = 0;

  constructor(readonly workers: number) {
    this.piscina = new Piscina({
      filename: workerPath,
      minThreads: workers,
      maxThreads: workers,
      idleTimeout: Number.POSITIVE_INFINITY,
      concurrentTasksPerWorker: 1,
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
      if (isCancelled(error)) throw new EngineError("cancelled", "call: cancelled", { cause: error });
      this.retries++;
    }
    try {
      return await this.runOnce(task);
    } catch (error: unknown) {
      if (isCancelled(error)) throw new EngineError("cancelled", "call: cancelled", { cause: error });
      throw new EngineError("internal", "worker: died twice over the same part", { cause: error });
    }
  }

  /** The threads, for tests that end one. */
  get threads(): readonly { terminate(): Promise<number> }[] {
    return this.piscina.threads;
  }

  async close(): Promise<void> {
    await this.piscina.destroy();
  }

  private async runOnce(task: Task): Promise<Uint8Array | number> {
    const answer: unknown = await this.piscina.run(task, { signal: AbortSignal.timeout(TASK_TIMEOUT_MS) });
    if (answer instanceof Uint8Array || typeof answer === "number") return answer;
    throw new EngineError("internal", "worker: gave no answer");
  }
}

/** What a worker refused rather than died of; errors lose their class between threads but keep their fields. */
function isCancelled(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "cancelled";
}
