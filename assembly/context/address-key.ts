// The two keys whose values have to be addresses (CTX-16), as entries of a context are read: most requests state a plain IPv4 address
// under them, which is seen here without a branch that goes one way in one request and another way in the next, and without a search
// for the key, which the policies of the caller may not even read. Whatever else is there is a doubt, settled in `source-address.ts`.

import { DOT, SOURCE_IP, ZERO } from "../format/words";

const ANY_CASE: u64 = 0x2020202020202020;
const SOURCE_IP_LENGTH: u32 = 12; // aws:sourceip
const VPC_SOURCE_IP_LENGTH: u32 = 15; // aws:vpcsourceip

const SHORTEST_DOTTED: u32 = 7; // 1.1.1.1
const LONGEST_DOTTED: u32 = 15;

/** Whether a key of an entry in ASCII may be one of the two; the eight bytes before its end are memory in any case. */
export function endsLikeAddressKey(end: usize): bool {
  return (load<u64>(end - 8) | ANY_CASE) == SOURCE_IP;
}

/** Whether a key in ASCII of this length may be one of the two. */
export function isLongAsAddressKey(length: u32): bool {
  return length == SOURCE_IP_LENGTH || length == VPC_SOURCE_IP_LENGTH;
}

/**
 * Whether a text is an IPv4 address of four octets with at most three digits each (IP-6); false for every other address too. Works on
 * the sixteen bytes that end with the text, which are memory in any case, a bit each, the last one highest.
 */
export function isPlainIpv4(end: usize, length: u32): bool {
  if (length - SHORTEST_DOTTED > LONGEST_DOTTED - SHORTEST_DOTTED) return false;
  const bytes: v128 = v128.load(end - 16);
  const text: u32 = 0xffff & (0xffff << (16 - length));
  const dots: u32 = maskOf(i8x16.eq(bytes, i8x16.splat(<i8>DOT))) & text;
  const values: v128 = i8x16.sub(bytes, i8x16.splat(<i8>ZERO));
  const digits: u32 = maskOf(i8x16.le_u(values, i8x16.splat(9))) & text;
  const second: u32 = digits & (digits << 1); // digits that follow a digit
  const third: u32 = second & (second << 1);
  const last: u32 = digits & ~(digits >> 1);
  const twos: u32 = maskOf(i8x16.eq(values, i8x16.splat(2))) << 2;
  const fives: u32 = maskOf(i8x16.eq(values, i8x16.splat(5))) << 1;
  const above2: u32 = maskOf(i8x16.ge_u(values, i8x16.splat(3))) << 2;
  const above5: u32 = maskOf(i8x16.ge_u(values, i8x16.splat(6)));
  const above255: u32 = third & last & (above2 | (twos & ((above5 << 1) | (fives & above5))));
  const wrong: u32 = (text ^ (dots | digits)) | (third & (third << 1)) | above255;
  return wrong == 0 && popcnt(dots) == 3 && popcnt(last) == 4;
}

function maskOf(lanes: v128): u32 {
  return u32(i8x16.bitmask(lanes));
}
