/**
 * Where log lines go: a file that is rotated by size and reopened when someone else moved it away, or standard output. Takes
 * whole lines and leaves only whole lines behind, whatever the disk does; what to do about failures is for others.
 */

import {
  close,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  write,
} from "node:fs";
import { promisify } from "node:util";
import { errorText } from "../../text/error-text.js";

/** Takes lines. */
export interface LogSink {
  /** Appends whole lines. Rejects with AppendError when it could not take all of them. */
  append(lines: Buffer): Promise<void>;
  /** Opens its file anew before the next lines, as after a rotation by someone else. */
  reopen(): void;
  close(): Promise<void>;
}

/** Lines that a sink did not take. */
export class AppendError extends Error {
  constructor(
    /** Bytes of whole lines that were taken before it failed. */
    readonly taken: number,
    cause: unknown,
  ) {
    super(errorText(cause), { cause });
    this.name = "AppendError";
  }
}

/** How a file is rotated. */
export interface Rotation {
  /** A file that would grow past this is moved away first; 0 leaves rotation to others. */
  readonly maxBytes: number;
  /** Files kept beside the current one, as `NAME.1` (the latest) to `NAME.N`. */
  readonly keep: number;
}

const closeFile = promisify(close);
// A write that blocks would keep the process from ending: a pipe whose reader is behind has to say so instead.
const APPEND = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
const LF = 0x0a;
const RECHECK_MS = 1000;
const RETRY_MS = 5;
const FIRST_ROTATION_PAUSE_MS = 60_000;
const LAST_ROTATION_PAUSE_MS = 3_600_000;

/** Lines on a file descriptor that nobody rotates: standard output. */
export class StreamSink implements LogSink {
  constructor(private readonly descriptor: number) {}

  async append(lines: Buffer): Promise<void> {
    await writeAll(this.descriptor, lines, () => 0);
  }

  reopen(): void {}

  async close(): Promise<void> {}
}

/** Lines in a file. */
export class FileSink implements LogSink {
  private descriptor = -1;
  private size = 0;
  private isRegular = true;
  private identity = "";
  private checkedAtMs = 0;
  private rotateAgainAtMs = 0;
  private rotationPauseMs = 0;

  constructor(
    readonly path: string,
    private readonly rotation: Rotation,
    /** Hears of what the operator should know. */
    private readonly onNote: (note: string) => void,
  ) {
    this.open();
  }

  async append(lines: Buffer): Promise<void> {
    try {
      await this.prepare(lines.length);
    } catch (error: unknown) {
      throw new AppendError(0, error);
    }
    await writeAll(this.descriptor, lines, (written) => this.keepWholeLines(lines, written));
    this.size += lines.length;
  }

  reopen(): void {
    this.checkedAtMs = 0;
    this.identity = "";
  }

  async close(): Promise<void> {
    if (this.descriptor >= 0) await closeFile(this.descriptor);
    this.descriptor = -1;
  }

  /** Follows a file that was moved away, and moves away one that is full. */
  private async prepare(length: number): Promise<void> {
    const now = Date.now();
    // Clocks may be set back.
    if (this.descriptor < 0 || Math.abs(now - this.checkedAtMs) >= RECHECK_MS) {
      this.checkedAtMs = now;
      const found = statSync(this.path, { throwIfNoEntry: false });
      if (this.descriptor < 0 || found === undefined || identityOf(found) !== this.identity) {
        await this.close();
        this.open();
      }
    }
    const { maxBytes, keep } = this.rotation;
    if (!this.isRegular || maxBytes === 0 || this.size === 0 || this.size + length <= maxBytes) return;
    if (!this.rotates(keep)) return;
    await this.close();
    this.open();
  }

