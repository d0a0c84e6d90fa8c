/**
 * A growing buffer that the image is written into: numbers, bytes and texts in, offsets out. Knows nothing of policies.
 */
import { TEXT_BYTES_AT } from "../../assembly/format/layout.js";
import { writeUtf8 } from "../text/utf8.js";
import { type FieldValues, type RecordType, writeFields } from "./record.js";
import type { WordList } from "./word-list.js";

/** Appends little-endian data. Offsets count from the first byte; every record is aligned to 4 bytes. */
export class ByteWriter {
  private bytes: Uint8Array;
  private words: Uint32Array;
  private used = 0;
  private readonly texts = new Map<string, number>();

  constructor(capacity: number) {
    const buffer = new ArrayBuffer((capacity + 7) & ~7);
    this.bytes = new Uint8Array(buffer);
    this.words = new Uint32Array(buffer);
  }

  /** Where the next record goes. */
  get length(): number {
    return this.used;
  }

  /** The written bytes, without a copy; valid until the next write. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.used);
  }

  /** Makes room for `size` zero bytes at the next multiple of `alignment` and gives their offset. */
  reserve(size: number, alignment: 4 | 8 = 4): number {
    const at = (this.used + alignment - 1) & ~(alignment - 1);
    const end = (at + size + 3) & ~3;
    if (end > this.bytes.length) this.grow(end);
    this.used = end;
    return at;
  }

  /** Writes a word at an offset that `reserve` gave (a multiple of 4). */
  setWord(at: number, value: number): void {
    this.words[at >> 2] = value;
  }

  /** Writes words one after the other, from an offset that `reserve` gave. */
  setWords(at: number, words: ArrayLike<number>): void {
    for (let i = 0; i < words.length; i++) this.words[(at >> 2) + i] = words[i] ?? 0;
  }

  /** Reads a word back. */
  word(at: number): number {
    return this.words[at >> 2] ?? 0;
  }

  /** Appends a record and gives its offset; `behind` bytes follow it for its list. */
  record<Name extends string>(
    type: RecordType<Name>,
    values: FieldValues<NoInfer<Name>>,
    behind = 0,
    alignment: 4 | 8 = 4,
  ): number {
    const at = this.reserve(type.size + behind, alignment);
    writeFields(this.words, at >> 2, type, values);
    return at;
  }

  /** Writes a record where there is room for it that nothing was written into. */
  setRecord<Name extends string>(at: number, type: RecordType<Name>, values: FieldValues<NoInfer<Name>>): void {
    writeFields(this.words, at >> 2, type, values);
  }

  /** Appends records one behind the other and gives the offset of the first. */
  records<Name extends string>(type: RecordType<Name>, list: readonly FieldValues<NoInfer<Name>>[]): number {
    const at = this.reserve(list.length * type.size);
    for (const [place, values] of list.entries()) this.setRecord(at + place * type.size, type, values);
    return at;
  }

  setBytes(at: number, bytes: ArrayLike<number>): void {
    this.bytes.set(bytes, at);
  }

  /** Appends words and gives the offset of the first. */
  appendWords(words: ArrayLike<number>, alignment: 4 | 8 = 4): number {
    const at = this.reserve(words.length * 4, alignment);
    this.setWords(at, words);
    return at;
  }

  /** Appends the words of a list from one index to another and gives the offset of the first. */
  appendList(list: WordList, from: number, to: number): number {
    const at = this.reserve((to - from) * 4);
    for (let i = from; i < to; i++) this.words[(at >> 2) + i - from] = list.at(i);
    return at;
  }

  /** Appends a length and the bytes. */
  appendBytes(bytes: Uint8Array): number {
    const at = this.reserve(4 + bytes.length);
    this.setWord(at, bytes.length);
    this.bytes.set(bytes, at + TEXT_BYTES_AT);
    return at;
  }

  /** The offset of a text (length, UTF-8 bytes); equal texts are stored once. */
  text(text: string): number {
    const known = this.texts.get(text);
    if (known !== undefined) return known;
    // INVARIANT: a UTF-16 unit takes at most three bytes in UTF-8, so the reserved room is enough.
    const at = this.reserve(4 + text.length * 3);
    const written = writeUtf8(text, this.bytes, at + TEXT_BYTES_AT);
    this.setWord(at, written);
    const end = at + TEXT_BYTES_AT + written;
    this.used = (end + 3) & ~3;
    this.bytes.fill(0, end, this.used);
    this.texts.set(text, at);
    return at;
  }

  /** The offset of a text, 0 for the absent and the empty one. */
  optionalText(text: string | undefined): number {
    return text === undefined || text === "" ? 0 : this.text(text);
  }

  /** The UTF-8 bytes of a text that `text` stored. */
  textBytes(at: number): Uint8Array {
    return this.bytes.subarray(at + TEXT_BYTES_AT, at + TEXT_BYTES_AT + this.word(at));
  }

  private grow(needed: number): void {
    let capacity = this.bytes.length * 2;
    while (capacity < needed) capacity *= 2;
    const buffer = new ArrayBuffer(capacity);
    const bytes = new Uint8Array(buffer);
    bytes.set(this.bytes.subarray(0, this.used));
    this.bytes = bytes;
    this.words = new Uint32Array(buffer);
  }
}
