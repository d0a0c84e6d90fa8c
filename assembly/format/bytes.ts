// Plain byte work: comparing, hashing and folding ranges of memory. Knows addresses and lengths, nothing of
// policies. The hash is computed by the image compiler too and must stay equal bit for bit.

import { CAPITAL_A } from "./words";

const HIGH_BITS: u64 = 0x8080808080808080;

/** Whether two ranges of the same length hold the same bytes. Looks at the end first: ARNs and keys begin alike. */
export function equalBytes(a: usize, b: usize, length: u32): bool {
  if (length >= 16) {
    const last: u32 = length - 16;
    if (v128.any_true(v128.xor(v128.load(a + last), v128.load(b + last)))) return false;
    for (let i: u32 = 0; i < last; i += 16) {
      if (v128.any_true(v128.xor(v128.load(a + i), v128.load(b + i)))) return false;
    }
    return true;
  }
  if (length >= 8) {
    const last: u32 = length - 8;
    return load<u64>(a) == load<u64>(b) && load<u64>(a + last) == load<u64>(b + last);
  }
  if (length >= 4) {
    const last: u32 = length - 4;
    return load<u32>(a) == load<u32>(b) && load<u32>(a + last) == load<u32>(b + last);
  }
  for (let i: u32 = 0; i < length; i++) {
    if (load<u8>(a + i) != load<u8>(b + i)) return false;
  }
  return true;
}

/** Negative, zero or positive as `a` sorts before, with or after `b` (byte order is code-point order in UTF-8). */
export function compareBytes(a: usize, aLength: u32, b: usize, bLength: u32): i32 {
  const shorter: u32 = min(aLength, bLength);
  for (let i: u32 = 0; i < shorter; i++) {
    const difference: i32 = i32(load<u8>(a + i)) - i32(load<u8>(b + i));
    if (difference != 0) return difference;
  }
  return aLength == bLength ? 0 : aLength < bLength ? -1 : 1;
}

/** Lower-cases the ASCII letters in eight bytes at once. */
export function lowerWord(word: u64): u64 {
  // Seven bits a byte leave room for a carry that stays inside its byte; bytes above 127 are masked out at the end
  // and stay as they are.
  const low: u64 = word & 0x7f7f7f7f7f7f7f7f;
  const fromA: u64 = low + 0x3f3f3f3f3f3f3f3f; // high bit set from "A" on
  const pastZ: u64 = low + 0x2525252525252525; // high bit set past "Z"
  const upper: u64 = fromA & ~pastZ & ~word & HIGH_BITS;
  return word | (upper >> 2);
}

/** Lower-cases the ASCII letters in sixteen bytes at once. */
function lowerBlock(block: v128): v128 {
  const upper: v128 = i8x16.lt_u(i8x16.sub(block, i8x16.splat(<i8>CAPITAL_A)), i8x16.splat(26));
  return v128.or(block, v128.and(upper, i8x16.splat(0x20)));
}

/** As `lowerWord`, for four bytes. */
function lowerHalfWord(word: u32): u32 {
  const low: u32 = word & 0x7f7f7f7f;
  const upper: u32 = (low + 0x3f3f3f3f) & ~(low + 0x25252525) & ~word & 0x80808080;
  return word | (upper >> 2);
}

/** Lower-cases one ASCII letter; every other byte stays. */
export function lowerByte(byte: u32): u32 {
  return byte - CAPITAL_A < 26 ? byte + 0x20 : byte;
}

/** As `compareBytes` for ranges of one length, the first with its ASCII letters lower-cased. */
export function compareLowered(text: usize, lowered: usize, length: u32): i32 {
  for (let i: u32 = 0; i < length; i++) {
    const difference: i32 = i32(lowerByte(load<u8>(text + i))) - i32(load<u8>(lowered + i));
    if (difference != 0) return difference;
  }
  return 0;
}

