import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { credentials, status } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AccessGate, Credentials } from "../../src/access/access-gate.js";
import { namesIn } from "../../src/access/certificate-names.js";
import { TlsMaterial } from "../../src/access/tls-material.js";
import { Authority, type Issued, writeIssued } from "../kit/certificates.js";
import { ProtoClient } from "../kit/proto-client.js";
import { allowedQuestion, atEnd, serving, until } from "../kit/serving.js";

const folder = mkdtempSync(join(tmpdir(), "verdict tls "));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const service = ["verdict/v1/authorization.proto", "verdict.v1.AuthorizationService"] as const;

let authority: Authority;
let files: { cert: string; key: string };
let ca: string;

beforeAll(async () => {
  authority = await Authority.create();
  files = writeIssued(folder, "server", await authority.server());
  ca = join(folder, "ca.pem");
  writeFileSync(ca, authority.pem);
});

describe("TLS", () => {
  it("answers callers that trust the authority", async () => {
    const { address } = await secured();
    expect(await clientOf(address).call("Authorize", allowedQuestion)).toMatchObject({ outcome: "ALLOWED" });
  });

  it("leaves callers outside that speak plainly or trust another authority", async () => {
    const { address } = await secured();
    const other = await Authority.create("CN=Another");
    for (const channel of [credentials.createInsecure(), credentials.createSsl(Buffer.from(other.pem))]) {
      expect(await clientOf(address, channel).call("Authorize", allowedQuestion)).toMatchObject({
        code: status.UNAVAILABLE,
      });
    }
  });

  it.each([
    ["TLSv1.1", undefined],
    ["TLSv1.2", "TLSv1.2"],
    ["TLSv1.3", "TLSv1.3"],
  ] as const)("offers %s: %s", async (version, want) => {
    const { port } = await secured();
    expect(await protocolOf(port, version)).toBe(want);
  });

  it("takes a new certificate without dropping connections", async () => {
    const own = writeIssued(folder, "renewed", await authority.server("CN=first"));
    const { port, address } = await secured({ files: own });
    const client = clientOf(address);
    expect(await client.call("Authorize", allowedQuestion)).toMatchObject({ outcome: "ALLOWED" });
    const open = openSocket(port);
    expect(await commonNameAt(port)).toBe("first");
    writeIssued(folder, "renewed", await authority.server("CN=second"));
    await until(async () => (await commonNameAt(port)) === "second", "the new certificate");
    expect(await client.call("Authorize", allowedQuestion)).toMatchObject({ outcome: "ALLOWED" });
    expect(open.destroyed).toBe(false);
    open.destroy();
  });

  it("keeps its certificate while the files do not fit together, and says so once", async () => {
    const first = await authority.server("CN=first");
    const own = writeIssued(folder, "torn", first);
    const problems: string[] = [];
    const { port } = await secured({ files: own, onProblem: (problem) => problems.push(problem) });
    const second = await authority.server("CN=second");
    writeFileSync(own.cert, second.cert);
    await until(() => problems.length > 0, "the problem");
    expect(problems).toEqual([`${own.cert}: cannot be used with ${own.key}: ${mismatch}`]);
    expect(await commonNameAt(port)).toBe("first");
    writeFileSync(own.key, second.key);
    await until(async () => (await commonNameAt(port)) === "second", "the new certificate");
    expect(problems.length).toBe(1);
  });

  it("serves with a certificate that has expired, and says so", async () => {
    const own = writeIssued(folder, "expired", await authority.server("CN=old", -60_000));
    const problems: string[] = [];
    await secured({ files: own, onProblem: (problem) => problems.push(problem) });
    expect(problems).toEqual([expect.stringMatching(/expired\.crt: has expired: \w{3} .* GMT$/)]);
  });

  it.each<[string, (issued: Issued) => Partial<Issued>, string]>([
    ["a key that is not the certificate's", () => ({ key: otherKey }), "cannot be used with"],
    ["a file that is no certificate", () => ({ cert: "nothing" }), "cannot be used with"],
  ])("does not start with %s", async (_, change, want) => {
    const issued = await authority.server();
    otherKey = (await authority.server()).key;
    const bad = writeIssued(folder, "bad", { ...issued, ...change(issued) });
    await expect(TlsMaterial.open(bad)).rejects.toThrow(want);
  });

  it("does not start without its files or with authorities that are none", async () => {
    const none = join(folder, "none");
    await expect(TlsMaterial.open({ ...files, key: none })).rejects.toThrow(`${none}: cannot be read: no such file`);
    const empty = join(folder, "empty.pem");
    writeFileSync(empty, "");
    await expect(TlsMaterial.open({ ...files, clientCa: empty })).rejects.toThrow(`${empty}: holds no PEM certificate`);
  });
});

