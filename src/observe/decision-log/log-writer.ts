/**
 * What happens to log lines when their disk is slow or full: they wait, go to another file until it is back, or are left out.
 * Whatever happens is counted and told; memory holds one write.
 */
import { AppendError, type LogSink } from "./log-sink.js";
import type { SpillFile } from "./spill-file.js";

/** `block`: wait; `spill`: another file, then the lines go where they belong; `drop`: leave out and count. */
export const overflowPolicies = ["block", "spill", "drop"] as const;
/** What to do with lines that cannot be written. */
export type OverflowPolicy = (typeof overflowPolicies)[number];

/** Lines since the beginning. */
export interface LineCounts {
  written: number;
  /** Left out; they are in no file. */
  dropped: number;
  /** Written to the spill file first; counted as `written` too once they are where they belong. */
  spilled: number;
}

/** How a writer is set up. */
export interface WriterOptions {
  readonly sink: LogSink;
  readonly policy: OverflowPolicy;
  /** Where `spill` puts them. */
  readonly spill?: SpillFile | undefined;
  /** A write that takes longer makes `spill` go on elsewhere, in milliseconds. */
  readonly slowMs?: number;
  /** Longest wait between two tries of a failing disk, in milliseconds. */
  readonly retryMs?: number;
  /** Hears when writing begins to fail and when it works again. */
  readonly onNote: (note: string) => void;
}

const LF = 0x0a;
const FIRST_RETRY_MS = 20;
/** Blocks of spilled lines that are moved between two new ones. */
const BLOCKS_A_TURN = 4;

/** Writes lines, one call at a time. */
export class LogWriter {
  readonly counts: LineCounts = { written: 0, dropped: 0, spilled: 0 };
  private readonly sink: LogSink;
  private readonly slowMs: number;
  private readonly retryMs: number;
  /** A write that the disk has not finished. */
  private slow: Promise<true> | undefined;
  private isFailing = false;
  private isClosing = false;
  private wake: (() => void) | undefined;

  constructor(private readonly options: WriterOptions) {
    this.sink = options.sink;
    this.slowMs = options.slowMs ?? 1000;
    this.retryMs = options.retryMs ?? 1000;
  }

  /** Whether the disk still holds on to lines that a write was given before. */
  get isBehind(): boolean {
    return this.slow !== undefined;
  }

  /** Writes whole lines as the policy has it; resolves when they are written, spilled or dropped. */
  async write(lines: Buffer): Promise<void> {
    const { policy, spill } = this.options;
    if (policy === "spill" && spill !== undefined) return this.writeOrSpill(spill, lines);
    let rest = lines;
    for (let waitMs = FIRST_RETRY_MS; rest.length > 0; waitMs = Math.min(waitMs * 2, this.retryMs)) {
      rest = await this.tryAppend(rest);
      if (rest.length === 0) return;
      if (policy === "drop" || this.isClosing) {
        this.drop(rest);
        return;
      }
      await this.pause(waitMs);
    }
  }

  /** Moves spilled lines to where they belong, as far as that works at the moment. */
  async moveSpilled(): Promise<void> {
    const { spill } = this.options;
    if (spill === undefined || this.slow !== undefined) return;
    for (let count = 0; count < BLOCKS_A_TURN && !spill.isEmpty; count++) {
      const block = spill.peek();
      if (block.length === 0) return;
      const rest = await this.tryAppend(block);
      if (rest.length < block.length) spill.take(block.length - rest.length);
      if (rest.length > 0) return;
    }
  }

  /** Ends waiting, moves what can be moved and closes the sink. Spilled lines that are left stay in their file. */
  async close(): Promise<void> {
    this.isClosing = true;
    this.wake?.();
    const { spill } = this.options;
    for (let before = -1; spill !== undefined && !spill.isEmpty && before !== this.counts.written; ) {
      before = this.counts.written;
      await this.moveSpilled();
    }
    if (spill?.isEmpty === false) this.options.onNote(`${spill.path}: holds records that wait for their file`);
    // What hangs in the disk is left to the end of the process.
    if (this.slow !== undefined && (await within(this.slow, this.slowMs)) === undefined) return;
    spill?.close();
    await this.sink.close();
  }

  /** Lets a writer that waits for its disk give up. */
  abandon(): void {
    this.isClosing = true;
    this.wake?.();
  }

  private async writeOrSpill(spill: SpillFile, lines: Buffer): Promise<void> {
    await this.moveSpilled();
    if (this.slow !== undefined || !spill.isEmpty) return this.spillLines(spill, lines);
    const append = this.tryAppend(lines);
    const rest = await within(append, this.slowMs);
    if (rest !== undefined) return this.spillLines(spill, rest);
    this.options.onNote(`writing takes longer than ${this.slowMs} ms: records go to ${spill.path}`);
    this.slow = append.then((left) => {
      this.slow = undefined;
      this.spillLines(spill, left);
      return true;
    });
  }

  private spillLines(spill: SpillFile, lines: Buffer): void {
    if (lines.length === 0) return;
    try {
      if (spill.hasRoomFor(lines.length)) {
        spill.append(lines);
        this.counts.spilled += lineCount(lines);
      } else this.drop(lines);
    } catch {
      this.drop(lines);
    }
  }

  private drop(lines: Buffer): void {
    this.counts.dropped += lineCount(lines);
  }

  /** Gives what was not taken. */
  private async tryAppend(lines: Buffer): Promise<Buffer> {
    try {
      await this.sink.append(lines);
      this.counts.written += lineCount(lines);
      if (this.isFailing) this.options.onNote("records are written again");
      this.isFailing = false;
      return lines.subarray(lines.length);
    } catch (error: unknown) {
      if (!(error instanceof AppendError)) throw error;
      this.counts.written += lineCount(lines.subarray(0, error.taken));
      if (!this.isFailing) this.options.onNote(`records cannot be written: ${error.message}`);
      this.isFailing = true;
      return lines.subarray(error.taken);
    }
  }

  private async pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = undefined;
  }
}

function lineCount(lines: Buffer): number {
  let count = 0;
  for (let at = lines.indexOf(LF); at >= 0; at = lines.indexOf(LF, at + 1)) count++;
  return count;
}

/** Undefined if it takes longer. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  const first = await Promise.race([promise, late]);
  clearTimeout(timer);
  return first;
}
