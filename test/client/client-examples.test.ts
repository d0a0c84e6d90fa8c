import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { beforeAll, describe, expect, it } from "vitest";
import { root } from "../kit/run-verdict.js";
import { atEnd } from "../kit/serving.js";

const office = { "x-forwarded-for": "10.1.2.3" };

let verdict: string;
beforeAll(async () => {
  verdict = await started("dist/bundle/main.js", "serve", "--policies", "examples/acme", "--listen", "127.0.0.1:0");
});

describe.each(["express.js", "fastify.js"])("examples/guards/%s", (name) => {
  let web: string;
  let cutOff: string;
  beforeAll(async () => {
    [web, cutOff] = await Promise.all([
      started(`examples/guards/${name}`, "0", verdict),
      started(`examples/guards/${name}`, "0", "127.0.0.1:1"),
    ]);
  });

  it.each([
    ["shows an order of alice's team in the office", 200, { "x-user": "alice", ...office }],
    ["hides it elsewhere", 403, { "x-user": "alice" }],
    ["hides it from another team", 403, { "x-user": "bob", ...office }],
    ["asks who it is", 401, { "x-user": "constructor", ...office }],
  ])("%s: %i", async (_, status, headers) => {
    expect((await fetch(`http://${web}/tenant-7/orders/123`, { headers })).status).toBe(status);
  });

  it("shows nothing without a server", async () => {
    const headers = { "x-user": "alice", ...office };
    expect((await fetch(`http://${cutOff}/tenant-7/orders/123`, { headers })).status).toBe(503);
  });
});

describe("the list of examples/guards/express.js", () => {
  it("holds the orders that are allowed", async () => {
    const web = await started("examples/guards/express.js", "0", verdict);
    const response = await fetch(`http://${web}/orders`, { headers: { "x-user": "alice", ...office } });
    expect(await response.json()).toEqual(["tenant-7:order/122", "tenant-7:order/123"]);
  });
});

/** Runs a script with this Node until the tests of the file are over; gives the address that it listens at. */
async function started(...args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "ignore"] });
  atEnd(() => child.kill());
  for await (const line of createInterface({ input: child.stdout })) {
    const address = /listening on ([\d.]+:\d+)/.exec(line)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error(`${args[0]}: ended before it listened`);
}
