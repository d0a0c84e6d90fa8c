// Addresses of the request against ranges of a policy (IP-1 to IP-6). Spellings that could be read in two ways are no
// addresses at all.
import { isDigit } from "./decimal";
import { Address, RangeRecord } from "./work-views";

const COLON: u32 = 0x3a;
const DOT: u32 = 0x2e;
const ZERO: u32 = 0x30;
const MAPPED: u64 = 0xffff; // ::ffff:a.b.c.d

/** Whether the text is an address inside the range. */
export function isInRange(text: usize, length: u32, range: RangeRecord, scratch: Address): bool {
  if (!parseAddress(text, text + length, scratch) || scratch.family != range.family) return false;
  return (scratch.high & range.highMask) == range.high && (scratch.low & range.lowMask) == range.low;
}

function parseAddress(at: usize, end: usize, out: Address): bool {
  out.high = 0;
  if (u32(end - at) > 45) return false;
  const dotted = parseDotted(at, end);
  if (dotted >= 0) {
    out.family = 4;
    out.low = u64(dotted);
    return true;
  }
  if (!parseIpv6(at, end, out)) return false;
  out.family = 6;
  if (out.high == 0 && out.low >> 32 == MAPPED) {
    out.family = 4; // IP-5: however the socket spells it
    out.low &= 0xffffffff;
  }
  return true;
}

/** Four decimal octets without leading zeros, or -1. */
function parseDotted(from: usize, end: usize): i64 {
  let at: usize = from;
  let value: i64 = 0;
  for (let octets: i32 = 0; octets < 4; octets++) {
    if (octets > 0) {
      if (at >= end || load<u8>(at) != DOT) return -1;
      at++;
    }
    const start: usize = at;
    let octet: u32 = 0;
    while (at < end && isDigit(load<u8>(at)) && at - start < 3) octet = octet * 10 + load<u8>(at++) - ZERO;
    if (at == start || octet > 255 || (at - start > 1 && load<u8>(start) == ZERO)) return -1;
    value = (value << 8) | i64(octet);
  }
  return at == end ? value : -1;
}

function hexDigit(byte: u32): i32 {
  if (isDigit(byte)) return i32(byte - ZERO);
  const letter: u32 = (byte | 0x20) - 0x61;
  return letter < 6 ? i32(letter + 10) : -1;
}

/** Appends 16 bits to the 128 that `out` holds. */
function appendGroup(out: Address, group: u64): void {
  out.high = (out.high << 16) | (out.low >> 48);
  out.low = (out.low << 16) | group;
}

/** Moves the groups read so far left, so that `zeros` empty groups follow the first `before` of `count`. */
function spreadGroups(out: Address, before: u32, count: u32): void {
  const high: u64 = out.high;
  const low: u64 = out.low;
  out.high = 0;
  out.low = 0;
  for (let i: u32 = 0; i < 8; i++) {
    let group: u64 = 0;
    if (i < before) group = groupFromEnd(high, low, count - 1 - i);
    else if (i >= 8 - (count - before)) group = groupFromEnd(high, low, 7 - i);
    appendGroup(out, group);
  }
}

function groupFromEnd(high: u64, low: u64, index: u32): u64 {
  return index < 4 ? (low >> (index * 16)) & 0xffff : (high >> ((index - 4) * 16)) & 0xffff;
}

function parseIpv6(from: usize, end: usize, out: Address): bool {
  out.high = 0;
  out.low = 0;
  let at: usize = from;
  let count: u32 = 0;
  let gap: i32 = -1; // groups before "::"
  if (at + 1 < end && load<u8>(at) == COLON) {
    if (load<u8>(at + 1) != COLON) return false;
    gap = 0;
    at += 2;
  }
  while (at < end) {
    if (count == 8) return false;
    const dotted = count <= 6 ? parseDotted(at, end) : -1;
    if (dotted >= 0) {
      appendGroup(out, u64(dotted) >> 16);
      appendGroup(out, u64(dotted) & 0xffff);
      count += 2;
      at = end;
      break;
    }
    const start: usize = at;
    let group: u64 = 0;
    while (at < end && at - start < 4) {
      const digit = hexDigit(load<u8>(at));
      if (digit < 0) break;
      group = (group << 4) | u64(digit);
      at++;
    }
    if (at == start) return false;
    appendGroup(out, group);
    count++;
    if (at == end) break;
    if (load<u8>(at) != COLON || at + 1 == end) return false;
    at++;
    if (load<u8>(at) == COLON) {
      if (gap >= 0) return false;
      gap = i32(count);
      at++;
    }
  }
  if (gap < 0) return count == 8;
  if (count > 7) return false;
  spreadGroups(out, u32(gap), count);
  return true;
}
