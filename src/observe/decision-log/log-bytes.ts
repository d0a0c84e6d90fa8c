/** The bytes of a log, plain or compressed with gzip as log rotation leaves them: told apart by how they begin, not by name. */
import { createGunzip, type Gunzip } from "node:zlib";

/** A compressed log that breaks off: its process was killed, or it is still being written. */
export class TruncatedLogError extends Error {}

/** What a piece of compressed bytes may come to is a thousand times as much. */
const PIECE = 4096;

/**
 * The bytes of a log, inflated piece by piece, whatever they come to. Of several compressed parts one follows the other. Rejects where the
 * stream does, with TruncatedLogError after the last byte of one that breaks off, and for bytes that are not what they begin as.
 */
export async function* logBytes(stream: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  let head: Buffer | undefined = Buffer.alloc(0);
  let inflating: Inflating | undefined;
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) continue;
    let bytes = chunk;
    if (head !== undefined) {
      bytes = Buffer.concat([head, chunk]);
      head = bytes.length < 2 ? bytes : undefined;
      if (head !== undefined) continue;
      if (bytes[0] === 0x1f && bytes[1] === 0x8b) inflating = new Inflating();
    }
    if (inflating === undefined) yield bytes;
    else yield* inflating.take(bytes);
  }
  if (head !== undefined && head.length > 0) yield head;
  if (inflating !== undefined) yield* inflating.end();
}

/**
 * Fed so slowly that everything made of one piece is taken before the next one goes in: what waits inside of a stream of Node's is lost
 * when it fails, and a log that breaks off fails at its end.
 */
class Inflating {
  private readonly gunzip: Gunzip = createGunzip();
  private made: Buffer[] = [];
  private failure: Error | undefined;
  private taken = 0;
  private isOver = false;
  private readonly over: Promise<void>;

  constructor() {
    this.gunzip.on("data", (bytes: Buffer) => this.made.push(bytes));
    this.over = new Promise((resolve) => {
      const end = (error?: Error): void => {
        this.failure ??= error;
        this.isOver = true;
        resolve();
      };
      this.gunzip.once("error", end);
      this.gunzip.once("end", () => end());
    });
  }

  async *take(bytes: Buffer): AsyncGenerator<Buffer> {
    for (let start = 0; start < bytes.length; start += PIECE) {
      const piece = bytes.subarray(start, start + PIECE);
      // What follows the end is not taken, and then nobody says that a piece is done.
      if (!this.isOver) await Promise.race([this.over, this.write(piece)]);
      yield* this.drain();
      if (this.failure !== undefined) throw this.failure;
      this.taken += piece.length;
      // Behind its end a compressed log may be filled up with zeros.
      const unread = Math.min(this.taken - this.gunzip.bytesWritten, piece.length);
      if (unread > 0 && piece.subarray(-unread).some((byte) => byte !== 0)) {
        throw new Error("something else follows the compressed log");
      }
    }
  }

  async *end(): AsyncGenerator<Buffer> {
    if (!this.isOver) {
      this.gunzip.end();
      await this.over;
    }
    yield* this.drain();
    if (this.failure === undefined) return;
    const breaksOff = "code" in this.failure && this.failure.code === "Z_BUF_ERROR";
    throw breaksOff ? new TruncatedLogError("breaks off", { cause: this.failure }) : this.failure;
  }

  private write(piece: Buffer): Promise<void> {
    return new Promise((resolve) => {
      this.gunzip.write(piece, () => resolve());
    });
  }

  private drain(): Buffer[] {
    const { made } = this;
    this.made = [];
    return made;
  }
}
