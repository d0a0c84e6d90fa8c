/** The part of all requests that traffic is made of. */
import { everything, type Region } from "../audit/region.js";

/** Every request of whoever could ask, at one moment, in milliseconds since 1970. */
export function everythingAt(nowMs: number): Region {
  const seconds = Math.floor(nowMs / 1000) * 1000;
  return { ...everything, outside: true, context: new Map([["aws:CurrentTime", [new Date(seconds).toISOString()]]]) };
}
