/**
 * The worker pool: runs parts of batches on threads. A part whose worker died is tried once more, then given up by its
 * caller; the pool replaces dead workers by itself.
 */
import { EventEmitter } from "node:events";
import type { Piscina } from "piscina";
import { Status } from "../../assembly/format/layout.js";
import { threadData } from "../node-workarounds/workarounds.js";
import { EngineError } from "./engine-error.js";
import { Lease } from "./lease.js";
import type { Task } from "./task.js";

const WORKER_HEAP_MB = 256;

/** Threads that decide parts of batches. */
export class WorkerPool {
  private started: Promise<Piscina> | undefined;
  private piscina: Piscina | undefined;
  private isClosed = false;
  /** One for each thread: a part's time runs only once a thread is free for it, however long others keep theirs. */
  private readonly turns: Lease<number>;
  /** How many parts had to be tried again. */
  retries = 0;

  constructor(
    readonly workers: number,
    private readonly entry: string,
    private readonly taskTimeoutMs: number,
  ) {
    this.turns = new Lease(Array.from({ length: workers }, (_, thread) => thread));
  }

  /** Starts the threads; a task starts them as well. */
  async start(): Promise<void> {
    await this.open();
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
    return this.turns.queueLength;
  }

  /** The threads, for tests that end one. */
  get threads(): readonly { terminate(): Promise<number> }[] {
    return this.piscina?.threads ?? [];
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const piscina = await this.started?.catch(() => undefined);
    await piscina?.destroy();
  }

  private open(): Promise<Piscina> {
    if (this.isClosed) throw new EngineError("internal", "workers: closed");
    this.started ??= this.openPiscina();
    return this.started;
  }

  private async openPiscina(): Promise<Piscina> {
    const { Piscina } = await import("piscina");
    this.piscina = new Piscina({
      filename: this.entry,
      minThreads: this.workers,
      maxThreads: this.workers,
      idleTimeout: Number.POSITIVE_INFINITY,
      concurrentTasksPerWorker: 1,
      // A worker that runs out of memory ends alone; images and messages lie in shared memory and do not count.
      resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MB },
      // An inherited environment would let NODE_OPTIONS of the parent change the threads.
      env: {},
      workerData: threadData(),
      // Two histograms would be kept for nobody to read.
      recordTiming: false,
    });
    // Piscina reports a dead worker's error here as well as on its task; the task is where it is dealt with.
    this.piscina.on("error", () => {});
    return this.piscina;
  }

  private async runOnce(task: Task): Promise<Uint8Array | number> {
    const turn = await this.turns.take();
    // An AbortSignal does the same, and is two weak references more for the collector.
    const signal = new EventEmitter();
    let timer: NodeJS.Timeout | undefined;
    try {
      const piscina = await this.open();
      timer = setTimeout(() => signal.emit("abort"), this.taskTimeoutMs).unref();
      return answerOf(await piscina.run(task, { signal }));
    } finally {
      clearTimeout(timer);
      this.turns.giveBack(turn);
    }
  }
}

function answerOf(answer: unknown): Uint8Array | number {
  if (answer === Status.Cancelled) throw new EngineError("cancelled", "call: cancelled");
  if (answer instanceof Uint8Array || typeof answer === "number") return answer;
  throw new EngineError("internal", "worker: gave no answer");
}

function isCancelled(error: unknown): boolean {
  return error instanceof EngineError && error.code === "cancelled";
}
