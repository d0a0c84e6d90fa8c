/**
 * Audits of served policy sets, on threads of their own: so many at once, each within bounds of time, memory and bytes. A thread that
 * ended an audit takes the next one; one whose caller has gone is ended.
 */
import { Worker } from "node:worker_threads";
import { auditThreadPath } from "../../artifacts.js";
import { CallRefusal } from "../../ask/call-refusal.js";
import { EngineError } from "../../engine/engine-error.js";
import { threadData } from "../../node-workarounds/workarounds.js";
import { CallerTurns } from "../http/caller-turns.js";
import { isOutOfMemory } from "../http/out-of-memory.js";
import type { AuditEnd, AuditTask, AuditWord } from "./audit-task.js";

/** What audits may cost together. */
export interface AuditBounds {
  /** Audits at once: a thread each. */
  readonly atOnce: number;
  /** Audits that may wait for a thread. Default 16. */
  readonly mostWaiting?: number;
  /** One that takes longer is ended, in milliseconds. */
  readonly timeoutMs: number;
  /** Bytes of one answer. */
  readonly maxBytes: number;
  /** Memory of one thread, in MiB. */
  readonly memoryMegabytes: number;
  /** Whether callers wait for an answer of a moment: threads then do not give way to others. Default false. */
  readonly isQuick?: boolean;
}

const MOST_WAITING = 16;
/** How long a thread waits for the next audit. */
const IDLE_MS = 30_000;

/** The threads. */
export class Audits {
  private readonly turns: CallerTurns;
  private readonly idle = new Map<Worker, NodeJS.Timeout>();
  private readonly busy = new Set<Worker>();

  constructor(
    private readonly bounds: AuditBounds,
    private readonly threadPath: string = auditThreadPath,
  ) {
    const refusal = (): Error => new CallRefusal("overloaded", "audits: too many at once: ask again later");
    this.turns = new CallerTurns({ atOnce: bounds.atOnce, mostWaiting: bounds.mostWaiting ?? MOST_WAITING, refusal });
  }

  /**
   * Answers, when it is the caller's turn: `take` gets serialised lines and resolves when there is room for more. Rejects with
   * EngineError where the question is refused, with CallRefusal beyond a bound, and with the reason of the signal.
   */
  run(
    task: AuditTask,
    share: string,
    signal: AbortSignal,
    take: (lines: readonly Uint8Array[]) => Promise<void>,
  ): Promise<AuditEnd> {
    return this.turns.run(share, signal, async () => {
      signal.throwIfAborted();
      const thread = this.thread();
      try {
        const end = await this.answer(thread, task, signal, take);
        this.rest(thread);
        return end;
      } catch (error: unknown) {
        // A refusal leaves the thread as it was.
        if (error instanceof EngineError && error.code === "malformed") this.rest(thread);
        else void thread.terminate();
        throw error;
      } finally {
        this.busy.delete(thread);
      }
    });
  }

  /** Ends the threads, and with them audits under way. */
  async close(): Promise<void> {
    const threads = [...this.idle.keys(), ...this.busy];
    for (const timer of this.idle.values()) clearTimeout(timer);
    this.idle.clear();
    await Promise.all(threads.map((thread) => thread.terminate()));
  }

  private answer(
    thread: Worker,
    task: AuditTask,
    signal: AbortSignal,
    take: (lines: readonly Uint8Array[]) => Promise<void>,
  ): Promise<AuditEnd> {
    const { timeoutMs, maxBytes } = this.bounds;
    return new Promise<AuditEnd>((resolve, reject) => {
      let bytes = 0;
      const settle = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", leave);
        thread.off("message", hear).off("exit", end).off("error", fail);
      };
      const fail = (reason: unknown): void => {
        settle();
        reject(isOutOfMemory(reason) ? tooLarge(this.bounds) : reason);
      };
      const leave = (): void => fail(signal.reason);
      const end = (): void => fail(new Error("audit thread: ended without an answer"));
      const hear = (word: AuditWord): void => {
        if (word.kind === "lines") {
          bytes += word.lines.reduce((sum, line) => sum + line.length, 0);
          if (bytes > maxBytes) fail(tooLong(maxBytes));
          else take(word.lines).then(() => thread.postMessage("more"), fail);
          return;
        }
        settle();
        if (word.kind === "done") resolve(word.end);
        else if (word.kind === "refused") reject(new EngineError("malformed", word.message));
        else reject(new Error(word.message));
      };
      const timer = setTimeout(() => {
        fail(new CallRefusal("expired", `audit: took longer than ${timeoutMs / 1000} s: narrow the region`));
      }, timeoutMs);
      signal.addEventListener("abort", leave, { once: true });
      thread.on("message", hear).on("exit", end).on("error", fail);
      thread.postMessage(task);
    });
  }

  private thread(): Worker {
    const [known] = this.idle.keys();
    if (known !== undefined) {
      clearTimeout(this.idle.get(known));
      this.idle.delete(known);
      this.busy.add(known);
      known.ref();
      return known;
    }
    const thread = new Worker(this.threadPath, {
      env: {},
      workerData: { ...threadData(), isQuick: this.bounds.isQuick === true },
      resourceLimits: { maxOldGenerationSizeMb: this.bounds.memoryMegabytes },
    });
    // One that is ended reports so to whoever waits for it; here it is only forgotten.
    thread.on("error", () => {});
    thread.on("exit", () => {
      clearTimeout(this.idle.get(thread));
      this.idle.delete(thread);
    });
    this.busy.add(thread);
    return thread;
  }

  private rest(thread: Worker): void {
    const timer = setTimeout(() => void thread.terminate(), IDLE_MS).unref();
    // Waiting keeps no process from its end.
    thread.unref();
    this.idle.set(thread, timer);
  }
}

function tooLarge({ memoryMegabytes }: AuditBounds): CallRefusal {
  return new CallRefusal("overloaded", `audit: needs more than ${memoryMegabytes} MiB of memory: narrow the region`);
}

function tooLong(maxBytes: number): CallRefusal {
  return new CallRefusal("overloaded", `audit: the answer has more than ${maxBytes} bytes: narrow the region`);
}
