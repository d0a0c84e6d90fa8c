import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { folder, minimal, root, verdict } from "../kit/run-verdict.js";
import { type ServeProcess, startServe } from "../kit/serve-process.js";
import { atEnd } from "../kit/serving.js";

const acme = join(root, "examples", "acme");
const short = ["--duration", "400ms", "--warm-up", "100ms", "--questions", "500"];

describe("verdict load", () => {
  it("measures in process, and tells what was asked, hit and measured", async () => {
    const [hgrm, page] = [join(folder, "load.hgrm"), join(folder, "load.html")];
    const args = ["load", "--policies", acme, "--json", ...short, "--hgrm", hgrm, "--report", page];
    const { code, out, err } = await verdict(args);
    expect(err).toBe("");
    expect(code).toBe(0);
    const report = JSON.parse(out);
    expect(report).toMatchObject({
      loopModel: "closed",
      callers: 1,
      form: "unary",
      errors: {},
      skipped: 0,
      unfinished: 0,
      coverage: { statements: 59, hit: 59, unreachable: [] },
      seed: "1",
    });
    const { decisions, count, latencyMs, policySet, machine } = report;
    expect(decisions.allowed + decisions.implicitDeny + decisions.explicitDeny).toBe(count);
    expect(decisions.allowed / count).toBeCloseTo(0.6, 1);
    expect(latencyMs.p50).toBeGreaterThan(0);
    expect(policySet.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(machine.node).toBe(process.version);
    expect(readFileSync(hgrm, "utf8")).toMatch(/^ *Value *Percentile *TotalCount/);
    const text = readFileSync(page, "utf8");
    expect(text).toContain("Content-Security-Policy");
    expect(text).toContain("Latency by percentile");
    expect(text).not.toMatch(/https?:\/\//);
  });

  it("keeps every line within 80 columns, and names the loop model", async () => {
    const { code, out } = await verdict(["load", "--policies", minimal, "--rate", "500", ...short]);
    expect(code).toBe(0);
    expect(out).toContain("open loop, poisson arrivals at 500 calls a second");
    expect(out).toContain("from the intended start");
    for (const line of out.split("\n")) expect([...line].length, line).toBeLessThanOrEqual(80);
  });

  it.each([
    [["--sweep"], "--sweep: needs its goal: give --p99, as in --p99 2ms"],
    [["--rate", "5", "--closed", "2"], "--rate, --closed: one of them"],
    [["--form", "stream"], "--form stream: needs a running server: give --target, as in --target 127.0.0.1:50051"],
    [["--token-file", "t"], "--token-file: is about a running server: give --target, too"],
    [
      ["--target", "1", "--connections", "100000"],
      "verdict: option '--connections <n>' argument '100000' is invalid. expected a whole number from 1 to 10000",
    ],
    [
      ["--in-flight", "999999999"],
      "verdict: option '--in-flight <n>' argument '999999999' is invalid. expected a whole number from 1 to 1000000",
    ],
    [
      ["--batch", "999999999"],
      "verdict: option '--batch <n>' argument '999999999' is invalid. expected a whole number from 1 to 100000",
    ],
    ...["0/0/0", "Infinity/1/1", "0x10/1/1", " / /1", "1e308/1e308/1", "1/2"].map(
      (mix) =>
        [
          ["--mix", mix],
          `verdict: option '--mix <a/i/e>' argument '${mix}' is invalid. expected shares of allowed, implicit and explicit denials, as in 60/30/10`,
        ] as [string[], string],
    ),
    [["--speed", "2x"], "--speed: is about recorded traffic: give --replay, too"],
    [["--target", "127.0.0.1:1"], "--target: 127.0.0.1:1: nobody listens there (connection refused)"],
  ])("refuses %j with what to do", async (args, want) => {
    const { code, err } = await verdict(["load", "--policies", minimal, "--duration", "100ms", ...args]);
    expect(err.trim()).toBe(want);
    expect(code).toBe(2);
  });
});

describe("verdict load --report and --hgrm", () => {
  it.each([["--report"], ["--hgrm"]])("refuses for %s what cannot be written before it measures", async (flag) => {
    for (const [path, why] of [
      [folder, "is a directory"],
      [join(folder, "none", "x"), "no such file or directory"],
      ["", "no such file or directory"],
    ] as const) {
      const args = ["load", "--policies", join(folder, "no policies"), flag, path];
      expect(await verdict(args)).toEqual({ code: 2, out: "", err: `${path}: cannot be written: ${why}\n` });
    }
  });
});

describe("verdict load against a server", () => {
  let server: ServeProcess;

  beforeAll(async () => {
    server = await startServe(["--policies", minimal, "--http", "127.0.0.1:0"]);
  });

  it.each([["unary"], ["batch"], ["table"], ["stream"], ["http"]])(
    "asks in the form %s, and every answer is right",
    async (form) => {
      const target = form === "http" ? server.url.replace("http://", "") : server.address;
      const args = [
        "load",
        "--policies",
        minimal,
        "--target",
        target,
        "--form",
        form,
        "--rate",
        "200",
        "--json",
        ...short,
      ];
      const { code, out, err } = await verdict(args);
      expect(err).toBe("");
      const { errors, count, loopModel, decisions, skipped } = JSON.parse(out);
      expect({ code, errors, loopModel, skipped }).toEqual({ code: 0, errors: {}, loopModel: "open", skipped: 0 });
      const asked = form === "unary" || form === "http" ? count : count * 100;
      expect(decisions.allowed + decisions.implicitDeny + decisions.explicitDeny).toBe(asked);
    },
  );

  it("reads the server's own figures beside", async () => {
    const args = ["load", "--policies", minimal, "--target", server.address, "--rate", "200", ...short, "--metrics"];
    const { code, out, err } = await verdict([...args, `${server.url}/metrics`, "--json"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const { server: own, count } = JSON.parse(out);
    expect(own.calls).toBeGreaterThanOrEqual(count);
    expect(own.meanMs).toBeGreaterThan(0);
    const none = await verdict([...args, `${server.url}/healthz`]);
    expect(none).toMatchObject({ code: 2, out: "" });
    expect(none.err).toMatch(/^--metrics: http:\S+\/healthz: has no grpc_server_handling_seconds\n$/);
  });

  it("says at once that what listens there answers no questions", async () => {
    const pages = createServer((_, response) => response.writeHead(404).end("<html>"));
    const gone = createServer((request) => request.socket.destroy());
    for (const [other, want] of [
      [pages, "has no POST /v1/authorize"],
      [gone, "speaks no HTTP/1.1"],
    ] as const) {
      other.listen(0, "127.0.0.1");
      await once(other, "listening");
      atEnd(() => other.close());
      const { port } = other.address() as AddressInfo;
      const args = ["load", "--policies", minimal, "--target", `127.0.0.1:${port}`, "--form", "http", ...short];
      const { code, err } = await verdict(args);
      expect(err).toContain(`--target: 127.0.0.1:${port}: what listens there ${want}`);
      expect(code).toBe(2);
    }
    const other = createHttp2Server((_, response) => response.writeHead(404).end("<html>"));
    other.listen(0, "127.0.0.1");
    await once(other, "listening");
    atEnd(() => other.close());
    const { port } = other.address() as AddressInfo;
    const page = await verdict(["load", "--policies", minimal, "--target", `127.0.0.1:${port}`, ...short]);
    expect(page).toMatchObject({ code: 2 });
    expect(page.err).toBe(`--target: 127.0.0.1:${port}: what it answers is no gRPC message\n`);
    const grpc = await verdict(["load", "--policies", minimal, "--target", server.address, "--form", "http", ...short]);
    expect(grpc).toMatchObject({ code: 2 });
    expect(grpc.err).toContain("is it the address of --http?");
  });

  it("says that a server has no set of a name", async () => {
    const { code, err } = await verdict([
      "load",
      "--policies",
      minimal,
      "--target",
      server.address,
      "--policy-set",
      "no",
      ...short,
    ]);
    expect({ code, err }).toEqual({
      code: 2,
      err: `--target: ${server.address}: it has no policy set of that name: see --policy-set\n`,
    });
  });

  it("refuses a server that decides by another set", async () => {
    const { code, err } = await verdict(["load", "--policies", acme, "--target", server.address, ...short]);
    expect(code).toBe(2);
    expect(err).toMatch(
      /^--target: \S+ decides by another policy set \(sha256:[0-9a-f]+…, not sha256:[0-9a-f]+…\): give the one that it serves with --policies\n$/,
    );
  });
});

describe("verdict load --form ext-authz", () => {
  const mapping = join(root, "examples", "ext-authz", "mapping.yaml");
  const form = ["--form", "ext-authz", "--ext-authz"];

  it("asks as Envoy does, and every answer is right", async () => {
    const server = await startServe(["--policies", acme, "--ext-authz", mapping]);
    const target = ["--target", server.address, "--rate", "200", "--json"];
    const { code, out, err } = await verdict(["load", "--policies", acme, ...target, ...form, mapping, ...short]);
    expect(err).toBe("");
    const { errors, count, decisions, remarks } = JSON.parse(out);
    expect({ code, errors }).toEqual({ code: 0, errors: {} });
    expect(decisions.allowed).toBeGreaterThan(0);
    expect(decisions.implicitDeny + decisions.explicitDeny).toBeGreaterThan(0);
    expect(decisions.allowed + decisions.implicitDeny + decisions.explicitDeny).toBe(count);
    expect(remarks[0]).toMatch(/^\d+ different requests of the mapping's routes$/);
  });

  it.each([
    [form.slice(0, 2), "--form ext-authz: needs the mapping of the server: give --ext-authz"],
    [["--ext-authz", mapping], "--ext-authz: give --form ext-authz, too"],
    [[...form, mapping], "--form ext-authz: needs a running server: give --target"],
    [[...form, join(folder, "none.yaml"), "--target", "127.0.0.1:1"], "none.yaml: cannot be read: "],
    [[...form, join(acme, "people.yaml"), "--target", "127.0.0.1:1"], "the file is no mapping"],
  ])("refuses %j with what to do", async (flags, want) => {
    const { code, out, err } = await verdict(["load", "--policies", acme, ...flags]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(want);
  });
});

describe("verdict load --compare with servers", () => {
  it("says what it needs", async () => {
    const { code, err } = await verdict(["load", "--policies", minimal, "--compare", "127.0.0.1:1"]);
    expect({ code, err }).toEqual({
      code: 2,
      err: "--compare: 127.0.0.1:1 is the address of a server: give the other one with --target\n",
    });
  });
});
