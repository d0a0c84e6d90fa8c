/**
 * The `grpc-timeout` of calls: at most eight digits and a unit. grpc-js takes other texts for what they resemble, and times beyond
 * its timers for a time that is over.
 */
import type { Http2Server } from "node:http2";

/** Timers end here: 24 days. */
const LONGEST_S = 2_147_483;
const secondsOf: Readonly<Record<string, number>> = { H: 3600, M: 60, S: 1, m: 1e-3, u: 1e-6, n: 1e-9 };
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
  if (typeof text !== "string" || !/^[0-9]{1,8}[HMSmun]$/.test(text)) return MALFORMED;
  const seconds = Number(text.slice(0, -1)) * (secondsOf[text.slice(-1)] ?? 0);
  return seconds <= LONGEST_S ? text : `${LONGEST_S}S`;
}
