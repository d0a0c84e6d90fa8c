/**
 * JSON values under keys as compressed bytes: written once, then looked up one by one without reading the rest. Knows
 * nothing of what the values are.
 *
 *   counts        entries                                blocks
 *   ┌──────┬──────┬──────┬───────┬────────┬────────┐ × n ┌─────┐ × m ┌─────────┐ × m
 *   │  n   │  m   │ hash │ block │ offset │ length │ …   │ end │ …   │ deflate │ …
 *   └──────┴──────┴──────┴───────┴────────┴────────┘     └─────┘     └─────────┘
 */

import { joinBytes } from "../text/join-bytes.js";
import type { Deflate } from "../text/platform.js";

/** Bytes that are compressed together: enough to find repetitions, little enough to look one value up in a millisecond. */
const BLOCK_BYTES = 64 << 10;
const ENTRY_WORDS = 4;
const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** Documents of one principal lie near each other. */
const KEPT_BLOCKS = 8;

type EntryWords = readonly [hash: number, block: number, offset: number, length: number];

/** Takes values and gives the bytes. */
export class ArchiveWriter {
  private readonly entries: { readonly key: string; readonly words: EntryWords }[] = [];
  private readonly blocks: Uint8Array[] = [];
  private pending: Uint8Array[] = [];
  private pendingLength = 0;

  constructor(private readonly deflate: Deflate) {}

  /** Adds a value as JSON; each key once. */
  put(key: string, json: string): void {
    const text = encoder.encode(`[${JSON.stringify(key)},${json}]`);
    this.entries.push({ key, words: [hashKey(key), this.blocks.length, this.pendingLength, text.length] });
    this.pending.push(text);
    this.pendingLength += text.length;
    if (this.pendingLength >= BLOCK_BYTES) this.closeBlock();
  }

  /** Everything. */
  end(): Uint8Array {
    if (this.pending.length > 0) this.closeBlock();
    // Keys can be made to share a hash: those that do are sorted, so that a look-up reads few of them.
    const entries = this.entries.sort((one, other) => one.words[0] - other.words[0] || (one.key < other.key ? -1 : 1));
    let end = 0;
    const ends = this.blocks.map((block) => {
      end += block.length;
      return end;
    });
    const words = [entries.length, this.blocks.length];
    for (const entry of entries) words.push(...entry.words);
    for (const one of ends) words.push(one);
    const bytes = new Uint8Array(words.length * 4 + end);
    new Uint32Array(bytes.buffer, 0, words.length).set(words);
    let at = words.length * 4;
    for (const block of this.blocks) {
      bytes.set(block, at);
      at += block.length;
    }
    return bytes;
  }

  private closeBlock(): void {
    this.blocks.push(this.deflate.pack(joinBytes(this.pending)));
    this.pending = [];
    this.pendingLength = 0;
  }
}

/** Looks values up. */
export class Archive {
  private readonly words: Uint32Array;
  private readonly entryCount: number;
  private readonly blocksAt: number;
  private readonly inflated = new Map<number, Uint8Array>();

  constructor(
    private readonly bytes: Uint8Array,
    private readonly deflate: Deflate,
  ) {
    const [entryCount = 0, blockCount = 0] = new Uint32Array(bytes.buffer, bytes.byteOffset, 2);
    this.entryCount = entryCount;
    const wordCount = 2 + entryCount * ENTRY_WORDS + blockCount;
    this.words = new Uint32Array(bytes.buffer, bytes.byteOffset, wordCount);
    this.blocksAt = wordCount * 4;
  }

  /** The value of a key; undefined if there is none. INVARIANT: the caller knows what the writer put under the key. */
  get<T>(key: string, revive?: Reviver): T | undefined {
    return this.find(hashKey(key), key, revive);
  }

  /** The values of those parts of a key from its start that end at some places, in that order; takes one pass over the key. */
  getPrefixes<T>(key: string, ends: Iterable<number>, revive?: Reviver): readonly T[] {
    const values: T[] = [];
    let hash = FNV_START;
    let at = 0;
    for (const end of ends) {
      for (; at < end; at++) hash = addToHash(hash, key.charCodeAt(at));
      if (this.word(this.firstOf(hash >>> 0), 0) !== hash >>> 0) continue;
      const value = this.find<T>(hash >>> 0, key.slice(0, end), revive);
      if (value !== undefined) values.push(value);
    }
    return values;
  }

  /** The values of all keys that begin so, in the order in which they were put; reads the whole archive. */
  all<T>(prefix: string, revive?: Reviver): readonly T[] {
    const start = `[${JSON.stringify(prefix).slice(0, -1)}`;
    const places = Array.from({ length: this.entryCount }, (_, entry) => entry).sort(
      (one, other) => this.word(one, 1) - this.word(other, 1) || this.word(one, 2) - this.word(other, 2),
    );
    const values: T[] = [];
    for (const entry of places) {
      const text = this.textOf(entry);
      if (!text.startsWith(start)) continue;
      const [, value]: [string, T] = JSON.parse(text, revive);
      values.push(value);
    }
    return values;
  }

  private find<T>(hash: number, key: string, revive?: Reviver): T | undefined {
    let low = this.firstOf(hash);
    let high = this.firstOf(hash + 1);
    while (low < high) {
      const middle = (low + high) >>> 1;
      const [found, value]: [string, T] = JSON.parse(this.textOf(middle), revive);
      if (found === key) return value;
      if (found < key) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }

  private textOf(entry: number): string {
    const block = this.block(this.word(entry, 1));
    const offset = this.word(entry, 2);
    return decoder.decode(block.subarray(offset, offset + this.word(entry, 3)));
  }

  /** The first entry whose hash is not below a number. */
  private firstOf(hash: number): number {
    let [low, high] = [0, this.entryCount];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.word(middle, 0) < hash) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private word(entry: number, place: number): number {
    return this.words[2 + entry * ENTRY_WORDS + place] ?? 0;
  }

  private block(index: number): Uint8Array {
    const known = this.inflated.get(index);
    if (known !== undefined) return known;
    const endOf = (block: number): number => this.words[2 + this.entryCount * ENTRY_WORDS + block] ?? 0;
    const [start, end] = [index === 0 ? 0 : endOf(index - 1), endOf(index)];
    const block = this.deflate.unpack(this.bytes.subarray(this.blocksAt + start, this.blocksAt + end));
    const [oldest] = this.inflated.keys();
    if (this.inflated.size === KEPT_BLOCKS && oldest !== undefined) this.inflated.delete(oldest);
    this.inflated.set(index, block);
    return block;
  }
}

type Reviver = (member: string, value: unknown) => unknown;

/** FNV-1a over UTF-16 code units. */
const FNV_START = 0x811c9dc5;

function addToHash(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01000193);
}

function hashKey(key: string): number {
  let hash = FNV_START;
  for (let index = 0; index < key.length; index++) hash = addToHash(hash, key.charCodeAt(index));
  return hash >>> 0;
}
