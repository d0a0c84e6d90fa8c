/**
 * The decision log as the front end sees it: copies every decided call into a chunk and hands full chunks to the log's thread.
 * What is on its way is bounded in bytes; past that callers wait, or records are left out and counted, as the policy has it.
 */

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { decisionLogThreadPath } from "../../artifacts.js";
import type { DecidedCall, DecisionObserver } from "../../ask/decided-call.js";
import { EngineError } from "../../engine/engine-error.js";
import { errorText } from "../../text/error-text.js";
import { callBytes, writeCall } from "./call-chunk.js";
import type { LogOrder, LogReport, LogThreadSetup } from "./log-message.js";
import type { LineCounts } from "./log-writer.js";
import { answeredCount } from "./outcome-count.js";

/** How a decision log is set up. */
export interface DecisionLogOptions extends LogThreadSetup {
  /** Bytes of calls that may be on their way to the disk. */
  readonly queueBytes: number;
  /** With `block`: how long a call waits for room before it is refused, in milliseconds. */
  readonly blockTimeoutMs: number;
  /** Hears of failures, losses and recoveries: one line each, without its place. */
  readonly onNote: (note: string) => void;
}

/** What a log has done since it was opened. */
export interface DecisionLogStatus extends Readonly<LineCounts> {
  /** Calls that were refused because the log was full. */
  readonly refused: number;
  readonly queuedBytes: number;
  /** Age of the oldest call that is not dealt with yet, in seconds. */
  readonly lagSeconds: number;
}

/** Each chunk wakes the thread once: 40 times a second where 20,000 calls come. */
const CHUNK_BYTES = 512 << 10;
/** A queue holds several chunks. */
const CHUNKS_OF_QUEUE = 8;
/** A killed process loses at most this much. */
const FLUSH_MS = 50;
/** Losses are told at most this often. */
const NOTE_MS = 10_000;
const REVIVE_MS = 1000;

interface SentChunk {
  readonly bytes: number;
  readonly calls: number;
  readonly sinceMs: number;
}

interface WaitingCall {
  readonly bytes: number;
  readonly go: () => void;
}

/** A decision log. */
export class DecisionLog implements DecisionObserver {
  private chunk: Buffer<ArrayBuffer> = Buffer.alloc(0);
  /** A chunk that the thread is done with: memory that was touched before costs less than other. */
  private spare: Buffer<ArrayBuffer> | undefined;
  private used = 0;
  private calls = 0;
  private chunkSinceMs = 0;
  private timer: NodeJS.Timeout | undefined;
  private readonly sent: SentChunk[] = [];
  private sentBytes = 0;
  private readonly waiting: WaitingCall[] = [];
  private waitingBytes = 0;
  private sequence = 0;
  /** Lines of this thread, and of those that died. */
  private counts: LineCounts = { written: 0, dropped: 0, spilled: 0 };
  private readonly earlier: LineCounts = { written: 0, dropped: 0, spilled: 0 };
  private refused = 0;
  private told = 0;
  private toldAtMs = Number.NEGATIVE_INFINITY;
  /** No thread takes chunks at the moment. */
  private isDown = false;
  private isClosing = false;

  private constructor(
    private readonly options: DecisionLogOptions,
    private thread: Worker,
  ) {
    this.listen(thread);
  }

  /** Opens the log. Rejects with the reason if its file cannot be opened. */
  static async open(options: DecisionLogOptions): Promise<DecisionLog> {
    return new DecisionLog(options, await startThread(options));
  }

  /** What it has done. */
  get status(): DecisionLogStatus {
    const oldest = this.sent[0]?.sinceMs ?? (this.used > 0 ? this.chunkSinceMs : undefined);
    return {
      written: this.earlier.written + this.counts.written,
      spilled: this.earlier.spilled + this.counts.spilled,
      dropped: this.earlier.dropped + this.counts.dropped,
      refused: this.refused,
      queuedBytes: this.sentBytes + this.used,
      lagSeconds: oldest === undefined ? 0 : Math.max(0, Date.now() - oldest) / 1000,
    };
  }

  /** Numbers as calls without an id have them, so that no two are alike. */
  readonly nextDecisionId = (): string => `${this.options.terms.labels.id}-${(this.sequence++).toString(36)}`;

  decided(call: DecidedCall): Promise<void> | undefined {
    const bytes = callBytes(call);
    if (this.waiting.length === 0 && this.hasRoomFor(bytes)) {
      this.append(call, bytes);
      return undefined;
    }
    if (this.options.policy === "block") return this.waitForRoom(call, bytes);
    this.earlier.dropped += answeredCount(call.kind, call.response);
    this.tellLosses();
    return undefined;
  }

  /** Opens the file anew, after someone else has moved it away. */
  reopen(): void {
    this.post({ kind: "reopen" });
  }

  /** Writes everything that was decided. What the disk does not take within the time is dropped and counted. */
  async close(patienceMs: number): Promise<void> {
    if (this.isClosing) return;
    this.flush();
    this.isClosing = true;
    if (!this.isDown) {
      const ended = once(this.thread, "exit");
      this.post({ kind: "close", patienceMs });
      const timer = setTimeout(() => void this.thread.terminate(), patienceMs + GRACE_MS);
      await ended;
      clearTimeout(timer);
    }
    this.tellLosses(0);
  }

