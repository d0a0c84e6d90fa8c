/**
 * Messages that calls have left behind. Their bytes lie outside of JavaScript's heap, which hardly grows by them, so that the collector
 * waits until there is too much of it and then goes through everything that lives; asked in time, it looks at what is young only.
 */
import { collectYoungGarbage } from "./collect-garbage.js";
import { isInUse } from "./workarounds.js";

/** grpc-js and Node.js make two to three times as much of it: V8 goes through the whole heap from 32 MiB on. */
const COLLECT_BYTES = 8 << 20;

/** Counts what is left behind. */
export class MessageMemory {
  private readonly collects = isInUse("message-collections");
  private bytes = 0;

  /** A call has read or written so many bytes. */
  add(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes < COLLECT_BYTES) return;
    this.bytes = 0;
    // The answer goes out first.
    if (this.collects) setImmediate(collectYoungGarbage);
  }
}
