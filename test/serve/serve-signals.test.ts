import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { AuthorizationClient } from "../kit/grpc-client.js";
import { jsonLines, minimal } from "../kit/run-verdict.js";
import { type ServeProcess, startServe } from "../kit/serve-process.js";
import { allowedQuestion, until } from "../kit/serving.js";

describe("verdict serve, at SIGUSR1", () => {
  it("opens no debugger, says so once and goes on", async () => {
    const { output, address } = await started([]);
    process.kill(output.pid, "SIGUSR1");
    await until(() => output.err() !== "", "a line of the log");
    process.kill(output.pid, "SIGUSR1");
    await expectAllowed(address);
    expect(jsonLines(output.err())).toEqual([expect.objectContaining({ message: "SIGUSR1: ignored" })]);
    output.kill("SIGTERM");
    expect(await output.code).toBe(0);
  });

  it("opens none in the processes that it keeps, nor in the one that keeps them", async () => {
    const { output, address } = await started(["--processes", "2"]);
    const pids = [output.pid, ...childrenOf(output.pid)];
    expect(pids.length).toBe(3);
    for (const pid of pids) process.kill(pid, "SIGUSR1");
    await until(() => output.err().split("SIGUSR1: ignored").length === 4, "a line of each process");
    expect(output.err()).not.toContain("Debugger");
    await expectAllowed(address);
    output.kill("SIGTERM");
    expect(await output.code).toBe(0);
  });
});

function started(args: readonly string[]): Promise<ServeProcess> {
  return startServe(["--policies", minimal, "--workers", "1", ...args]);
}

async function expectAllowed(address: string): Promise<void> {
  const client = new AuthorizationClient(address, { "grpc.use_local_subchannel_pool": 1 });
  expect(await client.call("Authorize", allowedQuestion)).toMatchObject({ outcome: "ALLOWED" });
  client.close();
}

function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}
