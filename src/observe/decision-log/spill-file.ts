/** Log lines that wait for their disk: a file elsewhere, bounded, first in first out. Survives the process. */
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";

import { endOfLastLine } from "./log-sink.js";

const LF = 0x0a;
const BLOCK_BYTES = 256 << 10;

/** A queue of lines in a file. */
export class SpillFile {
  private readonly descriptor: number;
  private size: number;
  private takenTo = 0;

  constructor(
    readonly path: string,
    private readonly maxBytes: number,
  ) {
    this.descriptor = openSync(path, "a+", 0o640);
    const { size } = fstatSync(this.descriptor);
    // A process that was killed may leave the beginning of a line: nothing may be appended to that.
    this.size = endOfLastLine(this.descriptor, size);
    if (this.size < size) ftruncateSync(this.descriptor, this.size);
  }

  get isEmpty(): boolean {
    return this.takenTo >= this.size;
  }

  /** Whether so many more bytes fit. */
  hasRoomFor(length: number): boolean {
    return this.size + length <= this.maxBytes;
  }

  /** Appends whole lines, all of them or none. Throws if the file cannot be written. */
  append(lines: Buffer): void {
    try {
      for (let at = 0; at < lines.length; ) at += writeSync(this.descriptor, lines, at);
      this.size += lines.length;
    } catch (error: unknown) {
      ftruncateSync(this.descriptor, this.size);
      throw error;
    }
  }

  /** The oldest lines; empty if there are none. */
  peek(): Buffer {
    for (let length = BLOCK_BYTES; ; length *= 2) {
      const block = Buffer.alloc(Math.min(length, this.size - this.takenTo));
      const read = readSync(this.descriptor, block, 0, block.length, this.takenTo);
      const end = block.subarray(0, read).lastIndexOf(LF) + 1;
      if (end > 0) return block.subarray(0, end);
      if (this.takenTo + length >= this.size) return Buffer.alloc(0);
    }
  }

  /** Lets go of the oldest bytes: they are where they belong. */
  take(length: number): void {
    this.takenTo += length;
    if (this.isEmpty) this.clear();
  }

  close(): void {
    closeSync(this.descriptor);
  }

  private clear(): void {
    ftruncateSync(this.descriptor, 0);
    this.size = 0;
    this.takenTo = 0;
  }
}
