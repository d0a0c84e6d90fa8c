// What systemd is told of a service with `Type=notify`, by its own command, for which a script stands here.
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { folder, messagesOf, minimal, stopMessages } from "../kit/run-verdict.js";
import { startServe } from "../kit/serve-process.js";

const bin = join(folder, "bin");
const told = join(folder, "told");
mkdirSync(bin);
writeFileSync(join(bin, "systemd-notify"), `#!/bin/sh\necho "$NOTIFY_SOCKET $*" >> "${told}"\n`);
chmodSync(join(bin, "systemd-notify"), 0o755);

/** Starts a server until it is ready, stops it, and gives what was told and what it complained of. */
async function served(env: Readonly<Record<string, string>>, flags: readonly string[] = []) {
  rmSync(told, { force: true });
  const { output: server } = await startServe(["--policies", minimal, ...flags], { env });
  server.kill("SIGTERM");
  expect(await server.code).toBe(0);
  return { told: readLines(), err: server.err() };
}

function readLines(): readonly string[] {
  try {
    return readFileSync(told, "utf8").trim().split("\n");
  } catch {
    return [];
  }
}

describe("NOTIFY_SOCKET", () => {
  const PATH = `${bin}${delimiter}${process.env.PATH ?? ""}`;

  it.each([[[]], [["--processes", "2"]]])(
    "has systemd told that the server serves and that it stops (%j)",
    async (flags) => {
      const { told, err } = await served({ PATH, NOTIFY_SOCKET: "/run/notify" }, flags);
      expect(told).toEqual(["/run/notify READY=1", "/run/notify STOPPING=1"]);
      expect(new Set(messagesOf(err))).toEqual(new Set(stopMessages));
    },
  );

  it("without it nobody is told", async () => {
    const { told, err } = await served({ PATH, NOTIFY_SOCKET: "" });
    expect([told, messagesOf(err)]).toEqual([[], stopMessages]);
  });

  it("without the command says so, for systemd ends a service that is never ready", async () => {
    const have = await served({ PATH: folder, NOTIFY_SOCKET: "/run/notify" });
    expect(have.told).toEqual([]);
    expect(have.err.split("\n")[0]).toBe("NOTIFY_SOCKET: systemd-notify cannot be run: spawn systemd-notify ENOENT");
  });
});