  private listen(thread: Worker): void {
    thread.on("message", (report: LogReport) => this.hear(report));
    thread.on("error", (error) => this.options.onNote(`thread: ${error.message}`));
    thread.on("exit", () => this.revive());
    thread.unref();
  }

  private hasRoomFor(bytes: number): boolean {
    if (this.isDown || this.isClosing) return false;
    const queued = this.sentBytes + this.used;
    // One call that is larger than the queue passes alone.
    return queued + bytes <= this.options.queueBytes || queued === 0;
  }

  private append(call: DecidedCall, bytes: number): void {
    if (bytes > this.chunk.length - this.used) {
      this.flush();
      const { spare } = this;
      this.spare = undefined;
      const usualBytes = Math.min(CHUNK_BYTES, Math.floor(this.options.queueBytes / CHUNKS_OF_QUEUE));
      this.chunk =
        spare !== undefined && spare.length >= bytes ? spare : Buffer.allocUnsafeSlow(Math.max(usualBytes, bytes));
    }
    if (this.used === 0) {
      this.chunkSinceMs = call.endedAtMs;
      this.timer ??= setTimeout(() => this.flush(), FLUSH_MS);
    }
    const sequence = call.facts.decisionId === undefined ? this.sequence++ : 0;
    this.used = writeCall(this.chunk, this.used, call, sequence);
    this.calls++;
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { used, calls, chunkSinceMs } = this;
    if (used === 0) return;
    this.sent.push({ bytes: used, calls, sinceMs: chunkSinceMs });
    this.sentBytes += used;
    this.post({ kind: "chunk", bytes: this.chunk.subarray(0, used) });
    this.chunk = Buffer.alloc(0);
    this.used = 0;
    this.calls = 0;
  }

  private post(order: LogOrder): void {
    this.thread.postMessage(order, order.kind === "chunk" ? [order.bytes.buffer] : []);
  }

  private waitForRoom(call: DecidedCall, bytes: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const refuse = (why: string): void => {
        this.refused++;
        this.tellLosses();
        reject(new EngineError("overloaded", `decision log: ${why}`));
      };
      if (this.waiting.length > 0 && this.waitingBytes + bytes > this.options.queueBytes) {
        refuse("too many calls wait for it");
        return;
      }
      const waiting: WaitingCall = {
        bytes,
        go: () => {
          clearTimeout(timer);
          this.append(call, bytes);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(waiting), 1);
        this.waitingBytes -= bytes;
        refuse("its disk does not keep up");
      }, this.options.blockTimeoutMs);
      this.waiting.push(waiting);
      this.waitingBytes += bytes;
    });
  }

  private letIn(): void {
    for (let [next] = this.waiting; next !== undefined && this.hasRoomFor(next.bytes); [next] = this.waiting) {
      this.waiting.shift();
      this.waitingBytes -= next.bytes;
      next.go();
    }
  }

  private hear(report: LogReport): void {
    if (report.kind === "note") this.options.onNote(report.text);
    if (report.kind === "closed") this.counts = report.counts;
    if (report.kind !== "done") return;
    if (report.chunk.byteLength <= CHUNK_BYTES) this.spare = Buffer.from(report.chunk);
    this.counts = report.counts;
    this.sent.shift();
    this.sentBytes -= report.bytes;
    this.tellLosses();
    this.letIn();
  }

  /** What a thread had when it died is lost and counted, a call as one decision at least; another thread goes on. */
  private revive(): void {
    for (const name of ["written", "dropped", "spilled"] as const) this.earlier[name] += this.counts[name];
    this.counts = { written: 0, dropped: 0, spilled: 0 };
    for (const { calls } of this.sent) this.earlier.dropped += calls;
    this.sent.length = 0;
    this.sentBytes = 0;
    this.isDown = true;
    if (this.isClosing) return;
    this.tellLosses();
    const again = (): void => {
      if (this.isClosing) return;
      startThread(this.options).then(
        (thread) => {
          this.thread = thread;
          this.listen(thread);
          this.isDown = false;
          this.letIn();
        },
        (error: unknown) => {
          this.options.onNote(`thread: ${errorText(error)}`);
          setTimeout(again, REVIVE_MS).unref();
        },
      );
    };
    setTimeout(again, REVIVE_MS).unref();
  }

  private tellLosses(intervalMs = NOTE_MS): void {
    const { dropped, refused } = this.status;
    if (dropped + refused === this.told || performance.now() - this.toldAtMs < intervalMs) return;
    this.told = dropped + refused;
    this.toldAtMs = performance.now();
    this.options.onNote(`${dropped} decisions left out and ${refused} calls refused since the start`);
  }
}

/** Beyond the thread's own patience. */
const GRACE_MS = 1000;

async function startThread(options: DecisionLogOptions): Promise<Worker> {
  const { onNote: _onNote, ...workerData } = options;
  const thread = new Worker(decisionLogThreadPath, { workerData, env: {}, execArgv: [], name: "decision-log" });
  const [report]: LogReport[] = await once(thread, "message");
  if (report?.kind === "opened") return thread;
  await thread.terminate();
  throw new Error(report?.kind === "refused" ? report.reason : "the thread did not start");
}
