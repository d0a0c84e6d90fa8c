/** Times as AWS writes them. */

/** The end of the year 9999: later times are none of AWS's, and no calendar has them. */
const latest = Date.UTC(10_000, 0) - 1;

/** Milliseconds since 1970 of a time as AWS writes it: ISO 8601, or seconds. Undefined for anything else. */
export function timeOf(value: unknown): number | undefined {
  if (typeof value === "number") {
    const time = value > 1e11 ? value : value * 1000;
    return Math.abs(time) <= latest ? time : undefined;
  }
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\d/.test(value)) return undefined;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : time;
}

/** ISO 8601 in seconds, in UTC. */
export function isoTime(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? "1970-01-01T00:00:00Z" : date.toISOString().replace(/\.\d+Z$/, "Z");
}
