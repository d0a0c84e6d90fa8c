/** Unpacks bundles on a thread of their own, which is ended at a deadline: what comes over the network must not hold callers up. */
import { Worker } from "node:worker_threads";
import { unpackThreadPath } from "../../artifacts.js";
import { DeadlineError, within } from "../../engine/deadline.js";
import type { BundleFailureCode } from "../supply-event.js";
import { BundleError } from "./bundle-error.js";
import type { BundleLimits, UnpackedBundle } from "./unpack-bundle.js";

/** What the thread is given. */
export interface UnpackTask {
  readonly bytes: Uint8Array;
  readonly limits: BundleLimits;
}

/** What it answers. */
export type UnpackAnswer =
  | { readonly unpacked: UnpackedBundle }
  | { readonly refusal: { readonly code: BundleFailureCode; readonly message: string } };

/** As `unpackBundle`, on another thread. Rejects with BundleError, `timeout` at the deadline. */
export async function unpackAside(
  bytes: Uint8Array,
  limits: BundleLimits,
  deadlineMs: number,
  threadPath: string = unpackThreadPath,
): Promise<UnpackedBundle> {
  const task: UnpackTask = { bytes, limits };
  const worker = new Worker(threadPath, { workerData: task, env: {}, execArgv: [] });
  try {
    const answer = await within(answerOf(worker), deadlineMs, "not unpacked");
    if ("refusal" in answer) throw new BundleError(answer.refusal.code, answer.refusal.message);
    const files = answer.unpacked.files.map(({ name, content }) => ({ name, content: bufferOf(content) }));
    return { ...answer.unpacked, files };
  } catch (error: unknown) {
    if (error instanceof DeadlineError) throw new BundleError("timeout", error.message, { cause: error });
    throw error;
  } finally {
    // Nobody waits for it.
    void worker.terminate();
  }
}

function answerOf(worker: Worker): Promise<UnpackAnswer> {
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`unpacking thread: ended with code ${code}`)));
  });
}

/** Buffers arrive as plain arrays of bytes. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
