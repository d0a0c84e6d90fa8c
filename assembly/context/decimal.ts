// Numbers of the request against numbers of a policy: exact, of any length, by sign, place of the first digit and digits
// (NUM-1 to NUM-4). A number is ±0.DIGITS × 10^exponent, so that no exponent has to be written out.

import { compareBytes } from "../format/bytes";
import { DOT, LETTER_E, MINUS, PLUS, ZERO } from "../format/words";
import { DecimalRecord } from "../format/work-views";

/** The largest magnitude of an exponent as written (NUM-3). */
const MOST_EXPONENT: i64 = 2147483647;

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

/**
 * -1, 0 or 1 as the text, which stands on the left (NUM-2), is less than, equal to or greater than the number; INCOMPARABLE if it is
 * none. By value, whatever the spelling (NUM-1), and exactly: no digit is rounded away (NUM-4).
 */
export function compareDecimal(text: usize, length: u32, record: DecimalRecord): i32 {
  const end: usize = text + length;
  let at: usize = text;
  let negative: bool = false;
  if (at < end && (load<u8>(at) == MINUS || load<u8>(at) == PLUS)) negative = load<u8>(at++) == MINUS;
  const integer: usize = at;
  at = skipDigits(at, end);
  const integerEnd: usize = at;
  let fraction: usize = at;
  if (at < end && load<u8>(at) == DOT) {
    fraction = ++at;
    at = skipDigits(at, end);
  }
  const fractionEnd: usize = at;
  if (integer == integerEnd && fraction == fractionEnd) return INCOMPARABLE;
  let shift: i64 = 0;
  if (at < end) {
    shift = readShift(at, end);
    if (shift > MOST_EXPONENT) return INCOMPARABLE;
  }
  // The first and the last digit that is not 0, wherever the point is.
  let first: usize = integer;
  while (first < integerEnd && load<u8>(first) == ZERO) first++;
  let exponent: i64 = shift + i64(integerEnd - first);
  if (first == integerEnd) {
    first = fraction;
    while (first < fractionEnd && load<u8>(first) == ZERO) first++;
    exponent = shift - i64(first - fraction);
    if (first == fractionEnd) return record.length == 0 ? 0 : record.negative != 0 ? 1 : -1; // zero has no sign
  }
  let last: usize = fractionEnd;
  while (last > fraction && load<u8>(last - 1) == ZERO) last--;
  if (last == fraction) {
    last = integerEnd;
    // INVARIANT: some digit is not 0, so that the walk ends.
    while (load<u8>(last - 1) == ZERO) last--;
  }
  // Here the text is not zero: against zero, or against a number of the other sign, its sign decides.
  if (record.length == 0 || u32(negative) != record.negative) return negative ? -1 : 1;
  // The place of the first digit orders two numbers of one sign before any digit is compared.
  let order: i32 = exponent == record.exponent ? 0 : exponent < record.exponent ? -1 : 1;
  if (order == 0) order = compareSignificant(first, integerEnd, fraction, last, record);
  return order == 0 ? 0 : order < 0 == !negative ? -1 : 1;
}

/**
 * Compares the digits in [first, last), which may run over the point between `integerEnd` and `fraction`, with those of a number whose
 * first digit has the same place. Of two where one continues the other the longer is greater: neither ends in 0.
 */
function compareSignificant(first: usize, integerEnd: usize, fraction: usize, last: usize, record: DecimalRecord): i32 {
  const digits: usize = changetype<usize>(record) + offsetof<DecimalRecord>();
  if (first >= fraction || last <= integerEnd) return compareBytes(first, u32(last - first), digits, record.length);
  const whole: u32 = u32(integerEnd - first);
  if (record.length <= whole) {
    const order = compareBytes(first, record.length, digits, record.length);
    return order == 0 ? 1 : order; // what is left behind the point is not 0
  }
  const order = compareBytes(first, whole, digits, whole);
  return order == 0 ? compareBytes(fraction, u32(last - fraction), digits + whole, record.length - whole) : order;
}

/** The exponent that starts with the letter at `at`; more than MOST_EXPONENT if it is none or one too large (NUM-3). */
function readShift(from: usize, end: usize): i64 {
  if ((u32(load<u8>(from)) | 0x20) != LETTER_E) return MOST_EXPONENT + 1;
  let at: usize = from + 1;
  let negative: bool = false;
  if (at < end && (load<u8>(at) == MINUS || load<u8>(at) == PLUS)) negative = load<u8>(at++) == MINUS;
  if (at == end) return MOST_EXPONENT + 1;
  let shift: i64 = 0;
  for (; at < end; at++) {
    const byte: u32 = load<u8>(at);
    if (!isDigit(byte)) return MOST_EXPONENT + 1;
    shift = shift * 10 + i64(byte - ZERO);
    if (shift > MOST_EXPONENT) return MOST_EXPONENT + 1;
  }
  return negative ? -shift : shift;
}

/** Compares whole numbers without leading zeros. */
export function compareDigits(a: usize, aLength: u32, b: usize, bLength: u32): i32 {
  if (aLength != bLength) return aLength < bLength ? -1 : 1;
  return compareBytes(a, aLength, b, bLength);
}
