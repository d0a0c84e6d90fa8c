/**
 * The line of a usual decision without a detour over objects and strings: texts that JSON leaves as they are go from the request
 * into the line byte by byte. Whatever is unusual is left to `decision-record.ts`, which says what a line is.
 */

import { ACTION_END, NOT_AUTHORIZED, ON_RESOURCE } from "../../question/denial-sentence.js";
import { EntryField, ValuesField } from "../../wire/authorization-fields.js";
import type { GivenAnswer } from "../../wire/given-answers.js";
import { contentTag } from "../../wire/wire-format.js";
import { LONGEST_RECORD, type RecordedCall, type RecordTerms, timeText, traceOf } from "./decision-record.js";
import type { LineBlock } from "./line-block.js";
import { type PlainPlace, PlainQuestion, type Span, type SpanList } from "./plain-question.js";
import { type RecordTail, recordFrame, recordTail } from "./record-tail.js";

/** Longer requests are unusual. */
const LONGEST_REQUEST = 8 << 10;
/** A line repeats the texts of its request so often at most, punctuation of short ones included. */
const TIMES_THE_REQUEST = 8;
/** What a line has beside its request and its tail, `requested_by` and the like included. */
const MOST_OTHER_BYTES = 12 << 10;

/** 1 for what JSON text cannot hold as it is or a log should not: all but printable ASCII, and `"` and `\`. */
const needsEscape = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte > 0x7e || byte === 0x22 || byte === 0x5c ? 1 : 0,
);

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const CLOSING_BRACE = 0x7d;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const ENTRY_KEY = contentTag(EntryField.Key);
const ENTRY_VALUE = contentTag(EntryField.Value);
const LIST_ITEM = contentTag(ValuesField.Values);

/** Writes one line after the other. */
export class PlainRecords {
  private readonly question = new PlainQuestion();
  private readonly masked: boolean;
  private readonly sampleRate: string;
  /** The bytes that texts come from, and those that they go to. */
  private from: Uint8Array = new Uint8Array(0);
  private to: Uint8Array = new Uint8Array(0);
  private at = 0;
  /** Not 0 once anything needs an escape, or is unusual otherwise. */
  private odd = 0;
  private contentEnd = 0;

  constructor(private readonly terms: RecordTerms) {
    this.masked = terms.masks.length > 0;
    this.sampleRate = terms.allowSampleRate < 1 ? `,"allow_sample_rate":${JSON.stringify(terms.allowSampleRate)}` : "";
  }

  /** Appends the line of a question; false if it is an unusual one, and then nothing was appended. */
  append(
    block: LineBlock,
    recorded: RecordedCall,
    index: number,
    { chunk, at, end, policySet }: PlainPlace,
    answer: GivenAnswer,
    mostBytes: number,
  ): boolean {
    const { question } = this;
    if (this.masked || end - at > LONGEST_REQUEST || !question.read(chunk, at, end)) return false;
    const own = question.policySet;
    // In a batch it is one name for all.
    if (recorded.isBatch && !own.isEmpty) return false;
    const name = own.isEmpty ? policySet || "default" : chunk.toString("latin1", own.at, own.end);
    const tail = recordTail(answer, recordFrame(recorded, name, this.terms.labels));
    const tailBytes = tail.bytes.length + (tail.denial?.text.length ?? 0);
    block.reserve(tailBytes + (end - at) * TIMES_THE_REQUEST + MOST_OTHER_BYTES);
    this.from = chunk;
    this.to = block.bytes;
    this.at = block.length;
    this.odd = this.oddIn(own);

    this.begin(recorded, index);
    this.input();
    this.circumstances(recorded);
    this.event();
    if (tail.denial !== undefined) this.denial(tail.denial);
    this.to.set(tail.bytes, this.at);
    const lineEnd = this.at + tail.bytes.length;
    if (this.odd !== 0 || lineEnd - block.length > Math.min(mostBytes, LONGEST_RECORD)) return false;
    block.length = lineEnd;
    return true;
  }

