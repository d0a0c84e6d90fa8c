/**
 * Puts the messages of a stream together: the length-prefixed frames of gRPC over HTTP/2 (flag, length, bytes), in whatever pieces they
 * come. A message that came in one piece is not copied, a larger one once, piece by piece, into memory that is used again. No piece is
 * kept: a small one keeps all alive that was read from the socket with it.
 */
import type { MessageBuffers } from "./message-buffers.js";

/** A message that has arrived. */
export interface ArrivedMessage {
  readonly bytes: Buffer;
  readonly isCompressed: boolean;
  /** What the bytes lie in; to be given back once nobody reads them. */
  readonly buffer: Buffer | undefined;
}

/** Hears what a reader reads. */
export interface MessageListener {
  message(message: ArrivedMessage): void;
  /** A length beyond what is allowed; nothing more is read. */
  tooLarge(length: number): void;
}

const PREFIX = 5;
/** A message without bytes. A buffer of its own for each call would be memory outside of the heap, for the collector to find. */
export const nothing: Buffer = Buffer.alloc(0);

/** The reader of one stream. */
export class MessageReader {
  private prefixBytes = 0;
  private flag = 0;
  private length = 0;
  private filled = 0;
  /** Where the message is put together; it grows with the message unless it was lent. */
  private buffer: Buffer | undefined;
  private isLent = false;
  private isOver = false;

  constructor(
    private readonly maxMessageBytes: number,
    private readonly buffers: MessageBuffers,
    private readonly listener: MessageListener,
  ) {}

  /** Takes the next piece of the stream. */
  take(piece: Buffer): void {
    let at = 0;
    while (at < piece.length && !this.isOver) {
      at += this.prefixBytes < PREFIX ? this.takePrefix(piece, at) : this.takeBytes(piece, at);
    }
  }

  /** Lets go of what has arrived of a message that nobody waits for. */
  stop(): void {
    this.isOver = true;
    const buffer = this.letGo();
    if (buffer !== undefined) this.buffers.giveBack(buffer);
  }

  private takePrefix(piece: Buffer, from: number): number {
    let at = from;
    for (; this.prefixBytes < PREFIX && at < piece.length; at++) {
      const byte = piece[at] ?? 0;
      // The first byte is a flag, the others are the length.
      if (this.prefixBytes === 0) this.flag = byte;
      else this.length = this.length * 256 + byte;
      this.prefixBytes++;
    }
    const taken = at - from;
    if (this.prefixBytes < PREFIX) return taken;
    if (this.length > this.maxMessageBytes) {
      this.stop();
      this.listener.tooLarge(this.length);
    } else if (this.length === 0) {
      this.arrive(nothing, undefined);
    } else if (piece.length - from - taken < this.length) {
      this.buffer = this.buffers.lend(this.length);
      this.isLent = this.buffer !== undefined;
    }
    return taken;
  }

  private takeBytes(piece: Buffer, from: number): number {
    const part = piece.subarray(from, from + this.length - this.filled);
    if (part.length === this.length) {
      this.arrive(part, undefined);
      return part.length;
    }
    const come = this.filled + part.length;
    let { buffer } = this;
    if (buffer === undefined || buffer.length < come) {
      buffer = this.buffers.grow(buffer, this.filled, come, this.length);
      this.buffer = buffer;
    }
    buffer.set(part, this.filled);
    this.filled = come;
    if (come === this.length) {
      this.letGo();
      this.arrive(buffer.subarray(0, come), buffer);
    }
    return part.length;
  }

  /** What the message lay in, which is not the reader's any more. */
  private letGo(): Buffer | undefined {
    const { buffer, isLent } = this;
    this.buffer = undefined;
    this.isLent = false;
    if (isLent && buffer !== undefined) this.buffers.arrived(buffer);
    return buffer;
  }

  private arrive(bytes: Buffer, buffer: Buffer | undefined): void {
    this.prefixBytes = 0;
    this.length = 0;
    this.filled = 0;
    this.listener.message({ bytes, isCompressed: this.flag !== 0, buffer });
  }
}
