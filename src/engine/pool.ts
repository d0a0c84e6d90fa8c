/**
 * The worker pool: runs parts of batches on threads. A part whose worker died is tried once more, then given up by its
 * caller; the pool replaces dead workers by itself.
 */
import { EventEmitter, once } from "node:events";
import type { Worker } from "node:worker_threads";
import type { Piscina } from "piscina";
import { Status } from "../../assembly/format/layout.js";
import { threadData } from "../node-workarounds/workarounds.js";
import { EngineError } from "./engine-error.js";
import { Lane } from "./lane.js";
import type { LaneEntry } from "./lane-words.js";
import { Lease } from "./lease.js";
import type { GenerationMemory, LaneTask, Task } from "./task.js";

const WORKER_HEAP_MB = 256;
/**
 * Entries of a lane beyond which callers had better wait for something else: one is done, the others are at hand when it is, so that the
 * thread does not fall asleep between two small batches; waking it takes a tenth of the front end's time.
 */
export const LANE_LENGTH = 4;

/** Threads that decide parts of batches. */
export class WorkerPool {
  private started: Promise<Piscina> | undefined;
  private piscina: Piscina | undefined;
  private isClosed = false;
  /** Threads that run, or have been told to end and may still write. */
  private readonly living = new Set<Worker>();
  /** One for each thread: a part's time runs only once a thread is free for it, however long others keep theirs. */
  private readonly turns: Lease<number>;
  private readonly lanes: readonly Lane[];
  /** How many parts had to be tried again. */
  retries = 0;

  constructor(
    readonly workers: number,
    private readonly entry: string,
    private readonly taskTimeoutMs: number,
  ) {
    this.turns = new Lease(Array.from({ length: workers }, (_, thread) => thread));
    const server: Lane["server"] = {
      serve: (lane, memory, begun) => this.inTurn({ lane, memory }, begun),
    };
    this.lanes = Array.from({ length: workers }, () => new Lane(server, taskTimeoutMs));
  }

  /** Starts the threads; a task starts them as well. */
  async start(): Promise<void> {
    await this.open();
  }

  /** Whether a further entry would not wait long. */
  get hasRoom(): boolean {
    return this.lanes.some(({ length }) => length < LANE_LENGTH);
  }

  /** Does an entry; undefined if the lanes are full. Rejects if the worker dies over it: `run` is how it is tried once more. */
  post(entry: LaneEntry, memory: GenerationMemory): Promise<number> | undefined {
    const [first, ...others] = this.lanes;
    if (first === undefined) return undefined;
    const shortest = others.reduce((least, lane) => (lane.length < least.length ? lane : least), first);
    return shortest.isFull ? undefined : shortest.post(entry, memory);
  }

  /**
   * Does a task, a second time if the first worker died (`hasDied`: one has); rejects with `internal` if that one dies as well.
   */
  async run(task: Task, hasDied = false): Promise<Uint8Array | number> {
    if (!hasDied) {
      try {
        return await this.runOnce(task);
      } catch (error: unknown) {
        if (isCancelled(error)) throw error;
      }
    }
    this.retries++;
    try {
      return await this.runOnce(task);
    } catch (error: unknown) {
      if (isCancelled(error)) throw error;
      throw new EngineError("internal", "worker: died twice over the same part", { cause: error });
    }
  }

  /** Parts that wait for a thread. */
  get queued(): number {
    return this.lanes.reduce((sum, { length }) => sum + Math.max(0, length - 1), this.turns.queueLength);
  }

  /** The threads, for tests that end one. */
  get threads(): readonly Worker[] {
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
    this.piscina.on("workerCreate", () => this.meetThreads());
    this.meetThreads();
    return this.piscina;
  }

  private meetThreads(): void {
    for (const thread of this.threads) {
      if (this.living.has(thread)) continue;
      this.living.add(thread);
      thread.once("exit", () => this.living.delete(thread));
    }
  }

  /** Resolves once every thread that has been told to end has ended. */
  private async whenGone(): Promise<void> {
    const { threads } = this;
    const dying = [...this.living].filter((thread) => !threads.includes(thread));
    await Promise.all(dying.map((thread) => once(thread, "exit")));
  }

  private async runOnce(task: Task): Promise<Uint8Array | number> {
    return answerOf(
      await this.inTurn(task, (kill) => {
        return setTimeout(kill, this.taskTimeoutMs).unref();
      }),
    );
  }

  /** Has a thread work once there is a free one; `begun` hears how to end it, and may give a timer that stops with it. */
  private async inTurn(
    task: Task | LaneTask,
    begun: (kill: () => void) => NodeJS.Timeout | undefined,
  ): Promise<unknown> {
    // Threads at lanes leave for whoever waits.
    const leave = (): void => {
      for (const lane of this.lanes) lane.leave();
    };
    if (!this.turns.hasFree) leave();
    const turn = await this.turns.take();
    if (this.turns.queueLength > 0) leave();
    // An AbortSignal does the same, and is two weak references more for the collector.
    const signal = new EventEmitter();
    let timer: NodeJS.Timeout | undefined;
    try {
      const piscina = await this.open();
      timer = begun(() => signal.emit("abort"));
      return await piscina.run(task, { signal });
    } catch (error: unknown) {
      // INVARIANT: who hears that a thread has failed may use its region and area again: Piscina says so when it has asked the thread to
      // end, which computes on until it notices.
      await this.whenGone();
      throw error;
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
