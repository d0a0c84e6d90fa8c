/**
 * The protobuf wire format, reading side: one field after another, in one pass. Knows no message. A message that ends inside a
 * field, field 0, a group and an endless number are errors for everybody; how strictly the rest is read, and whether a field may
 * occur twice, is for whoever reads.
 */
import { byteText, isTextOf, lenientText, MOST_VARINT_BYTES, WireType } from "./wire-format.js";

/** A message that cannot be read, or not in one way only. */
export class WireError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "WireError";
  }
}

/**
 * How strictly a message is read. `strict`: whatever two readers could understand differently is an error, a text that is no UTF-8
 * and a tag of more than 32 bits. `lenient`: as the matcher and most readers have it, U+FFFD for what is no text and tags cut to 32
 * bits. `noting`: likewise, and `takeBadText` says of bad texts, so that a log can show what nobody could decide.
 */
export type Strictness = "strict" | "lenient" | "noting";

const MOST_TAG = 0xffff_ffff;

/** What readers of a message and of the messages in it share. */
interface Source {
  readonly bytes: Uint8Array;
  readonly strictness: Strictness;
  /** All bytes as one text, where they are ASCII: cutting texts out of it takes a third of decoding each (Node 20). */
  readonly ascii: string | undefined;
  readonly textOf: TextOf;
}

/** Bytes as text, U+FFFD for what is no UTF-8. */
export type TextOf = (bytes: Uint8Array, from: number, to: number) => string;

/**
 * A reader of a message. Texts are made by a function, or `cut` out of the whole, and then they keep all of it in memory for as long
 * as one of them lives: right for whoever reads everything and drops it soon.
 */
export function wireReader(bytes: Uint8Array, strictness: Strictness, texts: TextOf | "cut" = lenientText): WireReader {
  const ascii = texts === "cut" ? asciiOf(bytes) : undefined;
  const textOf = texts === "cut" ? lenientText : texts;
  const notes = strictness === "noting" ? { badText: false } : noNotes;
  return new WireReader({ bytes, strictness, ascii, textOf }, 0, bytes.length, notes);
}

/** Readers that note nothing share it. */
const noNotes = { badText: false };

/** As many characters as bytes are characters of one byte, or bytes that are none. */
function asciiOf(bytes: Uint8Array): string | undefined {
  const text = lenientText(bytes);
  return text.length === bytes.length && !text.includes("\ufffd") ? text : undefined;
}

/** A message, one field after another. Made by `wireReader`. */
export class WireReader {
  /** Number of the field that `next` came to. */
  field = 0;
  /** Where the field's value begins and ends: of a text or a message, its content. */
  valueAt = 0;
  valueEnd = 0;
  private wireType = WireType.Varint;
  private value = 0;
  private seen = 0;
  private at: number;

  constructor(
    private readonly source: Source,
    private readonly from: number,
    private readonly end: number,
    private readonly notes: { badText: boolean },
  ) {
    this.at = from;
  }

  /** Goes to the next field; false at the end of the message. What is not asked of a field is passed over. */
  next(): boolean {
    if (this.at >= this.end) return false;
    const tag = this.varint();
    if (tag > MOST_TAG && this.source.strictness === "strict") throw new WireError("a tag of more than 32 bits");
    this.field = tag >>> 3;
    this.wireType = tag & 7;
    if (this.field === 0) throw new WireError("field 0");
    this.valueAt = this.at;
    if (this.wireType === WireType.LengthDelimited) {
      const length = this.varint();
      this.valueAt = this.at;
      this.pass(length);
    } else if (this.wireType === WireType.Varint) this.value = this.varint();
    else if (this.wireType === WireType.Fixed64) this.pass(8);
    else if (this.wireType === WireType.Fixed32) this.pass(4);
    else throw new WireError(`wire type ${this.wireType}`);
    this.valueEnd = this.at;
    return true;
  }

  /** Refuses a second occurrence of the field, of which protobuf would keep the last; for fields below 32. */
  once(): this {
    const bit = 1 << this.field;
    if ((this.seen & bit) !== 0) throw new WireError("a field occurs twice");
    this.seen |= bit;
    return this;
  }

