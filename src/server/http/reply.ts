/** What a route answers, before it is bytes on a connection. */

import { setImmediate as nextTurn } from "node:timers/promises";
import { heapRoom } from "../../ask/heap-room.js";

/** An answer. */
export interface Reply {
  readonly status: number;
  readonly contentType: string;
  /** Sent in one piece, or piece by piece. */
  readonly body: string | Uint8Array | readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** A JSON answer. */
export function jsonReply(status: number, value: unknown): Reply {
  return { status, contentType: jsonType, body: `${JSON.stringify(value)}\n` };
}

/**
 * A long list as JSON between two texts, in pieces, with room for other work between them. Rejects with CallRefusal once there is no
 * room on the heap.
 */
export async function jsonPieces(open: string, items: readonly object[], close: string): Promise<readonly string[]> {
  const pieces = [open];
  for (let at = 0; at < items.length; at += STEP) {
    const texts = items.slice(at, at + STEP).map((item) => JSON.stringify(item));
    pieces.push(`${at === 0 ? "" : ","}${texts.join(",")}`);
    if (at + STEP >= items.length) break;
    await nextTurn();
    heapRoom.require(0);
  }
  return [...pieces, close];
}

const STEP = 512;

/** The content type of every answer but metrics and AWS's XML. */
export const jsonType = "application/json";
