/**
 * Puts the messages of a stream together: the length-prefixed frames of gRPC over HTTP/2 (flag, length, bytes), in whatever pieces they
 * come. A message that came in one piece is not copied, a larger one once, piece by piece, into memory that is used again.
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
  /** Where the message is put together, or its pieces where there is no such place. */
  private lent: Buffer | undefined;
  private pieces: Buffer[] = [];
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
    this.pieces = [];
    const { lent } = this;
    if (lent === undefined) return;
    this.lent = undefined;
    this.buffers.arrived(lent);
    this.buffers.giveBack(lent);
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
      this.lent = this.buffers.lend(this.length);
    }
    return taken;
  }

  private takeBytes(piece: Buffer, from: number): number {
    const part = piece.subarray(from, from + this.length - this.filled);
    if (part.length === this.length) {
      this.arrive(part, undefined);
      return part.length;
    }
    if (this.lent === undefined) this.pieces.push(part);
    else this.lent.set(part, this.filled);
    this.filled += part.length;
    if (this.filled === this.length) this.arriveInPieces();
    return part.length;
  }

  private arriveInPieces(): void {
    const { lent, pieces, length } = this;
    const buffer = lent ?? this.buffers.take(length);
    if (lent === undefined) {
      let at = 0;
      for (const one of pieces) {
        buffer.set(one, at);
        at += one.length;
      }
      this.pieces = [];
    } else {
      this.lent = undefined;
      this.buffers.arrived(lent);
    }
    this.arrive(buffer.subarray(0, length), buffer);
  }

  private arrive(bytes: Buffer, buffer: Buffer | undefined): void {
    this.prefixBytes = 0;
    this.length = 0;
    this.filled = 0;
    this.listener.message({ bytes, isCompressed: this.flag !== 0, buffer });
  }
}
