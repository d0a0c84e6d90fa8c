import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TlsMaterial } from "../../src/access/tls-material.js";
import { Readiness } from "../../src/server/readiness.js";
import { Authority, writeIssued } from "../kit/certificates.js";
import { file, folder, verdict } from "../kit/run-verdict.js";
import { atEnd, serving } from "../kit/serving.js";

describe("verdict health", () => {
  it("ends with 0 while the server serves and with 1 while it does not", async () => {
    const readiness = new Readiness();
    const { address } = await serving({ readiness });
    expect(await verdict(["health", "--listen", address])).toEqual({ code: 0, out: "SERVING\n", err: "" });
    expect(await verdict(["health", "--server", address])).toMatchObject({ code: 0, out: "SERVING\n" });
    readiness.hold("a reason");
    const service = ["--service", "verdict.v1.AuthorizationService"];
    expect(await verdict(["health", "--listen", address, ...service])).toEqual({
      code: 1,
      out: "NOT_SERVING\n",
      err: "",
    });
    expect(await verdict(["health", "--listen", address, "--service", "none"])).toMatchObject({
      code: 1,
      out: "SERVICE_UNKNOWN\n",
    });
  });

  it("asks unix sockets, and over TLS with the certificate of the server", async () => {
    const path = join(folder, "health.sock");
    await serving({ listen: { kind: "unix", path } });
    expect(await verdict(["health", "--listen", `unix:${path}`])).toMatchObject({ code: 0 });
    const authority = await Authority.create();
    const files = writeIssued(folder, "health", await authority.server());
    const tls = await TlsMaterial.open(files);
    atEnd(() => tls.close());
    const { address } = await serving({ tls });
    const flags = ["--tls-cert", files.cert, "--tls-key", files.key];
    expect(await verdict(["health", "--listen", address, ...flags])).toMatchObject({ code: 0 });
    expect(await verdict(["health", "--listen", address])).toEqual({
      code: 2,
      out: "",
      err: `${address}: no answer: a listener with TLS is asked with --tls-ca, or --tls-cert and --tls-key\n`,
    });
  });

  it("says that a server asks for a certificate", async () => {
    const authority = await Authority.create();
    const ca = file("health-ca.pem", authority.pem);
    const tls = await TlsMaterial.open({ ...writeIssued(folder, "asking", await authority.server()), clientCa: ca });
    atEnd(() => tls.close());
    const { address } = await serving({ tls });
    expect(await verdict(["health", "--listen", address, "--tls-ca", ca])).toEqual({
      code: 2,
      out: "",
      err: `${address}: the server asks for a certificate of the client: give --tls-cert and --tls-key\n`,
    });
  });

  it.each([
    ["soon", "--timeout: `soon` is no duration such as 500ms, 30s or 5m"],
    ["0", "--timeout: is not between 1ms and 10m"],
    ["11m", "--timeout: is not between 1ms and 10m"],
  ])("ends with 2 for the time %s", async (time, err) => {
    expect(await verdict(["health", "--timeout", time])).toEqual({ code: 2, out: "", err: `${err}\n` });
  });

  it("ends with 2 where nobody answers", async () => {
    const have = await verdict(["health", "--listen", "127.0.0.1:1"]);
    expect(have).toEqual({ code: 2, out: "", err: "127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1\n" });
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    atEnd(() => silent.close());
    const address = silent.address();
    const port = typeof address === "object" ? address?.port : 0;
    for (const time of ["100", "100ms", "0.1"]) {
      const late = await verdict(["health", "--listen", `127.0.0.1:${port}`, "--timeout", time]);
      expect(late).toEqual({ code: 2, out: "", err: `127.0.0.1:${port}: no answer in time\n` });
    }
  });
});
