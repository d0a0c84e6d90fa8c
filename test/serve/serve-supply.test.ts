/** `verdict serve` as operators see its policy sets: what is printed, what changes under way, what signals do. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "vitest";
import { bundleOf, holding, startOrigin } from "../kit/bundle-origin.js";
import { AuthorizationClient } from "../kit/grpc-client.js";
import { ProtoClient } from "../kit/proto-client.js";
import { folder, jsonLines, verdict } from "../kit/run-verdict.js";
import { startServe } from "../kit/serve-process.js";
import { until as asked } from "../kit/serving.js";
import { alice, allowing, broken, until } from "../kit/supply-fixture.js";

let files = 0;
const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

describe("verdict serve", () => {
  it("follows its files, keeps what was in force through a mistake, and says all of it", async () => {
    const file = put("set.json", allowing("one"));
    const options = ["--watch-quiet", "50ms", "--http", "127.0.0.1:0"];
    const { outcome, run } = await serving(["--policies", file, ...options], 3);
    const probe = async () => (await fetch(`http://${/^http on (.*)$/m.exec(run.out())?.[1]}/readyz`)).json();
    expect(await probe()).toEqual({ status: "ready" });
    expect(await outcome("one")).toBe("ALLOWED");
    writeFileSync(file, broken);
    await until(() => run.err().includes("1 error"), run.err);
    expect(await outcome("one")).toBe("ALLOWED");
    expect(await probe()).toEqual({ status: "ready", warnings: ["policy set default: invalid"] });
    writeFileSync(file, allowing("two"));
    await until(() => run.err().includes('"generation":2'), run.err);
    expect(await outcome("one")).toBe("IMPLICIT_DENY");
    expect(await outcome("two")).toBe("ALLOWED");
    expect(await probe()).toEqual({ status: "ready" });
    expect(jsonLines(run.err())).toMatchObject([
      {
        level: "error",
        policySet: "default",
        reason: "invalid",
        message: `policy set default: ${file}: 1 error: the policy set in force stays`,
        findings: [expect.stringMatching(/^set\.json:1:/)],
      },
      { level: "info", policySet: "default", place: file, generation: 2, digest: expect.stringMatching(/^sha256:/) },
    ]);
    run.kill("SIGTERM");
    expect(await run.code).toBe(0);
  });

  it.runIf(process.platform === "linux")(
    "says that files do not answer in time, serves on, and takes the change over when they do",
    async () => {
      const file = put("set.json", allowing("one"));
      const options = ["--watch-quiet", "50ms", "--watch-interval", "100ms", "--http", "127.0.0.1:0"];
      const { outcome, run } = await serving(["--policies", file, ...options], 3);
      const url = `http://${/^http on (.*)$/m.exec(run.out())?.[1]}`;
      let looking: string | undefined;
      await asked(() => {
        looking = childrenOf(run.pid).find((pid) => commandLineOf(pid).includes("looking-process"));
        return looking !== undefined;
      }, "the process that looks");
      process.kill(Number(looking), "SIGSTOP");
      writeFileSync(file, allowing("two"));
      run.kill("SIGHUP");
      await asked(async () => (await (await fetch(`${url}/readyz`)).text()).includes("timeout"), "a warning", 120_000);
      expect(await outcome("one")).toBe("ALLOWED");
      await until(() => run.err().includes('"generation":2'), run.err);
      expect(await outcome("two")).toBe("ALLOWED");
      expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: "ready" });
      expect(await (await fetch(`${url}/metrics`)).text()).toContain(
        'verdict_snapshot_load_failures_total{reason="timeout"} 1\n',
      );
      expect(jsonLines(run.err())[0]).toMatchObject({
        level: "error",
        reason: "timeout",
        message: `policy set default: ${file}: the files cannot be looked at within 30000 ms`,
      });
      run.kill("SIGTERM");
      expect(await run.code).toBe(0);
    },
    180_000,
  );

  it("reads everything again on SIGHUP, watching or not", async () => {
    const file = put("set.json", allowing("one"));
    const { outcome, run } = await serving(["--policies", file, "--watch", "false"]);
    writeFileSync(file, allowing("two"));
    run.kill("SIGHUP");
    await until(() => run.err().includes('"generation":2'), run.err);
    expect(await outcome("two")).toBe("ALLOWED");
    run.kill("SIGHUP");
    await until(() => run.err().includes("no change"), run.err);
    expect(await outcome("two")).toBe("ALLOWED");
  });

  it("serves several sets by name", async () => {
    const [blue, green] = [put("blue.json", allowing("one")), put("green.json", allowing("two"))];
    const { outcome, client } = await serving(["--policies", `blue=${blue}`, "--policies", `green=${green}`]);
    expect([await outcome("one", "blue"), await outcome("one", "green")]).toEqual(["ALLOWED", "IMPLICIT_DENY"]);
    expect(await outcome("one")).toBe(status.FAILED_PRECONDITION);
    const question = { principal: alice, action: "s3:GetObject", resource: "arn:aws:s3:::two/x" };
    const batch = { requests: [question, question], detail: "OUTCOME" };
    for (const named of [{ policySet: "green" }, { defaults: { policySet: "green" } }]) {
      expect(await client.call("BatchAuthorize", { ...batch, ...named })).toMatchObject({
        outcomes: ["ALLOWED", "ALLOWED"],
      });
    }
    expect(await client.call("BatchAuthorize", batch)).toMatchObject({ code: status.FAILED_PRECONDITION });
  });

  it("starts without its origin, is not ready until the bundle is there, and then answers", async () => {
    const origin = await startOrigin((_, response) => response.writeHead(503).end());
    endings.push(() => origin.close());
    const { outcome, health, run, lines } = await serving(["--policies", origin.url, "--bundle-interval", "100ms"]);
    expect(lines[0]).toMatch(
      /^verdict \S+ listening on \S+: no policy set yet from http:\/\/127\.0\.0\.1:\d+\/bundles\/default\.tar\.gz$/,
    );
    expect(await health()).toBe("NOT_SERVING");
    expect(await outcome("one")).toBe(status.FAILED_PRECONDITION);
    expect(jsonLines(run.err())[0]).toMatchObject({
      reason: "status",
      message: `policy set default: ${origin.url}: the origin answers 503`,
    });
    origin.answer = holding(bundleOf({ "set.json": allowing("one") }), '"1"');
    run.kill("SIGHUP");
    await until(() => run.err().includes("policy set default: in force"), run.err);
    expect(await health()).toBe("SERVING");
    expect(await outcome("one")).toBe("ALLOWED");
  });

  it.skipIf(!existsSync("/dev/full"))("goes on answering while its log cannot be written", async () => {
    const file = put("set.json", allowing("one"));
    const options = ["--policies", file, "--watch-quiet", "50ms", "--http", "127.0.0.1:0"];
    const { outcome, run } = await serving(options, 3, "/dev/full");
    const probe = async () => (await fetch(`http://${/^http on (.*)$/m.exec(run.out())?.[1]}/readyz`)).text();
    // Both are told in the log.
    writeFileSync(file, broken);
    await asked(async () => (await probe()).includes("invalid"), "a refused set");
    writeFileSync(file, allowing("two"));
    await asked(async () => !(await probe()).includes("invalid"), "the next set");
    expect([await outcome("one"), await outcome("two")]).toEqual(["IMPLICIT_DENY", "ALLOWED"]);
    run.kill("SIGTERM");
    expect(await run.code).toBe(0);
  });

  it("takes sets from administrators on a listener of its own only", async () => {
    const socket = join(folder, `admin ${files++}.sock`);
    const file = put("set.json", allowing("one"));
    const { outcome, address, run } = await serving(["--policies", file, "--admin", `unix:${socket}`], 3);
    expect(run.out()).toContain(`policy sets on unix:${socket}\n`);
    const request = { name: "blue", files: [{ path: "set.json", content: Buffer.from(allowing("two")) }] };
    const proto = ["verdict/v1/policy_set.proto", "verdict.v1.PolicySetService"] as const;
    const outsider = new ProtoClient(...proto, address);
    const admin = new ProtoClient(...proto, `unix:${socket}`);
    endings.push(
      () => outsider.close(),
      () => admin.close(),
    );
    expect(await outsider.call("LoadPolicySet", request)).toMatchObject({ code: status.UNIMPLEMENTED });
    expect(await admin.call("LoadPolicySet", request)).toMatchObject({ loaded: true });
    expect(await outcome("two", "blue")).toBe("ALLOWED");
  });

  it("tells callers and its decision log no folder of the machine", async () => {
    const path = join(folder, "private", "acme");
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, "set.json"), allowing("one"));
    const log = join(folder, "told.jsonl");
    const socket = `unix:${join(folder, `admin ${files++}.sock`)}`;
    const flags = ["--http", "127.0.0.1:0", "--admin", socket, "--decision-log", log, "--watch-quiet", "50ms"];
    const { client, run } = await serving(["--policies", path, ...flags], 4);
    const url = `http://${/^http on (.*)$/m.exec(run.out())?.[1]}`;
    const question = { principal: alice, action: "s3:GetObject", resource: "arn:aws:s3:::one/x" };
    const body = JSON.stringify({ ...question, detail: "explain" });
    const told = [JSON.stringify(await client.call("Authorize", { ...question, detail: "EXPLAIN" }))];
    const headers = { "content-type": "application/json" };
    told.push(await (await fetch(`${url}/v1/authorize`, { method: "POST", body, headers })).text());
    writeFileSync(join(path, "set.json"), broken);
    await until(() => run.err().includes("1 error"), run.err);
    const admin = new ProtoClient("verdict/v1/policy_set.proto", "verdict.v1.PolicySetService", socket);
    endings.push(() => admin.close());
    const described = await admin.call("DescribePolicySet", { name: "default" });
    expect(described).toMatchObject({ failure: { findings: { findings: [{ file: "set.json", line: 1 }] } } });
    for (const page of ["/", "/healthz", "/readyz", "/metrics", "/openapi.json"]) {
      told.push(await (await fetch(`${url}${page}`)).text());
    }
    run.kill("SIGTERM");
    expect(await run.code).toBe(0);
    const [answer, json, ...pages] = told;
    for (const text of [answer, json]) expect(text).toMatch(/"file":"set\.json"/);
    expect(readFileSync(log, "utf8")).toMatch(/"set\.json/);
    for (const text of [answer, json, ...pages, readFileSync(log, "utf8")]) expect(text).not.toContain("private");
    expect(await verdict(["serve", "--listen", "127.0.0.1:0", "--policies", path])).toMatchObject({
      code: 2,
      err: expect.stringMatching(RegExp(`^${path}/set\\.json:1:\\d+: error `)),
    });
  });

  it.each([
    [
      "a set of several that does not load",
      ["--policies", `bad=${put("bad.json", broken)}`],
      /^.*bad\.json:1:\d+: error /,
    ],
    [
      "a key that is none",
      ["--policies", "http://127.0.0.1:1/x", "--bundle-key", "/none"],
      /^\/none: cannot be used as a key: no such file or directory\n$/,
    ],
  ])("does not start with %s", async (_, args, want) => {
    const have = await verdict(["serve", "--listen", "127.0.0.1:0", ...args]);
    expect(have.code).toBe(2);
    expect(have.err).toMatch(want);
    expect(have.out).toBe("");
  });
});

async function serving(args: readonly string[], lineCount = 1, errorFile?: string) {
  const { output: run, address } = await startServe(
    ["--workers", "1", ...args],
    errorFile === undefined ? {} : { errorFile },
  );
  endings.push(() => run.kill("SIGKILL"));
  const lines = await run.lines(lineCount);
  const client = new AuthorizationClient(address);
  const probe = new ProtoClient("grpc/health/v1/health.proto", "grpc.health.v1.Health", address);
  endings.push(
    () => client.close(),
    () => probe.close(),
  );
  return {
    run,
    lines,
    address,
    client,
    /** The outcome, or the code of a refused call. */
    async outcome(bucket: string, policySet = ""): Promise<unknown> {
      const resource = `arn:aws:s3:::${bucket}/x`;
      const answer = await client.call("Authorize", { principal: alice, action: "s3:GetObject", resource, policySet });
      return "outcome" in answer ? answer.outcome : "code" in answer ? answer.code : answer;
    },
    async health(): Promise<unknown> {
      const answer = await probe.call("Check", { service: "" });
      return "status" in answer ? answer.status : answer;
    },
  };
}

function childrenOf(pid: number): readonly string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
}

function commandLineOf(pid: string): string {
  return readFileSync(`/proc/${pid}/cmdline`, "utf8");
}

function put(name: string, text: string): string {
  const place = join(folder, `supply-${files++}`);
  mkdirSync(place);
  const path = join(place, name);
  writeFileSync(path, text);
  return path;
}