  private begin({ id, isBatch, call }: RecordedCall, index: number): void {
    this.ascii('{"decision_id":"');
    this.told(id);
    if (isBatch) {
      this.ascii(`.${index}","req_id":"`);
      this.told(id);
    }
    const { requestId } = call;
    if (requestId !== "") {
      this.ascii('","request_id":"');
      this.told(requestId);
    }
    this.ascii('","timestamp":"');
    this.ascii(timeText(call.endedAtMs));
    this.ascii('","clock":"');
    this.ascii(timeText(call.clockMs));
    const { trace_id, span_id } = traceOf(call.traceparent);
    if (trace_id !== undefined) this.ascii(`","trace_id":"${trace_id}","span_id":"${span_id}`);
    this.ascii('","input":{"principal":"');
  }

  private input(): void {
    const { principal, action, resource, resourceAccount, resourceTags, context, sessionTags, endpoint } =
      this.question;
    this.plain(principal.at, principal.end);
    this.ascii('","action":"');
    this.plain(action.at, action.end);
    this.ascii('","resource":"');
    this.plain(resource.at, resource.end);
    this.ascii('"');
    if (!resourceAccount.isEmpty) {
      this.ascii(',"resourceAccount":"');
      this.plain(resourceAccount.at, resourceAccount.end);
      this.ascii('"');
    }
    this.map(',"resourceTags":{', resourceTags, false);
    this.map(',"context":{', context, true);
    this.map(',"sessionTags":{', sessionTags, false);
    if (!endpoint.isEmpty) {
      this.ascii(',"endpoint":"');
      this.plain(endpoint.at, endpoint.end);
      this.ascii('"');
    }
  }

  private circumstances({ isBatch, questionCount, call }: RecordedCall): void {
    this.ascii('},"requested_by":"');
    this.plain(call.peerAt, call.callerAt);
    this.ascii('","caller":"');
    this.plain(call.callerAt, call.callerEnd);
    this.ascii('","metrics":{"timer_decide_ns":');
    this.ascii(String(Math.round(call.durationMs * 1e6)));
    if (isBatch) this.ascii(`,"batch_size":${questionCount}`);
    this.ascii(this.sampleRate);
  }

  private denial({ text, namesAction }: NonNullable<RecordTail["denial"]>): void {
    const { principal, action, resource } = this.question;
    this.ascii(',"errorCode":"AccessDenied","errorMessage":"');
    this.copy(principal.at, principal.end);
    this.ascii(NOT_AUTHORIZED);
    this.copy(action.at, action.end);
    this.ascii(ON_RESOURCE);
    this.copy(resource.at, resource.end);
    // It may name a policy, whose author chose the name.
    this.told(text);
    if (namesAction) {
      this.copy(action.at, action.end);
      this.ascii(ACTION_END);
    }
    this.ascii('"');
  }

  /** The members that follow from the question in CloudTrail's words. */
  private event(): void {
    const { principal, action, resource } = this.question;
    let colonAt = action.at;
    while (colonAt < action.end && this.from[colonAt] !== COLON) colonAt++;
    this.ascii('},"eventSource":"');
    if (colonAt < action.end && colonAt > action.at) this.eventSource(action.at, colonAt);
    this.ascii('","eventName":"');
    this.copy(colonAt < action.end ? colonAt + 1 : action.at, action.end);
    this.ascii(this.startsWith(principal, "arn:") ? '","userIdentity":{"arn":"' : '","userIdentity":{"invokedBy":"');
    this.copy(principal.at, principal.end);
    this.ascii('"},"resources":[{"ARN":"');
    this.copy(resource.at, resource.end);
    this.ascii('"}]');
  }

  private eventSource(at: number, end: number): void {
    const { resource } = this.question;
    if (this.startsWith(resource, "arn:") && !this.startsWith(resource, "arn:aws")) {
      this.copy(at, end);
      return;
    }
    for (let next = at; next < end; next++) {
      const byte = this.from[next] ?? 0;
      this.to[this.at++] = byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
    }
    this.ascii(".amazonaws.com");
  }

  /** Entries of a map: a key and a text, or a key and a list that stands for its one value where it has one. */
  private map(opening: string, entries: SpanList, hasLists: boolean): void {
    if (entries.count === 0) return;
    this.ascii(opening);
    for (let index = 0; index < entries.count; index++) {
      const entry = entries.at(index);
      if (entry !== undefined) this.entry(entry, hasLists, entries, index);
    }
    this.to[this.at - 1] = CLOSING_BRACE;
  }

