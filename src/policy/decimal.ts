/**
 * Decimal numbers of Numeric operators, exact and of any length (NUM-1, NUM-3, NUM-4).
 */

/** A number in its one normal form: equal values have equal fields. */
export interface Decimal {
  /** Never true for zero. */
  readonly negative: boolean;
  /** Digits before the point without leading zeros; empty for values below one. */
  readonly integer: string;
  /** Digits after the point without trailing zeros. */
  readonly fraction: string;
}

/** Reads optional sign, digits, optionally a point and digits; anything else is undefined. */
export function parseDecimal(text: string): Decimal | undefined {
  const found = /^([+-]?)([0-9]+)(?:\.([0-9]+))?$/.exec(text);
  if (found === null) return undefined;
  const integer = trimLeadingZeros(found[2] ?? "");
  const fraction = trimTrailingZeros(found[3] ?? "");
  return { negative: found[1] === "-" && integer + fraction !== "", integer, fraction };
}

/** Negative, zero or positive as `left` is below, equal to or above `right`. */
export function compareDecimals(left: Decimal, right: Decimal): number {
  if (left.negative !== right.negative) return left.negative ? -1 : 1;
  const byMagnitude =
    left.integer.length - right.integer.length ||
    compareDigits(left.integer, right.integer) ||
    // A fraction without trailing zeros that continues another is the larger one, as in text order.
    compareDigits(left.fraction, right.fraction);
  return left.negative ? 0 - byMagnitude : byMagnitude;
}

/** Drops zeros at the end, which change nothing after a decimal point. */
export function trimTrailingZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits.charCodeAt(end - 1) === 0x30) end--;
  return digits.slice(0, end);
}

function trimLeadingZeros(digits: string): string {
  let start = 0;
  while (start < digits.length && digits.charCodeAt(start) === 0x30) start++;
  return digits.slice(start);
}

function compareDigits(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
