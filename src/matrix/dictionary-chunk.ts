/**
 * A column of Parquet with few different values, as a page of those values and a page of runs and packed indices (RLE_DICTIONARY). The
 * library that writes the rest takes 300 to 500 ns for a cell of such a column, deciding the cell 300: here it is some 5 (Node 20).
 */
import type { ChunkFacts } from "./parquet-file.js";

/** Values that follow one another: how often each index comes. */
export type Runs = readonly (readonly [index: number, count: number])[];

/** A column of a block. */
export interface Chunk {
  readonly bytes: Uint8Array;
  readonly facts: ChunkFacts;
}

/** Indices from 0 to 15 as a chunk; `dictionary` are the values as Parquet writes them plainly. */
export function indexChunk(indices: Uint8Array, dictionary: Dictionary): Chunk {
  const width = widthOf(dictionary.count);
  return chunkOf(packIndices(indices, width), indices.length, width, dictionary);
}

/** As above, of values that are known as runs. */
export function runChunk(runs: Runs, dictionary: Dictionary): Chunk {
  const width = widthOf(dictionary.count);
  const out: number[] = [];
  let count = 0;
  for (const [index, times] of runs) {
    addRun(out, index, times, width);
    count += times;
  }
  return chunkOf(Uint8Array.from(out), count, width, dictionary);
}

/** The different values of a chunk. */
export interface Dictionary {
  readonly bytes: Uint8Array;
  readonly count: number;
  /** Of the values that occur. */
  readonly least: string | number;
  readonly most: string | number;
}

function chunkOf(runs: Uint8Array, count: number, width: number, dictionary: Dictionary): Chunk {
  const values = [...dictionaryHeader(dictionary.bytes.length, dictionary.count)];
  const data = [...dataHeader(runs.length + 1, count), width];
  const dataAt = values.length + dictionary.bytes.length;
  const bytes = new Uint8Array(dataAt + data.length + runs.length);
  bytes.set(values);
  bytes.set(dictionary.bytes, values.length);
  bytes.set(data, dataAt);
  bytes.set(runs, dataAt + data.length);
  const { least, most } = dictionary;
  const size = bytes.length;
  return { bytes, facts: { size, plainSize: size, dataAt, encodings, codec: "UNCOMPRESSED", least, most } };
}

const encodings = ["PLAIN", "RLE_DICTIONARY"] as const;

function widthOf(count: number): number {
  return count <= 1 ? 0 : 32 - Math.clz32(count - 1);
}

/** Eight equal values or more are worth a run. */
const LEAST_RUN = 8;

/** Runs where eight or more are equal, else groups of eight indices packed bit by bit. */
function packIndices(indices: Uint8Array, width: number): Uint8Array {
  const { length } = indices;
  const out = new Uint8Array(Math.ceil(length / 8) * (width + 1) + 64);
  let size = 0;
  const head: number[] = [];
  let packedFrom = 0;
  const flush = (to: number): void => {
    if (packedFrom === to) return;
    const groups = Math.ceil((to - packedFrom) / 8);
    head.length = 0;
    putVarint(head, groups * 2 + 1);
    out.set(head, size);
    size += head.length;
    for (let group = 0; group < groups; group++) {
      let bits = 0;
      let held = 0;
      for (let at = packedFrom + group * 8; at < packedFrom + group * 8 + 8; at++) {
        bits |= (at < to ? (indices[at] ?? 0) : 0) << held;
        held += width;
        while (held >= 8) {
          out[size++] = bits & 0xff;
          bits >>>= 8;
          held -= 8;
        }
      }
    }
  };
  let at = 0;
  while (at < length) {
    const value = indices[at] ?? 0;
    let end = at + 1;
    while (end < length && indices[end] === value) end++;
    // What is packed before a run has to be whole groups of eight.
    const from = Math.min(end, packedFrom + Math.ceil((at - packedFrom) / 8) * 8);
    if (end - from >= LEAST_RUN) {
      flush(from);
      head.length = 0;
      addRun(head, value, end - from, width);
      out.set(head, size);
      size += head.length;
      packedFrom = end;
    }
    at = end;
  }
  flush(length);
  return out.slice(0, size);
}

function addRun(out: number[], index: number, count: number, width: number): void {
  putVarint(out, count * 2);
  for (let byte = 0; byte < Math.ceil(width / 8); byte++) out.push((index >>> (byte * 8)) & 0xff);
}

/** Thrift's compact protocol: fields of a struct by the distance to the one before, whole numbers in zigzag. */
const I32 = 0x15;
const STOP = 0;
const PLAIN = 0;
const RLE = 3;
const RLE_DICTIONARY = 8;
const DATA_PAGE = 0;
const DICTIONARY_PAGE = 2;

/** PageHeader { 1: type, 2: uncompressed, 3: compressed, 7: { 1: values, 2: encoding } }. */
function dictionaryHeader(size: number, count: number): readonly number[] {
  const out: number[] = [];
  putPageHead(out, DICTIONARY_PAGE, size);
  out.push(0x4c);
  putI32(out, count);
  putI32(out, PLAIN);
  out.push(STOP, STOP);
  return out;
}

/** PageHeader { 1, 2, 3 as above, 5: { 1: values, 2: encoding, 3 and 4: encodings of levels, of which there are none } }. */
function dataHeader(size: number, count: number): readonly number[] {
  const out: number[] = [];
  putPageHead(out, DATA_PAGE, size);
  out.push(0x2c);
  putI32(out, count);
  putI32(out, RLE_DICTIONARY);
  putI32(out, RLE);
  putI32(out, RLE);
  out.push(STOP, STOP);
  return out;
}

function putPageHead(out: number[], type: number, size: number): void {
  putI32(out, type);
  putI32(out, size);
  putI32(out, size);
}

function putI32(out: number[], value: number): void {
  out.push(I32);
  putVarint(out, value * 2);
}

function putVarint(out: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    out.push((rest & 0x7f) | 0x80);
    rest = Math.floor(rest / 128);
  }
  out.push(rest);
}
