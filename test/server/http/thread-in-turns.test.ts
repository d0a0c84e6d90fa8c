/** Work on a thread of its own: what holds it up is ended, and whoever waits for it gets an answer. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HttpCall } from "../../../src/server/http/route.js";
import { ThreadInTurns } from "../../../src/server/http/thread-in-turns.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "verdict-thread-"));
  writeFileSync(
    join(folder, "thread.mjs"),
    "export default function (task) { if (task === 'loop') for (;;); return `done ${task}`; }",
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

const threadOf = (mostMs?: number) =>
  new ThreadInTurns<string, string>({
    entry: join(folder, "thread.mjs"),
    noun: "check",
    mostWaiting: 4,
    ...(mostMs === undefined ? {} : { mostMs }),
  });
const callOf = (signal = new AbortController().signal) => ({ share: "one", signal }) as HttpCall;

describe("ThreadInTurns", () => {
  it("ends what takes too long, and says so", async () => {
    const thread = threadOf(1500);
    await expect(thread.run("loop", callOf())).rejects.toMatchObject({
      status: 422,
      message: "check: takes longer than 1.5 s",
    });
  });

  it("ends the work of a caller that leaves, and goes on", async () => {
    const thread = threadOf();
    const caller = new AbortController();
    const asked = thread.run("loop", callOf(caller.signal));
    caller.abort();
    await expect(asked).rejects.toThrow();
    expect(await thread.run("y", callOf())).toBe("done y");
  });
});
