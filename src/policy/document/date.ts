/**
 * Instants of Date operators: ISO 8601 in the W3C profile, or epoch seconds (DATE-2 to DATE-4).
 * Exact, independent of the machine's clock and time zone, and without the leniency of `Date.parse`.
 */
import { trimTrailingZeros } from "./decimal.js";

/** An instant in its one normal form: `seconds` is rounded down, the fraction counts upwards from it. */
export interface Instant {
  /** Since 1970-01-01T00:00:00Z. */
  readonly seconds: bigint;
  /** Milliseconds: up to three digits after the point, without trailing zeros. */
  readonly fraction: string;
}

const epochText = /^[+-]?[0-9]+$/;
const isoText =
  /^([0-9]{4})-([0-9]{2})(?:-([0-9]{2})(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?(?:Z|([+-])([0-9]{2}):?([0-9]{2}))?)?)?$/;

/**
 * Reads a date; undefined if the text is none or names a day that does not exist. Digits alone, after an optional sign, are
 * epoch seconds, also four of them (DATE-3). Without a zone the time is UTC, and a fraction of any length ends after
 * milliseconds (DATE-2).
 */
export function parseDate(text: string): Instant | undefined {
  if (epochText.test(text)) return { seconds: BigInt(text.replace("+", "")), fraction: "" };
  const found = isoText.exec(text);
  if (found === null) return undefined;
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3] ?? "1")];
  const [hour, minute, second] = [Number(found[4] ?? "0"), Number(found[5] ?? "0"), Number(found[6] ?? "0")];
  const [offsetHour, offsetMinute] = [Number(found[9] ?? "0"), Number(found[10] ?? "0")];
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59 || offsetHour > 23 || offsetMinute > 59) return undefined;
  const offset = (offsetHour * 60 + offsetMinute) * (found[8] === "-" ? -60 : 60);
  const seconds = daysFromEpoch(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset;
  return { seconds: BigInt(seconds), fraction: trimTrailingZeros((found[7] ?? "").slice(0, 3)) };
}

/** Negative, zero or positive as `left` is before, at or after `right`. */
export function compareInstants(left: Instant, right: Instant): number {
  if (left.seconds !== right.seconds) return left.seconds < right.seconds ? -1 : 1;
  return left.fraction < right.fraction ? -1 : left.fraction > right.fraction ? 1 : 0;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

// Gregorian calendar for all years. The year is counted from March, so that the leap day comes last.
function daysFromEpoch(year: number, month: number, day: number): number {
  const marchYear = month > 2 ? year : year - 1;
  const marchMonth = (month + 9) % 12;
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  return 365 * marchYear + leapDays + Math.floor((153 * marchMonth + 2) / 5) + day - 1 - 719_468;
}
