/** Waits until a socket is connected, for a bounded time: who takes a connection and never answers its greeting would hold a load test for ever. */
import { once } from "node:events";
import type { Socket } from "node:net";

const connectMs = 5000;

/** Resolves once it is open. Rejects, and takes the socket away, where it cannot be opened or nobody answers in time. */
export async function untilOpen(
  socket: Socket,
  event: "connect" | "secureConnect",
  withinMs = connectMs,
): Promise<void> {
  try {
    await once(socket, event, { signal: AbortSignal.timeout(withinMs) });
  } catch (error: unknown) {
    // What it says of itself from here on nobody waits for.
    socket.on("error", () => {});
    socket.destroy();
    const isLate = error instanceof Error && error.name === "AbortError";
    throw isLate ? new Error("no answer in time", { cause: error }) : error;
  }
}
