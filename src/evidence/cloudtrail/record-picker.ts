/**
 * Of the bytes of a record the members that are looked at, without reading the rest: scalars and objects that come again and again (who
 * called, with what program, from where) are made once. A record with anything odd about it is left to a reader of JSON.
 */
import type { JsonObject } from "../../text/json-object.js";
import { PickedRecord } from "./picked-record.js";

/** `incomplete`: the bytes end within the record. `odd`: it has to be read otherwise. */
export type Picked = "incomplete" | "odd" | "picked";

/** How a member is taken: made anew, remembered, or only if the record turns out to need it. */
type How = "new" | "alike" | "wanted";

const members: Readonly<Record<string, How>> = {
  additionalEventData: "wanted",
  awsRegion: "alike",
  errorCode: "alike",
  errorMessage: "new",
  eventCategory: "alike",
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
  /** `other`: nobody looks at it. */
  readonly how: How | "odd" | "other";
  /** The member that stood behind it last: records of one service have them in one order. */
  next: Member | undefined;
}

/** Remembered values; of more all are forgotten. */
const MOST_ALIKE = 50_000;
/** Remembered names of members that nobody looks at. */
const MOST_OTHERS = 1000;
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

const names: readonly (readonly [string, How | "odd"])[] = [
  ...Object.entries(members),
  ...wrappers.map((name) => [name, "odd"] as const),
];

function membersByHash(): ReadonlyMap<number, Member> {
  const found = new Map<number, Member>();
  for (const [name, how] of names) {
    const bytes = Buffer.from(name, "latin1");
    found.set(hashOf(bytes, 0, bytes.length), { name, bytes, how, next: undefined });
  }
  if (found.size !== names.length) throw new Error("two members have one hash");
  return found;
}

/** Picks one record after the other out of bytes. */
export class RecordPicker {
  /** The record that was picked last. */
  event: JsonObject = {};
  /** Where it ended. */
  end = 0;
  private readonly alike = new Map<number, { readonly bytes: Buffer; readonly value: unknown }>();
  private readonly members = membersByHash();
  private readonly others = new Map<number, Member>();
  /** What stands in front of the first member. */
  private readonly start: Member = { name: "", bytes: new Uint8Array(), how: "other", next: undefined };

  /** Picks the record that begins at `start` with its brace. */
  pick(bytes: Buffer, start: number, limit: number): Picked {
    const event = new PickedRecord();
    // Spans of what may be wanted: additionalEventData, responseElements.
    let [extraStart, extraEnd, answerStart, answerEnd] = [0, 0, 0, 0];
    let member = this.start;
    let at = afterSpace(bytes, start + 1, limit);
    if (at < limit && bytes[at] === CLOSE) return this.done(event, at + 1);
    for (;;) {
      if (at >= limit) return "incomplete";
      if (bytes[at] !== QUOTE) return "odd";
      const nameStart = at + 1;
      const expected = member.next;
      at = expected === undefined ? nameStart : nameStart + expected.bytes.length;
      if (expected !== undefined && at < limit && bytes[at] === QUOTE && isSame(expected.bytes, bytes, nameStart, at)) {
        member = expected;
      } else {
        at = endOfString(bytes, nameStart, limit);
        if (at >= limit) return "incomplete";
        if (bytes[at] !== QUOTE) return "odd";
        const found = this.memberOf(bytes, nameStart, at);
        member.next = found;
        member = found;
      }
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
      const { how } = member;
      if (how === "odd") return "odd";
      if (how === "new" || how === "alike") {
        const value =
          how === "new" ? newValue(bytes, valueStart, valueEnd) : this.alikeValue(bytes, valueStart, valueEnd);
        if (value === broken) return "odd";
        event.put(member.name, value);
      } else if (member.name === "additionalEventData") [extraStart, extraEnd] = [valueStart, valueEnd];
      else if (member.name === "responseElements") [answerStart, answerEnd] = [valueStart, valueEnd];
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
    if (event.additionalEventData === broken || event.responseElements === broken) return "odd";
    return this.done(event, at + 1);
  }

  private done(event: JsonObject, end: number): "picked" {
    this.event = event;
    this.end = end;
    return "picked";
  }

  /** The member of a name. */
  private memberOf(bytes: Buffer, start: number, end: number): Member {
    const hash = hashOf(bytes, start, end);
    const known = this.members.get(hash) ?? this.others.get(hash);
    if (known !== undefined && isSame(known.bytes, bytes, start, end)) return known;
    const other: Member = { name: "", bytes: bytes.subarray(start, end).slice(), how: "other", next: undefined };
    if (this.others.size < MOST_OTHERS) this.others.set(hash, other);
    return other;
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

/** 1 for what ends the plain part of a string: a quote, a backslash, and what no string holds. */
const endsPlain = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === QUOTE || byte === BACKSLASH || byte < 0x20 ? 1 : 0,
);

/** The first byte of a string that ends its plain part, or the limit; a table takes half of what comparisons do. */
function endOfString(bytes: Buffer, start: number, limit: number): number {
  let at = start;
  while (at < limit && endsPlain[bytes[at] ?? 0] === 0) at++;
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
      at = endOfString(bytes, at + 1, limit);
      while (at < limit && bytes[at] === BACKSLASH) at = endOfString(bytes, at + 2, limit);
      if (at < limit && bytes[at] !== QUOTE) return ODD;
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
