/**
 * Of the bytes of a record the members that are looked at, without reading the rest: scalars and objects that come again and again (who
 * called, with what program, from where) are made once. A record with anything odd about it is left to a reader of JSON.
 */
import type { JsonObject } from "../../text/json-object.js";

/** `incomplete`: the bytes end within the record. `odd`: it has to be read otherwise. */
export type Picked = "incomplete" | "odd" | "picked";

/** How a member is taken: made anew, remembered, or only if the record turns out to need it. */
type How = "new" | "alike" | "wanted";

const members: Readonly<Record<string, How>> = {
  additionalEventData: "wanted",
  awsRegion: "alike",
  errorCode: "alike",
  errorMessage: "new",
  eventID: "new",
  eventName: "alike",
  eventSource: "alike",
  eventTime: "new",
  eventType: "alike",
  recipientAccountId: "alike",
  requestParameters: "new",
  resources: "new",
  responseElements: "wanted",
  sharedEventID: "new",
  sourceIPAddress: "alike",
  tlsDetails: "alike",
  userAgent: "alike",
  userIdentity: "alike",
  vpcEndpointId: "alike",
};

/** Records wrapped by others are taken out by the reader of JSON. */
const wrappers: readonly string[] = ["CloudTrailEvent", "detail"];

interface Member {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly how: How | "odd";
}

/** Remembered values; of more all are forgotten. */
const MOST_ALIKE = 50_000;
/** Deeper values are no records of AWS's. */
const MOST_DEPTH = 200;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN = 0x7b;
const CLOSE = 0x7d;

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0;
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + (bytes[at] ?? 0)) | 0;
  return hash;
}

const membersByHash = new Map<number, Member>(
  [...Object.entries(members), ...wrappers.map((name) => [name, "odd"] as const)].map(([name, how]) => {
    const bytes = Buffer.from(name, "latin1");
    return [hashOf(bytes, 0, bytes.length), { name, bytes, how }];
  }),
);
if (membersByHash.size !== Object.keys(members).length + wrappers.length) throw new Error("two members have one hash");

/** Picks one record after the other out of bytes. */
export class RecordPicker {
  /** The record that was picked last. */
  event: JsonObject = {};
  /** Where it ended. */
  end = 0;
  private readonly alike = new Map<number, { readonly bytes: Buffer; readonly value: unknown }>();

  /** Picks the record that begins at `start` with its brace. */
  pick(bytes: Buffer, start: number, limit: number): Picked {
    const event: Record<string, unknown> = {};
    // Spans of what may be wanted: additionalEventData, responseElements.
    let [extraStart, extraEnd, answerStart, answerEnd] = [0, 0, 0, 0];
    let at = afterSpace(bytes, start + 1, limit);
    if (at < limit && bytes[at] === CLOSE) return this.done(event, at + 1);
    for (;;) {
      if (at >= limit) return "incomplete";
      if (bytes[at] !== QUOTE) return "odd";
      const nameStart = at + 1;
      let hash = 0;
      for (at = nameStart; at < limit; at++) {
        const byte = bytes[at] ?? 0;
        if (byte === QUOTE) break;
        if (byte === BACKSLASH || byte < 0x20) return "odd";
        hash = (Math.imul(hash, 31) + byte) | 0;
      }
      const nameEnd = at;
      at = afterSpace(bytes, at + 1, limit);
      if (at >= limit) return "incomplete";
      if (bytes[at] !== COLON) return "odd";
      at = afterSpace(bytes, at + 1, limit);
      if (at >= limit) return "incomplete";
      const valueStart = at;
      at = endOfValue(bytes, at, limit);
      if (at === INCOMPLETE) return "incomplete";
      if (at === ODD) return "odd";
      const valueEnd = at;
      at = afterSpace(bytes, at, limit);
      if (at >= limit) return "incomplete";
      const found = membersByHash.get(hash);
      const member = found !== undefined && isSame(found.bytes, bytes, nameStart, nameEnd) ? found : undefined;
      if (member?.how === "odd") return "odd";
      if (member?.how === "new") event[member.name] = newValue(bytes, valueStart, valueEnd);
      else if (member?.how === "alike") event[member.name] = this.alikeValue(bytes, valueStart, valueEnd);
      else if (member?.name === "additionalEventData") [extraStart, extraEnd] = [valueStart, valueEnd];
      else if (member?.name === "responseElements") [answerStart, answerEnd] = [valueStart, valueEnd];
      if (bytes[at] === CLOSE) break;
      if (bytes[at] !== COMMA) return "odd";
      at = afterSpace(bytes, at + 1, limit);
    }
    const source = event.eventSource;
    if (extraEnd > 0 && source === "s3.amazonaws.com") {
      event.additionalEventData = newValue(bytes, extraStart, extraEnd);
    }
    // Credentials that were given out, and errors that some services put there.
    const wantsAnswer =
      answerEnd - answerStart > 4 &&
      (source === "sts.amazonaws.com" ||
        bytes.subarray(answerStart, answerEnd).includes("is not authorized to perform"));
    if (wantsAnswer) event.responseElements = newValue(bytes, answerStart, answerEnd);
    return this.done(event, at + 1);
  }

