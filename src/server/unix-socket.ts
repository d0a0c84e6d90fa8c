/**
 * The file of a unix socket: its mode bits, and removing what a killed server left behind, never what is in use. Where several
 * processes share a socket, the one that keeps them minds the file.
 */
import cluster from "node:cluster";
import { chmod, lstat, unlink } from "node:fs/promises";
import { connect } from "node:net";
import { isMainThread } from "node:worker_threads";

/** Who may connect where nothing else is said: the user of the server. */
export const defaultSocketMode = 0o600;

/** Removes the file if it is a socket that nobody listens at; throws if it is anything else. */
export async function removeStaleSocket(path: string): Promise<void> {
  if (cluster.isWorker) return;
  const facts = await lstat(path).catch(() => undefined);
  if (facts === undefined) return;
  if (!facts.isSocket()) throw new Error("the file exists and is no socket");
  if (await isListening(path)) throw new Error("another process listens there");
  await removeSocket(path);
}

/** Removes the file if it is there. */
export async function removeSocket(path: string): Promise<void> {
  if (cluster.isWorker) return;
  await unlink(path).catch((error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  });
}

/**
 * Runs what creates a socket's file and gives the file its mode. Between the two nobody but the user of the server can
 * connect.
 */
export async function withSocketMode<T>(path: string, mode: number, create: () => Promise<T>): Promise<T> {
  // Threads cannot change the mask; servers run on the main thread.
  const before = isMainThread ? process.umask(0o177) : undefined;
  try {
    const created = await create();
    await chmod(path, mode);
    return created;
  } finally {
    if (before !== undefined) process.umask(before);
  }
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
