/**
 * Decided calls as bytes on their way to the log's thread: facts, then the serialised request and response as they are. Writing
 * copies and decodes nothing, because it happens on the path of every call.
 *
 *   ┌────────┬──────┬───────────┬─────────┬───────┬─────────┬──────────┬──────────────────┬───────┬─────────┬──────────┐
 *   │ length │ kind │ transport │ clock   │ end   │ took    │ sequence │ lengths of texts │ texts │ request │ response │
 *   │ u32    │ u8   │ u8        │ f64 ms  │ f64   │ f64 ms  │ f64      │ 5 × u16          │       │ u32 len │          │
 *   └────────┴──────┴───────────┴─────────┴───────┴─────────┴──────────┴──────────────────┴───────┴─────────┴──────────┘
 */
import type { CallFacts, DecidedCall } from "./decided-call.js";

const TRANSPORTS: readonly CallFacts["transport"][] = ["grpc", "http", "ext_authz"];
const HEAD_BYTES = 4 + 1 + 1 + 8 * 4 + 2 * 5 + 4;
/** Names longer than this are cut: they come from headers and tokens. */
const LONGEST_TEXT = 1024;
const BYTES_A_UNIT = 3;

/** A call as the thread reads it. */
export interface ChunkedCall {
  readonly kind: DecidedCall["kind"];
  readonly transport: CallFacts["transport"];
  readonly sequence: number;
  readonly clockMs: number;
  readonly endedAtMs: number;
  readonly durationMs: number;
  readonly peer: string;
  readonly caller: string;
  readonly traceparent: string;
  readonly path: string;
  /** The id that the caller was told; empty for none. */
  readonly decisionId: string;
  readonly request: Buffer;
  readonly response: Buffer;
}

/** At least as many bytes as `writeCall` needs. */
export function callBytes({ request, response, facts }: DecidedCall): number {
  const { peer, caller, traceparent = "", path = "", decisionId = "" } = facts;
  const units =
    Math.min(peer.length, LONGEST_TEXT) +
    Math.min(caller.name.length, LONGEST_TEXT) +
    Math.min(traceparent.length, LONGEST_TEXT) +
    Math.min(path.length, LONGEST_TEXT) +
    Math.min(decisionId.length, LONGEST_TEXT);
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
  chunk.writeUInt32LE(request.length, at + 48);
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
  for (let at = 0; at < chunk.length; at += chunk.readUInt32LE(at)) {
    const end = at + chunk.readUInt32LE(at);
    let next = at + HEAD_BYTES;
    const text = (lengthAt: number): string => {
      const from = next;
      next += chunk.readUInt16LE(lengthAt);
      return from === next ? "" : chunk.toString("utf8", from, next);
    };
    const [peer, caller, traceparent, path] = [text(at + 38), text(at + 40), text(at + 42), text(at + 44)];
    const decisionId = text(at + 46);
    const responseAt = next + chunk.readUInt32LE(at + 48);
    yield {
      kind: chunk[at + 4] === 1 ? "batch" : "single",
      transport: TRANSPORTS[chunk[at + 5] ?? 0] ?? "grpc",
      clockMs: chunk.readDoubleLE(at + 6),
      endedAtMs: chunk.readDoubleLE(at + 14),
      durationMs: chunk.readDoubleLE(at + 22),
      sequence: chunk.readDoubleLE(at + 30),
      peer,
      caller,
      traceparent,
      path,
      decisionId,
      request: chunk.subarray(next, responseAt),
      response: chunk.subarray(responseAt, end),
    };
  }
}
