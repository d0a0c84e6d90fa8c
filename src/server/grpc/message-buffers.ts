/**
 * Memory for messages that arrive in pieces, used again and again: a buffer a message would be allocated, touched page by page and
 * unmapped each time, and V8 would collect the whole heap for the sake of what lies outside of it.
 */

/** Smaller ones are not worth keeping. */
const SMALLEST = 64 << 10;
const LARGEST = 16 << 20;
/** Bytes that are kept for later calls. */
const KEPT_BYTES = 32 << 20;
/**
 * Bytes that messages which have not arrived yet may have been given: a caller who announces a large message and sends nothing must not
 * be given memory for it. Beyond that, messages have memory as they come.
 */
const LENT_BYTES = 64 << 20;
/** The least that a message has which comes in pieces. */
const LEAST_ROOM = 256;

/** The buffers of one listener. */
export class MessageBuffers {
  private readonly kept = new Map<number, Buffer[]>();
  private keptBytes = 0;
  private lentBytes = 0;

  /** A buffer for a message of which only the beginning is there; undefined where too much was promised already. */
  lend(length: number): Buffer | undefined {
    const size = sizeFor(length);
    if (length > LARGEST || this.lentBytes + size > LENT_BYTES) return undefined;
    const buffer = this.take(length);
    this.lentBytes += size;
    return buffer;
  }

  /** Notes that what was lent is full, or will never be. */
  arrived(buffer: Buffer): void {
    this.lentBytes -= buffer.length;
  }

  /**
   * A buffer for what has come of a message of that length: less than twice as large as that, beyond a few bytes. `held` is what the
   * beginning lies in, of which nobody may read any more.
   */
  grow(held: Buffer | undefined, filled: number, come: number, length: number): Buffer {
    const size = Math.min(length, Math.max(LEAST_ROOM, powerFrom(come)));
    const buffer = size < SMALLEST ? Buffer.allocUnsafeSlow(size) : this.take(size);
    if (held === undefined) return buffer;
    held.copy(buffer, 0, 0, filled);
    this.giveBack(held);
    return buffer;
  }

  /** A buffer of at least so many bytes, whatever was lent. */
  take(length: number): Buffer {
    const size = sizeFor(length);
    const buffer = this.kept.get(size)?.pop();
    if (buffer === undefined) return Buffer.allocUnsafeSlow(length > LARGEST ? length : size);
    this.keptBytes -= size;
    return buffer;
  }

  /** Takes a buffer back that nobody reads any more. */
  giveBack(buffer: Buffer): void {
    const size = buffer.length;
    if (size !== sizeFor(size) || size > LARGEST || this.keptBytes + size > KEPT_BYTES) return;
    const alike = this.kept.get(size);
    if (alike === undefined) this.kept.set(size, [buffer]);
    else alike.push(buffer);
    this.keptBytes += size;
  }
}

function sizeFor(length: number): number {
  return length <= SMALLEST ? SMALLEST : powerFrom(length);
}

/** The next power of two. */
function powerFrom(length: number): number {
  return 2 ** Math.ceil(Math.log2(length));
}
