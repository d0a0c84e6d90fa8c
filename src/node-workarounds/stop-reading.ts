/** Takes no further byte from a connection that goes on sending. Where the inside of Node.js is not as expected, it is left alone. */
import type { Http2Session } from "node:http2";

/**
 * Stops reading the connection of a session, which can still be written to. A session cannot be paused, and after a `goaway` it reads on:
 * a flood of frames would be read, and answered, for as long as the reason for its end is on the way. Bytes that libuv has read are
 * still gone through, 64 KiB at most.
 */
export function stopReading(session: Http2Session): void {
  const handle: unknown = Reflect.get(session.socket, "_handle");
  if (typeof handle !== "object" || handle === null) return;
  const readStop: unknown = Reflect.get(handle, "readStop");
  if (typeof readStop === "function") Reflect.apply(readStop, handle, []);
}
