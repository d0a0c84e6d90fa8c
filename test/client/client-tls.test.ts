import { ServerCredentials } from "@grpc/grpc-js";
import { beforeAll, describe, expect, it } from "vitest";
import { type ClientOptions, connect, type TlsOptions, type VerdictClient } from "../../src/client/index.js";
import { Authority, type Issued } from "../kit/certificates.js";
import { allowing, fakeService } from "../kit/fake-service.js";
import { atEnd } from "../kit/serving.js";

const read = { principal: "anonymous", action: "s3:GetObject", resource: "arn:aws:s3:::reports/q3.csv" };

let authority: Authority;
let server: Issued;
let own: Issued;
let other: Authority;

beforeAll(async () => {
  authority = await Authority.create();
  other = await Authority.create("CN=Another");
  server = await authority.server();
  own = await authority.client([{ type: "url", value: "spiffe://example.org/web" }]);
});

describe("connect() with TLS", () => {
  it("asks a server whose certificate the authority signed", async () => {
    const { client } = await secured({ ca: authority.pem });
    expect(await client.isAllowed(read)).toBe(true);
  });

  it("finds a certificate's name where it is not the host of the address", async () => {
    expect(await (await secured({ ca: authority.pem, serverName: "localhost" })).client.isAllowed(read)).toBe(true);
    expect(await (await secured({ ca: authority.pem, serverName: "elsewhere" })).client.isAllowed(read)).toBe(false);
  });

  const wrong: readonly (readonly [string, () => TlsOptions | boolean])[] = [
    ["another authority signed", () => ({ ca: other.pem })],
    ["no authority that Node trusts signed", () => true],
    ["a client without TLS cannot see", () => false],
  ];
  it.each(wrong)("denies, and sends nothing, where the server's certificate is one that %s", async (_, tls) => {
    const { client, seen } = await secured(tls());
    const error = expect.stringMatching(/^call: UNAVAILABLE: no connection: (?!.*Resolution note)/);
    expect(await client.authorize(read)).toMatchObject({ allowed: false, code: "unavailable", error });
    expect(seen).toHaveLength(0);
  });

  it("says what may be wrong where the server speaks TLS and the client does not", async () => {
    const { client } = await secured(false);
    expect(await client.authorize(read)).toMatchObject({
      error:
        "call: UNAVAILABLE: no connection: ended before an answer; both sides have to speak TLS (`tls`) or neither," +
        " and a server may ask for a certificate",
    });
  });

  it("shows its own certificate to a server that wants one", async () => {
    const mutual = await secured({ ca: authority.pem, cert: own.cert, key: Buffer.from(own.key) }, true);
    expect(await mutual.client.isAllowed(read)).toBe(true);
    const without = await secured({ ca: authority.pem }, true);
    expect(await without.client.authorize(read)).toMatchObject({ allowed: false, code: "unavailable" });
    expect(without.seen).toHaveLength(0);
  });
});

async function secured(tls: TlsOptions | boolean, mutual = false) {
  const pair = { private_key: Buffer.from(server.key), cert_chain: Buffer.from(server.cert) };
  const service = await fakeService(
    allowing,
    0,
    ServerCredentials.createSsl(Buffer.from(authority.pem), [pair], mutual),
  );
  return { client: opened(service.address, { tls, retries: 0, timeoutMs: 5000 }), seen: service.seen };
}

function opened(address: string, options: ClientOptions): VerdictClient {
  const one = connect(address, options);
  atEnd(() => one.close());
  return one;
}
