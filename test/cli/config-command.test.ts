/** `verdict config print`: the settings of `serve`, each with where it comes from. */
import { describe, expect, it } from "vitest";
import { withoutSecrets } from "../../src/config/without-secrets.js";
import { file, start, verdict } from "../kit/run-verdict.js";

describe("verdict config print", () => {
  it("tells flags, variables, the file and defaults apart", async () => {
    const config = file("print.yaml", "listen: 127.0.0.1:1\nhttp: 127.0.0.1:2\nallowPeers: [dns:a, dns:b]\n");
    const flags = [
      "--config",
      config,
      "--http",
      "127.0.0.1:3",
      "--tls-cert",
      "c",
      "--tls-key",
      "k",
      "--tls-client-ca",
      "a",
    ];
    const run = start(["config", "print", "--json", ...flags], { env: { VERDICT_WATCH_QUIET: "2s" } });
    expect(await run.code).toBe(0);
    expect(JSON.parse(run.out())).toMatchObject({
      listen: { value: "127.0.0.1:1", from: `${config}:1:9` },
      http: { value: "127.0.0.1:3", from: "--http" },
      allowPeers: { value: "dns:a, dns:b", from: `${config}:3:13` },
      watchQuiet: { value: "2s", from: "VERDICT_WATCH_QUIET" },
      drainTimeout: { value: "10s", from: "default" },
    });
  });

  it("prints a line for each under the headings of help", async () => {
    const { code, out, err } = await verdict(["config", "print", "--listen", ":7"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^First of all:\n {2}policies {18}\.\/policies {21}default\n {2}listen {20}:7 {29}--listen\n/);
    expect(out).toMatch(/\n\nLimits:\n/);
  });

  it("shows no query of an URL, and ends with 2 where serve would", async () => {
    const { out } = await verdict(["config", "print", "--policies", "https://policies.example/acme.tgz?signature=abc"]);
    expect(out).toContain(" https://policies.example/acme.tgz?*** --policies\n");
    expect(await verdict(["config", "print", "--watch-quiet", "soon"])).toEqual({
      code: 2,
      out: "",
      err: "--watch-quiet: `soon` is no duration such as 500ms, 30s or 5m\n",
    });
  });
});

describe("withoutSecrets()", () => {
  it.each([
    ["blue=https://me:word@host:1/x?sig=1#f", "blue=https://***@host:1/x?***#***"],
    ["https://host/x", "https://host/x"],
    ["http://token@host", "http://***@host"],
    ["unix:/run/a@b?c", "unix:/run/a@b?c"],
  ])("leaves of %s what may be seen", (text, want) => {
    expect(withoutSecrets(text)).toBe(want);
  });
});
