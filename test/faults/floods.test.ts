/** Rows 25 and 26 of the battery: whoever floods the server loses its connections, and nobody else loses anything. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, it } from "vitest";
import { root } from "../kit/run-verdict.js";
import { Attacked } from "./attacked.js";
import { extent, isFull } from "./extent.js";

const floodMs = extent(1500, 8000);

let server: Attacked;
beforeAll(async () => {
  server = await Attacked.start("--max-connections", "4096", "--request-timeout", "2s");
});
afterAll(() => server.stop());

describe("a flood", () => {
  it.each(["resets", "pings", "settings", "windows", "continuations", "halves", "headers", "connections"])(
    "of %s leaves others alone",
    async (kind) => {
      await server.survives(`flood of ${kind}`, async ({ port }) => {
        const args = [join(root, "test", "faults", "flood.mjs"), kind, String(port)];
        const flood = spawn(process.execPath, args, { stdio: "inherit" });
        await wait(floodMs);
        flood.kill("SIGKILL");
        await once(flood, "exit");
      });
    },
  );

  // Those whose pings can be written are given 20 seconds to answer.
  it.runIf(isFull)("leaves no connections behind", () => server.isRidOfOthers());
});
