/**
 * Decimal numbers of Numeric operators, exact and of any length (NUM-1, NUM-3, NUM-4).
 */

/** A number in its one normal form: equal values have equal fields. The value is 0.DIGITS × 10^exponent. */
export interface Decimal {
  /** Never true for zero. */
  readonly negative: boolean;
  /** Significant digits, without zeros at either end; empty for zero only. */
  readonly digits: string;
  /** Power of ten of the point before the first digit; 0 for zero. At most 2147483647 plus the length of the text. */
  readonly exponent: number;
}

/** The largest magnitude of an exponent as written (NUM-3). */
const mostExponent = 2_147_483_647;

/**
 * Reads optional sign, digits with an optional point before, among or after them, and optionally `e` or
 * `E` with a signed exponent; anything else is undefined (NUM-3).
 */
export function parseDecimal(text: string): Decimal | undefined {
  const found = /^([+-]?)(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(?:[eE]([+-]?[0-9]+))?$/.exec(text);
  if (found === null) return undefined;
  // A number is exact far beyond the limit, and rounding never brings a larger one back below it.
  const shift = Number(found[5] ?? "0");
  if (Math.abs(shift) > mostExponent) return undefined;
  const integer = found[2] ?? "";
  const written = integer + (found[3] ?? found[4] ?? "");
  const start = countLeadingZeros(written);
  const digits = trimTrailingZeros(written.slice(start));
  if (digits === "") return { negative: false, digits, exponent: 0 };
  return { negative: found[1] === "-", digits, exponent: integer.length - start + shift };
}

/** Negative, zero or positive as `left` is below, equal to or above `right`. */
export function compareDecimals(left: Decimal, right: Decimal): number {
  if (left.negative !== right.negative) return left.negative ? -1 : 1;
  const byMagnitude = compareMagnitudes(left, right);
  return left.negative ? 0 - byMagnitude : byMagnitude;
}

/** Drops zeros at the end, which change nothing after a decimal point. */
export function trimTrailingZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits.charCodeAt(end - 1) === 0x30) end--;
  return digits.slice(0, end);
}

function compareMagnitudes(left: Decimal, right: Decimal): number {
  // Zero has no place of a first digit to compare: it is below every other magnitude.
  if (left.digits === "" || right.digits === "") return left.digits.length - right.digits.length;
  if (left.exponent !== right.exponent) return left.exponent - right.exponent;
  // Digits without trailing zeros that continue others are the larger ones, as in text order.
  return left.digits < right.digits ? -1 : left.digits > right.digits ? 1 : 0;
}

function countLeadingZeros(digits: string): number {
  let start = 0;
  while (start < digits.length && digits.charCodeAt(start) === 0x30) start++;
  return start;
}
