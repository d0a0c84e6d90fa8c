/** `verdict serve` with mapping files as operators see them: they are followed, and what is wrong with them is told. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { ExtAuthzClient } from "../kit/ext-authz-client.js";
import { request } from "../kit/ext-authz-scene.js";
import { example } from "../kit/http-server.js";
import { ProtoClient } from "../kit/proto-client.js";
import { file, folder, jsonLines, minimal, stopMessages, verdict } from "../kit/run-verdict.js";
import { startServe } from "../kit/serve-process.js";
import { allowing, until } from "../kit/supply-fixture.js";

const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** Alice may read reports from the office; `prefix` is where the mapping has them. */
const mappingAt = (prefix: string) => `
extAuthz:
  principals: [{ header: x-user, principal: "arn:aws:iam::111111111111:user/{header.x-user}" }]
  routes: [{ method: GET, path: "${prefix}/{name}", action: s3:GetObject, resource: "arn:aws:s3:::reports/{name}" }]
`;

async function serving(args: readonly string[], lineCount = 3) {
  const { output: run, address, url } = await startServe(["--http", "127.0.0.1:0", ...args]);
  endings.push(() => run.kill("SIGKILL"));
  await run.lines(lineCount);
  return { run, address, url };
}

describe("verdict serve --ext-authz", () => {
  it("counts and tells what it answers without a decision, to Envoy and to others, and records only decisions", async () => {
    const log = join(folder, "proxies.jsonl");
    const mapping = file("proxies.yaml", mappingAt("/a"));
    const options = ["--policies", minimal, "--ext-authz", mapping, "--log-level", "debug", "--decision-log", log];
    const { run, address, url } = await serving(options);
    const client = new ExtAuthzClient(address);
    endings.push(() => client.close());
    const asked = async (path: string, user?: string): Promise<number> => {
      const headers = { "x-original-method": "GET", "x-original-uri": path };
      const more = user === undefined ? {} : { "x-user": user };
      return (await fetch(`${url}/forward-auth`, { headers: { ...headers, ...more } })).status;
    };
    expect([await asked("/a/q3.csv"), await asked("/a//q3.csv", "alice"), await asked("/b/x", "alice")]).toEqual([
      401, 400, 403,
    ]);
    expect(await asked("/a/q3.csv", "eve")).toBe(403);
    expect((await client.check(request("/a//q3.csv"))).verdict).toBe("deny");
    const metrics = await (await fetch(`${url}/metrics`)).text();
    for (const want of [
      'status="400",transport="http"} 1',
      'status="401",transport="http"} 1',
      'status="403",transport="http"} 1',
      'status="503",transport="http"} 0',
      'status="400",transport="ext_authz"} 1',
      'status="401",transport="ext_authz"} 0',
    ]) {
      expect(metrics).toContain(`verdict_proxy_undecided_total{${want}\n`);
    }
    run.kill("SIGTERM");
    expect(await run.code).toBe(0);
    const told = jsonLines(run.err()).filter(({ message }) => String(message).includes("without a decision"));
    expect(told).toMatchObject([
      { level: "debug", transport: "http", message: "/forward-auth: answered 401 without a decision: no principal" },
      { message: "/forward-auth: answered 400 without a decision: the path has an empty segment" },
      { message: "/forward-auth: answered 403 without a decision: no route" },
      { transport: "ext_authz", message: expect.stringContaining(": answered 400 without a decision: the path has") },
    ]);
    expect(told.every(({ decisionId }) => typeof decisionId === "string")).toBe(true);
    expect(jsonLines(readFileSync(log, "utf8")).map(({ input }) => input)).toMatchObject([{ action: "s3:GetObject" }]);
  });

  it("follows the mapping, keeps it through a mistake, and says so", async () => {
    const mapping = file("mapping.yaml", mappingAt("/a"));
    const options = ["--policies", minimal, "--ext-authz", mapping, "--watch-interval", "100ms"];
    const { run, address, url } = await serving(options);
    const client = new ExtAuthzClient(address);
    endings.push(() => client.close());
    const source = { address: { socketAddress: { address: "10.1.2.3", portValue: 1 } } };
    const ask = async (path: string) => (await client.check(request(path, { source }))).verdict;
    const probe = async () => (await fetch(`${url}/readyz`)).json();
    expect([await ask("/a/q3.csv"), await ask("/b/q3.csv")]).toEqual(["pass", "deny"]);
    writeFileSync(mapping, mappingAt("/b").replace("routes", "rutes"));
    await until(() => run.err().includes("errors"), run.err);
    expect([await ask("/a/q3.csv"), await ask("/b/q3.csv")]).toEqual(["pass", "deny"]);
    expect(await probe()).toEqual({ status: "ready", warnings: ["ext_authz mapping: invalid"] });
    expect(await (await fetch(`${url}/metrics`)).text()).toContain(
      'verdict_mapping_load_failures_total{mapping="ext_authz"} 1\n',
    );
    writeFileSync(mapping, mappingAt("/b"));
    await until(() => run.err().includes('in force"'), run.err);
    expect([await ask("/a/q3.csv"), await ask("/b/q3.csv")]).toEqual(["deny", "pass"]);
    expect(await probe()).toEqual({ status: "ready" });
    expect(jsonLines(run.err())).toMatchObject([
      {
        level: "error",
        mapping: "ext_authz",
        place: mapping,
        message: `ext_authz mapping: ${mapping}: 2 errors: the mapping in force stays`,
        findings: [expect.stringContaining(`${mapping}:3:`), expect.stringContaining("rutes")],
        findingCount: 2,
      },
      { level: "info", mapping: "ext_authz", place: mapping, message: "ext_authz mapping: in force" },
    ]);
    run.kill("SIGTERM");
    expect(await run.code).toBe(0);
  });

  it("warns of a policy set that nobody serves: at the start, when the mapping changes, when the set leaves", async () => {
    const named = (name: string): string => mappingAt("/a").replace("extAuthz:", `extAuthz:\n  policySet: ${name}`);
    const mapping = file("named.yaml", named("blue"));
    const socket = join(folder, "admin.sock");
    const options = ["--policies", minimal, "--ext-authz", mapping, "--watch", "false", "--admin", `unix:${socket}`];
    const { run } = await serving(options, 4);
    const admin = new ProtoClient("verdict/v1/policy_set.proto", "verdict.v1.PolicySetService", `unix:${socket}`);
    endings.push(() => admin.close());
    const warnings = () => jsonLines(run.err()).filter(({ level }) => level === "warn");
    const hear = (count: number) => until(() => warnings().length >= count, run.err);
    const warning = (policySet: string) => ({
      level: "warn",
      mapping: "ext_authz",
      place: mapping,
      policySet,
      message: `ext_authz mapping: ${mapping}: policy set \`${policySet}\` is not served: every request is answered 503`,
    });
    await hear(1);
    const load = (name: string) => ({ name, files: [{ path: "set.json", content: Buffer.from(allowing("one")) }] });
    expect(await admin.call("LoadPolicySet", load("blue"))).toMatchObject({ loaded: true });
    expect(await admin.call("LoadPolicySet", load("green"))).toMatchObject({ loaded: true });
    await admin.call("UnloadPolicySet", { name: "green" });
    expect(warnings()).toMatchObject([warning("blue")]);
    await admin.call("UnloadPolicySet", { name: "blue" });
    await hear(2);
    writeFileSync(mapping, named("red"));
    run.kill("SIGHUP");
    await hear(3);
    writeFileSync(mapping, named("default"));
    run.kill("SIGHUP");
    await until(() => run.err().split("mapping: in force").length === 3, run.err);
    run.kill("SIGTERM");
    expect(await run.code).toBe(0);
    expect(warnings()).toMatchObject([warning("blue"), warning("blue"), warning("red")]);
  });

  it("warns of the default policy set where all have names", async () => {
    const mapping = file("unnamed.yaml", mappingAt("/a"));
    const { run } = await serving(["--policies", `blue=${minimal}`, "--ext-authz", mapping]);
    run.kill("SIGTERM");
    expect(await run.code).toBe(0);
    const [warning, ...atStop] = jsonLines(run.err());
    expect(warning).toMatchObject({ level: "warn", mapping: "ext_authz", policySet: "default" });
    expect(atStop.map(({ message }) => message)).toEqual(stopMessages);
  });

  it("does not start without its mapping", async () => {
    const have = await verdict([
      "serve",
      "--policies",
      minimal,
      "--listen",
      "127.0.0.1:0",
      "--ext-authz",
      "/none.yaml",
    ]);
    expect(have).toEqual({ code: 2, out: "", err: "/none.yaml: cannot be read: no such file or directory\n" });
  });
});

