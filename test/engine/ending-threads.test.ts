// A thread that took too long may write into its region until it is gone: until then nobody hears that it failed, and nothing is tried again.
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LaneEntry } from "../../src/engine/lane-words.js";
import { WorkerPool } from "../../src/engine/pool.js";
import type { GenerationMemory, Task } from "../../src/engine/task.js";

const entry = fileURLToPath(new URL("lingering-worker.mjs", import.meta.url));
const ENDED = 1;

let pool: WorkerPool;
let words: Int32Array;
beforeEach(async () => {
  words = new Int32Array(new SharedArrayBuffer(8));
  // Half of what the thread lingers.
  pool = new WorkerPool(2, entry, 1500);
  await pool.start();
  await Promise.all(pool.threads.map((thread) => once(thread, "online")));
  for (const thread of pool.threads) thread.once("exit", () => Atomics.store(words, ENDED, 1));
});
afterEach(() => pool.close());

describe("a thread that takes too long", () => {
  it("is gone before its part is tried again", async () => {
    expect(await pool.run({ words } as unknown as Task)).toBe(1);
    expect(pool.retries).toBe(1);
  });

  it("is gone before anybody hears that an entry failed", async () => {
    const posted = pool.post({ kind: "decide", first: 0, last: 1 } as LaneEntry, {} as GenerationMemory);
    await expect(posted).rejects.toThrow("aborted");
    expect(Atomics.load(words, ENDED)).toBe(1);
  });
});
