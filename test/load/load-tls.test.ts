// `verdict load` over TLS on both sides, with certificates made here; and what it says of those that are not taken.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Authority, writeIssued } from "../kit/certificates.js";
import { folder, minimal, verdict } from "../kit/run-verdict.js";
import { type ServeProcess, startServe } from "../kit/serve-process.js";

const short = ["--duration", "300ms", "--warm-up", "0", "--questions", "50", "--rate", "100"];

describe("verdict load over TLS", () => {
  let server: ServeProcess;
  let authority: Authority;
  let stranger: Authority;
  const ca = join(folder, "load-ca.pem");

  beforeAll(async () => {
    authority = await Authority.create();
    stranger = await Authority.create("CN=Stranger");
    writeFileSync(ca, authority.pem);
    const { cert, key } = writeIssued(folder, "load-server", await authority.server());
    server = await startServe(["--policies", minimal, "--tls-cert", cert, "--tls-key", key, "--tls-client-ca", ca]);
  });

  const load = (...flags: readonly string[]) =>
    verdict(["load", "--policies", minimal, "--target", server.address, ...short, ...flags]);
  const shown = ({ cert, key }: { readonly cert: string; readonly key: string }): readonly string[] => [
    ...["--tls-cert", cert],
    ...["--tls-key", key],
  ];

  it("shows its certificate, and every answer is right", async () => {
    const own = writeIssued(folder, "load-own", await authority.client([{ type: "dns", value: "orders.local" }]));
    const { code, out, err } = await load("--tls-ca", ca, ...shown(own), "--json");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const { errors, count, unfinished } = JSON.parse(out);
    expect({ errors, unfinished }).toEqual({ errors: {}, unfinished: 0 });
    expect(count).toBeGreaterThan(0);
  });

  it("says why certificates are not taken", async () => {
    const others = join(folder, "load-stranger.pem");
    writeFileSync(others, stranger.pem);
    const named = [{ type: "dns", value: "orders.local" }] as const;
    const own = shown(writeIssued(folder, "load-own2", await authority.client(named)));
    const foreign = shown(writeIssued(folder, "load-foreign", await stranger.client(named)));
    const nameless = shown(writeIssued(folder, "load-nameless", await authority.client([])));
    const said = async (...flags: readonly string[]): Promise<readonly [number | null, string]> => {
      const { code, err } = await load(...flags);
      return [code, err.trim().replace(server.address, "ADDRESS")];
    };
    const wants: readonly (readonly [string, string])[] = [
      [(await said("--tls-ca", others, ...own)).join(" "), "not signed by an authority of --tls-ca"],
      [(await said("--tls-ca", ca)).join(" "), "--tls-cert and --tls-key"],
      [
        (await said("--tls-ca", ca, ...foreign)).join(" "),
        "no authority of its own signed the certificate of --tls-cert",
      ],
      [(await said("--tls-ca", ca, ...nameless)).join(" "), "has no name that it knows callers by"],
      [(await said()).join(" "), "the server speaks TLS: give --tls-ca FILE"],
    ];
    for (const [have, want] of wants) {
      expect(have).toMatch(/^2 --target: ADDRESS: /);
      expect(have).toContain(want);
    }
  });
});