describe("verdict serve --authzen", () => {
  it("reads the mapping again on SIGHUP, watching or not", async () => {
    const text = readFileSync(example("authzen/authzen.yaml"), "utf8");
    const mapping = file("authzen.yaml", text);
    const policies = example("authzen/policy-set");
    const { run, url } = await serving(["--policies", policies, "--authzen", mapping, "--watch", "false"]);
    const ask = async (path: string, type: string): Promise<unknown> => {
      const body = {
        subject: { type: "user", id: "alice" },
        action: { name: "read" },
        resource: { type, id: "record-1" },
      };
      const headers = { "content-type": "application/json" };
      return (await fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) })).json();
    };
    const [evaluation, search] = ["/access/v1/evaluation", "/access/v1/search/resource"];
    const before = await ask(search, "record");
    expect(await ask(evaluation, "record")).toEqual({ decision: true });
    // Without a mapping the word is no action (ACT-1).
    const refused = { error: "action: not of the form `service:Name` without wildcards (ACT-1)" };
    expect(await ask(search, "file")).toEqual(refused);
    writeFileSync(mapping, text.replace(/^( *)record:/m, "$1file:"));
    run.kill("SIGHUP");
    await until(() => run.err().includes("authzen mapping: in force"), run.err);
    expect(await ask(evaluation, "file")).toEqual({ decision: true });
    expect(await ask(evaluation, "record")).toMatchObject({ decision: false });
    expect(await ask(search, "file")).toEqual(JSON.parse(JSON.stringify(before).replaceAll('"record"', '"file"')));
    expect(await ask(search, "record")).toEqual(refused);
  });
});
