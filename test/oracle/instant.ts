// Instants as decimals of seconds, milliseconds at most, since 1970-01-01T00:00:00Z, read from ISO 8601 or epoch seconds (section 8.3).
import type { Decimal } from "./decimal.js";

const ISO_8601 =
  /^([0-9]{4})-([0-9]{2})(?:-([0-9]{2})(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?)?$/;

const SECONDS_A_DAY = 86_400n;
const DAYS_IN_CYCLE = 146_097;

/** Reads epoch seconds (DATE-3) or ISO 8601 (DATE-2); undefined for anything else and impossible dates (DATE-4). */
export function parseInstant(text: string): Decimal | undefined {
  if (/^[+-]?[0-9]+$/.test(text)) return { units: BigInt(text.replace(/^\+/, "")), scale: 0 };
  const parts = ISO_8601.exec(text);
  if (parts === null) return undefined;
  const year = Number(parts[1]);
  const month = Number(parts[2]);
  const day = Number(parts[3] ?? "1");
  const hour = Number(parts[4] ?? "0");
  const minute = Number(parts[5] ?? "0");
  const second = Number(parts[6] ?? "0");
  const milliseconds = (parts[7] ?? "").padEnd(3, "0").slice(0, 3); // cut off, not rounded (DATE-2)
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const offset = parseOffsetSeconds(parts[8] ?? "Z");
  if (offset === undefined) return undefined;
  const seconds =
    BigInt(daysBefore(year, month, day)) * SECONDS_A_DAY + BigInt(hour * 3600 + minute * 60 + second - offset);
  return { units: seconds * 1000n + BigInt(milliseconds), scale: 3 };
}

/** Writes whole seconds as `YYYY-MM-DDThh:mm:ssZ`; undefined outside the years 0000 to 9999 (CTX-12). */
export function formatInstant(seconds: bigint): string | undefined {
  const first = BigInt(daysBefore(0, 1, 1)) * SECONDS_A_DAY;
  const end = BigInt(daysBefore(10_000, 1, 1)) * SECONDS_A_DAY;
  if (seconds < first || seconds >= end) return undefined;
  let days = Number((seconds - first) / SECONDS_A_DAY);
  let rest = Number((seconds - first) % SECONDS_A_DAY);
  // The calendar repeats after 400 years.
  let year = Math.floor(days / DAYS_IN_CYCLE) * 400;
  days %= DAYS_IN_CYCLE;
  while (days >= daysInYear(year)) days -= daysInYear(year++);
  let month = 1;
  while (days >= daysInMonth(year, month)) days -= daysInMonth(year, month++);
  const hour = Math.floor(rest / 3600);
  rest -= hour * 3600;
  const minute = Math.floor(rest / 60);
  const two = (value: number): string => String(value).padStart(2, "0");
  const date = `${String(year).padStart(4, "0")}-${two(month)}-${two(days + 1)}`;
  return `${date}T${two(hour)}:${two(minute)}:${two(rest - minute * 60)}Z`;
}

/** Seconds east of Greenwich of `Z`, `+hh:mm` or `+hhmm` (DATE-2). */
function parseOffsetSeconds(zone: string): number | undefined {
  if (zone === "Z") return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  if (hours > 23 || minutes > 59) return undefined;
  const seconds = hours * 3600 + minutes * 60;
  return zone.startsWith("-") ? -seconds : seconds;
}

/** Days from 1970-01-01 to a day of the proleptic Gregorian calendar, counted year by year. */
function daysBefore(year: number, month: number, day: number): number {
  let days = day - 1;
  for (let earlier = 1; earlier < month; earlier++) days += daysInMonth(year, earlier);
  for (let between = 1970; between < year; between++) days += daysInYear(between);
  for (let between = year; between < 1970; between++) days -= daysInYear(between);
  return days;
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

function daysInYear(year: number): number {
  return isLeapYear(year) ? 366 : 365;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
