/** Rows 36 and 37 of the battery as callers and operators see them: decision logs whose disk is full, stands still or is cut off. */
import { spawnSync } from "node:child_process";
import { closeSync, constants, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { AuthorizationClient } from "../kit/grpc-client.js";
import { asking, recordsOf, scratch, setText } from "../kit/logged-calls.js";
import { jsonLines, type Run, verdict } from "../kit/run-verdict.js";
import { startServe } from "../kit/serve-process.js";
import { until } from "../kit/serving.js";
import { extent, isFull } from "./extent.js";
import { maxGrowthMebibytes, residentMebibytes } from "./witness.js";

const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

const hundred = { requests: Array.from({ length: 100 }, () => asking("s3:DeleteObject")), detail: "OUTCOME" };
const denied = hundred.requests.map(() => "EXPLICIT_DENY");
const quickly = ["--decision-log-queue-bytes", "1048576", "--decision-log-wait", "100ms"];

describe("a decision log on a disk that is full", () => {
  it("loses and counts records with `drop`, and no caller notices", async () => {
    const { ask, metric, stop, pid } = await serve("/dev/full", ...quickly);
    const before = residentMebibytes(pid);
    const asked = await insist(ask, extent(300, 5000));
    expect(asked).toEqual({ answered: extent(300, 5000), refused: 0 });
    if (isFull) expect(residentMebibytes(pid) - before).toBeLessThan(maxGrowthMebibytes);
    await until(async () => (await metric("dropped_total")) > 0, "the count");
    expect(await metric("written_total")).toBe(0);
    const told = await stop();
    expect(told[0]).toBe("decision log: records cannot be written: ENOSPC: no space left on device, write");
    expect(told.at(-1)).toBe(
      `decision log: ${extent(300, 5000) * 100} decisions left out and 0 calls refused since the start`,
    );
  });

  it.runIf(isFull)(
    "refuses calls with `block` once its queue is full, and answers none that it cannot log",
    async () => {
      const { ask, metric, stop } = await serve("/dev/full", ...quickly, "--decision-log-overflow", "block");
      const { answered, refused } = await insist(ask, 200);
      expect(refused).toBeGreaterThan(20);
      expect(answered + refused).toBe(200);
      expect(await metric("refused_total")).toBe(refused);
      await stop();
    },
  );

  it("uses the other file with `spill`, and nothing is lost", async () => {
    const spill = join(scratch(), "spill");
    const spilling = ["--decision-log-overflow", "spill", "--decision-log-spill", spill];
    const { ask, metric, stop } = await serve("/dev/full", ...quickly, ...spilling);
    expect(await insist(ask, 100)).toEqual({ answered: 100, refused: 0 });
    await until(async () => (await metric("spilled_total")) === 10_000, "the spilled records");
    expect(await metric("dropped_total")).toBe(0);
    await stop();
    expect(recordsOf(spill).length).toBe(10_000);
  });
});

describe("a decision log whose disk stands still", () => {
  // Each of them takes the five seconds that a stop waits for its log.
  const policies = [
    ["block", ["--decision-log-overflow", "block"]],
    ["drop", []],
    ["spill", ["--decision-log-overflow", "spill"]],
  ] as const;
  it.each(policies.slice(0, extent(1, policies.length)))(
    "holds up nobody for long with `%s`, in bounded memory",
    async (policy, args) => {
      // A pipe that nobody empties takes 64 KiB and then nothing, for ever.
      const pipe = join(scratch(), "pipe");
      expect(spawnSync("mkfifo", [pipe]).status).toBe(0);
      const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
      endings.push(() => closeSync(reader));
      const spill = policy === "spill" ? ["--decision-log-spill", join(scratch(), "spill")] : [];
      const { ask, metric, stop, pid } = await serve(pipe, ...quickly, ...args, ...spill);
      const before = residentMebibytes(pid);
      const { answered, refused } = await insist(ask, extent(200, 800));
      expect(answered + refused).toBe(extent(200, 800));
      expect(refused > 0).toBe(policy === "block");
      if (isFull) expect(residentMebibytes(pid) - before).toBeLessThan(maxGrowthMebibytes);
      if (policy === "drop") await until(async () => (await metric("dropped_total")) > 0, "the count");
      if (policy === "block") expect(await metric("refused_total")).toBe(refused);
      if (policy === "spill") await until(async () => (await metric("spilled_total")) > 0, "the spilled records");
      // It ends although its log cannot be written out.
      await stop();
    },
  );
});

describe("a decision log that may not grow further", () => {
  it("keeps whole lines that replay, and counts what it left out", async () => {
    const path = join(scratch(), "decisions.jsonl");
    // 200 blocks of 512 or 1024 bytes, whatever the shell counts in: the middle of some line in any case.
    const { ask, metric, stop, set } = await serveWithin(200, path, ...quickly);
    expect(await insist(ask, 50)).toEqual({ answered: 50, refused: 0 });
    await until(async () => (await metric("dropped_total")) > 0, "the count");
    await stop();
    expect(readFileSync(path).length).toBeGreaterThan(50_000);
    const { code, out } = await verdict(["replay", path, "--policies", set, "--json"]);
    const { same, different, torn, unreadable } = JSON.parse(out);
    expect({ code, different, unreadable }).toEqual({ code: 0, different: 0, unreadable: 0 });
    expect(same).toBeGreaterThan(50);
    expect(torn).toBeLessThanOrEqual(1);
  });
});

describe("verdict serve --decision-log, told to stop under load", () => {
  it("has logged every call that it answered", async () => {
    const path = join(scratch(), "decisions.jsonl");
    const { server, address, set } = await serve(path);
    const clients = Array.from(
      { length: 20 },
      () => new AuthorizationClient(address, { "grpc.use_local_subchannel_pool": 1 }),
    );
    endings.push(() => clients.map((client) => client.close()));
    const resource = (index: number): string => `arn:aws:s3:::b/${index}`;
    await Promise.all(clients.map((client) => client.call("Authorize", asking("s3:PutObject"))));
    const calls = Array.from({ length: 5000 }, (_, index) =>
      clients[index % clients.length]?.call("Authorize", asking("s3:PutObject", { resource: resource(index) })),
    );
    await Promise.race(calls);
    server.kill("SIGTERM");
    const answers = await Promise.all(calls);
    expect(await server.code).toBe(0);
    const logged = new Set(readFileSync(path, "utf8").match(/arn:aws:s3:::b\/\d+/g));
    const answered = answers.flatMap((answer, index) => (answer !== undefined && "outcome" in answer ? [index] : []));
    expect(answered.length).toBeGreaterThan(0);
    expect(answered.filter((index) => !logged.has(resource(index)))).toEqual([]);
    for (const answer of answers) {
      if (answer !== undefined && "outcome" in answer) expect(answer).toMatchObject({ outcome: "ALLOWED" });
      else expect(answer).toMatchObject({ code: status.UNAVAILABLE });
    }
    expect((await verdict(["replay", path, "--policies", set])).code).toBe(0);
  });
});

type Ask = () => Promise<object>;

/** Asks batches, eight at a time. Whatever is answered is right. */
async function insist(ask: Ask, times: number): Promise<{ answered: number; refused: number }> {
  let left = times;
  let answered = 0;
  let refused = 0;
  const caller = async (): Promise<void> => {
    while (left-- > 0) {
      const answer = await ask();
      if ("outcomes" in answer) {
        expect(answer.outcomes).toEqual(denied);
        answered++;
      } else {
        expect(answer).toMatchObject({
          code: status.RESOURCE_EXHAUSTED,
          details: expect.stringMatching(/^decision log: /),
        });
        refused++;
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, caller));
  return { answered, refused };
}

function serve(log: string, ...args: readonly string[]) {
  return started(log, args);
}

/** Serves with a limit of the size of files that it writes, in blocks. */
function serveWithin(blocks: number, log: string, ...args: readonly string[]) {
  return started(log, args, { within: ["sh", "-c", `ulimit -f ${blocks}; exec "$@"`, "sh"] });
}

async function started(log: string, args: readonly string[], run: Run = {}) {
  const set = join(scratch(), "set.yaml");
  writeFileSync(set, setText);
  const flags = ["--policies", set, "--http", "127.0.0.1:0", "--decision-log", log, ...args];
  const { output: server, address, url } = await startServe(flags, run);
  endings.push(() => server.kill("SIGKILL"));
  const client = new AuthorizationClient(address);
  endings.push(() => client.close());
  return {
    server,
    address,
    set,
    pid: server.pid,
    ask: () => client.call("BatchAuthorize", hundred),
    /** What `/metrics` counts. */
    async metric(name: string): Promise<number> {
      const text = await (await fetch(`${url}/metrics`)).text();
      return Number(new RegExp(`^verdict_decision_log_${name} (\\S+)$`, "m").exec(text)?.[1] ?? Number.NaN);
    },
    /** Stops it, which has to end with 0, and gives what operators were told. */
    async stop(): Promise<readonly unknown[]> {
      client.close();
      server.kill("SIGTERM");
      expect(await server.code).toBe(0);
      return jsonLines(server.err()).map(({ message }) => message);
    },
  };
}
