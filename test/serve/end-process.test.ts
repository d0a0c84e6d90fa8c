// A process of `serve` ends in any case, also where something of it waits for what never comes.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { AuthorizationClient } from "../kit/grpc-client.js";
import { callWithoutEnd } from "../kit/http2-frames.js";
import { file, folder, messagesOf, minimal, root, stopMessages } from "../kit/run-verdict.js";
import { startServe } from "../kit/serve-process.js";
import { allowedQuestion } from "../kit/serving.js";

/** Code that reads a pipe nobody writes to: one of the threads that an exit waits for never comes back. */
function hanging(name: string): string {
  const path = join(folder, name);
  execFileSync("mkfifo", [path]);
  return `
    const fs = require("node:fs");
    fs.read(fs.openSync(${JSON.stringify(path)}, "r+"), Buffer.alloc(1), 0, 1, null, () => {});`;
}

const endProcess = join(root, "dist", "src", "serve", "end-process.js");

/** How a process ends that runs some lines, with what of `end-process.ts` these need. */
async function endOf(lines: string): Promise<readonly unknown[]> {
  const text = `import(${JSON.stringify(endProcess)}).then(({ endProcess, endProcessAfter }) => {${lines}});`;
  const child = spawn(process.execPath, [file(`ending-${count++}.cjs`, text)], { stdio: "ignore" });
  return once(child, "close");
}
let count = 0;

describe("endProcess()", () => {
  it("ends with its code", async () => {
    expect(await endOf("setInterval(() => {}, 1000); endProcess(7);")).toEqual([7, null]);
  });

  it("ends with SIGKILL where an exit would wait for ever", async () => {
    expect(await endOf(`${hanging("exit")} setImmediate(() => endProcess(7));`)).toEqual([null, "SIGKILL"]);
  });

  it("ends with SIGKILL where no other process can be started", async () => {
    expect(await endOf('process.execPath = "/no/such/node"; endProcess(7);')).toEqual([null, "SIGKILL"]);
  });
});

describe("endProcessAfter()", () => {
  it("ends what has not ended by then", async () => {
    expect(await endOf("setInterval(() => {}, 1000); endProcessAfter(5, 3);")).toEqual([3, null]);
    expect(await endOf(`${hanging("after")} endProcessAfter(5, 3);`)).toEqual([null, "SIGKILL"]);
  });

  it("keeps nobody waiting who has ended", async () => {
    expect(await endOf("endProcessAfter(2 ** 40, 3);")).toEqual([0, null]);
  });
});

describe("verdict serve, told to stop", () => {
  it("ends at once at a second SIGTERM while it waits for a call", async () => {
    const { output, address, client } = await started();
    const call = await callWithoutEnd(address, "/verdict.v1.AuthorizationService/Authorize");
    output.kill("SIGTERM");
    await refused(client);
    output.kill("SIGTERM");
    expect(await output.code).toBe(128 + 15);
    // The first line loads what writes it, which the second signal may not wait for.
    expect(stopMessages.join()).toContain(messagesOf(output.err()).join());
    call.close();
    client.close();
  });

  it("ends at a second SIGTERM where a read never ends", async () => {
    const { output, address, client } = await started(hanging("second"));
    const call = await callWithoutEnd(address, "/verdict.v1.AuthorizationService/Authorize");
    output.kill("SIGTERM");
    await refused(client);
    output.kill("SIGTERM");
    // By a signal: nobody else sent one that kills.
    expect(await output.code).toBe(null);
    call.close();
    client.close();
  });

  it("ends after its patience where a read never ends", async () => {
    const { output, client } = await started(hanging("first"));
    expect(await client.call("Authorize", allowedQuestion)).toMatchObject({ outcome: "ALLOWED" });
    client.close();
    output.kill("SIGTERM");
    expect(await output.code).toBe(null);
  });
});

/** A server; `first` is what its process does before. */
async function started(first?: string) {
  const nodeOptions = first === undefined ? [] : ["--require", file(`first-${count++}.cjs`, first)];
  const { output, address } = await startServe(["--policies", minimal, "--workers", "1"], { nodeOptions });
  return { output, address, client: new AuthorizationClient(address, { "grpc.use_local_subchannel_pool": 1 }) };
}

/** Waits until calls are refused: the stop has begun. */
async function refused(client: AuthorizationClient): Promise<void> {
  while ("outcome" in (await client.call("Authorize", allowedQuestion)));
}
