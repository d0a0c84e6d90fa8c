// Dates of the request against dates of a policy (DATE-1 to DATE-5): ISO 8601 in the W3C profile or epoch seconds.

import { compareBytes } from "../format/bytes";
import { CAPITAL_T, CAPITAL_Z, COLON, DOT, MINUS, PLUS, ZERO } from "../format/words";
import { Instant, InstantRecord } from "../format/work-views";
import { compareDigits, INCOMPARABLE, isDigit, skipDigits } from "./decimal";

const DAY_SECONDS: i64 = 86400;
/** What follows the milliseconds is cut off (DATE-2). */
const FRACTION_DIGITS: u32 = 3;

/** -1, 0 or 1 as the text, which stands on the left (DATE-1), lies before, at or after the policy's instant; INCOMPARABLE if it is no date. */
export function compareInstant(text: usize, length: u32, record: InstantRecord, scratch: Instant): i32 {
  if (!parseInstant(text, length, scratch)) return INCOMPARABLE;
  const digits: usize = changetype<usize>(record) + offsetof<InstantRecord>();
  // A date beyond 18 digits lies before or after every other one; two of the same sign are compared as digits.
  if (scratch.bigSign != 0 || record.bigSign != 0) {
    if (scratch.bigSign != record.bigSign) return scratch.bigSign > record.bigSign ? 1 : -1;
    const order = compareDigits(scratch.digitsAt, scratch.digitsLength, digits, record.digitsLength);
    return order == 0 ? 0 : order < 0 == scratch.bigSign > 0 ? -1 : 1;
  }
  if (scratch.seconds != record.seconds) return scratch.seconds < record.seconds ? -1 : 1;
  const order = compareBytes(scratch.fractionAt, scratch.fractionLength, digits, record.digitsLength);
  return order == 0 ? 0 : order < 0 ? -1 : 1;
}

/** Reads a date into `out`; false if the text is none (DATE-4). */
export function parseInstant(text: usize, length: u32, out: Instant): bool {
  const end: usize = text + length;
  out.fractionLength = 0;
  out.bigSign = 0;
  const sign: u32 = length > 0 ? u32(load<u8>(text)) : 0;
  const signed: bool = sign == MINUS || sign == PLUS;
  const digits: usize = signed ? text + 1 : text;
  const digitsEnd = skipDigits(digits, end);
  if (digitsEnd == end && digits < end) return parseEpoch(digits, end, sign == MINUS, out);
  return !signed && parseIso(text, end, out);
}

/** Whole seconds since 1970, of any length, with a sign or without (DATE-3), as `aws:EpochTime` has them (DATE-5). */
function parseEpoch(from: usize, end: usize, negative: bool, out: Instant): bool {
  let at: usize = from;
  while (at < end && load<u8>(at) == ZERO) at++;
  const count: u32 = u32(end - at);
  // 18 digits fit 64 bits with room to spare; of more digits only the order matters, and that is length, then
  // bytes.
  if (count > 18) {
    out.bigSign = negative ? -1 : 1;
    out.digitsAt = u32(at);
    out.digitsLength = count;
    return true;
  }
  let seconds: i64 = 0;
  for (; at < end; at++) seconds = seconds * 10 + i64(load<u8>(at) - ZERO);
  out.seconds = negative ? -seconds : seconds;
  return true;
}

/** The number of exactly `count` digits at an address, or -1. */
function readDigits(at: usize, end: usize, count: u32): i32 {
  if (u32(end - at) < count) return -1;
  let value: i32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const byte: u32 = load<u8>(at + i);
    if (!isDigit(byte)) return -1;
    value = value * 10 + i32(byte - ZERO);
  }
  return value;
}

/** Year and month at least; day, time and zone may be missing in that order (DATE-2). */
function parseIso(text: usize, end: usize, out: Instant): bool {
  const year = readDigits(text, end, 4);
  if (year < 0) return false;
  let month: i32 = 1;
  let day: i32 = 1;
  let at: usize = text + 4;
  if (at >= end || load<u8>(at) != MINUS) return false;
  month = readDigits(at + 1, end, 2);
  if (month < 1 || month > 12) return false;
  at += 3;
  if (at < end) {
    if (load<u8>(at) != MINUS) return false;
    day = readDigits(at + 1, end, 2);
    if (day < 1 || day > daysInMonth(year, month)) return false;
    at += 3;
  }
  out.seconds = daysFromCivil(year, month, day) * DAY_SECONDS;
  if (at == end) return true;
  if (load<u8>(at) != CAPITAL_T) return false;
  return parseTime(at + 1, end, out);
}

