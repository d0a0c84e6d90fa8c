/** Prepares policy sets on a thread of their own, one at a time; the thread ends when it has had nothing to do for a while. */
import type { Piscina } from "piscina";
import { preparationThreadPath } from "../artifacts.js";
import { EngineError } from "./engine-error.js";
import type { PreparationTerms } from "./preparation.js";
import type { PreparationResult, PreparationSource, PreparationTask } from "./preparation-task.js";

const IDLE_TIMEOUT_MS = 5_000;

/** The way to the preparation thread. */
export class Preparer {
  private piscina: Promise<Piscina> | undefined;
  private readonly processId = new Int32Array(new SharedArrayBuffer(4));
  private isClosed = false;

  constructor(private readonly terms: PreparationTerms) {}

  /** Loads and compiles a policy set; `knownContent` is the content digest in force. Rejects with EngineError if the thread dies. */
  async prepare(source: PreparationSource, knownContent?: string): Promise<PreparationResult> {
    const task: PreparationTask = {
      source,
      terms: this.terms,
      processId: this.processId,
      ...(knownContent === undefined ? {} : { knownContent }),
    };
    try {
      if (this.isClosed) throw new Error("closed");
      this.piscina ??= openPiscina();
      const result: PreparationResult = await (await this.piscina).run(task);
      return result;
    } catch (error: unknown) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new EngineError("internal", `preparation thread: ${reason}`, { cause: error });
    }
  }

  /** Ends the thread and what works for it; preparations under way reject. */
  async close(): Promise<void> {
    this.isClosed = true;
    await (await this.piscina)?.destroy();
    // The thread cannot do it any more.
    const pid = Atomics.exchange(this.processId, 0, 0);
    if (pid !== 0) endProcess(pid);
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

async function openPiscina(): Promise<Piscina> {
  const { Piscina } = await import("piscina");
  const piscina = new Piscina({
    filename: preparationThreadPath,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: IDLE_TIMEOUT_MS,
    concurrentTasksPerWorker: 1,
    env: {},
  });
  // A dead thread is reported here as well as on its task; the task is where it is dealt with.
  piscina.on("error", () => {});
  return piscina;
}