describe("client certificates", () => {
  it("are asked for: without one of the authority's nobody is heard", async () => {
    const { address, heard } = await secured({ clientCa: ca });
    const other = await Authority.create("CN=Another");
    const foreign = await other.client([{ type: "url", value: "spiffe://acme/orders" }]);
    for (const issued of [undefined, foreign]) {
      const have = await clientOf(address, channelWith(issued)).call("Authorize", allowedQuestion);
      expect(have).toMatchObject({ code: status.UNAVAILABLE });
    }
    expect(heard).toEqual([]);
  });

  it.each<[string, readonly { type: "url" | "dns" | "email" | "ip"; value: string }[], readonly string[]]>([
    ["a SPIFFE ID", [{ type: "url", value: "spiffe://acme/orders" }], ["spiffe://acme/orders"]],
    [
      "a SPIFFE ID and host names",
      [
        { type: "url", value: "spiffe://acme/orders" },
        { type: "dns", value: "Orders.Example" },
        { type: "dns", value: "b.example" },
      ],
      ["spiffe://acme/orders", "dns:orders.example", "dns:b.example"],
    ],
    [
      "two URIs, which are no SPIFFE ID",
      [
        { type: "url", value: "spiffe://acme/orders" },
        { type: "url", value: "spiffe://acme/admin" },
      ],
      [],
    ],
    ["an URI of another kind", [{ type: "url", value: "https://acme/orders" }], []],
    [
      "an address and a mailbox",
      [
        { type: "ip", value: "10.0.0.1" },
        { type: "email", value: "a@b.example" },
      ],
      [],
    ],
    ["a host name that holds another entry", [{ type: "dns", value: "a, URI:spiffe://acme/admin" }], []],
    ["no names", [], []],
  ])("name their callers: %s", async (_, names, want) => {
    const { address, heard } = await secured({ clientCa: ca });
    const client = clientOf(address, channelWith(await authority.client(names)));
    for (let call = 0; call < 2; call++) await client.call("Authorize", allowedQuestion);
    expect(heard.map(({ certificateNames }) => certificateNames)).toEqual([want, want]);
  });

  it("may be missing where tokens are taken as well, and then name nobody", async () => {
    const { address, heard } = await secured({ clientCa: ca, clientCertificateOptional: true });
    const other = await Authority.create("CN=Another");
    const foreign = await other.client([{ type: "url", value: "spiffe://acme/orders" }]);
    const own = await authority.client([{ type: "url", value: "spiffe://acme/orders" }]);
    for (const issued of [undefined, foreign, own]) {
      const have = await clientOf(address, channelWith(issued)).call("Authorize", allowedQuestion);
      expect(have).toMatchObject({ outcome: "ALLOWED" });
    }
    expect(heard.map(({ certificateNames }) => certificateNames)).toEqual([[], [], ["spiffe://acme/orders"]]);
  });
});

describe("namesIn()", () => {
  it.each([
    [undefined, []],
    ["", []],
    ["DNS:a.example, DNS:b.example", ["dns:a.example", "dns:b.example"]],
    ["URI:spiffe://acme", ["spiffe://acme"]],
    ["URI:spiffe://acme/../admin", []],
    ["URI:spiffe://ACME/x", []],
    ["URI:spiffe://acme/x?y", []],
    ['URI:"spiffe://acme/x", DNS:a', ["dns:a"]],
    ['DNS:"a, URI:spiffe://acme/admin", DNS:b', ["dns:b"]],
    ['DNS:"broken, URI:spiffe://acme/admin, DNS:b', []],
    ["URI:spiffe://acme/x, URI:spiffe://acme/y", []],
    ["DNS:*.example", ["dns:*.example"]],
    ["othername:<unsupported>, DNS:a", ["dns:a"]],
  ])("reads %j", (text, want) => {
    expect(namesIn(text)).toEqual(want);
  });
});

describe("a unix socket", () => {
  it.each([
    [undefined, 0o600],
    [0o660, 0o660],
  ])("with the mode %s has the bits %s", async (socketMode, want) => {
    const path = join(folder, `mode-${want}.sock`);
    await serving({ listen: { kind: "unix", path }, ...(socketMode === undefined ? {} : { socketMode }) });
    expect(statSync(path).mode & 0o777).toBe(want);
  });
});

const mismatch = "error:05800074:x509 certificate routines::key values mismatch";
let otherKey = "";

interface Secured {
  readonly files?: { cert: string; key: string };
  readonly clientCa?: string;
  readonly clientCertificateOptional?: boolean;
  readonly onProblem?: (message: string) => void;
}

async function secured({ files: own = files, onProblem = () => {}, ...options }: Secured = {}) {
  const tls = await TlsMaterial.open({ ...own, ...options }, { everyMs: 10, onProblem });
  atEnd(() => tls.close());
  const heard: Credentials[] = [];
  const gate: AccessGate = {
    admit(_, shown) {
      heard.push(shown);
      return { name: "someone", mayExplain: true };
    },
  };
  return { ...(await serving({ tls, gate })), heard };
}

function channelWith(issued: Issued | undefined) {
  const root = Buffer.from(authority.pem);
  return issued === undefined
    ? credentials.createSsl(root)
    : credentials.createSsl(root, Buffer.from(issued.key), Buffer.from(issued.cert));
}

function clientOf(address: string, channel = channelWith(undefined)): ProtoClient {
  const client = new ProtoClient(...service, address, channel, { "grpc.use_local_subchannel_pool": 1 });
  atEnd(() => client.close());
  return client;
}

function openSocket(port: number) {
  const socket = connectTls({ port, host: "127.0.0.1", ca: authority.pem, ALPNProtocols: ["h2"] });
  socket.on("error", () => {});
  return socket;
}

function protocolOf(port: number, version: "TLSv1.1" | "TLSv1.2" | "TLSv1.3"): Promise<string | undefined> {
  const ciphers = "DEFAULT:@SECLEVEL=0";
  const versions = { minVersion: version, maxVersion: version } as const;
  return new Promise((resolve) => {
    const socket = connectTls({
      port,
      host: "127.0.0.1",
      ca: authority.pem,
      ALPNProtocols: ["h2"],
      ciphers,
      ...versions,
    });
    socket.once("secureConnect", () => {
      resolve(socket.getProtocol() ?? undefined);
      socket.destroy();
    });
    socket.once("error", () => resolve(undefined));
  });
}

function commonNameAt(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = openSocket(port);
    socket.once("secureConnect", () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.once("error", () => resolve(undefined));
  });
}
