// What is tuned to the inside of Node can be left out, each by its name, in every thread of a process.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import { ballastFor } from "../../src/node-workarounds/ballast.js";
import { isInUse, leaveOut, threadData, workarounds } from "../../src/node-workarounds/workarounds.js";
import { file, messagesOf, minimal, root, stopMessages, verdict } from "../kit/run-verdict.js";
import { startServe } from "../kit/serve-process.js";

afterEach(() => leaveOut([]));

describe("workarounds", () => {
  it("are in use unless they are left out", () => {
    expect(workarounds.filter(isInUse)).toEqual(workarounds);
    leaveOut(["ballast"]);
    expect(workarounds.filter((name) => !isInUse(name))).toEqual(["ballast"]);
    expect(ballastFor(1000).byteLength).toBe(0);
  });

  it("are left out in threads as in the process that started them", async () => {
    leaveOut(["ballast", "worker-collections"]);
    const built = pathToFileURL(join(root, "dist", "src", "node-workarounds", "workarounds.js"));
    const script = `
      import { parentPort } from "node:worker_threads";
      import { isInUse, workarounds } from "${built}";
      parentPort.postMessage(workarounds.filter((name) => !isInUse(name)));`;
    const worker = new Worker(file("left-out.mjs", script), { workerData: threadData() });
    const have = await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
    expect(have).toEqual(["ballast", "worker-collections"]);
    await worker.terminate();
  });

  it.each(["| name | file |", "| name | Node"])("stand in the table `%s`, each with its switch", (head) => {
    const text = readFileSync(join(root, "src", "node-workarounds", "README.md"), "utf8");
    const [table = ""] = text
      .slice(text.indexOf(`\n${head}`))
      .trimStart()
      .split("\n\n");
    const rows = table.matchAll(/^\| `([a-z-]+)` \|/gm);
    expect([...rows].map(([, name]) => name).sort()).toEqual([...workarounds].sort());
  });
});

describe("ballastFor()", () => {
  it("is larger than any piece of memory that malloc clears to use it again", () => {
    for (const imageBytes of [0, 100_000, 5 << 20]) expect(ballastFor(imageBytes).byteLength).toBeGreaterThan(32 << 20);
  });
});

describe("verdict serve --without-workarounds", () => {
  it("serves without any of them", async () => {
    const without = workarounds.flatMap((name) => ["--without-workarounds", name]);
    const { output: run } = await startServe(["--policies", minimal, "--workers", "1", ...without]);
    expect(await run.lines(1)).toEqual([expect.stringContaining("listening on")]);
    run.kill("SIGTERM");
    expect(await run.code).toBe(0);
    expect(messagesOf(run.err())).toEqual(stopMessages);
  });

  it("refuses a name that is none", async () => {
    const have = await verdict(["serve", "--policies", minimal, "--without-workarounds", "bolts"]);
    expect(have).toEqual({
      code: 2,
      out: "",
      err: `--without-workarounds: \`bolts\` is none of ${workarounds.join(", ")}\n`,
    });
  });
});
