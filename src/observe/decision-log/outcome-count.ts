/**
 * How many questions of a response were decided how, and which policy type denied, read from its bytes: on the path of every
 * call, so nothing is decoded but the fields that count.
 */

import type { DecidedCall } from "../../ask/decided-call.js";
import { denialOrder } from "./denial-message.js";

/** Decisions by number, as `Outcome` of the proto file has them; 0 and 4 are errors. */
export const decisionNames = ["error", "allowed", "explicitDeny", "implicitDeny"] as const;
/** Which policy type denied; `none` for what is no denial, `untold` where the answer tells outcomes only. */
export const layerNames = [
  "none",
  "untold",
  "identity",
  "boundary",
  "session",
  "resource",
  "endpoint",
  "scp",
  "rcp",
  "service",
] as const;

/** Places of a tally: a decision's number times the number of layers, plus the layer's. */
export const TALLY_LENGTH: number = decisionNames.length * layerNames.length;

const LAYERS = layerNames.length;
const NONE = layerNames.indexOf("none");
const UNTOLD = layerNames.indexOf("untold");
const DENYING = denialOrder.map((name) => ({ layer: layerNames.indexOf(name), bit: 1 << layerNames.indexOf(name) }));

/** Adds a response to a tally; gives how many questions it answers. Bytes that are no response count as nothing. */
export function tallyOutcomes(kind: DecidedCall["kind"], response: Uint8Array, tally: Float64Array): number {
  const cursor = new Cursor(response);
  return kind === "single" ? tallySingle(cursor, tally) : tallyBatch(cursor, tally);
}

/** How many questions a response answers. */
export function questionCount(kind: DecidedCall["kind"], response: Uint8Array): number {
  return tallyOutcomes(kind, response, ignored);
}

const ignored = new Float64Array(TALLY_LENGTH);

function tallySingle(cursor: Cursor, tally: Float64Array): number {
  let outcome = 0;
  while (cursor.next()) {
    if (cursor.field === 2) outcome = cursor.value;
    else if (cursor.field === 3 && cursor.isContent) {
      tallyDecision(cursor, tally);
      return 1;
    }
  }
  tallyUntold(outcome, tally);
  return 1;
}

function tallyBatch(cursor: Cursor, tally: Float64Array): number {
  let count = 0;
  while (cursor.next()) {
    if (!cursor.isContent) continue;
    if (cursor.field === 2) {
      for (let at = cursor.contentAt; at < cursor.at; at++) tallyUntold(cursor.bytes[at] ?? 0, tally);
      count += cursor.at - cursor.contentAt;
    } else if (cursor.field === 3) {
      tallyDecision(cursor, tally);
      count++;
    }
  }
  return count;
}

function tallyUntold(outcome: number, tally: Float64Array): void {
  add(tally, outcome, outcome === 2 || outcome === 3 ? UNTOLD : NONE);
}

/** The decision that the cursor has just passed: its outcome, and what blocked it, stand first. */
function tallyDecision({ bytes, contentAt, at: end }: Cursor, tally: Float64Array): void {
  const outcome = bytes[contentAt] === OUTCOME_TAG ? (bytes[contentAt + 1] ?? 0) : 0;
  let blocking = 0;
  for (let at = contentAt + 2; at + 3 < end && bytes[at] === BLOCKED_BY_TAG; at += 2 + (bytes[at + 1] ?? 0)) {
    blocking |= layerBit(bytes[at + 2] ?? 0, bytes[at + 4] ?? 0);
  }
  if (outcome !== 2 && outcome !== 3) add(tally, outcome, NONE);
  else add(tally, outcome, DENYING.find(({ bit }) => (blocking & bit) !== 0)?.layer ?? NONE);
}

const OUTCOME_TAG = 0x08;
const BLOCKED_BY_TAG = 0x12;

/** The names differ in their first and third letters. */
function layerBit(first: number, third: number): number {
  const index = layerNames.findIndex((name) => name.charCodeAt(0) === first && name.charCodeAt(2) === third);
  return index > UNTOLD ? 1 << index : 0;
}

function add(tally: Float64Array, outcome: number, layer: number): void {
  const place = (outcome < decisionNames.length ? outcome : 0) * LAYERS + layer;
  tally[place] = (tally[place] ?? 0) + 1;
}

/** Goes over the top-level fields of a message. */
class Cursor {
  field = 0;
  /** A number, where the field is one. */
  value = 0;
  /** Whether the field has content, which lies from `contentAt` to `at`. */
  isContent = false;
  contentAt = 0;
  at = 0;

  constructor(readonly bytes: Uint8Array) {}

  next(): boolean {
    if (this.at >= this.bytes.length) return false;
    const tag = this.varint();
    this.field = tag >>> 3;
    this.isContent = (tag & 7) === 2;
    this.value = this.varint();
    if (!this.isContent) return (tag & 7) === 0;
    this.contentAt = this.at;
    this.at += this.value;
    return this.at <= this.bytes.length;
  }

  private varint(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 49; scale *= 128) {
      const byte = this.bytes[this.at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    return value;
  }
}
