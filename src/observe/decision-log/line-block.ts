/** Log lines on their way to the disk, as bytes: written one behind the other and handed over together. */

/** Lines are handed over together once they come to so many bytes. */
const FULL_BYTES = 256 << 10;
/** What is free behind a block that is not full: most lines fit without looking. */
const FREE_BYTES = 64 << 10;

/** A block that grows only for lines that are longer than what is free. */
export class LineBlock {
  /** INVARIANT: everything before `length` is whole lines, whenever nobody is writing one. */
  bytes: Buffer = Buffer.allocUnsafeSlow(FULL_BYTES + FREE_BYTES);
  length = 0;

  /** Whether it is time to hand the lines over. */
  get isFull(): boolean {
    return this.length >= FULL_BYTES;
  }

  /** The lines, in memory that is written again after `clear`. */
  get lines(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  /** Makes so many bytes free behind what is there. */
  reserve(bytes: number): void {
    if (this.length + bytes <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(this.length + bytes);
    larger.set(this.lines);
    this.bytes = larger;
  }

  /** Appends a whole line. */
  append(line: string): void {
    this.reserve(Buffer.byteLength(line));
    this.length += this.bytes.write(line, this.length);
  }

  /** Forgets the lines. */
  clear(): void {
    this.length = 0;
    if (this.bytes.length > FULL_BYTES + FREE_BYTES) this.renew();
  }

  /** Leaves the memory to whoever still reads the lines, and begins anew elsewhere. */
  renew(): void {
    this.bytes = Buffer.allocUnsafeSlow(FULL_BYTES + FREE_BYTES);
    this.length = 0;
  }
}
