/** The unpacking thread: takes one bundle apart for the thread that started it and ends. */
import { parentPort, workerData } from "node:worker_threads";
import { BundleError } from "./bundle-error.js";
import type { UnpackAnswer, UnpackTask } from "./unpack-aside.js";
import { unpackBundle } from "./unpack-bundle.js";

const { bytes, limits }: UnpackTask = workerData;
// Devoid of their class on the way here.
const answer: UnpackAnswer = await unpackBundle(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), limits).then(
  (unpacked) => ({ unpacked }),
  (error: unknown) => {
    if (!(error instanceof BundleError)) throw error;
    return { refusal: { code: error.code, message: error.message } };
  },
);
parentPort?.postMessage(answer);
