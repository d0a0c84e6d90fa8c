// The decision log in its thread: what is decided is written, whatever happens to the disk, and losses are counted.
import { copyFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { DecisionPoint } from "../../src/ask/decision-point.js";
import { EngineError } from "../../src/engine/engine-error.js";
import { AuthorizationClient } from "../kit/grpc-client.js";
import { asking, engineOf, facts, openLog, recorder, recordsOf, scratch, setText } from "../kit/logged-calls.js";
import { authorizationMethod } from "../kit/proto-file.js";
import { jsonLines, messagesOf, root, stopMessages, verdict } from "../kit/run-verdict.js";
import { startServe } from "../kit/serve-process.js";
import { until } from "../kit/serving.js";

const { decide } = await recorder();
const single = await decide("Authorize", asking("s3:PutObject"));
const batch = await decide("BatchAuthorize", {
  requests: Array.from({ length: 100 }, () => asking("s3:DeleteObject")),
});

describe("a decision log", () => {
  it("holds every decision once it is closed, each with an id of its own", async () => {
    const path = join(scratch(), "log");
    const { log, notes } = await openLog(path, { queueBytes: 64 << 20 });
    for (let i = 0; i < 100; i++) {
      expect(log.decided(single)).toBeUndefined();
      log.decided(batch);
    }
    await log.close(5000);
    const records = recordsOf(path);
    expect(records.length).toBe(100 * 101);
    expect(new Set(records.map(({ decision_id }) => decision_id)).size).toBe(100 * 101);
    expect(log.status).toEqual({ written: 10_100, dropped: 0, spilled: 0, refused: 0, queuedBytes: 0, lagSeconds: 0 });
    expect(notes).toEqual([]);
  });

  it("is written without being closed", async () => {
    const path = join(scratch(), "log");
    const { log } = await openLog(path);
    log.decided(single);
    expect(log.status).toMatchObject({ written: 0, queuedBytes: expect.any(Number) });
    await until(() => log.status.written === 1, "a record");
    expect(recordsOf(path).length).toBe(1);
    expect(log.status).toMatchObject({ queuedBytes: 0, lagSeconds: 0 });
  });

  it("is what the decision point hears of", async () => {
    const path = join(scratch(), "log");
    const { log } = await openLog(path);
    const point = new DecisionPoint(await engineOf(), log);
    await point.authorize(authorizationMethod("Authorize").requestSerialize(asking("s3:PutObject")), facts);
    await log.close(5000);
    expect(recordsOf(path)).toMatchObject([{ result: { decision: "allowed" }, requested_by: "1.2.3.4:5" }]);
  });

  it("does not open where it cannot be written", async () => {
    await expect(openLog(join(scratch(), "none", "log"))).rejects.toThrow("ENOENT: no such file or directory");
  });

  it("drops and counts what a full disk does not take", async () => {
    const { log, notes } = await openLog("/dev/full", { queueBytes: 1 << 20 });
    for (let i = 0; i < 100; i++) log.decided(batch);
    const { dropped } = log.status;
    expect(dropped).toBeGreaterThan(0);
    expect(dropped % 100).toBe(0);
    await log.close(600_000);
    expect(log.status).toMatchObject({ written: 0, dropped: 10_000 });
    expect(notes).toContain("records cannot be written: ENOSPC: no space left on device, write");
    expect(notes.at(-1)).toBe("10000 decisions left out and 0 calls refused since the start");
  });

  it("lets calls wait for a blocked disk for a while only, within bounds", async () => {
    const { log, notes } = await openLog("/dev/full", { policy: "block", queueBytes: 1 << 20, blockTimeoutMs: 100 });
    const waits: Promise<unknown>[] = [];
    let free = 0;
    for (let i = 0; i < 200; i++) {
      const wait = log.decided(batch);
      if (wait === undefined) free++;
      else waits.push(wait.catch((error: unknown) => error));
    }
    expect(free).toBeGreaterThan(0);
    const errors = await Promise.all(waits);
    for (const error of errors) expect(error).toBeInstanceOf(EngineError);
    const texts = new Set(errors.map((error) => (error instanceof Error ? error.message : "")));
    expect(texts).toEqual(
      new Set(["decision log: its disk does not keep up", "decision log: too many calls wait for it"]),
    );
    expect(log.status).toMatchObject({ refused: waits.length, dropped: 0 });
    await log.close(100);
    // A thread that was ended before it came to tell counts a call as one decision at least.
    const { dropped } = log.status;
    expect(dropped).toBeGreaterThanOrEqual(free);
    expect(dropped).toBeLessThanOrEqual(free * 100);
    expect(notes.at(-1)).toMatch(/^\d+ decisions left out and \d+ calls refused since the start$/);
  });

  it("goes on in another thread when its thread dies, and counts what that one had", async () => {
    const path = join(scratch(), "log");
    const { log, notes } = await openLog(path);
    log.decided(single);
    await until(() => log.status.written === 1, "a record");
    const thread: unknown = Reflect.get(log, "thread");
    if (!(thread instanceof Worker)) throw new Error("no thread");
    await thread.terminate();
    await until(() => {
      log.decided(single);
      return log.status.written > 1;
    }, "a record of the next thread");
    await log.close(5000);
    const { written, dropped } = log.status;
    expect(dropped).toBeGreaterThan(0);
    expect(recordsOf(path).length).toBe(written);
    expect(notes.join()).toContain("decisions left out");
  });

  it("lets a call that is larger than the queue pass alone", async () => {
    const path = join(scratch(), "log");
    const { log } = await openLog(path, { policy: "block", queueBytes: 1000 });
    await log.decided(batch);
    await log.decided(batch);
    await log.close(5000);
    expect(recordsOf(path).length).toBe(200);
    expect(log.status).toMatchObject({ written: 200, dropped: 0, refused: 0 });
  });
});

describe("verdict serve --decision-log", () => {
  const policies = (): string => {
    const path = join(scratch(), "set.yaml");
    writeFileSync(path, setText);
    return path;
  };

  async function serve(log: string, set: string, ...args: readonly string[]) {
    const { output: server, address } = await startServe(["--policies", set, "--decision-log", log, ...args]);
    return { server, client: new AuthorizationClient(address) };
  }

  it("has written everything that was answered when SIGTERM ends it, and replays to the same decisions", async () => {
    const path = join(scratch(), "decisions.jsonl");
    const set = policies();
    const { server, client } = await serve(path, set);
    const asked = ["s3:PutObject", "s3:DeleteObject", "s3:ListBucket"];
    for (const action of asked) await client.call("Authorize", asking(action));
    await client.call("BatchAuthorize", { requests: asked.map((action) => asking(action)), detail: "OUTCOME" });
    server.kill("SIGTERM");
    expect(await server.code).toBe(0);
    expect(messagesOf(server.err())).toEqual(stopMessages);
    client.close();
    expect(recordsOf(path).length).toBe(6);
    const replayed = await verdict(["replay", path, "--policies", set, "--reasons"]);
    expect(replayed).toEqual({ code: 0, out: "6 the same, 0 would differ\n", err: "" });
  });

  it("opens a file that was moved away anew at SIGHUP", async () => {
    const path = join(scratch(), "decisions.jsonl");
    const { server, client } = await serve(path, policies());
    await client.call("Authorize", asking("s3:PutObject"));
    await until(() => existsSync(path) && recordsOf(path).length === 1, "a record");
    renameSync(path, `${path}.old`);
    server.kill("SIGHUP");
    await until(async () => {
      await client.call("Authorize", asking("s3:DeleteObject"));
      return existsSync(path);
    }, "a new file");
    server.kill("SIGTERM");
    await server.code;
    client.close();
    expect(recordsOf(path)[0]).toMatchObject({ result: { decision: "explicitDeny" } });
  });

  it("leaves whole lines that replay, whenever it is killed", async () => {
    const path = join(scratch(), "decisions.jsonl");
    const set = policies();
    for (let round = 0; round < 2; round++) {
      const { server, client } = await serve(path, set);
      let isKilled = false;
      const asking100 = { requests: Array.from({ length: 100 }, () => asking("s3:PutObject")) };
      const load = Array.from({ length: 4 }, async () => {
        while (!isKilled) await client.call("BatchAuthorize", asking100, { deadlineMs: 2000 });
      });
      const before = existsSync(path) ? readFileSync(path).length : 0;
      await until(() => existsSync(path) && readFileSync(path).length > before + 300_000, "records", 20_000);
      isKilled = true;
      server.kill("SIGKILL");
      await server.code;
      client.close();
      await Promise.all(load);
      const copy = `${path}.copy${round}`;
      copyFileSync(path, copy);
      const replayed = await verdict(["replay", copy, "--policies", set, "--json"]);
      expect(replayed.err).toBe("");
      expect(replayed.code).toBe(0);
      const { same, different, torn, unreadable } = JSON.parse(replayed.out);
      expect({ different, unreadable }).toEqual({ different: 0, unreadable: 0 });
      expect(same).toBeGreaterThan(300);
      expect(torn).toBeLessThanOrEqual(1);
    }
  });

  it("leaves standard output to records where that is the log", async () => {
    const set = policies();
    const { output: run, address } = await startServe(["--policies", set, "--decision-log", "-"]);
    const client = new AuthorizationClient(address);
    expect(await client.call("Authorize", asking("s3:PutObject"))).toMatchObject({ outcome: "ALLOWED" });
    client.close();
    run.kill("SIGTERM");
    expect(await run.code).toBe(0);
    expect(jsonLines(run.out())).toHaveLength(1);
    const log = join(scratch(), "out.jsonl");
    writeFileSync(log, run.out());
    expect((await verdict(["replay", log, "--policies", set])).code).toBe(0);
  });

  it.each([
    [["--decision-log", join(root, "none", "log")], /^--decision-log: ENOENT: no such file or directory/],
    [["--decision-log-overflow", "spill"], /^--decision-log-overflow: spill needs --decision-log-spill\n/],
    [["--decision-log-spill", "x"], /^--decision-log-spill: needs --decision-log-overflow spill\n$/],
    [["--decision-log-mask", "input.principal"], /^--decision-log-mask: needs --decision-log\n$/],
    [
      ["--decision-log", "-", "--decision-log-mask", "input.action"],
      /^--decision-log-mask: `input.action` names no part of a decision record that can be left out\n$/,
    ],
    [["--decision-log", "-", "--processes", "2"], /^--decision-log: several processes would mix their lines/],
  ])("refuses %j", async (args, want) => {
    const { code, out, err } = await verdict(["serve", "--policies", policies(), "--listen", "127.0.0.1:0", ...args]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(want);
  });
});
