/**
 * Lines for standard output, many of them at a time: a write for each takes longer than most lines take to be found. They are held as
 * bytes, so that what many lines have in common is copied and not encoded again.
 */
import { printBytes } from "./terminal.js";

/** So much is held, and so long. */
const mostHeld = 131_072;
const longestMs = 50;
const newLine = 0x0a;
/** A UTF-16 unit has at most three bytes. */
const bytesOfUnit = 3;

/** Holds lines back for a moment. What they hold has been escaped. */
export class OutputLines {
  private held = Buffer.allocUnsafe(mostHeld);
  private size = 0;
  private timer: NodeJS.Timeout | undefined;

  /** Takes a line, as a text or in pieces; where a promise is given, more may follow when it resolves. */
  add(line: string | readonly (string | Uint8Array)[]): Promise<void> | undefined {
    if (typeof line === "string") this.addPiece(line);
    else for (const piece of line) this.addPiece(piece);
    this.reserve(1);
    this.held[this.size++] = newLine;
    if (this.size >= mostHeld) return this.flush();
    this.timer ??= setTimeout(() => void this.flush(), longestMs);
    return undefined;
  }

  /** Prints what is held. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.size === 0) return;
    const bytes = this.held.subarray(0, this.size);
    // Whoever writes it may read it later.
    this.held = Buffer.allocUnsafe(mostHeld);
    this.size = 0;
    await printBytes(bytes);
  }

  private addPiece(piece: string | Uint8Array): void {
    if (typeof piece === "string") {
      this.reserve(piece.length * bytesOfUnit);
      this.size += this.held.write(piece, this.size);
    } else {
      this.reserve(piece.length);
      this.held.set(piece, this.size);
      this.size += piece.length;
    }
  }

  private reserve(more: number): void {
    const needed = this.size + more;
    if (needed <= this.held.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.held.length * 2));
    grown.set(this.held.subarray(0, this.size));
    this.held = grown;
  }
}
