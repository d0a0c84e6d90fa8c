/**
 * Where the texts of serialised questions lie, for requests as clients usually write them: every text once, no unknown fields. Finds
 * places and makes no strings; whatever is unusual is left to `asked-questions.ts`.
 */
import { isAscii } from "node:buffer";
import { BatchField, RequestField } from "../../wire/authorization-fields.js";
import { WireType } from "../../wire/wire-format.js";

/** A place in a message. */
export class Span {
  at = 0;
  end = 0;

  /** Whether nothing lies there. */
  get isEmpty(): boolean {
    return this.at === this.end;
  }
}

/** Where a question lies. */
export interface PlainPlace {
  readonly chunk: Buffer;
  readonly at: number;
  readonly end: number;
  /** What the batch that it belongs to names; empty for none. */
  readonly policySet: string;
}

/** A message of more entries is unusual. */
const MOST_ENTRIES = 32;

/** Places in a message, in order. */
export class SpanList {
  count = 0;
  private readonly places: readonly Span[] = Array.from({ length: MOST_ENTRIES }, () => new Span());

  /** False if there are too many. */
  add(at: number, end: number): boolean {
    const place = this.places[this.count];
    if (place === undefined) return false;
    this.count++;
    place.at = at;
    place.end = end;
    return true;
  }

  /** One of the places. */
  at(index: number): Span | undefined {
    return index < this.count ? this.places[index] : undefined;
  }
}

/** One request at a time. Absent texts are empty. */
export class PlainQuestion {
  readonly principal: Span = new Span();
  readonly action: Span = new Span();
  readonly resource: Span = new Span();
  readonly resourceAccount: Span = new Span();
  readonly endpoint: Span = new Span();
  readonly policySet: Span = new Span();
  /** Entries of the maps as messages. */
  readonly context: SpanList = new SpanList();
  readonly resourceTags: SpanList = new SpanList();
  readonly sessionTags: SpanList = new SpanList();
  private readonly cursor = new FieldCursor();
  /** By number of the field. */
  private readonly texts: readonly (Span | undefined)[] = listed({
    [RequestField.Principal]: this.principal,
    [RequestField.Action]: this.action,
    [RequestField.Resource]: this.resource,
    [RequestField.ResourceAccount]: this.resourceAccount,
    [RequestField.Endpoint]: this.endpoint,
    [RequestField.PolicySet]: this.policySet,
  });

  /** Reads the request that lies in these bytes; false if it is an unusual one, and then nothing is known of it. */
  read(bytes: Uint8Array, at: number, end: number): boolean {
    for (const text of this.texts) if (text !== undefined) text.at = text.end = 0;
    this.context.count = this.resourceTags.count = this.sessionTags.count = 0;
    const { cursor } = this;
    cursor.begin(bytes, at, end);
    while (cursor.next()) {
      const isKnown = cursor.isContent
        ? this.take(cursor.field, cursor.contentAt, cursor.at)
        : cursor.field === RequestField.Detail;
      if (!isKnown) return false;
    }
    return !cursor.isOdd;
  }

  private take(field: number, at: number, end: number): boolean {
    if (field === RequestField.Context) return this.context.add(at, end);
    if (field === RequestField.ResourceTags) return this.resourceTags.add(at, end);
    if (field === RequestField.SessionTags) return this.sessionTags.add(at, end);
    const text = this.texts[field];
    if (text === undefined || text.end !== 0) return false;
    text.at = at;
    text.end = end;
    return true;
  }
}

/** By number, so that a look takes no hash. */
function listed(spans: Readonly<Record<number, Span>>): readonly (Span | undefined)[] {
  return Array.from({ length: RequestField.WhatIf }, (_, field) => spans[field]);
}

/** The questions of a BatchAuthorizeRequest that lists them and says nothing else of them; undefined for an unusual one. */
export function plainRows(chunk: Buffer, from: number, to: number): readonly PlainPlace[] | undefined {
  const ends: number[] = [];
  const ats: number[] = [];
  let policySet = "";
  const cursor = new FieldCursor();
  cursor.begin(chunk, from, to);
  while (cursor.next()) {
    const { isContent, field, contentAt, at } = cursor;
    if (isContent && field === BatchField.Requests) {
      ats.push(contentAt);
      ends.push(at);
    } else if (isContent && field === BatchField.PolicySet && isAscii(chunk.subarray(contentAt, at))) {
      policySet = chunk.toString("latin1", contentAt, at);
    } else if (isContent || field !== BatchField.Detail) return undefined;
  }
  return cursor.isOdd ? undefined : ats.map((at, row) => ({ chunk, at, end: ends[row] ?? at, policySet }));
}

/** Goes over the fields of a message that are usual: numbers below 16, small values, contents below 2 MiB. */
class FieldCursor {
  field = 0;
  isContent = false;
  contentAt = 0;
  at = 0;
  /** Whether it stopped before the end. */
  isOdd = false;
  private bytes: Uint8Array = new Uint8Array(0);
  private end = 0;

  begin(bytes: Uint8Array, at: number, end: number): void {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.isOdd = false;
  }

  /** Goes to the end of the next field; false at the end of the message or where it is unusual. */
  next(): boolean {
    const { bytes, at, end } = this;
    if (at >= end) return false;
    const tag = bytes[at] ?? 0;
    let value = bytes[at + 1] ?? 0;
    let next = at + 2;
    if (value > 0x7f) {
      const second = bytes[next++] ?? 0;
      value += (second - 1) * 0x80;
      if (second > 0x7f) value += ((bytes[next] ?? 0) - 1) * 0x4000;
      if (second > 0x7f && (bytes[next++] ?? 0) > 0x7f) next = end + 1;
    }
    this.field = tag >> 3;
    this.isContent = (tag & 7) === WireType.LengthDelimited;
    this.contentAt = next;
    this.at = this.isContent ? next + value : next;
    this.isOdd = (tag & 0x85) !== 0 || this.at > end;
    return !this.isOdd;
  }
}
