import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { AuthorizationClient } from "../kit/grpc-client.js";
import { ProtoClient } from "../kit/proto-client.js";
import { jsonLines, minimal } from "../kit/run-verdict.js";
import { beginServe, type ServeProcess, startServe } from "../kit/serve-process.js";
import { allowedQuestion, atEnd, until } from "../kit/serving.js";

const calls = 5000;
const channels = 20;

describe("verdict serve, told to stop with 5,000 calls in flight", () => {
  it("says NOT_SERVING, answers or turns away every call, none wrongly, and ends with 0", async () => {
    const { output, address } = await started();
    const watcher = new ProtoClient("grpc/health/v1/health.proto", "grpc.health.v1.Health", address);
    const watch = watcher.open("Watch", {});
    await until(() => watch.answers.length === 1, "the first status");
    const { answers, close } = await asked(address);
    output.kill("SIGTERM");
    const have = await answers;
    const answered = have.filter((answer) => "outcome" in answer);
    for (const answer of answered) expect(answer).toMatchObject({ outcome: "ALLOWED" });
    for (const answer of have) {
      if (!("outcome" in answer)) expect(answer).toMatchObject({ code: status.UNAVAILABLE });
    }
    expect(have.length).toBe(calls);
    expect(answered.length).toBeGreaterThan(0);
    expect(await output.code).toBe(0);
    expect(watch.answers).toEqual([{ status: "SERVING" }, { status: "NOT_SERVING" }]);
    expect(jsonLines(output.err())).toMatchObject([
      { level: "info", message: "SIGTERM: draining", drainTimeoutMs: 60_000 },
      { level: "info", message: "drained", durationMs: expect.any(Number) },
    ]);
    close();
    watcher.close();
  });

  it.each(["SIGINT", "SIGKILL"] as const)(
    "ends at once at %s after it, and no call is answered wrongly",
    async (signal) => {
      const { output, address } = await started();
      const client = new AuthorizationClient(address);
      const stream = client.openStream("StreamAuthorize");
      await stream.answer({ requests: [] });
      const { answers, close } = await asked(address);
      output.kill("SIGTERM");
      output.kill(signal);
      for (const answer of await answers) {
        if ("outcome" in answer) expect(answer).toMatchObject({ outcome: "ALLOWED" });
        else expect(answer).toMatchObject({ code: status.UNAVAILABLE });
      }
      expect(await output.code).not.toBe(0);
      await stream.ended;
      client.close();
      close();
    },
  );
});

function started(): Promise<ServeProcess> {
  return startServe(["--policies", minimal, "--drain-timeout", "60s"]);
}

/** Asks everything at once; resolves when the first call is answered. */
async function asked(address: string) {
  const clients = Array.from(
    { length: channels },
    () => new AuthorizationClient(address, { "grpc.use_local_subchannel_pool": 1 }),
  );
  await Promise.all(clients.map((client) => client.call("Authorize", allowedQuestion)));
  const all = Array.from({ length: calls }, (_, index) =>
    (clients[index % channels] ?? new AuthorizationClient(address)).call("Authorize", allowedQuestion),
  );
  await Promise.race(all);
  const close = (): void => {
    for (const client of clients) client.close();
  };
  return { answers: Promise.all(all), close };
}

describe("verdict serve, told to stop while it compiles", () => {
  it.skipIf(!existsSync("/proc/self/task"))("ends, and takes along the process that compiles for it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "verdict-stop-"));
    atEnd(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "set.json"), JSON.stringify({ policies: Array.from({ length: 1500 }, policyOf) }));
    const output = beginServe(["--policies", folder, "--workers", "1"]);
    let compiling: number | undefined;
    await until(() => {
      compiling = childrenOf(output.pid).find((pid) => fileOf(pid, "cmdline").includes("compilation"));
      return compiling !== undefined;
    }, "a process that compiles");
    output.kill("SIGTERM");
    // By the signal, as whoever started it expects.
    expect(await output.code).toBeNull();
    // One that nobody has asked about yet stands there as a zombie.
    await until(() => /^(?:$|\d+ \(.*\) Z)/.test(fileOf(compiling ?? 0, "stat")), "the end of that process");
  });
});

/** A managed policy of many statements, no two alike. */
function policyOf(_: unknown, index: number): object {
  const Statement = Array.from({ length: 40 }, (_each, at) => ({
    Effect: "Allow",
    Action: "s3:GetObject",
    Resource: `arn:aws:s3:::bucket-${index}/part-${at}/*`,
  }));
  return { arn: `arn:aws:iam::111122223333:policy/p${index}`, document: { Version: "2012-10-17", Statement } };
}

/** Of every thread. */
function childrenOf(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    fileOf(pid, `task/${thread}/children`).split(" ").filter(Boolean).map(Number),
  );
}

function fileOf(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return "";
  }
}
