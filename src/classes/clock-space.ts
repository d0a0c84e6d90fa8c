/** The one clock behind `aws:CurrentTime` and `aws:EpochTime` (CTX-12): seconds that pass some tests and fail others. */

import { parseDate } from "../policy/document/date.js";
import { parseDecimal } from "../policy/document/decimal.js";
import type { Demand } from "./key-space.js";
import { valuesAround } from "./sample-values.js";
import { holdsFor } from "./value-test.js";

/** The keys of the clock. */
export const clockKeys: ReadonlySet<string> = new Set(["aws:currenttime", "aws:epochtime"]);

/** The clock's values at an instant in milliseconds; whole seconds. */
export function clockValues(milliseconds: bigint): Readonly<Record<string, string>> {
  return {
    "aws:currenttime": new Date(Number(milliseconds)).toISOString().replace(".000Z", "Z"),
    "aws:epochtime": (milliseconds / 1000n).toString(),
  };
}

const firstYear = -62_167_219_200_000n;
const lastYear = 253_402_300_799_000n;
/** 2026-01-01T00:00:00Z, where nothing is asked. */
const anyInstant = 1_767_225_600_000n;

/** An instant in milliseconds at which all tests hold as demanded; undefined if there is none: clocks show whole seconds. */
export function findInstant(demands: readonly Demand[]): bigint | undefined {
  const candidates = [anyInstant];
  for (const { test } of demands) {
    const { comparison } = test;
    const texts = comparison === undefined ? [] : [...(valuesAround(comparison) ?? []), ...test.source.values];
    for (const text of texts) {
      const instant = parseDate(text);
      const number = parseDecimal(text);
      if (instant === undefined && number === undefined) continue;
      const seconds = instant?.seconds ?? BigInt(Math.trunc(Number(text)));
      for (const step of [0n, 1n, -1n]) candidates.push((seconds + step) * 1000n);
    }
  }
  return candidates.find((milliseconds) => {
    if (milliseconds < firstYear || milliseconds > lastYear) return false;
    const values = clockValues(milliseconds);
    return demands.every(({ test, holds }) => {
      const value = values[test.key];
      // A tied test is open here.
      return (value === undefined ? undefined : holdsFor(test, [value], false)) !== !holds;
    });
  });
}
