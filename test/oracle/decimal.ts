// Exact decimals: an integer and a number of fraction digits, compared without rounding (NUM-1, NUM-4).

/** The number `units / 10^scale`. */
export interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

/** Reads a sign, digits, and optionally a point and digits; anything else is undefined (NUM-3). */
export function parseDecimal(text: string): Decimal | undefined {
  const parts = /^([+-]?)([0-9]+)(?:\.([0-9]+))?$/.exec(text);
  if (parts === null) return undefined;
  const [, sign = "", whole = "", fraction = ""] = parts;
  const magnitude = BigInt(whole + fraction);
  return { units: sign === "-" ? -magnitude : magnitude, scale: fraction.length };
}

/** Negative, zero or positive as left is less than, equal to or greater than right (NUM-2, NUM-4). */
export function compareDecimals(left: Decimal, right: Decimal): number {
  const scale = Math.max(left.scale, right.scale);
  const difference = rescale(left, scale) - rescale(right, scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The greatest integer that is not greater than the number. */
export function floorDecimal({ units, scale }: Decimal): bigint {
  const divisor = 10n ** BigInt(scale);
  const quotient = units / divisor;
  return units < 0n && quotient * divisor !== units ? quotient - 1n : quotient;
}

function rescale({ units, scale }: Decimal, wanted: number): bigint {
  return units * 10n ** BigInt(wanted - scale);
}
