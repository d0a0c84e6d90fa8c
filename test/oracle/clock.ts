// aws:CurrentTime and aws:EpochTime: a simulation may set the clock; what it leaves out follows from the rest (CTX-12).
import { floorDecimal } from "./decimal.js";
import { formatInstant, parseInstant } from "./instant.js";
import { lookup } from "./request-context.js";

const CURRENT_TIME = "aws:CurrentTime";
const EPOCH_TIME = "aws:EpochTime";

/** Adds the clock keys that the context lacks, from each other or from the decision time (CTX-12). */
export function completeClock(values: Map<string, readonly string[]>, nowMs: number): void {
  const current = lookup(values, CURRENT_TIME);
  const epoch = lookup(values, EPOCH_TIME);
  if (current !== undefined && epoch !== undefined) return;
  const given = current ?? epoch;
  const seconds = given === undefined ? BigInt(Math.floor(nowMs / 1000)) : secondsOf(given);
  if (seconds === undefined) return;
  const text = formatInstant(seconds);
  if (text === undefined) return;
  if (current === undefined) values.set(CURRENT_TIME, [text]);
  if (epoch === undefined) values.set(EPOCH_TIME, [String(seconds)]);
}

/** The whole second of a single time value; undefined if there are several or it is no time. */
function secondsOf(list: readonly string[]): bigint | undefined {
  const [value, ...more] = list;
  const instant = value === undefined || more.length > 0 ? undefined : parseInstant(value);
  return instant === undefined ? undefined : floorDecimal(instant);
}
