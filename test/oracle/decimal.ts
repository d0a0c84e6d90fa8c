// Exact decimals: an integer and a power of ten, compared without writing the power out (NUM-1, NUM-4).

/** The number `units / 10^scale`; the scale may be negative and too large to write out. */
export interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

const LARGEST_EXPONENT = 2_147_483_647n;

/** Reads sign, digits, point and exponent; anything else is undefined (NUM-3). */
export function parseDecimal(text: string): Decimal | undefined {
  const parts = /^([+-]?)(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(?:[eE]([+-]?)([0-9]+))?$/.exec(text);
  if (parts === null) return undefined;
  const [, sign = "", whole = "", after = "", alone = "", exponentSign = "", exponentDigits = "0"] = parts;
  const fraction = after + alone;
  const exponent = BigInt(exponentDigits);
  if (exponent > LARGEST_EXPONENT) return undefined;
  const magnitude = BigInt(whole + fraction);
  const shift = Number(exponent) * (exponentSign === "-" ? -1 : 1);
  return { units: sign === "-" ? -magnitude : magnitude, scale: fraction.length - shift };
}

/** Negative, zero or positive as left is less than, equal to or greater than right (NUM-2, NUM-4). */
export function compareDecimals(left: Decimal, right: Decimal): number {
  const sign = signOf(left);
  if (sign !== signOf(right)) return sign - signOf(right);
  if (sign === 0) return 0; // with whatever exponent
  return sign < 0 ? compareMagnitudes(right, left) : compareMagnitudes(left, right);
}

/** The greatest integer that is not greater than the number; its scale is that of a written-out text. */
export function floorDecimal({ units, scale }: Decimal): bigint {
  const divisor = 10n ** BigInt(scale);
  const quotient = units / divisor;
  return units < 0n && quotient * divisor !== units ? quotient - 1n : quotient;
}

function signOf({ units }: Decimal): number {
  return units < 0n ? -1 : units > 0n ? 1 : 0;
}

/** Compares two numbers that are not zero: first where the foremost digit stands, then digit by digit. */
function compareMagnitudes(left: Decimal, right: Decimal): number {
  const a = digitsOf(left);
  const b = digitsOf(right);
  const places = a.length - left.scale - (b.length - right.scale);
  if (places !== 0) return places;
  const length = Math.max(a.length, b.length);
  const [one, other] = [a.padEnd(length, "0"), b.padEnd(length, "0")];
  return one < other ? -1 : one > other ? 1 : 0;
}

function digitsOf({ units }: Decimal): string {
  return String(units < 0n ? -units : units);
}
