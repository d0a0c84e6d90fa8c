// Probes of a server under mTLS: a plain listener of their own, and `verdict health` with certificates.
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Authority, writeIssued } from "../../kit/certificates.js";
import { folder, minimal, verdict } from "../../kit/run-verdict.js";
import { startServe } from "../../kit/serve-process.js";

let lock: readonly string[];
let client: readonly string[];
const ca = join(folder, "probes-ca.pem");
const otherCa = join(folder, "probes-other-ca.pem");
beforeAll(async () => {
  const authority = await Authority.create();
  writeFileSync(ca, authority.pem);
  writeFileSync(otherCa, (await Authority.create("CN=Other")).pem);
  const server = writeIssued(folder, "probes", await authority.server());
  lock = ["--tls-cert", server.cert, "--tls-key", server.key, "--tls-client-ca", ca];
  const own = writeIssued(folder, "prober", await authority.client([{ type: "dns", value: "prober.example" }]));
  client = ["--tls-cert", own.cert, "--tls-key", own.key];
});

describe("verdict serve --probes", () => {
  it("answers in plain HTTP what the locked listener would ask a certificate for, and nothing else", async () => {
    const serve = ["--policies", minimal, "--http", "127.0.0.1:0", ...lock, "--probes", "127.0.0.1:0"];
    const { output, probes } = await startServe(serve);
    const [, port = ""] = /^127\.0\.0\.1:(\d+)$/.exec(probes) ?? [];
    const get = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init);
    expect(await (await get("/healthz")).json()).toEqual({ status: "alive" });
    expect(await (await get("/readyz")).json()).toEqual({ status: "ready" });
    // Scraped under TLS with client certificates by somebody who has none.
    const scraped = await get("/metrics");
    expect(scraped.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(await scraped.text()).toContain('\nverdict_snapshot_info{name="default",');
    for (const path of ["/openapi.json", "/v1/authorize", "/forward-auth", "/"]) {
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    }
    expect((await get("/healthz", { method: "POST", body: "x" })).status).toBe(405);
    // More connections than it has room for leave room for one that asks.
    const silent = Array.from({ length: 40 }, () => connect(Number(port), "127.0.0.1").on("error", () => {}));
    await Promise.all(silent.map((socket) => once(socket, "connect")));
    const newcomer = request({ host: "127.0.0.1", port, path: "/healthz", agent: false });
    newcomer.end();
    const [response] = await once(newcomer, "response");
    expect(response.statusCode).toBe(200);
    response.resume();
    for (const socket of silent) socket.destroy();
    output.kill("SIGTERM");
    expect(await output.code).toBe(0);
  });

  it("says in one line why it cannot listen", async () => {
    const path = `unix:${join(folder, "none", "probes.sock")}`;
    const have = await verdict(["serve", "--policies", minimal, "--listen", "127.0.0.1:0", "--probes", path]);
    expect(have).toEqual({ code: 2, out: "", err: `${path}: cannot listen: no such directory\n` });
  });
});

describe("verdict health", () => {
  it("shows a certificate, and believes only the authorities and the name that it is told", async () => {
    const { output, address } = await startServe(["--policies", minimal, ...lock]);
    const health = (...flags: readonly string[]) => verdict(["health", "--listen", address, ...flags]);
    expect(await health(...client)).toMatchObject({ code: 0 });
    expect(await health(...client, "--tls-ca", ca)).toEqual({ code: 0, out: "SERVING\n", err: "" });
    expect(await health(...client, "--tls-ca", ca, "--tls-server-name", "localhost")).toMatchObject({ code: 0 });
    const named = await health(...client, "--tls-ca", ca, "--tls-server-name", "other.example");
    expect(named.code).toBe(2);
    expect(named.err).toContain("other.example");
    expect(await health(...client, "--tls-ca", otherCa)).toMatchObject({ code: 2, out: "" });
    expect(await health("--tls-ca", ca)).toMatchObject({ code: 2, out: "" });
    output.kill("SIGTERM");
    expect(await output.code).toBe(0);
  });

  it.each([
    [["--tls-cert", "x"], "--tls-cert, --tls-key: one needs the other\n"],
    [["--tls-server-name", "x"], "--tls-server-name: needs --tls-ca\n"],
    [["--tls-ca", "/none/ca.pem"], "/none/ca.pem: cannot be read: no such file or directory\n"],
  ])("refuses %j", async (flags, err) => {
    expect(await verdict(["health", "--listen", "127.0.0.1:1", ...flags])).toEqual({ code: 2, out: "", err });
  });
});
