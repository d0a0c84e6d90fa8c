/**
 * The hashes of the image's tables. They must give the matcher's values bit for bit: see `assembly/format/bytes.ts` and, for
 * resources, `assembly/question/owner.ts`.
 */

/** Mixed into every hash. Anyone may know it and make texts of one hash: tables bound what that costs (see `table.ts`). */
export const HASH_SEED = 0x5bd1e995;

function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}

/** Four bytes as one little-endian word, signed; bytes beyond the end are 0. */
export function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

/** Hash of a byte string, as an unsigned number that is never 0. */
export function hashBytes(bytes: Uint8Array): number {
  const length = bytes.length;
  let hash = HASH_SEED ^ length;
  if (length >= 16) {
    // Four chains side by side, as in the matcher.
    let second = hash ^ 0x85ebca6b;
    let third = hash ^ 0xc2b2ae35;
    let fourth = hash ^ 0x27d4eb2f;
    const last = length - 16;
    for (let i = 0; ; i = Math.min(i + 16, last)) {
      hash = mix(hash, wordAt(bytes, i));
      second = mix(second, wordAt(bytes, i + 4));
      third = mix(third, wordAt(bytes, i + 8));
      fourth = mix(fourth, wordAt(bytes, i + 12));
      if (i === last) break;
    }
    hash = mix(mix(mix(hash, second), third), fourth);
  } else if (length >= 4) {
    const last = length - 4;
    for (let i = 0; i < last; i += 4) hash = mix(hash, wordAt(bytes, i));
    hash = mix(hash, wordAt(bytes, last));
  } else {
    for (const byte of bytes) hash = mix(hash, byte);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash ^= hash >>> 13;
  return hash === 0 ? 1 : hash >>> 0;
}

/** The hash that can be carried along a text byte by byte; resources are found by every prefix in one pass. */
export function hashPrefix(bytes: Uint8Array): number {
  let hash = HASH_SEED;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