/** Whether `text`, with its ASCII letters lower-cased, is `lowered`. */
export function equalLowered(text: usize, lowered: usize, length: u32): bool {
  if (length >= 16) {
    const last: u32 = length - 16;
    if (v128.any_true(v128.xor(lowerBlock(v128.load(text + last)), v128.load(lowered + last)))) return false;
    for (let i: u32 = 0; i < last; i += 16) {
      if (v128.any_true(v128.xor(lowerBlock(v128.load(text + i)), v128.load(lowered + i)))) return false;
    }
    return true;
  }
  if (length >= 8) {
    const last: u32 = length - 8;
    return (
      lowerWord(load<u64>(text + last)) == load<u64>(lowered + last) && lowerWord(load<u64>(text)) == load<u64>(lowered)
    );
  }
  for (let i: u32 = 0; i < length; i++) {
    if (lowerByte(load<u8>(text + i)) != u32(load<u8>(lowered + i))) return false;
  }
  return true;
}

/** Whether no byte of the range is above 127: 16 bytes a step, the last one overlapping the one before. */
export function isAscii(at: usize, length: u32): bool {
  if (length >= 16) {
    const last: u32 = length - 16;
    let bits: v128 = v128.load(at + last);
    for (let i: u32 = 0; i < last; i += 16) bits = v128.or(bits, v128.load(at + i));
    return i8x16.bitmask(bits) == 0;
  }
  let bits: u32 = 0;
  for (let i: u32 = 0; i < length; i++) bits |= load<u8>(at + i);
  return bits < 0x80;
}

/** How many bytes of a range are below 128: each ends a varint, in a range of nothing but varints. */
export function countPlainBytes(at: usize, length: u32): u32 {
  let count: u32 = 0;
  let i: u32 = 0;
  for (; i + 16 <= length; i += 16) count += 16 - popcnt(i8x16.bitmask(v128.load(at + i)));
  for (; i < length; i++) count += u32(load<u8>(at + i) < 0x80);
  return count;
}

/** Longer ranges are worth a call. */
const LONGEST_INLINE_COPY: u32 = 256;

/** How far `byteMask` looks. */
export const MASK_REACH: u32 = 64;

/** A bit for each of the first 64 bytes of a range: whether it is this byte. Branches on the length alone. */
export function byteMask(at: usize, length: u32, byte: u8): u64 {
  const wanted: v128 = i8x16.splat(byte);
  if (length >= 16) {
    const last: u32 = min(length, MASK_REACH) - 16;
    let mask: u64 = u64(u32(i8x16.bitmask(i8x16.eq(v128.load(at + last), wanted)))) << last;
    for (let i: u32 = 0; i < last; i += 16) {
      mask |= u64(u32(i8x16.bitmask(i8x16.eq(v128.load(at + i), wanted)))) << i;
    }
    return mask;
  }
  if (length >= 8) {
    const last: u32 = length - 8;
    // Two overlapping words side by side: one comparison for 8 to 15 bytes, and the bits of the second are moved
    // to where it begins.
    const halves: v128 = i64x2.replace_lane(i64x2.splat(load<u64>(at)), 1, load<u64>(at + last));
    const bits: u64 = u64(u32(i8x16.bitmask(i8x16.eq(halves, wanted))));
    return (bits & 0xff) | ((bits >> 8) << last);
  }
  let mask: u64 = 0;
  for (let i: u32 = 0; i < length; i++) mask |= u64(load<u8>(at + i) == byte) << i;
  return mask;
}

/** Copies a range to another place; the two do not overlap. Plain loads and stores: `memory.copy` is a call out of the matcher. */
export function copyBytes(to: usize, from: usize, length: u32): void {
  if (length >= 16) {
    if (length > LONGEST_INLINE_COPY) {
      memory.copy(to, from, length);
      return;
    }
    const last: u32 = length - 16;
    for (let i: u32 = 0; i < last; i += 16) v128.store(to + i, v128.load(from + i));
    v128.store(to + last, v128.load(from + last));
  } else if (length >= 8) {
    store<u64>(to, load<u64>(from));
    store<u64>(to + length - 8, load<u64>(from + length - 8));
  } else if (length >= 4) {
    store<u32>(to, load<u32>(from));
    store<u32>(to + length - 4, load<u32>(from + length - 4));
  } else {
    for (let i: u32 = 0; i < length; i++) store<u8>(to + i, load<u8>(from + i));
  }
}

