// Texts that share a hash of the image's tables, made by running the hash backwards, as someone would who wants look-ups to be slow.
import { HASH_SEED, hashPrefix } from "../../src/image/hash.js";

const FACTOR = 0x9e3779b1;
const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";
const LENGTH = 80;
/** Where the two words stand that make up for each other: both belong to the first of the hash's four chains. */
const FIRST_AT = 32;
const SECOND_AT = 48;

function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, FACTOR);
  return mixed ^ (mixed >>> 15);
}

/** `hash ^ word` of what `mix` gave. */
function unmix(mixed: number): number {
  let inverse = 1;
  for (let round = 0; round < 6; round++) inverse = Math.imul(inverse, 2 - Math.imul(FACTOR, inverse));
  return Math.imul(mixed ^ (mixed >>> 15) ^ (mixed >>> 30), inverse);
}

/** Pairs of words that leave one chain of the hash where it was. */
function pairsOf(template: Buffer, start: number, offset: number, count: number): (readonly [number, number])[] {
  const bytes = Buffer.from(template);
  const [first, second] = [FIRST_AT + offset, SECOND_AT + offset];
  const isLetter = new Set([...Buffer.from(LETTERS)]);
  let before = start;
  for (let at = offset; at < first; at += 16) before = mix(before, bytes.readInt32LE(at));
  const wanted = unmix(mix(mix(before, bytes.readInt32LE(first)), bytes.readInt32LE(second)));
  const pairs: (readonly [number, number])[] = [];
  for (let number = 0; pairs.length < count; number++) {
    let rest = number;
    for (let at = first; at < first + 4; at++) {
      bytes[at] = LETTERS.charCodeAt(rest % LETTERS.length);
      rest = Math.floor(rest / LETTERS.length);
    }
    const word = bytes.readInt32LE(first);
    bytes.writeInt32LE(wanted ^ mix(before, word), second);
    if (bytes.subarray(second, second + 4).every((byte) => isLetter.has(byte))) {
      pairs.push([word, bytes.readInt32LE(second)]);
    }
  }
  return pairs;
}

/** So many texts of lower-case letters and digits behind a prefix (at most 32 characters) that `hashBytes` gives one number for. */
export function textsOfOneHash(prefix: string, count: number): string[] {
  const bytes = Buffer.from(prefix.padEnd(LENGTH, "a"));
  const start = HASH_SEED ^ LENGTH;
  const side = Math.ceil(Math.sqrt(count));
  const texts: string[] = [];
  const [ones, others] = [pairsOf(bytes, start, 0, side), pairsOf(bytes, start ^ 0x85ebca6b, 4, side)];
  for (const one of ones) {
    for (const other of others) {
      for (const [offset, [first, second]] of [
        [0, one],
        [4, other],
      ] as const) {
        bytes.writeInt32LE(first, FIRST_AT + offset);
        bytes.writeInt32LE(second, SECOND_AT + offset);
      }
      texts.push(bytes.toString());
    }
  }
  return texts.slice(0, count);
}

/** So many texts behind a prefix whose `hashPrefix` ends in the same bits, enough to meet at one place of a table for them. */
export function textsOfOnePlace(prefix: string, count: number): string[] {
  const mask = 2 ** Math.ceil(Math.log2(count * 2)) - 1;
  const start = hashPrefix(Buffer.from(prefix));
  const texts: string[] = [];
  for (let number = 0; texts.length < count; number++) {
    // The five letters of `number`, hashed without making a text of them.
    let hash = start;
    for (let rest = number, i = 0; i < 5; i++, rest = Math.floor(rest / LETTERS.length)) {
      hash = Math.imul(hash ^ LETTERS.charCodeAt(rest % LETTERS.length), 0x01000193);
    }
    if ((hash & mask) !== 0) continue;
    const letters = [0, 1, 2, 3, 4].map((i) => LETTERS[Math.floor(number / LETTERS.length ** i) % LETTERS.length]);
    texts.push(prefix + letters.join(""));
  }
  return texts;
}
