/** What readers and writers of the protobuf wire format share. Runs wherever JavaScript does. */

/** How a field's value is written; the lowest three bits of its tag. */
export enum WireType {
  Varint = 0,
  Fixed64 = 1,
  LengthDelimited = 2,
  Fixed32 = 5,
}

/** The tag of a field that has content: a text, bytes, a message or packed numbers. */
export function contentTag(field: number): number {
  return (field << 3) | WireType.LengthDelimited;
}

/** Bytes of the longest number. */
export const MOST_VARINT_BYTES = 10;

/** Bytes that a number from 0 to 2^53 takes. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

/** Writes a number from 0 to 2^53; gives the place behind it. */
export function putVarint(bytes: Uint8Array, from: number, value: number): number {
  let at = from;
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes[at++] = (rest % 0x80) | 0x80;
  bytes[at++] = rest;
  return at;
}

// A byte order mark is a character like any other.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const strictDecoder = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/** Bytes as text, U+FFFD for what is no UTF-8. */
export function lenientText(bytes: Uint8Array, from = 0, to: number = bytes.length): string {
  return decoder.decode(bytes.subarray(from, to));
}

/** Bytes as text; undefined unless they are valid UTF-8, shortest forms only. */
export function utf8Text(bytes: Uint8Array, from = 0, to: number = bytes.length): string | undefined {
  const text = lenientText(bytes, from, to);
  return isTextOf(text, bytes, from, to) ? text : undefined;
}

/** Whether a text that was made of bytes is what they say: they were valid UTF-8, shortest forms only. */
export function isTextOf(text: string, bytes: Uint8Array, from: number, to: number): boolean {
  // The decoder writes U+FFFD for what it cannot read; only then is the slower look needed.
  return !text.includes("\ufffd") || isUtf8(bytes.subarray(from, to));
}

let byteDecoder: TextDecoder | undefined;

/** Bytes with one character each: different texts for different bytes. */
export function byteText(bytes: Uint8Array, from: number, to: number): string {
  byteDecoder ??= new TextDecoder("windows-1252");
  return byteDecoder.decode(bytes.subarray(from, to));
}

/** Only for bytes whose text has a U+FFFD: for all others the decoder has answered already. */
function isUtf8(bytes: Uint8Array): boolean {
  try {
    strictDecoder.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** One after the other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