  private done(event: JsonObject, end: number): "odd" | "picked" {
    this.event = event;
    this.end = end;
    for (const name in event) if (event[name] === broken) return "odd";
    return "picked";
  }

  private alikeValue(bytes: Buffer, start: number, end: number): unknown {
    const hash = sampledHash(bytes, start, end);
    const known = this.alike.get(hash);
    if (known !== undefined && isSame(known.bytes, bytes, start, end)) return known.value;
    const value = newValue(bytes, start, end);
    if (this.alike.size >= MOST_ALIKE) this.alike.clear();
    this.alike.set(hash, { bytes: Buffer.from(bytes.subarray(start, end)), value });
    return value;
  }
}

/** Of a long value every fourth byte is enough to find one that may be the same. */
function sampledHash(bytes: Uint8Array, start: number, end: number): number {
  if (end - start <= SHORT) return hashOf(bytes, start, end);
  let hash = end - start;
  for (let at = start; at < end; at += 4) hash = (Math.imul(hash, 31) + (bytes[at] ?? 0)) | 0;
  return hash;
}

/** Shorter values are compared faster here than by Node, whose call takes 100 ns. */
const SHORT = 64;

/** What is no JSON. */
const broken = Symbol("broken");

function isSame(known: Uint8Array, bytes: Buffer, start: number, end: number): boolean {
  const { length } = known;
  if (length !== end - start) return false;
  if (length > SHORT) return bytes.compare(known, 0, length, start, end) === 0;
  for (let index = 0; index < length; index++) if (known[index] !== bytes[start + index]) return false;
  return true;
}

function newValue(bytes: Buffer, start: number, end: number): unknown {
  if (bytes[start] === QUOTE) {
    let isPlain = true;
    for (let at = start + 1; at < end - 1; at++) {
      const byte = bytes[at] ?? 0;
      if (byte >= 0x80 || byte === BACKSLASH) {
        isPlain = false;
        break;
      }
    }
    if (isPlain) return bytes.toString("latin1", start + 1, end - 1);
  }
  if (end - start === 4 && bytes[start] === 0x6e) return null;
  try {
    return JSON.parse(bytes.toString("utf8", start, end));
  } catch {
    return broken;
  }
}

function afterSpace(bytes: Buffer, start: number, limit: number): number {
  let at = start;
  for (; at < limit; at++) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
  }
  return at;
}

const INCOMPLETE = -1;
const ODD = -2;

/** Where a value ends: its braces and quotes are looked at, nothing else. */
export function endOfValue(bytes: Buffer, start: number, limit: number): number {
  let depth = 0;
  for (let at = start; at < limit; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      for (at++; at < limit; at++) {
        const inner = bytes[at] ?? 0;
        if (inner === QUOTE) break;
        if (inner === BACKSLASH) at++;
        else if (inner < 0x20) return ODD;
      }
      if (at >= limit) return INCOMPLETE;
      if (depth === 0) return at + 1;
    } else if (byte === OPEN || byte === 0x5b) {
      if (++depth > MOST_DEPTH) return ODD;
    } else if (byte === CLOSE || byte === 0x5d) {
      // A number or a word ends before the brace around it.
      if (depth === 0) return at > start ? at : ODD;
      if (--depth === 0) return at + 1;
    } else if (depth === 0 && (byte === COMMA || byte <= 0x20)) return at > start ? at : ODD;
  }
  return INCOMPLETE;
}

/** Whether a text that was read is a record. */
export function isRecord(event: JsonObject): boolean {
  return typeof event.eventName === "string" || typeof event.eventType === "string";
}