  /** Whether the field has content: a text, bytes, a message or packed numbers. */
  get hasContent(): boolean {
    return this.wireType === WireType.LengthDelimited;
  }

  /** The field as a whole number, exact up to 2^53. */
  number(): number {
    this.expect(WireType.Varint);
    return this.value;
  }

  /** The field as a floating-point number. */
  double(): number {
    this.expect(WireType.Fixed64);
    const { buffer, byteOffset } = this.source.bytes;
    return new DataView(buffer, byteOffset + this.valueAt, 8).getFloat64(0, true);
  }

  /** The field as text. */
  text(): string {
    this.expect(WireType.LengthDelimited);
    const { bytes, strictness, ascii, textOf } = this.source;
    if (ascii !== undefined) return ascii.slice(this.valueAt, this.valueEnd);
    const text = textOf(bytes, this.valueAt, this.valueEnd);
    if (strictness === "lenient" || isTextOf(text, bytes, this.valueAt, this.valueEnd)) return text;
    if (strictness === "strict") throw new WireError("a text is not valid UTF-8");
    this.notes.badText = true;
    return text;
  }

  /** The field as text; undefined unless it is valid UTF-8. */
  validText(): string | undefined {
    this.expect(WireType.LengthDelimited);
    const { bytes, textOf } = this.source;
    const text = textOf(bytes, this.valueAt, this.valueEnd);
    return isTextOf(text, bytes, this.valueAt, this.valueEnd) ? text : undefined;
  }

  /** Whether a text was no UTF-8 since this was last asked, here or in a message inside; for readers that `note` it. */
  takeBadText(): boolean {
    const { badText } = this.notes;
    this.notes.badText = false;
    return badText;
  }

  /** The field as bytes of the message. */
  bytes(): Uint8Array {
    this.expect(WireType.LengthDelimited);
    return this.source.bytes.subarray(this.valueAt, this.valueEnd);
  }

  /** The field as a message inside this one. */
  message(): WireReader {
    this.expect(WireType.LengthDelimited);
    return new WireReader(this.source, this.valueAt, this.valueEnd, this.notes);
  }

  /** The field as a message that keeps its own notes. */
  ownMessage(): WireReader {
    this.expect(WireType.LengthDelimited);
    return new WireReader(this.source, this.valueAt, this.valueEnd, { badText: false });
  }

  /** A text that only equal messages have, whatever of them was read: for messages that come again and again. */
  key(): string {
    const { bytes, ascii } = this.source;
    return ascii?.slice(this.from, this.end) ?? byteText(bytes, this.from, this.end);
  }

  /** The numbers of a repeated field, packed or not, onto the end of a list of at most so many. */
  numbersInto(list: number[], most: number = Number.POSITIVE_INFINITY): void {
    if (this.wireType === WireType.Varint) list.push(this.value);
    else {
      this.expect(WireType.LengthDelimited);
      const packed = new WireReader(this.source, this.valueAt, this.valueEnd, this.notes);
      while (packed.at < packed.end && list.length <= most) list.push(packed.varint());
    }
    if (list.length > most) throw new WireError(`more than ${most} values`);
  }

  private expect(wireType: WireType): void {
    if (this.wireType !== wireType) throw new WireError(`field ${this.field} has wire type ${this.wireType}`);
  }

  private pass(length: number): void {
    if (length > this.end - this.at) throw new WireError("ends inside a field");
    this.at += length;
  }

  private varint(): number {
    const { bytes } = this.source;
    // Most numbers, tags and lengths are one byte.
    const first = this.at < this.end ? bytes[this.at] : undefined;
    if (first !== undefined && first < 0x80) {
      this.at++;
      return first;
    }
    let value = 0;
    let scale = 1;
    for (let count = 0; count < MOST_VARINT_BYTES; count++) {
      const byte = this.at < this.end ? bytes[this.at++] : undefined;
      if (byte === undefined) throw new WireError("ends inside a field");
      if (byte < 0x80) return value + byte * scale;
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
    }
    throw new WireError("a number of more than ten bytes");
  }
}
