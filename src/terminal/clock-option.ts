/** A point in time out of an option. */
import { parseDate } from "../policy/document/date.js";
import { quote } from "../text/quote.js";
import { refuse } from "./command-error.js";

/** Milliseconds since 1970 of a date as policies have them (DATE-2). Refuses what is none, by the name of the option. */
export function millisecondsGiven(flag: string, text: string): number {
  const instant = parseDate(text);
  if (instant === undefined) throw refuse(`${flag}: ${quote(text)} is no date such as 2026-03-01T09:00:00Z`);
  return Number(instant.seconds) * 1000 + Math.floor(Number(`0.${instant.fraction || "0"}`) * 1000);
}
