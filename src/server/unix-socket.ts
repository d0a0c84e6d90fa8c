/** The file of a unix socket: removes what a killed server left behind, never what is in use. */
import { lstat, unlink } from "node:fs/promises";
import { connect } from "node:net";

/** Removes the file if it is a socket that nobody listens at; throws if it is anything else. */
export async function removeStaleSocket(path: string): Promise<void> {
  const facts = await lstat(path).catch(() => undefined);
  if (facts === undefined) return;
  if (!facts.isSocket()) throw new Error("the file exists and is no socket");
  if (await isListening(path)) throw new Error("another process listens there");
  await removeSocket(path);
}

/** Removes the file if it is there. */
export async function removeSocket(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  });
}

function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    // Only a refusal proves that nobody is there: missing rights say nothing.
    socket.once("error", (error) => resolve(!("code" in error && error.code === "ECONNREFUSED")));
  });
}
