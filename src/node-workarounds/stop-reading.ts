/** Takes no further byte from a connection, where Node.js has no way to say so. Where its inside is not as expected, nothing is done. */
import type { Http2Session } from "node:http2";
import type { Socket } from "node:net";

/**
 * Stops reading the connection of a session, which can still be written to. A session cannot be paused, and after a `goaway` it reads on:
 * a flood of frames would be read, and answered, for as long as the reason for its end is on the way. Bytes that libuv has read are
 * still gone through, 64 KiB at most.
 */
export function stopReading(session: Http2Session): void {
  tellHandle(session.socket, "readStop");
}

/**
 * Stops reading a connection that is no session yet; gives false where that is not possible. What had been read when it becomes one is
 * handed over in another way, in which streams are told of that have ended meanwhile.
 */
export function holdReading(socket: Socket): boolean {
  return tellHandle(socket, "readStop");
}

/** Reads such a connection. */
export function goOnReading(socket: Socket): void {
  tellHandle(socket, "readStart");
}

function tellHandle(socket: object, method: "readStart" | "readStop"): boolean {
  const handle: unknown = Reflect.get(socket, "_handle");
  if (typeof handle !== "object" || handle === null) return false;
  const tell: unknown = Reflect.get(handle, method);
  if (typeof tell !== "function") return false;
  Reflect.apply(tell, handle, []);
  return true;
}
