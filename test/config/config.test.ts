import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { policyPath } from "../../src/config/policy-settings.js";
import { readConfig } from "../../src/config/read-config.js";
import { ConfigError, type Environment, type Flags, readSetting } from "../../src/config/settle-setting.js";

const folder = mkdtempSync(join(tmpdir(), "verdict config "));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("readConfig()", () => {
  it("has a default for every setting", async () => {
    const config = await readConfig({}, {});
    expect(config).toMatchObject({
      policies: [{ name: "default", place: "./policies" }],
      http: undefined,
      insecure: false,
      listen: { kind: "tcp", host: "127.0.0.1", port: 50051 },
      workers: expect.any(Number),
      allowWhatIf: false,
      maxMessageBytes: 16 * 1024 * 1024,
      maxBatchRequests: 100_000,
      maxConcurrentStreams: 128,
      maxSessionMemoryMegabytes: 64,
      drainTimeout: 10_000,
    });
    expect(config.workers).toBeGreaterThanOrEqual(1);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it("takes flags over the environment over the file", async () => {
    const config = file("order.yaml", "workers: 2\nmaxBatchRequests: 3\ndrainTimeout: 4s\n");
    const environment = { VERDICT_WORKERS: "5", VERDICT_MAX_BATCH_REQUESTS: "6" };
    const have = await readConfig({ config, workers: "7" }, environment);
    expect([have.workers, have.maxBatchRequests, have.drainTimeout]).toEqual([7, 6, 4000]);
  });

  it("takes several policy sets from flags, a variable and the file", async () => {
    const want = [
      { name: "default", place: "a" },
      { name: "blue", place: "b" },
    ];
    expect((await readConfig({ policies: ["a", "blue=b"] }, {})).policies).toEqual(want);
    expect((await readConfig({}, { VERDICT_POLICIES: "a, blue=b" })).policies).toEqual(want);
    const config = file("several.yaml", "policies: [a, blue=b]\n");
    expect((await readConfig({ config }, {})).policies).toEqual(want);
    expect(await problems({ policies: ["a", "blue="] })).toEqual(["--policies: `blue=` is empty"]);
  });

  it("refuses durations without a unit", async () => {
    expect(await problems({ drainTimeout: "10" })).toEqual([
      "--drain-timeout: `10` is no duration such as 500ms, 30s or 5m",
    ]);
  });

  it.each([
    ["https://pdp.example.com", "https://pdp.example.com"],
    ["https://pdp.example.com/verdict/", "https://pdp.example.com/verdict"],
    ["http://localhost:8181", "http://localhost:8181"],
  ])("takes %s for a base URL", async (baseUrl, want) => {
    expect((await readConfig({ baseUrl }, {})).baseUrl).toBe(want);
  });

  it.each([
    "pdp.example.com",
    "http://pdp.example.com",
    "https://a/?b",
    "https://a/#b",
    "https://a/?",
    "https://u:p@a",
  ])("refuses %s as a base URL", async (baseUrl) => {
    const want = `--base-url: \`${baseUrl}\` is no https URL without query and fragment`;
    expect(await problems({ baseUrl })).toEqual([want]);
  });

  it("finds the file through the environment", async () => {
    const have = await readConfig({}, { VERDICT_CONFIG: file("env.yaml", "allowWhatIf: true\nlisten: unix:/tmp/v\n") });
    expect(have.allowWhatIf).toBe(true);
    expect(have.listen).toEqual({ kind: "unix", path: "/tmp/v" });
  });

  it("refuses unknown keys of the file with their place", async () => {
    const config = file("unknown.yaml", "workers: 2\nworker: 3\n");
    expect(await problems({ config })).toEqual([`${config}:2:1: unknown member \`worker\`: did you mean \`workers\`?`]);
  });

  it("refuses lists and repeated keys in the file", async () => {
    const list = file("list.yaml", "workers: [1]\n");
    expect(await problems({ config: list })).toEqual([`${list}:1:10: workers: must be a single value`]);
    const twice = file("twice.yaml", "workers: 1\nworkers: 2\n");
    expect(await problems({ config: twice })).toEqual([
      `${twice}:2:1: duplicate member \`workers\`, first at line 1, column 1`,
    ]);
  });

  it("says where a bad value comes from", async () => {
    const config = file("bad.yaml", "workers: 0\n");
    expect(await problems({ config })).toEqual([`${config}:1:10: workers: \`0\` is no whole number from 1 to 1024`]);
    expect(await problems({ workers: "1.5" })).toEqual(["--workers: `1.5` is no whole number from 1 to 1024"]);
    expect(await problems({}, { VERDICT_ALLOW_WHAT_IF: "yes" })).toEqual([
      "VERDICT_ALLOW_WHAT_IF: `yes` is neither true nor false",
    ]);
  });

  it("refuses a file that does not exist", async () => {
    const config = join(folder, "none.yaml");
    expect(await problems({ config })).toEqual([`${config}:1:1: cannot be read: no such file or directory`]);
  });

  it("refuses unknown variables, but not those that Kubernetes makes", async () => {
    expect(await problems({}, { VERDICT_WORKER: "1" })).toEqual([
      "`VERDICT_WORKER`: unknown setting: did you mean VERDICT_WORKERS?",
    ]);
    const links = {
      VERDICT_SERVICE_HOST: "10.0.0.1",
      VERDICT_SERVICE_PORT_GRPC: "50051",
      VERDICT_PORT: "tcp://10.0.0.1:50051",
      VERDICT_PORT_50051_TCP_ADDR: "10.0.0.1",
      VERDICT_BLUE_SERVICE_HOST: "10.0.0.2",
    };
    expect(await problems({}, links)).toEqual([]);
  });

  it("reports every problem at once", async () => {
    expect(await problems({ workers: "x", listen: "nowhere", http: "8181x" })).toEqual([
      "--listen: `nowhere` is neither host:port nor unix:PATH",
      "--http: `8181x` is neither host:port nor unix:PATH",
      "--workers: `x` is no whole number from 1 to 1024",
    ]);
  });

  it.each(["127.0.0.1:0", "127.8.8.8:1", "localhost:50051", "[::1]:50051", "unix:/run/verdict.sock"])(
    "accepts %s, which other machines cannot reach",
    async (listen) => {
      expect(await problems({ listen })).toEqual([]);
    },
  );

  it.each(["0.0.0.0:50051", "10.0.0.1:50051", "[::]:50051", "[::ffff:127.0.0.1]:1", "127.example.com:1"])(
    "refuses %s unless --insecure is given",
    async (listen) => {
      const want = "--listen: other machines can reach this listener, and it has no TLS: add --insecure to allow it";
      expect(await problems({ listen })).toEqual([want]);
      expect(await problems({ listen, insecure: true })).toEqual([]);
    },
  );

  it.each(["", ":", ":65536", "127.0.0.1", "127.0.0.1:65536", "[::1]", "[1]:1", "unix:", `unix:/${"x".repeat(107)}`])(
    "refuses %j as an address",
    async (listen) => {
      expect(await problems({ listen })).toEqual([`--listen: \`${listen}\` is neither host:port nor unix:PATH`]);
    },
  );
});

describe("settings of policy sets", () => {
  const bundle = "https://policies.example/a.tar.gz";

  it("take URLs of bundles, with and without names, for what they are", async () => {
    const policies = [bundle, `blue=${bundle}?v=1`];
    expect((await readConfig({ policies }, {})).policies).toEqual([
      { name: "default", place: bundle },
      { name: "blue", place: `${bundle}?v=1` },
    ]);
  });

  it.each<[string, Flags, string]>([
    ["two sets of one name", { policies: ["a", "b"] }, "--policies: two policy sets are called `default`"],
    ["a URL that is none", { policies: ["https://:x"] }, "--policies: `https://:x` is no URL"],
    [
      "a bundle that anyone on the way can exchange",
      { policies: ["http://policies.example/a"] },
      "--policies: `http://policies.example/a` must be an https URL: add --insecure to allow it",
    ],
    [
      "a password in a URL",
      { policies: ["https://me:secret@policies.example/a"] },
      "--policies: a URL with a password would stand in logs: use --bundle-token",
    ],
    ["a key without bundles", { bundleKey: "k.pem" }, "--bundle-key: no policy set is a bundle"],
    ["AuthZEN that nobody can ask", { authzen: "authzen.yaml" }, "--authzen: needs --http"],
    ["a cache without bundles", { bundleCache: "c" }, "--bundle-cache: no policy set is a bundle"],
    [
      "one token for two origins",
      { policies: [bundle, "b=https://other.example/a"], bundleToken: "t" },
      "--bundle-token: the bundles have several origins, and each would see the token of the others",
    ],
    [
      "administrators of one of several processes",
      { admin: "unix:/tmp/admin.sock", processes: "2" },
      "--admin: a set would be loaded by one of several processes: leave --processes at 1",
    ],
    [
      "administrators that are all who have a name",
      { admin: "unix:/tmp/admin.sock", tokens: "t", allowPeers: ["authorization=token:app"] },
      "--admin: every caller with a name could load policy sets: add --allow-peers policySets=NAME",
    ],
    [
      "administrators on an open port",
      { admin: "0.0.0.0:50052" },
      "--admin: other machines can reach this listener, and it has no TLS: add --insecure to allow it",
    ],
  ])("refuse %s", async (_, flags, want) => {
    expect(await problems(flags)).toEqual([want]);
  });

  it.each<[string, Flags]>([
    ["a bundle on loopback without TLS", { policies: ["http://127.0.0.1:8080/a", "b=http://[::1]:1/a"] }],
    ["a bundle without TLS where that is allowed", { policies: ["http://policies.example/a"], insecure: true }],
    ["two bundles of one origin with a token", { policies: [bundle, `b=${bundle}`], bundleToken: "t" }],
    ["administrators by name", { admin: "unix:/tmp/a.sock", tokens: "t", allowPeers: ["policySets=token:ops"] }],
  ])("allow %s", async (_, flags) => {
    expect(await problems(flags)).toEqual([]);
  });
});

describe("readSetting()", () => {
  it("reads one setting from flags and environment", () => {
    expect(readSetting(policyPath, {}, {})).toBe("./policies");
    expect(readSetting(policyPath, {}, { VERDICT_POLICIES: "a" })).toBe("a");
    expect(readSetting(policyPath, { policies: "b" }, { VERDICT_POLICIES: "a" })).toBe("b");
  });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function problems(flags: Flags, environment: Environment = {}): Promise<readonly string[]> {
  try {
    await readConfig(flags, environment);
    return [];
  } catch (error: unknown) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