  private entry({ at, end }: Span, hasLists: boolean, entries: SpanList, index: number): void {
    const { from } = this;
    const keyAt = at + 2;
    const keyEnd = keyAt + (from[at + 1] ?? 0);
    const firstByte = from[keyAt] ?? 0;
    // JSON.stringify sorts keys that are numbers, and of equal keys the last one counts.
    const isUsual =
      from[at] === ENTRY_KEY &&
      keyEnd - keyAt < 0x80 &&
      keyEnd < end &&
      from[keyEnd] === ENTRY_VALUE &&
      (firstByte < DIGIT_0 || firstByte > DIGIT_9) &&
      !this.repeatsKey(keyAt, keyEnd, entries, index);
    const valueAt = this.contentAt(keyEnd + 1);
    if (!isUsual || this.contentEnd !== end) {
      this.odd = 1;
      return;
    }
    this.put(QUOTE);
    this.plain(keyAt, keyEnd);
    this.ascii('":');
    if (hasLists) this.list(valueAt, end);
    else this.quoted(valueAt, end);
    this.put(COMMA);
  }

  private list(at: number, end: number): void {
    const firstAt = this.contentAt(at + 1);
    if (at < end && this.from[at] === LIST_ITEM && this.contentEnd === end) {
      this.quoted(firstAt, end);
      return;
    }
    this.put(OPENING_BRACKET);
    for (let next = at; next < end; ) {
      const textAt = this.contentAt(next + 1);
      if (this.from[next] !== LIST_ITEM || this.contentEnd > end) {
        this.odd = 1;
        return;
      }
      if (next > at) this.put(COMMA);
      this.quoted(textAt, this.contentEnd);
      next = this.contentEnd;
    }
    this.put(CLOSING_BRACKET);
  }

  /** Where the content begins whose length stands at a place; `contentEnd` is where it ends. */
  private contentAt(lengthAt: number): number {
    const low = this.from[lengthAt] ?? 0;
    if (low < 0x80) {
      this.contentEnd = lengthAt + 1 + low;
      return lengthAt + 1;
    }
    const high = this.from[lengthAt + 1] ?? 0;
    if (high > 0x7f) this.odd = 1;
    this.contentEnd = lengthAt + 2 + low + (high - 1) * 128;
    return lengthAt + 2;
  }

  private repeatsKey(keyAt: number, keyEnd: number, entries: SpanList, index: number): boolean {
    for (let earlier = 0; earlier < index; earlier++) {
      const at = entries.at(earlier)?.at ?? 0;
      if ((this.from[at + 1] ?? 0) === keyEnd - keyAt && this.isEqual(at + 2, keyAt, keyEnd)) return true;
    }
    return false;
  }

  private isEqual(otherAt: number, at: number, end: number): boolean {
    for (let next = at; next < end; next++) {
      if (this.from[otherAt + next - at] !== this.from[next]) return false;
    }
    return true;
  }

  private startsWith({ at, end }: Span, start: string): boolean {
    if (end - at < start.length) return false;
    for (let index = 0; index < start.length; index++) {
      if (this.from[at + index] !== start.charCodeAt(index)) return false;
    }
    return true;
  }

  private oddIn({ at, end }: Span): number {
    let odd = 0;
    for (let next = at; next < end; next++) odd |= needsEscape[this.from[next] ?? 0] ?? 1;
    return odd;
  }

  private quoted(at: number, end: number): void {
    this.put(QUOTE);
    this.plain(at, end);
    this.put(QUOTE);
  }

  /** Copies a text and looks at it. */
  private plain(at: number, end: number): void {
    const { from, to } = this;
    let { at: next, odd } = this;
    for (let place = at; place < end; place++) {
      const byte = from[place] ?? 0;
      odd |= needsEscape[byte] ?? 1;
      to[next++] = byte;
    }
    this.at = next;
    this.odd = odd;
  }

  /** Copies a text that was looked at. */
  private copy(at: number, end: number): void {
    const { from, to } = this;
    let next = this.at;
    for (let place = at; place < end; place++) to[next++] = from[place] ?? 0;
    this.at = next;
  }

  /** Writes a text that others may have chosen. */
  private told(text: string): void {
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      this.odd |= needsEscape[unit] ?? 1;
      this.put(unit);
    }
  }

  /** Writes a text of this program. */
  private ascii(text: string): void {
    const { to } = this;
    let next = this.at;
    for (let index = 0; index < text.length; index++) to[next++] = text.charCodeAt(index);
    this.at = next;
  }

  private put(byte: number): void {
    this.to[this.at++] = byte;
  }
}
