import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ChannelCredentials, credentials, status } from "@grpc/grpc-js";
import { beforeAll, describe, expect, it } from "vitest";
import { Authority, type Issued, writeIssued } from "../kit/certificates.js";
import { ProtoClient } from "../kit/proto-client.js";
import { file, folder, messagesOf, minimal, stopMessages, verdict } from "../kit/run-verdict.js";
import { startServe } from "../kit/serve-process.js";
import { allowedQuestion, atEnd } from "../kit/serving.js";

const service = ["verdict/v1/authorization.proto", "verdict.v1.AuthorizationService"] as const;
const explained = { ...allowedQuestion, detail: "EXPLAIN" };
let authority: Authority;
let tls: readonly string[];

beforeAll(async () => {
  authority = await Authority.create();
  const { cert, key } = writeIssued(folder, "served", await authority.server());
  writeFileSync(join(folder, "authority.pem"), authority.pem);
  tls = ["--tls-cert", cert, "--tls-key", key, "--tls-client-ca", join(folder, "authority.pem")];
});

describe("verdict serve with locks", () => {
  it("lets peers of the list in, explains to those who may, and tells others nothing", async () => {
    const lists = ["--allow-peers", "authorization=spiffe://acme/ns/*", "--explain-for", "spiffe://acme/ns/audit"];
    const { address, stop } = await started([...tls, ...lists, "--listen", "127.0.0.1:0"]);
    const as = async (name: string) => clientOf(address, await channelOf(name));
    const orders = await (await as("spiffe://acme/ns/orders")).call("Authorize", explained);
    expect(orders).toMatchObject({ outcome: "ALLOWED" });
    expect(JSON.stringify(orders)).not.toContain("ReadFromTheOffice");
    const audit = await (await as("spiffe://acme/ns/audit")).call("Authorize", explained);
    expect(JSON.stringify(audit)).toContain("ReadFromTheOffice");
    expect(await (await as("spiffe://acme/other")).call("Authorize", explained)).toEqual({
      code: status.PERMISSION_DENIED,
      details: "caller: this service is not open to it",
    });
    const health = new ProtoClient(
      "grpc/health/v1/health.proto",
      "grpc.health.v1.Health",
      address,
      await channelOf("spiffe://acme/other"),
    );
    atEnd(() => health.close());
    expect(await health.call("Check", {})).toEqual({ status: "SERVING" });
    await stop();
  });

  it("takes a token from callers without a certificate", async () => {
    const tokens = file("serve.tokens", "ci: correct-horse-battery\n");
    const { address, stop } = await started([...tls, "--tokens", tokens, "--listen", "127.0.0.1:0"]);
    const client = clientOf(address, credentials.createSsl(Buffer.from(authority.pem)));
    const metadata = { authorization: "Bearer correct-horse-battery" };
    expect(await client.call("Authorize", explained, { metadata })).toMatchObject({ outcome: "ALLOWED" });
    expect(await client.call("Authorize", explained)).toMatchObject({ code: status.UNAUTHENTICATED });
    await stop();
  });

  it("listens where others can reach it with TLS, and without TLS only if told", async () => {
    const { stop } = await started([...tls, "--listen", "0.0.0.0:0"]);
    await stop();
    const have = await verdict(["serve", "--policies", minimal, "--listen", "0.0.0.0:0"]);
    expect(have).toMatchObject({ code: 2, err: expect.stringContaining("add --insecure to allow it") });
  });

  it.each([
    [
      "a certificate that is not there",
      ["--tls-cert", "/none", "--tls-key", "/none"],
      "/none: cannot be read: no such file or directory\n",
    ],
    ["tokens that are none", ["--tokens", "/dev/null/x"], "/dev/null/x: cannot be read: not a directory\n"],
  ])("ends with 2 for %s", async (_, args, err) => {
    expect(await verdict(["serve", "--policies", minimal, ...args])).toEqual({ code: 2, out: "", err });
  });
});

async function started(args: readonly string[]) {
  const { output, address } = await startServe(["--policies", minimal, ...args]);
  const stop = async (): Promise<void> => {
    output.kill("SIGTERM");
    expect(await output.code).toBe(0);
    expect(messagesOf(output.err()), output.err()).toEqual(stopMessages);
  };
  return { address, stop };
}

async function channelOf(spiffeId: string): Promise<ChannelCredentials> {
  const { cert, key }: Issued = await authority.client([{ type: "url", value: spiffeId }]);
  return credentials.createSsl(Buffer.from(authority.pem), Buffer.from(key), Buffer.from(cert));
}

function clientOf(address: string, channel: ChannelCredentials): ProtoClient {
  const client = new ProtoClient(...service, address, channel, { "grpc.use_local_subchannel_pool": 1 });
  atEnd(() => client.close());
  return client;
}
