/**
 * How many questions of a response were decided how, and which policy type denied, read from its bytes: on the path of every
 * call, so nothing is decoded but the fields that count.
 */

import type { DecidedCall } from "../../ask/decided-call.js";
import { BatchResponseField, DecisionField, OutcomeNumber, ResponseField } from "../../wire/authorization-fields.js";
import { WireError, type WireReader, wireReader } from "../../wire/wire-reader.js";
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

/** Adds a response to a tally; gives how many questions it answers. What cannot be read counts as nothing. */
export function tallyOutcomes(kind: DecidedCall["kind"], response: Uint8Array, tally: Float64Array): number {
  const reader = wireReader(response, "lenient");
  return kind === "single" ? tallySingle(response, reader, tally) : tallyBatch(response, reader, tally);
}

/** How many questions a response answers. */
export function questionCount(kind: DecidedCall["kind"], response: Uint8Array): number {
  return tallyOutcomes(kind, response, ignored);
}

const ignored = new Float64Array(TALLY_LENGTH);

function tallySingle(bytes: Uint8Array, reader: WireReader, tally: Float64Array): number {
  let outcome = 0;
  while (hasNext(reader)) {
    if (reader.field === ResponseField.Outcome && !reader.hasContent) outcome = reader.number();
    else if (reader.field === ResponseField.Decision && reader.hasContent) {
      tallyDecision(bytes, reader.message(), tally);
      return 1;
    }
  }
  tallyUntold(outcome, tally);
  return 1;
}

function tallyBatch(bytes: Uint8Array, reader: WireReader, tally: Float64Array): number {
  let count = 0;
  while (hasNext(reader)) {
    if (!reader.hasContent) continue;
    if (reader.field === BatchResponseField.Outcomes) {
      for (let at = reader.valueAt; at < reader.valueEnd; at++) tallyUntold(bytes[at] ?? 0, tally);
      count += reader.valueEnd - reader.valueAt;
    } else if (reader.field === BatchResponseField.Decisions) {
      tallyDecision(bytes, reader.message(), tally);
      count++;
    }
  }
  return count;
}

/** Counting must not fail where answering did not. */
function hasNext(reader: WireReader): boolean {
  try {
    return reader.next();
  } catch (error: unknown) {
    if (error instanceof WireError) return false;
    throw error;
  }
}

function isDenial(outcome: number): boolean {
  return outcome === OutcomeNumber.ExplicitDeny || outcome === OutcomeNumber.ImplicitDeny;
}

function tallyUntold(outcome: number, tally: Float64Array): void {
  add(tally, outcome, isDenial(outcome) ? UNTOLD : NONE);
}

/** Reads the outcome and what blocked it, which stand first, and nothing behind them. */
function tallyDecision(bytes: Uint8Array, decision: WireReader, tally: Float64Array): void {
  let outcome = 0;
  let blocking = 0;
  while (hasNext(decision) && decision.field <= DecisionField.BlockedBy) {
    const { valueAt, hasContent } = decision;
    if (hasContent) blocking |= layerBit(bytes[valueAt] ?? 0, bytes[valueAt + 2] ?? 0);
    else if (decision.field === DecisionField.Outcome) outcome = decision.number();
  }
  if (!isDenial(outcome)) add(tally, outcome, NONE);
  else add(tally, outcome, DENYING.find(({ bit }) => (blocking & bit) !== 0)?.layer ?? NONE);
}

/** The names differ in their first and third letters. */
function layerBit(first: number, third: number): number {
  const index = layerNames.findIndex((name) => name.charCodeAt(0) === first && name.charCodeAt(2) === third);
  return index > UNTOLD ? 1 << index : 0;
}

function add(tally: Float64Array, outcome: number, layer: number): void {
  const place = (outcome < decisionNames.length ? outcome : 0) * LAYERS + layer;
  tally[place] = (tally[place] ?? 0) + 1;
}
