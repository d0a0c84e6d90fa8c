// Addresses of the request against ranges of a policy (IP-1 to IP-6). A policy's ranges were read strictly; a request is read as
// AWS reads it, with three odd spellings (IP-4).

import { COLON, DOT, LETTER_A, ZERO } from "../format/words";
import { Address, RangeRecord } from "../format/work-views";
import { isDigit } from "./decimal";

// An IPv4 address inside IPv6 is that IPv4 address (IP-5): whoever blocks a range must not be passed by in the
// other notation.
const MAPPED: u64 = 0xffff; // ::ffff:a.b.c.d

/** Whether an address that was read lies in the range (IP-1), of which one address is the smallest (IP-2), host bits cleared (IP-3). */
export function isInRange(address: Address, range: RangeRecord): bool {
  if (address.family != range.family) return false;
  return (address.high & range.highMask) == range.high && (address.low & range.lowMask) == range.low;
}

/** Reads an address of a request; false if the text is none (IP-4, IP-6). However spelled, a mapped address is IPv4 (IP-5). */
export function parseAddress(at: usize, length: u32, out: Address): bool {
  const end: usize = at + length;
  out.high = 0;
  out.family = 4;
  const dotted = parseDotted(at, end);
  if (dotted >= 0) {
    out.low = u64(dotted);
    return true;
  }
  if (!parseIpv6(at, end, out)) return false;
  if (isMapped(out)) out.low &= 0xffffffff;
  else out.family = 6;
  return true;
}

function isMapped(address: Address): bool {
  return address.high == 0 && address.low >> 32 == MAPPED;
}

/** Four decimal octets, leading zeros allowed (IP-6), or -1. */
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
    while (at < end && isDigit(load<u8>(at)) && octet <= 255) octet = octet * 10 + load<u8>(at++) - ZERO;
    if (at == start || octet > 255) return -1;
    value = (value << 8) | i64(octet);
  }
  return at == end ? value : -1;
}

function hexDigit(byte: u32): i32 {
  if (isDigit(byte)) return i32(byte - ZERO);
  const letter: u32 = (byte | 0x20) - LETTER_A;
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

/**
 * Eight groups, of which `::` stands for one or more zero groups, once. Read as well: one `:::` for `::`, one surplus colon at the end and
 * one colon before the first group for `0:` (IP-4). A dotted quad is the end of a mapped address only.
 */
function parseIpv6(from: usize, end: usize, out: Address): bool {
  out.high = 0;
  out.low = 0;
  let at: usize = from;
  let count: u32 = 0;
  let gap: i32 = -1; // groups before "::"
  while (at < end) {
    const colons: u32 = countColons(at, end);
    at += colons;
    if (colons > 3) return false;
    if (colons > 1) {
      if (gap >= 0) return false;
      gap = i32(count);
    } else if (colons == 1) {
      if (at == end) break; // surplus at the end
      if (at - from == 1) count = 1; // before the first group: a group of 0
    } else if (at != from) return false;
    if (at == end) break;
    if (count == 8) return false;
    const dotted = count <= 6 ? parseDotted(at, end) : -1;
    if (dotted >= 0) {
      appendGroup(out, u64(dotted) >> 16);
      appendGroup(out, u64(dotted) & 0xffff);
      if (!spread(out, gap, count + 2)) return false;
      return isMapped(out);
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
  }
  return spread(out, gap, count);
}

/** How many colons stand at an address, counted up to 4. */
function countColons(at: usize, end: usize): u32 {
  let count: u32 = 0;
  while (at + count < end && count < 4 && load<u8>(at + count) == COLON) count++;
  return count;
}

/** Puts the zero groups of `::` in their place; false if the groups are too many or too few. */
function spread(out: Address, gap: i32, count: u32): bool {
  if (gap < 0) return count == 8;
  if (count > 7) return false;
  spreadGroups(out, u32(gap), count);
  return true;
}
