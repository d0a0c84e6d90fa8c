/** The one clock behind `aws:CurrentTime` and `aws:EpochTime` (CTX-12): seconds that pass some tests and fail others. */

import { parseDate } from "../policy/document/date.js";
import { parseDecimal } from "../policy/document/decimal.js";
import { FoundBefore } from "./found-before.js";
import type { Demand } from "./key-space.js";
import { valuesAround } from "./sample-values.js";
import { type Comparison, holdsFor } from "./value-test.js";

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

/**
 * An instant in milliseconds at which all tests hold as demanded; `none` if there is none: clocks show whole seconds. Tests of their texts
 * are looked at in samples.
 */
export function findInstant(demands: readonly Demand[]): bigint | "none" | "unknown" {
  return foundBefore.answer("", demands, { left: 0 }, "unknown", () => seekInstant(demands));
}

const foundBefore = new FoundBefore<bigint | "none" | "unknown">();

function seekInstant(demands: readonly Demand[]): bigint | "none" | "unknown" {
  const candidates = [anyInstant];
  let isComplete = true;
  for (const { test } of demands) {
    const { comparison } = test;
    if (comparison === undefined) continue;
    if (comparison.family === "text" || comparison.family === "caseless") isComplete = false;
    const around = valuesAround(comparison);
    if (around === undefined) isComplete = false;
    const texts = [...(around ?? []), ...test.source.values, ...completed(comparison, test.key)];
    for (const text of texts) {
      const seconds = secondsOf(text);
      if (seconds === undefined) continue;
      for (const step of [0n, 1n, -1n]) candidates.push((seconds + step) * 1000n);
    }
  }
  const found = candidates.find((milliseconds) => {
    if (milliseconds < firstYear || milliseconds > lastYear) return false;
    const values = clockValues(milliseconds);
    return demands.every(({ test, holds }) => {
      const value = values[test.key];
      // A tied test is open here.
      return (value === undefined ? undefined : holdsFor(test, [value], false)) !== !holds;
    });
  });
  return found ?? (isComplete ? "none" : "unknown");
}

/** Times that begin or end as the patterns do. */
function completed(comparison: Comparison, key: string): readonly string[] {
  if (comparison.family !== "text") return [];
  const plain = clockValues(anyInstant)[key] ?? "";
  return comparison.globs.flatMap(({ prefix, suffix }) => {
    const begun = prefix + plain.slice(prefix.length);
    return [begun, begun.slice(0, Math.max(0, plain.length - suffix.length)) + suffix];
  });
}

function secondsOf(text: string): bigint | undefined {
  const instant = parseDate(text);
  if (instant !== undefined) return instant.seconds;
  const number = parseDecimal(text) === undefined ? Number.NaN : Math.trunc(Number(text));
  return Number.isFinite(number) ? BigInt(number) : undefined;
}
