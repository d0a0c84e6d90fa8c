/**
 * Messages of which a part has arrived: how much memory they hold together, and who has to go where it is too much. Counts bytes by
 * the length prefixes of gRPC, refuses flags that no message may have, and reads nothing else.
 */
import { constants } from "node:http2";

/** What of an HTTP/2 stream is needed here. */
export interface ArrivingStream {
  on(event: "data", listener: (chunk: Buffer) => void): unknown;
  close(code: number): unknown;
}

/** How far the message of a stream has come. */
interface Arriving {
  /** Bytes of the prefix that are there; 5 once the length is known. */
  prefix: number;
  length: number;
  /** Bytes of the message that are missing. */
  missing: number;
  /** Memory that the parts hold. */
  held: number;
  /** The highest flag that was there. */
  flag: number;
}

const PREFIX = 5;
/** What a chunk costs beside its bytes: callers may send one byte at a time. */
const CHUNK_OVERHEAD = 256;

/** The parts of messages on every stream of a listener. */
export class ArrivingMessages {
  /** Streams with a part of a message, those that began first in front. */
  private readonly parts = new Map<ArrivingStream, Arriving>();
  private total = 0;

  /** Together they may hold so many bytes; then the oldest part gives way: honest callers send theirs in one go. */
  constructor(
    private readonly maxBytes: number,
    private readonly onReset: () => void,
  ) {}

  /** Bytes that parts hold. */
  get heldBytes(): number {
    return this.total;
  }

  /** Counts what arrives on a stream from now on. The stream has its reader already: counting starts no flow. */
  watch(stream: ArrivingStream, isCompressed = false): void {
    // Without a compression no message can be compressed, and there are no other flags.
    const mostFlag = isCompressed ? 1 : 0;
    let arriving: Arriving | undefined;
    stream.on("data", (chunk: Buffer) => {
      const isBetween = arriving === undefined || arriving.held === 0;
      // Most messages are one chunk.
      if (isBetween && chunk.length >= PREFIX && chunk.readUInt32BE(1) === chunk.length - PREFIX) {
        if ((chunk[0] ?? 0) > mostFlag) stream.close(constants.NGHTTP2_PROTOCOL_ERROR);
        return;
      }
      arriving ??= { prefix: 0, length: 0, missing: 0, held: 0, flag: 0 };
      const held = advance(arriving, chunk);
      if (arriving.flag > mostFlag) {
        this.forget(stream);
        // Callers read INTERNAL.
        stream.close(constants.NGHTTP2_PROTOCOL_ERROR);
        return;
      }
      this.total += held - arriving.held;
      arriving.held = held;
      if (held === 0) this.parts.delete(stream);
      else this.parts.set(stream, arriving);
      if (this.total > this.maxBytes) this.makeRoom();
    });
  }

  /** Forgets a stream that has ended. */
  forget(stream: ArrivingStream): void {
    if (this.parts.size === 0) return;
    const arriving = this.parts.get(stream);
    if (arriving === undefined) return;
    this.parts.delete(stream);
    this.total -= arriving.held;
    arriving.held = 0;
  }

  private makeRoom(): void {
    for (const stream of this.parts.keys()) {
      if (this.total <= this.maxBytes) return;
      this.forget(stream);
      this.onReset();
      // Callers read RESOURCE_EXHAUSTED.
      stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    }
  }
}

/** Takes a chunk into account; gives what the message that is still incomplete holds, 0 between two messages. */
function advance(arriving: Arriving, chunk: Buffer): number {
  let held = arriving.held + chunk.length + CHUNK_OVERHEAD;
  let at = 0;
  while (at < chunk.length) {
    if (arriving.prefix < PREFIX) {
      const byte = chunk[at++] ?? 0;
      // The first byte is a flag, the others are the length.
      if (arriving.prefix > 0) arriving.length = arriving.length * 256 + byte;
      else arriving.flag = Math.max(arriving.flag, byte);
      arriving.prefix++;
      if (arriving.prefix < PREFIX) continue;
      arriving.missing = arriving.length;
    } else {
      const taken = Math.min(arriving.missing, chunk.length - at);
      arriving.missing -= taken;
      at += taken;
    }
    if (arriving.missing > 0) continue;
    arriving.prefix = 0;
    arriving.length = 0;
    held = at < chunk.length ? chunk.length - at + CHUNK_OVERHEAD : 0;
  }
  return held;
}
