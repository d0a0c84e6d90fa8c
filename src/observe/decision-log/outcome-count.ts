/**
 * How many questions of a response were decided how, and which policy type denied, read from its bytes: on the path of every
 * call, so nothing is decoded but the fields that count.
 */

import type { DecidedCall } from "../../ask/decided-call.js";
import { denialOrder, layerNames } from "../../question/layers.js";
import { BatchResponseField, DecisionField, OutcomeNumber, ResponseField } from "../../wire/authorization-fields.js";
import { WireError, type WireReader, wireReader } from "../../wire/wire-reader.js";

/** Decisions by number, as `Outcome` of the proto file has them; 0 and 4 are errors. */
export const decisionNames = ["error", "allowed", "explicitDeny", "implicitDeny"] as const;
/** Which policy type denied; `none` for what is no denial, `untold` where the answer tells outcomes only. */
export const denyingLayers: readonly string[] = ["none", "untold", ...layerNames];

/** Places of a tally: a decision's number times the number of layers, plus the layer's. */
export const TALLY_LENGTH: number = decisionNames.length * denyingLayers.length;

const LAYERS = denyingLayers.length;
const NONE = denyingLayers.indexOf("none");
const UNTOLD = denyingLayers.indexOf("untold");
/** The names as answers have them, each at its place. */
const NAMES = denyingLayers.map((name) => Buffer.from(name));
const DENYING = denialOrder.map((name) => denyingLayers.indexOf(name)).map((layer) => ({ layer, bit: 1 << layer }));

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
    const { valueAt, valueEnd, hasContent } = decision;
    if (hasContent) blocking |= layerBit(bytes, valueAt, valueEnd - valueAt);
    else if (decision.field === DecisionField.Outcome) outcome = decision.number();
  }
  if (!isDenial(outcome)) add(tally, outcome, NONE);
  else add(tally, outcome, DENYING.find(({ bit }) => (blocking & bit) !== 0)?.layer ?? NONE);
}

/** The bit of the layer whose name stands there; 0 where none does. */
function layerBit(bytes: Uint8Array, at: number, length: number): number {
  for (let layer = UNTOLD + 1; layer < LAYERS; layer++) {
    const name = NAMES[layer];
    if (name === undefined || name.length !== length || name[0] !== bytes[at]) continue;
    let same = 1;
    while (same < length && name[same] === bytes[at + same]) same++;
    if (same === length) return 1 << layer;
  }
  return 0;
}

function add(tally: Float64Array, outcome: number, layer: number): void {
  const place = (outcome < decisionNames.length ? outcome : 0) * LAYERS + layer;
  tally[place] = (tally[place] ?? 0) + 1;
}
