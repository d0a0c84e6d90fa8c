/** `verdict check --server`: what a running server answers reads as what files answer. */
import { createServer } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { ConfiguredGate } from "../../src/access/configured-gate.js";
import { TlsMaterial } from "../../src/access/tls-material.js";
import { TokenFile } from "../../src/access/token-file.js";
import { Authority, writeIssued } from "../kit/certificates.js";
import { alice, file, folder, minimal, verdict } from "../kit/run-verdict.js";
import { atEnd, serving } from "../kit/serving.js";

const question = ["--principal", alice, "--action", "s3:GetObject", "--resource", "arn:aws:s3:::reports/q3.csv"];
const allowed = [...question, "--context", "aws:SourceIp=10.1.2.3"];
let authority: Authority;

beforeAll(async () => {
  authority = await Authority.create();
});

describe("verdict check --server", () => {
  it.each([
    ["an allow", allowed, 0],
    ["a denial", question, 1],
    ["a question that is none", [...question, "--action", "s3"], 2],
    ["a value that its key cannot hold", [...allowed, "--context", "aws:MultiFactorAuthAge=ten"], 0],
    ["an unknown principal", [...allowed, "--principal", "arn:aws:iam::111111111111:user/zoe"], 1],
    ["a session policy", [...question, "--session-policy", join(folder, "session.json")], 2],
  ])("prints %s as files do, with the same exit code", async (_, args, code) => {
    file("session.json", JSON.stringify({ Version: "2012-10-17", Statement: [] }));
    const { address } = await serving();
    const place = (path: string): string => path.replaceAll(`${minimal}/`, "").replaceAll("examples/minimal/", "");
    for (const form of [[], ["--explain"], ["--json"], ["--json", "--explain"]]) {
      const asked = await verdict(["check", "--server", address, ...args, ...form]);
      const read = await verdict(["check", "--policies", minimal, ...args, ...form]);
      expect({ ...asked, out: place(asked.out) }).toEqual({ ...read, out: place(read.out) });
      expect(asked.code).toBe(code);
    }
  });

  it("takes a port of this machine and unix sockets", async () => {
    const { port } = await serving();
    for (const address of [`:${port}`, String(port)]) {
      expect(await verdict(["check", "--server", address, ...allowed])).toMatchObject({ code: 0, err: "" });
    }
    const path = join(folder, "asked.sock");
    await serving({ listen: { kind: "unix", path } });
    expect(await verdict(["check", "--server", `unix:${path}`, ...allowed])).toMatchObject({ code: 0, err: "" });
  });

  it("believes a certificate that the named authority signed, without a warning of Node", async () => {
    const files = writeIssued(folder, "asked", await authority.server());
    const tls = await TlsMaterial.open(files);
    atEnd(() => tls.close());
    const { address } = await serving({ tls });
    const ca = file("asked-ca.pem", authority.pem);
    expect(await verdict(["check", "--server", address, "--tls-ca", ca, ...allowed])).toMatchObject({
      code: 0,
      err: "",
    });
    const stranger = file("stranger-ca.pem", (await Authority.create("CN=Stranger")).pem);
    expect(await verdict(["check", "--server", address, "--tls-ca", stranger, ...allowed])).toMatchObject({
      code: 2,
      err: expect.stringMatching(
        /^\S+: the certificate of the server is not signed by an authority of --tls-ca \(\S+\)\n$/,
      ),
    });
    expect(await verdict(["check", "--server", address, ...allowed])).toEqual({
      code: 2,
      out: "",
      err: `${address}: the server speaks TLS: give --tls-ca FILE with the authority that signed its certificate\n`,
    });
  });

  it("shows a certificate where the server asks for one", async () => {
    const files = writeIssued(folder, "mutual", await authority.server());
    const ca = file("mutual-ca.pem", authority.pem);
    const tls = await TlsMaterial.open({ ...files, clientCa: ca });
    atEnd(() => tls.close());
    const gate = new ConfiguredGate({ verifiers: [], asksCertificates: true, allowPeers: [], explainFor: [] });
    const { address } = await serving({ tls, gate });
    const client = writeIssued(folder, "caller", await authority.client([{ type: "dns", value: "orders.local" }]));
    const flags = ["--server", address, "--tls-ca", ca];
    const own = ["--tls-cert", client.cert, "--tls-key", client.key];
    expect(await verdict(["check", ...flags, ...own, ...allowed])).toEqual({
      code: 0,
      out: "allowed: the server tells this caller the outcome only\n",
      err: "",
    });
    expect(await verdict(["check", ...flags, ...own, ...question])).toEqual({
      code: 1,
      out: "implicitDeny: the server tells this caller the outcome only\n",
      err: "",
    });
    expect(await verdict(["check", ...flags, ...allowed])).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^\S+: .*--tls-cert, --tls-key.*\n$/),
    });
  });

  it("shows a token, and says that one is missing or wrong", async () => {
    const tokens = file("tokens.yaml", `orders: ${"t".repeat(32)}\n`);
    const verifier = await TokenFile.open(tokens, { onProblem: () => {} });
    atEnd(() => verifier.close());
    const gate = new ConfiguredGate({ verifiers: [verifier], asksCertificates: false, allowPeers: [], explainFor: [] });
    const { address } = await serving({ gate });
    const flags = ["--server", address, ...allowed];
    const token = file("token", `${"t".repeat(32)}\n`);
    expect(await verdict(["check", ...flags, "--token-file", token])).toMatchObject({ code: 0, err: "" });
    expect(await verdict(["check", ...flags])).toMatchObject({
      code: 2,
      err: `${address}: authorization: no bearer token: give --token-file FILE, or --tls-cert and --tls-key\n`,
    });
    expect(await verdict(["check", ...flags, "--token-file", file("wrong", "x".repeat(32))])).toMatchObject({
      code: 2,
      err: expect.stringContaining("authorization: the token is not valid"),
    });
    expect(await verdict(["check", ...flags, "--token-file", file("empty", "\n")])).toEqual({
      code: 2,
      out: "",
      err: `${join(folder, "empty")}: holds no token: visible ASCII characters on one line\n`,
    });
  });

  it("says that a server does not answer in time", async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    atEnd(() => silent.close());
    const place = silent.address();
    const address = `127.0.0.1:${typeof place === "object" ? place?.port : 0}`;
    const have = await verdict(["check", "--server", address, "--timeout", "100ms", ...allowed]);
    expect(have).toEqual({ code: 2, out: "", err: `${address}: no answer in time\n` });
  });

  it.each([
    ["nobody listens", ["--server", "127.0.0.1:1"], "127.0.0.1:1: nobody listens there (connection refused)"],
    ["there is no such socket", ["--server", "unix:/none"], "unix:/none: nobody listens there (no such socket)"],
    ["the address is none", ["--server", "none"], "--server: `none` is neither host:port, a port nor unix:PATH"],
    [
      "another machine would be asked in the clear",
      ["--server", "10.0.0.1:1"],
      "--server: `10.0.0.1:1` is another machine: give --tls-ca, or --insecure to ask it in the clear",
    ],
    [
      "both are named",
      ["--server", ":1", "--policies", minimal],
      "--policies, --server: a question is asked to one of them",
    ],
    ["a clock is given", ["--server", ":1", "--time", "0"], "--time: a running server decides by its own clock"],
    ["no server is named", ["--policies", minimal, "--tls-ca", "/none"], "--tls-ca: needs --server"],
    [
      "half a certificate is given",
      ["--server", ":1", "--tls-key", "/none"],
      "--tls-cert, --tls-key: one needs the other",
    ],
    [
      "a file is not there",
      ["--server", ":1", "--tls-ca", "/none"],
      "/none: cannot be read: no such file or directory",
    ],
    [
      "the time is none",
      ["--server", ":1", "--timeout", "3"],
      "--timeout: `3` is no duration such as 500ms, 30s or 5m",
    ],
  ])("ends with 2 and one line if %s", async (_, args, err) => {
    expect(await verdict(["check", ...args, ...allowed])).toEqual({ code: 2, out: "", err: `${err}\n` });
  });
});
