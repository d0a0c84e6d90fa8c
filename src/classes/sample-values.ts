/**
 * Values of a key that between them pass and fail tests in every way that numbers, dates and addresses can: the constants of the tests,
 * and one value in each gap between them.
 */
import type { Instant } from "../policy/document/date.js";
import type { Decimal } from "../policy/document/decimal.js";
import { type IpRange, parseIpAddress } from "../policy/document/ip-address.js";
import type { KeyType } from "../policy/document/operators.js";
import type { Comparison } from "./value-test.js";

/** A value of each type that no test asks for, the one to show where any does. */
const plainSamples: Readonly<Record<KeyType, readonly string[]>> = {
  String: ["x"],
  ARN: ["arn:aws:x:::x"],
  Bool: ["true", "false"],
  Date: ["2026-01-01T00:00:00Z"],
  Numeric: ["1", "0"],
  IPAddress: ["192.0.2.1", "2001:db8::1"],
  Binary: ["eA=="],
};

/** Values of a known type, or of any, that need no test. */
export function samplesOf(type: KeyType | undefined): readonly string[] {
  return type === undefined ? ["x"] : plainSamples[type];
}

/** Values around the constants of a comparison; undefined if they are too large to write out. */
export function valuesAround(comparison: Comparison): readonly string[] | undefined {
  switch (comparison.family) {
    case "number":
      return numbersAround(comparison.numbers);
    case "date":
      return comparison.instants.flatMap(datesAround);
    case "address":
      // Also one of each family: ranges of one say nothing of the other (IP-5).
      return [...comparison.ranges.flatMap(addressesAround), ...plainSamples.IPAddress];
    default:
      return [];
  }
}

const mostDigits = 400;

/** Whole numbers beside each constant, and numbers closer to it than any other constant is. */
function numbersAround(numbers: readonly Decimal[]): readonly string[] | undefined {
  let scale = 0;
  for (const { digits, exponent } of numbers) {
    if (Math.abs(exponent) > mostDigits) return undefined;
    scale = Math.max(scale, digits.length - exponent);
  }
  // One digit more than the constants have: a step lies within every gap.
  const places = Math.max(scale, 0) + 1;
  const values = new Set<string>();
  for (const { negative, digits, exponent } of numbers) {
    const size = BigInt(digits === "" ? "0" : digits) * 10n ** BigInt(Math.max(places - (digits.length - exponent), 0));
    const scaled = negative ? -size : size;
    const one = 10n ** BigInt(places);
    for (const next of [scaled, scaled - one, scaled + one, scaled - 1n, scaled + 1n])
      values.add(unscaled(next, places));
    const text = unscaled(scaled, places);
    // The same number in other words, for tests that compare texts.
    values.add(text.includes(".") ? `${text}0` : `${text}.0`);
  }
  return [...values];
}

function unscaled(value: bigint, places: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(places + 1, "0");
  const fraction = digits.slice(-places).replace(/0+$/, "");
  const whole = digits.slice(0, -places);
  return `${value < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

function datesAround({ seconds, fraction }: Instant): readonly string[] {
  const milliseconds = seconds * 1000n + BigInt((fraction || "0").padEnd(3, "0"));
  return [0n, -1000n, 1000n, -1n, 1n].map((step) => dateText(milliseconds + step));
}

/** ISO 8601 where the year has four digits, epoch seconds elsewhere, which lose what is below a second. */
export function dateText(milliseconds: bigint): string {
  if (milliseconds < -62_167_219_200_000n || milliseconds >= 253_402_300_800_000n) {
    return (milliseconds / 1000n).toString();
  }
  return new Date(Number(milliseconds)).toISOString().replace(".000Z", "Z");
}

/** First and last address of the range, and those before and after it. */
function addressesAround({ family, bytes, prefixLength }: IpRange): readonly string[] {
  const bits = BigInt(family === 4 ? 32 : 128);
  const first = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const last = first | ((1n << (bits - BigInt(prefixLength))) - 1n);
  const most = (1n << bits) - 1n;
  return [first + 1n, first, last, first - 1n, last + 1n]
    .filter((value) => value >= 0n && value <= most)
    .map((value) => addressText(value, family))
    .filter((text) => parseIpAddress(text)?.family === family);
}

function addressText(value: bigint, family: 4 | 6): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join(".");
  const groups = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16));
  return groups.join(":").replace(/(?:^|:)0(?::0)+(?:$|:)/, "::");
}
