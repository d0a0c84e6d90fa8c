// Numbers of the request against numbers of a policy: exact, of any length, by digits (NUM-1 to NUM-4).
import { compareBytes } from "./bytes";
import { DecimalRecord } from "./work-views";

const PLUS: u32 = 0x2b;
const MINUS: u32 = 0x2d;
const DOT: u32 = 0x2e;
const ZERO: u32 = 0x30;

/** What a comparison gives when the text is not what the operator reads. */
export const INCOMPARABLE: i32 = 2;

export function isDigit(byte: u32): bool {
  return byte - ZERO < 10;
}

/** The end of the run of digits that starts at `at`. */
export function skipDigits(at: usize, end: usize): usize {
  while (at < end && isDigit(load<u8>(at))) at++;
  return at;
}

/** -1, 0 or 1 as the text is less than, equal to or greater than the number; INCOMPARABLE if it is no number. */
export function compareDecimal(text: usize, length: u32, record: DecimalRecord): i32 {
  const end: usize = text + length;
  let at: usize = text;
  let negative: u32 = 0;
  if (at < end && (load<u8>(at) == MINUS || load<u8>(at) == PLUS)) negative = u32(load<u8>(at++) == MINUS);
  let integer: usize = at;
  at = skipDigits(at, end);
  if (at == integer) return INCOMPARABLE;
  const integerEnd: usize = at;
  let fraction: usize = at;
  let fractionEnd: usize = at;
  if (at < end) {
    if (load<u8>(at) != DOT) return INCOMPARABLE;
    fraction = at + 1;
    fractionEnd = skipDigits(fraction, end);
    if (fractionEnd != end || fraction == end) return INCOMPARABLE;
  }
  while (integer < integerEnd && load<u8>(integer) == ZERO) integer++;
  while (fractionEnd > fraction && load<u8>(fractionEnd - 1) == ZERO) fractionEnd--;
  const integerLength: u32 = u32(integerEnd - integer);
  const fractionLength: u32 = u32(fractionEnd - fraction);
  if (integerLength == 0 && fractionLength == 0) negative = 0;
  if (negative != record.negative) return negative ? -1 : 1;
  const digits: usize = changetype<usize>(record) + offsetof<DecimalRecord>();
  let order: i32 = compareDigits(integer, integerLength, digits, record.integerLength);
  if (order == 0) order = compareBytes(fraction, fractionLength, digits + record.integerLength, record.fractionLength);
  return order == 0 ? 0 : order < 0 == (negative == 0) ? -1 : 1;
}

/** Compares whole numbers without leading zeros. */
export function compareDigits(a: usize, aLength: u32, b: usize, bLength: u32): i32 {
  if (aLength != bLength) return aLength < bLength ? -1 : 1;
  return compareBytes(a, aLength, b, bLength);
}