  /** A file that cannot be moved away grows on. That is said once, tried again ever more rarely, and said when it works again. */
  private rotates(keep: number): boolean {
    const now = performance.now();
    if (now < this.rotateAgainAtMs) return false;
    try {
      // Of a symbolic link, the file behind it is the log.
      rotate(realpathSync(this.path), keep);
    } catch (error: unknown) {
      if (this.rotationPauseMs === 0) {
        this.onNote(`${this.path}: cannot be rotated: ${errorText(error)}`);
      }
      this.rotationPauseMs = Math.min(
        Math.max(2 * this.rotationPauseMs, FIRST_ROTATION_PAUSE_MS),
        LAST_ROTATION_PAUSE_MS,
      );
      this.rotateAgainAtMs = now + this.rotationPauseMs;
      return false;
    }
    if (this.rotationPauseMs > 0) this.onNote(`${this.path}: rotated again`);
    this.rotationPauseMs = 0;
    this.rotateAgainAtMs = 0;
    return true;
  }

  private open(): void {
    this.descriptor = openSync(this.path, APPEND, 0o640);
    const stats = fstatSync(this.descriptor);
    this.isRegular = stats.isFile();
    this.identity = identityOf(stats);
    this.size = this.isRegular ? stats.size : 0;
    if (this.isRegular) this.removeTornLine();
  }

  /** A process that was killed may leave the beginning of a line: nothing may be appended to that. */
  private removeTornLine(): void {
    const end = endOfLastLine(this.descriptor, this.size);
    if (end === this.size) return;
    this.onNote(`${this.path}: removed ${this.size - end} bytes of a record that was not written to its end`);
    ftruncateSync(this.descriptor, end);
    this.size = end;
  }

  /** After a failed write: takes back the part of a line that was written. */
  private keepWholeLines(lines: Buffer, written: number): number {
    const whole = written === 0 ? 0 : lines.lastIndexOf(LF, written - 1) + 1;
    if (this.isRegular && whole < written) {
      try {
        ftruncateSync(this.descriptor, this.size + whole);
      } catch {
        // The next open removes the torn line.
        closeFile(this.descriptor).catch(() => {});
        this.descriptor = -1;
      }
    }
    this.size += whole;
    return whole;
  }
}

function identityOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

/**
 * `NAME` becomes `NAME.1`, `NAME.1` becomes `NAME.2`; the last one goes. On the way it is `NAME.0`: one that cannot be moved at all, as a
 * mount of its own, must not cost those that are kept their places.
 */
function rotate(path: string, keep: number): void {
  if (keep === 0) {
    rmSync(path, { force: true });
    return;
  }
  const moved = `${path}.0`;
  // One that was killed on the way left it.
  if (statSync(moved, { throwIfNoEntry: false }) !== undefined) moveOn(path, keep);
  renameSync(path, moved);
  try {
    moveOn(path, keep);
  } catch (error: unknown) {
    renameSync(moved, path);
    throw error;
  }
}

function moveOn(path: string, keep: number): void {
  for (let number = keep; number > 0; number--) {
    const from = `${path}.${number - 1}`;
    if (statSync(from, { throwIfNoEntry: false }) !== undefined) renameSync(from, `${path}.${number}`);
  }
}

/** Where the last whole line of a file ends. */
export function endOfLastLine(descriptor: number, size: number): number {
  const block = Buffer.alloc(64 << 10);
  for (let end = size; end > 0; ) {
    const from = Math.max(0, end - block.length);
    const length = readSync(descriptor, block, 0, end - from, from);
    const at = block.subarray(0, length).lastIndexOf(LF);
    if (at >= 0) return from + at + 1;
    end = from;
  }
  return 0;
}

/** Writes everything; a pipe whose reader is behind is tried again. */
async function writeAll(descriptor: number, lines: Buffer, keepWhole: (written: number) => number): Promise<void> {
  for (let at = 0; at < lines.length; ) {
    try {
      at += await writeSome(descriptor, lines, at);
    } catch (error: unknown) {
      if (!isBehind(error)) throw new AppendError(keepWhole(at), error);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

function writeSome(descriptor: number, lines: Buffer, at: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(descriptor, lines, at, lines.length - at, null, (error, written) => {
      if (error === null) resolve(written);
      else reject(error);
    });
  });
}

function isBehind(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EAGAIN";
}