/** Adds `hh:mm[:ss[.s…]][zone]` to the seconds of the day. */
function parseTime(from: usize, end: usize, out: Instant): bool {
  const hour = readDigits(from, end, 2);
  if (hour < 0 || hour > 23 || from + 2 >= end || load<u8>(from + 2) != COLON) return false;
  const minute = readDigits(from + 3, end, 2);
  if (minute < 0 || minute > 59) return false;
  out.seconds += i64(hour * 3600 + minute * 60);
  let at: usize = from + 5;
  if (at < end && load<u8>(at) == COLON) {
    const second = readDigits(at + 1, end, 2);
    if (second < 0 || second > 59) return false;
    out.seconds += i64(second);
    at += 3;
    if (at < end && load<u8>(at) == DOT) {
      const fractionEnd = skipDigits(at + 1, end);
      if (fractionEnd == at + 1) return false;
      out.fractionAt = u32(at + 1);
      let last: usize = min(fractionEnd, at + 1 + FRACTION_DIGITS);
      while (last > at + 1 && load<u8>(last - 1) == ZERO) last--;
      out.fractionLength = u32(last - at - 1);
      at = fractionEnd;
    }
  }
  // Without a zone a time is read as UTC (DATE-2).
  if (at == end) return true; // no zone: UTC
  const sign: u32 = load<u8>(at);
  if (sign == CAPITAL_Z) return at + 1 == end;
  if (sign != PLUS && sign != MINUS) return false;
  const offsetHour = readDigits(at + 1, end, 2);
  if (offsetHour < 0 || offsetHour > 23) return false;
  at += 3;
  if (at < end && load<u8>(at) == COLON) at++;
  const offsetMinute = readDigits(at, end, 2);
  if (offsetMinute < 0 || offsetMinute > 59 || at + 2 != end) return false;
  const offset: i64 = i64(offsetHour * 3600 + offsetMinute * 60);
  out.seconds += sign == PLUS ? -offset : offset;
  return true;
}

/** By the Gregorian calendar, also for years before it was in force. */
function daysInMonth(year: i32, month: i32): i32 {
  if (month == 2) return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar, counted in years that begin in March. */
function daysFromCivil(year: i32, month: i32, day: i32): i64 {
  // Years that begin in March have the leap day last, so that the months before it have the same lengths every
  // year. An era is the 400 years after which the calendar repeats; 719468 days lie between 0000-03-01 and
  // 1970-01-01.
  const shifted: i32 = month > 2 ? year : year - 1;
  const era: i32 = (shifted >= 0 ? shifted : shifted - 399) / 400;
  const yearOfEra: i32 = shifted - era * 400;
  const dayOfYear: i32 = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const dayOfEra: i32 = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear;
  return i64(era) * 146097 + i64(dayOfEra) - 719468;
}

/** Writes `YYYY-MM-DDThh:mm:ssZ` and gives its length, 0 for a year outside 0000 to 9999. */
export function writeIso(seconds: i64, to: usize): u32 {
  let days: i64 = seconds / DAY_SECONDS;
  let rest: i64 = seconds % DAY_SECONDS;
  if (rest < 0) {
    rest += DAY_SECONDS;
    days--;
  }
  // The way of `daysFromCivil` backwards.
  const shifted: i64 = days + 719468;
  const era: i64 = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  const dayOfEra: i64 = shifted - era * 146097;
  const yearOfEra: i64 = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const dayOfYear: i64 = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const monthFromMarch: i64 = (5 * dayOfYear + 2) / 153;
  const month: i64 = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year: i64 = yearOfEra + era * 400 + i64(month <= 2);
  if (year < 0 || year > 9999) return 0;
  writePadded(to, i32(year), 4);
  store<u8>(to, MINUS, 4);
  writePadded(to + 5, i32(month), 2);
  store<u8>(to, MINUS, 7);
  writePadded(to + 8, i32(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1), 2);
  store<u8>(to, CAPITAL_T, 10);
  writePadded(to + 11, i32(rest / 3600), 2);
  store<u8>(to, COLON, 13);
  writePadded(to + 14, i32((rest / 60) % 60), 2);
  store<u8>(to, COLON, 16);
  writePadded(to + 17, i32(rest % 60), 2);
  store<u8>(to, CAPITAL_Z, 19);
  return 20;
}

/** With zeros in front, to a fixed width. */
function writePadded(to: usize, value: i32, digits: u32): void {
  for (let i: u32 = digits; i > 0; i--) {
    store<u8>(to + i - 1, ZERO + u32(value % 10));
    value /= 10;
  }
}

/** Writes a whole number in decimal and gives its length. */
export function writeInteger(value: i64, to: usize): u32 {
  let at: usize = to;
  if (value < 0) store<u8>(at++, MINUS);
  let magnitude: u64 = value < 0 ? u64(-value) : u64(value);
  let digits: u32 = 1;
  for (let rest: u64 = magnitude / 10; rest != 0; rest /= 10) digits++;
  for (let i: u32 = digits; i > 0; i--) {
    store<u8>(at + i - 1, ZERO + u32(magnitude % 10));
    magnitude /= 10;
  }
  return u32(at - to) + digits;
}
