/**
 * The `grpc-timeout` of calls: at most eight digits and a unit. grpc-js takes other texts for what they resemble, and times beyond
 * its timers for a time that is over.
 */
import type { Http2Server } from "node:http2";

/** Timers end here: 24 days. */
const LONGEST_MS = 2_147_483_000;
const unitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };
/** What grpc-js refuses with INTERNAL. */
const MALFORMED = "malformed";

/** Makes the calls of a server have deadlines as the protocol knows them. */
export function keepDeadlines(server: Http2Server): void {
  server.prependListener("stream", (_stream, headers) => {
    const timeout = headers["grpc-timeout"];
    if (timeout !== undefined) headers["grpc-timeout"] = plainTimeout(timeout);
  });
}

/** The same text; a text of the longest time where it means a longer one; `malformed` where it is none. */
export function plainTimeout(text: unknown): string {
  const ms = typeof text === "string" ? timeoutMs(text) : undefined;
  if (typeof text !== "string" || ms === undefined) return MALFORMED;
  return ms <= LONGEST_MS ? text : `${LONGEST_MS / 1000}S`;
}

/** The whole milliseconds that a `grpc-timeout` means; undefined where it is none. */
export function timeoutMs(text: string): number | undefined {
  const [, digits = "", unit = ""] = /^([0-9]{1,8})([HMSmun])$/.exec(text) ?? [];
  const factor = unitMs[unit];
  return factor === undefined ? undefined : Math.trunc(Number(digits) * factor);
}
