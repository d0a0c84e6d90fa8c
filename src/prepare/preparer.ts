/**
 * Prepares policy sets on threads of their own, which end when they have had nothing to do for a while. What is not done at its deadline
 * is ended, so that a file which never answers holds up its own set only.
 */

import type { Piscina } from "piscina";
import { preparationThreadPath } from "../artifacts.js";
import { DeadlineError } from "../engine/deadline.js";
import { EngineError } from "../engine/engine-error.js";
import type { PreparationTerms } from "../engine/preparation.js";
import { threadData } from "../node-workarounds/workarounds.js";
import { errorText } from "../text/error-text.js";
import type { PreparationResult, PreparationSource, PreparationTask } from "./preparation-task.js";

const IDLE_TIMEOUT_MS = 5_000;
/** Sets at paths are prepared side by side: a mount may not answer. Callers' sets come into force in the order they came in. */
const PATH_THREADS = 3;

/** How long one preparation may take, in milliseconds. 1,000,000 statements take 90 s of processor time, and others may want it too. */
export const preparationDeadlineMs = 300_000;

/** What is prepared in this process: what works for it would outlive the process. */
const allUnderWay = new Set<PreparationTask>();

/** Ends what works for preparations, for a process that ends without waiting for them. */
export function endPreparations(): void {
  for (const task of allUnderWay) endProcessOf(task);
}

/** The way to the preparation threads. */
export class Preparer {
  private readonly paths: Lane;
  private readonly files: Lane;
  private isClosed = false;

  constructor(
    private readonly terms: PreparationTerms,
    private readonly deadlineMs: number = preparationDeadlineMs,
    threadPath: string = preparationThreadPath,
  ) {
    this.paths = new Lane(PATH_THREADS, threadPath);
    this.files = new Lane(1, threadPath);
  }

  /**
   * Loads and compiles a policy set; `knownContent` is the content digest in force. Rejects with DeadlineError if it takes too long and
   * with EngineError if the thread dies.
   */
  async prepare(source: PreparationSource, knownContent?: string): Promise<PreparationResult> {
    const task: PreparationTask = {
      source,
      terms: this.terms,
      processId: new Int32Array(new SharedArrayBuffer(4)),
      ...(knownContent === undefined ? {} : { knownContent }),
    };
    try {
      if (this.isClosed) throw new Error("closed");
      return await ("path" in source ? this.paths : this.files).run(task, this.deadlineMs);
    } catch (error: unknown) {
      if (error instanceof DeadlineError) throw error;
      const reason = errorText(error);
      throw new EngineError("internal", `preparation thread: ${reason}`, { cause: error });
    }
  }

  /** Ends the threads and what works for them; preparations under way reject. */
  async close(): Promise<void> {
    this.isClosed = true;
    await Promise.all([this.paths.close(), this.files.close()]);
  }
}

/** Threads that do one thing each at a time. */
class Lane {
  private piscina: Promise<Piscina> | undefined;
  private readonly underWay = new Set<PreparationTask>();
  private readonly waiting: (() => void)[] = [];
  private taken = 0;

  constructor(
    private readonly places: number,
    private readonly threadPath: string,
  ) {}

  /** Waiting for a place does not count. */
  async run(task: PreparationTask, deadlineMs: number): Promise<PreparationResult> {
    if (this.taken < this.places) this.taken++;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.underWay.add(task);
    allUnderWay.add(task);
    const ending = new AbortController();
    const timer = setTimeout(() => ending.abort(), deadlineMs);
    try {
      this.piscina ??= openPiscina(this.places, this.threadPath);
      const result: PreparationResult = await (await this.piscina).run(task, { signal: ending.signal });
      return result;
    } catch (error: unknown) {
      if (ending.signal.aborted) throw new DeadlineError("not read and compiled", deadlineMs, { cause: error });
      throw error;
    } finally {
      clearTimeout(timer);
      this.underWay.delete(task);
      allUnderWay.delete(task);
      endProcessOf(task);
      const next = this.waiting.shift();
      if (next === undefined) this.taken--;
      else next();
    }
  }

  async close(): Promise<void> {
    await (await this.piscina)?.destroy();
    for (const task of this.underWay) endProcessOf(task);
  }
}

/** A thread that was ended cannot do it any more. */
function endProcessOf({ processId }: PreparationTask): void {
  const pid = processId === undefined ? 0 : Atomics.exchange(processId, 0, 0);
  if (pid === 0) return;
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

async function openPiscina(threads: number, filename: string): Promise<Piscina> {
  const { Piscina } = await import("piscina");
  const piscina = new Piscina({
    filename,
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: IDLE_TIMEOUT_MS,
    concurrentTasksPerWorker: 1,
    env: {},
    workerData: threadData(),
  });
  // A dead thread is reported here as well as on its task; the task is where it is dealt with.
  piscina.on("error", () => {});
  return piscina;
}