/** Zeroes a record of a multiple of 4 bytes. Plain stores: `memory.fill` costs a call out of the matcher. */
export function clearRecord(at: usize, size: u32): void {
  let i: u32 = 0;
  for (; i + 16 <= size; i += 16) v128.store(at + i, i64x2.splat(0));
  for (; i < size; i += 4) store<u32>(at + i, 0);
}

// Where the second to fourth chain of a hash begin.
const HASH_SECOND: u32 = 0x85ebca6b;
const HASH_THIRD: u32 = 0xc2b2ae35;
const HASH_FOURTH: u32 = 0x27d4eb2f;

/**
 * One step: a multiplication spreads a word over the high bits, the shift brings them back to the low ones that
 * tables use.
 */
function mixHash(hash: u32, word: u32): u32 {
  const mixed: u32 = (hash ^ word) * 0x9e3779b1;
  return mixed ^ (mixed >> 15);
}

/** Lets every bit of the hash reach every other; 0 is kept for "no hash". */
function finishHash(hash: u32): u32 {
  let mixed: u32 = (hash ^ (hash >> 16)) * 0x85ebca6b;
  mixed ^= mixed >> 13;
  return mixed == 0 ? 1 : mixed;
}

/**
 * Hash of a range: four bytes a step, the last step overlapping the one before; from 16 bytes on four such chains side by side,
 * since a step has to wait for the one before it. Never 0.
 */
export function hashBytes(seed: u32, at: usize, length: u32): u32 {
  let hash: u32 = seed ^ length;
  if (length >= 16) {
    let second: u32 = hash ^ HASH_SECOND;
    let third: u32 = hash ^ HASH_THIRD;
    let fourth: u32 = hash ^ HASH_FOURTH;
    const last: u32 = length - 16;
    // The last step is moved back over bytes that were seen, so that no tail has to be read byte by byte.
    for (let i: u32 = 0; ; i = min(i + 16, last)) {
      hash = mixHash(hash, load<u32>(at + i));
      second = mixHash(second, load<u32>(at + i, 4));
      third = mixHash(third, load<u32>(at + i, 8));
      fourth = mixHash(fourth, load<u32>(at + i, 12));
      if (i == last) break;
    }
    return finishHash(mixHash(mixHash(mixHash(hash, second), third), fourth));
  }
  if (length >= 4) {
    const last: u32 = length - 4;
    for (let i: u32 = 0; i < last; i += 4) hash = mixHash(hash, load<u32>(at + i));
    return finishHash(mixHash(hash, load<u32>(at + last)));
  }
  for (let i: u32 = 0; i < length; i++) hash = mixHash(hash, load<u8>(at + i));
  return finishHash(hash);
}

/** The hash of the range with its ASCII letters lower-cased. */
export function hashLowered(seed: u32, at: usize, length: u32): u32 {
  let hash: u32 = seed ^ length;
  if (length >= 16) {
    let second: u32 = hash ^ HASH_SECOND;
    let third: u32 = hash ^ HASH_THIRD;
    let fourth: u32 = hash ^ HASH_FOURTH;
    const last: u32 = length - 16;
    for (let i: u32 = 0; ; i = min(i + 16, last)) {
      const low: u64 = lowerWord(load<u64>(at + i));
      const high: u64 = lowerWord(load<u64>(at + i, 8));
      hash = mixHash(hash, u32(low));
      second = mixHash(second, u32(low >> 32));
      third = mixHash(third, u32(high));
      fourth = mixHash(fourth, u32(high >> 32));
      if (i == last) break;
    }
    return finishHash(mixHash(mixHash(mixHash(hash, second), third), fourth));
  }
  if (length >= 4) {
    const last: u32 = length - 4;
    for (let i: u32 = 0; i < last; i += 4) hash = mixHash(hash, lowerHalfWord(load<u32>(at + i)));
    return finishHash(mixHash(hash, lowerHalfWord(load<u32>(at + last))));
  }
  for (let i: u32 = 0; i < length; i++) hash = mixHash(hash, lowerByte(load<u8>(at + i)));
  return finishHash(hash);
}

/** Position of a byte in [from, end), or `end`. */
export function findByte(from: usize, end: usize, byte: u32): usize {
  let at: usize = from;
  while (at < end && u32(load<u8>(at)) != byte) at++;
  return at;
}
