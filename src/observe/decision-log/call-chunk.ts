/**
 * Decided calls as bytes on their way to the log's thread: facts, then the serialised request and response as they are. Writing
 * copies and decodes nothing, because it happens on the path of every call.
 *
 *   ┌────────┬──────┬───────────┬─────────┬───────┬─────────┬──────────┬──────────────────┬───────┬─────────┬──────────┐
 *   │ length │ kind │ transport │ clock   │ end   │ took    │ sequence │ lengths of texts │ texts │ request │ response │
 *   │ u32    │ u8   │ u8        │ f64 ms  │ f64   │ f64 ms  │ f64      │ 6 × u16          │       │ u32 len │          │
 *   └────────┴──────┴───────────┴─────────┴───────┴─────────┴──────────┴──────────────────┴───────┴─────────┴──────────┘
 */
import type { CallFacts, DecidedCall } from "../../ask/decided-call.js";

const TRANSPORTS: readonly CallFacts["transport"][] = ["grpc", "http", "ext_authz"];
const HEAD_BYTES = 4 + 1 + 1 + 8 * 4 + 2 * 6 + 4;
/** Names longer than this are cut: they come from headers and tokens. */
const LONGEST_TEXT = 1024;
const BYTES_A_UNIT = 3;

/** A call as the thread reads it: texts are made when they are asked for. */
export class ChunkedCall {
  readonly kind: DecidedCall["kind"];
  readonly transport: CallFacts["transport"];
  readonly clockMs: number;
  readonly endedAtMs: number;
  readonly durationMs: number;
  readonly sequence: number;
  /** Where things lie in the chunk. */
  readonly peerAt: number;
  readonly callerAt: number;
  readonly callerEnd: number;
  readonly requestAt: number;
  readonly responseAt: number;
  private readonly traceparentEnd: number;
  private readonly pathEnd: number;
  private readonly decisionIdEnd: number;

  constructor(
    readonly chunk: Buffer,
    at: number,
    readonly end: number,
  ) {
    this.kind = chunk[at + 4] === 1 ? "batch" : "single";
    this.transport = TRANSPORTS[chunk[at + 5] ?? 0] ?? "grpc";
    this.clockMs = chunk.readDoubleLE(at + 6);
    this.endedAtMs = chunk.readDoubleLE(at + 14);
    this.durationMs = chunk.readDoubleLE(at + 22);
    this.sequence = chunk.readDoubleLE(at + 30);
    this.peerAt = at + HEAD_BYTES;
    this.callerAt = this.peerAt + chunk.readUInt16LE(at + 38);
    this.callerEnd = this.callerAt + chunk.readUInt16LE(at + 40);
    this.traceparentEnd = this.callerEnd + chunk.readUInt16LE(at + 42);
    this.pathEnd = this.traceparentEnd + chunk.readUInt16LE(at + 44);
    this.decisionIdEnd = this.pathEnd + chunk.readUInt16LE(at + 46);
    this.requestAt = this.decisionIdEnd + chunk.readUInt16LE(at + 48);
    this.responseAt = this.requestAt + chunk.readUInt32LE(at + 50);
  }

  get peer(): string {
    return this.text(this.peerAt, this.callerAt);
  }

  get caller(): string {
    return this.text(this.callerAt, this.callerEnd);
  }

  get traceparent(): string {
    return this.text(this.callerEnd, this.traceparentEnd);
  }

  get path(): string {
    return this.text(this.traceparentEnd, this.pathEnd);
  }

  /** The id that the caller was told; empty for none. */
  get decisionId(): string {
    return this.text(this.pathEnd, this.decisionIdEnd);
  }

  /** What the caller calls its request; empty for nothing. */
  get requestId(): string {
    return this.text(this.decisionIdEnd, this.requestAt);
  }

  get request(): Buffer {
    return this.chunk.subarray(this.requestAt, this.responseAt);
  }

  get response(): Buffer {
    return this.chunk.subarray(this.responseAt, this.end);
  }

  private text(at: number, end: number): string {
    return at === end ? "" : this.chunk.toString("utf8", at, end);
  }
}

/** At least as many bytes as `writeCall` needs. */
export function callBytes({ request, response, facts }: DecidedCall): number {
  const { peer, caller, traceparent = "", path = "", decisionId = "", requestId = "" } = facts;
  const units =
    Math.min(peer.length, LONGEST_TEXT) +
    Math.min(caller.name.length, LONGEST_TEXT) +
    Math.min(traceparent.length, LONGEST_TEXT) +
    Math.min(path.length, LONGEST_TEXT) +
    Math.min(decisionId.length, LONGEST_TEXT) +
    Math.min(requestId.length, LONGEST_TEXT);
  return HEAD_BYTES + units * BYTES_A_UNIT + request.length + response.length;
}

/** Writes a call; gives where it ends. INVARIANT: `callBytes` of it are free from `at` on. */
export function writeCall(chunk: Buffer, at: number, call: DecidedCall, sequence: number): number {
  const { facts, request, response } = call;
  chunk[at + 4] = call.kind === "batch" ? 1 : 0;
  chunk[at + 5] = TRANSPORTS.indexOf(facts.transport);
  chunk.writeDoubleLE(call.clockMs, at + 6);
  chunk.writeDoubleLE(call.endedAtMs, at + 14);
  chunk.writeDoubleLE(call.durationMs, at + 22);
  chunk.writeDoubleLE(sequence, at + 30);
  let end = at + HEAD_BYTES;
  end = writeText(chunk, at + 38, facts.peer, end);
  end = writeText(chunk, at + 40, facts.caller.name, end);
  end = writeText(chunk, at + 42, facts.traceparent ?? "", end);
  end = writeText(chunk, at + 44, facts.path ?? "", end);
  end = writeText(chunk, at + 46, facts.decisionId ?? "", end);
  end = writeText(chunk, at + 48, facts.requestId ?? "", end);
  chunk.writeUInt32LE(request.length, at + 50);
  chunk.set(request, end);
  end += request.length;
  chunk.set(response, end);
  end += response.length;
  chunk.writeUInt32LE(end - at, at);
  return end;
}

function writeText(chunk: Buffer, lengthAt: number, text: string, at: number): number {
  const written = text === "" ? 0 : chunk.write(text.length > LONGEST_TEXT ? text.slice(0, LONGEST_TEXT) : text, at);
  chunk.writeUInt16LE(written, lengthAt);
  return at + written;
}

/** The calls of a chunk, in order. */
export function* readCalls(chunk: Buffer): Generator<ChunkedCall> {
  for (let at = 0; at < chunk.length; ) {
    const end = at + chunk.readUInt32LE(at);
    yield new ChunkedCall(chunk, at, end);
    at = end;
  }
}
