import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { status } from "@grpc/grpc-js";
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AccessError, type Caller, type GuardedService } from "../../src/access/access-gate.js";
import { ConfiguredGate, type GateRules } from "../../src/access/configured-gate.js";
import { type PeerRule, parsePeerRule } from "../../src/access/peer-rules.js";
import { SignedTokens } from "../../src/access/signed-tokens.js";
import { TokenFile } from "../../src/access/token-file.js";
import { ProtoClient } from "../kit/proto-client.js";
import { allowedQuestion, atEnd, serving, until } from "../kit/serving.js";

const folder = mkdtempSync(join(tmpdir(), "verdict access "));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const secret = "correct-horse-battery";
const anonymous = { authorization: undefined, certificateNames: [] };

describe("ConfiguredGate", () => {
  const orders = "spiffe://acme/orders";

  it("lets callers in by token or certificate, and names them", async () => {
    const gate = gateOf({ verifiers: [await tokenFile(`ci: ${secret}`)], asksCertificates: true });
    expect(await gate.admit("http", { ...anonymous, authorization: `Bearer ${secret}` })).toEqual({
      name: "token:ci",
      mayExplain: false,
    });
    expect(await gate.admit("http", { ...anonymous, certificateNames: [orders, "dns:a"] })).toEqual({
      name: orders,
      mayExplain: false,
    });
  });

  it.each([
    ["nothing", anonymous, "authorization: no bearer token"],
    ["another token", bearer("correct-horse-batterx"), "authorization: the token is not valid"],
    ["the start of a token", bearer(secret.slice(0, -1)), "authorization: the token is not valid"],
    ["a password", { ...anonymous, authorization: "Basic Y2k6Y2k=" }, "authorization: is no bearer token"],
    ["an empty token", { ...anonymous, authorization: "Bearer " }, "authorization: is no bearer token"],
    ["two tokens", { ...anonymous, authorization: `Bearer ${secret}, Bearer x` }, "authorization: is no bearer token"],
    ["a token that is too long", bearer("x".repeat(8193)), "authorization: is no bearer token"],
    [
      "a bad token beside a good certificate",
      { ...bearer("bad"), certificateNames: [orders] },
      "authorization: the token is not valid",
    ],
  ])("keeps callers outside that show %s", async (_, credentials, message) => {
    const gate = gateOf({ verifiers: [await tokenFile(`ci: ${secret}`)], asksCertificates: true });
    expect(await refusal(gate, "authorization", credentials)).toEqual({ code: "unauthenticated", message });
  });

  it("keeps callers outside whose certificate has no name", async () => {
    const gate = gateOf({ asksCertificates: true });
    expect(await refusal(gate, "authorization", anonymous)).toEqual({
      code: "unauthenticated",
      message: "certificate: holds no SPIFFE ID and no host name",
    });
  });

  it.each<[string, readonly string[], GuardedService, readonly string[], boolean]>([
    ["a name of the list", [`authorization=${orders}`], "authorization", [orders], true],
    ["another name", [`authorization=${orders}`], "authorization", ["spiffe://acme/other"], false],
    ["a longer name", [`authorization=${orders}`], "authorization", [`${orders}/x`], false],
    ["any of several names", ["dns:a"], "authorization", [orders, "dns:a"], true],
    ["a service that no line concerns", ["policySets=token:deployer"], "authorization", [orders], true],
    ["a service that a line concerns", ["policySets=token:deployer"], "policySets", [orders], false],
    ["a line for all services", [orders], "policySets", [orders], true],
    ["what lies below", ["spiffe://acme/ns/*"], "http", ["spiffe://acme/ns/prod/x"], true],
    ["what only begins alike", ["spiffe://acme/ns/*"], "http", ["spiffe://acme/nsx"], false],
    ["the folder itself", ["spiffe://acme/ns/*"], "http", ["spiffe://acme/ns/"], false],
    ["another trust domain", ["spiffe://acme/*"], "http", ["spiffe://acme.evil/x"], false],
    ["a host name in other case", ["dns:Orders.Example"], "http", ["dns:orders.example"], true],
    ["anyone", ["http=anyone"], "http", ["dns:a"], true],
    ["nobody", ["http=nobody"], "http", ["dns:a"], false],
    ["one who is called nobody", ["http=nobody"], "http", ["nobody"], false],
    ["a token with the text of a certificate's name", [orders], "http", [`token:${orders}`], false],
  ])("allows by list: %s", async (_, allowPeers, service, certificateNames, want) => {
    const gate = gateOf({ asksCertificates: true, allowPeers: allowPeers.map(rule) });
    const have = await refusal(gate, service, { ...anonymous, certificateNames });
    expect(have).toEqual(want ? undefined : { code: "forbidden", message: "caller: this service is not open to it" });
  });

  it.each<[string, boolean, readonly string[], GuardedService, readonly string[], boolean]>([
    ["anyone where names are not asked for", false, [], "authorization", [], true],
    ["nobody where they are", true, [], "authorization", ["dns:a"], false],
    ["those who are listed", true, ["dns:a"], "authorization", ["dns:a"], true],
    ["no others", true, ["dns:a"], "authorization", ["dns:b"], false],
    ["those at their service only", true, ["http=dns:a"], "authorization", ["dns:a"], false],
    ["anyone who has a name", true, ["anyone"], "authorization", ["dns:b"], true],
    ["nobody at an open gate", false, ["nobody"], "authorization", [], false],
    ["anyone at one service of an open gate", false, ["http=anyone"], "authorization", [], false],
  ])("lets explain: %s", async (_, asksCertificates, explainFor, service, certificateNames, want) => {
    const gate = gateOf({ asksCertificates, explainFor: explainFor.map(rule) });
    const { mayExplain } = await gate.admit(service, { ...anonymous, certificateNames });
    expect(mayExplain).toBe(want);
  });
});

describe("parsePeerRule()", () => {
  it.each([
    "",
    "orders",
    "admin=token:x",
    "token:",
    "spiffe://",
    "spiffe://acme/*/x",
    "spiffe://acme/..",
    "dns:",
    "dns:a b",
    "token:a\nb",
    "Anyone",
    "http=",
  ])("refuses %j", (text) => expect(parsePeerRule(text)).toBeUndefined());
});

describe("TokenFile", () => {
  it("finds owners by secret and by digest", async () => {
    const file = await tokenFile(
      `# remarks\r\n\r\n ci: ${secret}\r\nteam/a@b: sha256:${sha256("other-secret-of-b")}\n`,
    );
    expect(
      [secret, "other-secret-of-b", "", "ci", sha256(secret), `sha256:${sha256(secret)}`].map((one) =>
        file.verify(one),
      ),
    ).toEqual(["token:ci", "token:team/a@b", undefined, undefined, undefined, undefined]);
  });

  const rules = "must be sha256: and 64 hexadecimal digits, or at least 16 of A-Z a-z 0-9 . _ ~ + / = -";
  it.each([
    ["no name", secret, "1: is no line such as `NAME: sha256:HEX`"],
    ["a short secret", `a: ${secret}x\nci: fifteen-letters`, `2: ci: ${rules}`],
    ["a digest that is cut off", "ci: sha256:abcdef0123456789", `1: ci: ${rules}`],
    ["a digest of another kind", `ci: SHA512:${"a".repeat(128)}`, `1: ci: ${rules}`],
    ["what no header can carry", 'ci: "quoted-secret-text"', `1: ci: ${rules}`],
    ["a token twice", `a: ${secret}\nb: sha256:${sha256(secret)}`, "2: b: has the same token as a"],
  ])("refuses %s", async (_, text, want) => {
    const path = join(folder, "refused.tokens");
    writeFileSync(path, text);
    await expect(TokenFile.open(path)).rejects.toThrow(`${path}:${want}`);
    await expect(TokenFile.open(path)).rejects.not.toThrow(/correct-horse|fifteen|abcdef|quoted/);
  });

  it("is read again when it changes, and passes a bad change over", async () => {
    const path = join(folder, "changing.tokens");
    const problems: string[] = [];
    writeFileSync(path, `ci: ${secret}\n`);
    const file = await TokenFile.open(path, { everyMs: 5, onProblem: (problem) => problems.push(problem) });
    atEnd(() => file.close());
    writeFileSync(path, "ci: short\n");
    await until(() => problems.length > 0, "the problem");
    expect([file.verify(secret), problems]).toEqual(["token:ci", [`${path}:1: ci: ${rules}`]]);
    rmSync(path);
    await until(() => problems.length > 1, "the problem");
    expect([file.verify(secret), problems[1]]).toEqual([
      "token:ci",
      `${path}: cannot be read: no such file or directory`,
    ]);
    writeFileSync(path, "cd: another-good-secret\n");
    await until(() => file.verify("another-good-secret") !== undefined, "the new token");
    expect(file.verify(secret)).toBeUndefined();
  });
});

describe("SignedTokens", () => {
  const issuer = "https://issuer.example";
  const audience = "verdict";
  let key: CryptoKey;
  let jwks: string;
  let publicJwk: object;

  beforeAll(async () => {
    const pair = await generateKeyPair("ES256", { extractable: true });
    key = pair.privateKey;
    publicJwk = { ...(await exportJWK(pair.publicKey)), kid: "one", alg: "ES256" };
    jwks = join(folder, "jwks.json");
    writeFileSync(jwks, JSON.stringify({ keys: [publicJwk] }));
  });

  const token = (claims: Readonly<Record<string, unknown>>, header: object = {}): Promise<string> =>
    new SignJWT({ iss: issuer, aud: audience, sub: "orders", exp: nowSeconds() + 60, ...claims })
      .setProtectedHeader({ alg: "ES256", kid: "one", ...header })
      .sign(key);
  const open = async (options: { everyMs?: number; place?: string; onProblem?: (text: string) => void } = {}) => {
    const rules = {
      jwks: options.place ?? jwks,
      issuer,
      audience: [audience],
      algorithms: ["ES256"],
      clockToleranceMs: 5000,
    };
    const tokens = await SignedTokens.open(rules, options);
    atEnd(() => tokens.close());
    return tokens;
  };

  it("names the subject of a good token, twice the same", async () => {
    const tokens = await open();
    const good = await token({});
    expect([await tokens.verify(good), await tokens.verify(good)]).toEqual(["jwt:orders", "jwt:orders"]);
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ["has expired", { exp: nowSeconds() - 10 }],
    ["is not valid yet", { nbf: nowSeconds() + 60 }],
    ["is for others", { aud: "others" }],
    ["is of another issuer", { iss: "https://other.example" }],
    ["has no end", { exp: undefined }],
    ["has no audience", { aud: undefined }],
    ["has no subject", { sub: undefined }],
    ["has an empty subject", { sub: "" }],
    ["has a subject with a line break", { sub: "a\nb" }],
    ["has a list for a subject", { sub: ["orders"] }],
    ["has a list in a list for a subject", { sub: [["orders"]] }],
    ["has a number for a subject", { sub: 5 }],
    ["has an object for a subject", { sub: {} }],
    ["has a truth for a subject", { sub: true }],
    ["has a text for its end", { exp: `${nowSeconds() + 60}` }],
    ["has a text for its beginning", { nbf: "0" }],
    ["has lists for its audience", { aud: [["verdict"]] }],
    ["has a list for its issuer", { iss: ["https://issuer.example"] }],
  ])("refuses a token that %s", async (_, claims) => {
    expect(await (await open()).verify(await token(claims))).toBeUndefined();
  });

  it("bears with a clock that is a little off", async () => {
    expect(await (await open()).verify(await token({ exp: nowSeconds() - 2 }))).toBe("jwt:orders");
  });

  it("refuses tokens without signature, signed with the public key as a secret, or by others", async () => {
    const tokens = await open();
    const claims = { iss: issuer, aud: audience, sub: "orders", exp: nowSeconds() + 60 };
    const unsigned = new UnsecuredJWT(claims).encode();
    const asSecret = await new SignJWT(claims)
      .setProtectedHeader({ alg: "HS256", kid: "one" })
      .sign(Buffer.from(JSON.stringify(publicJwk)));
    const stranger = await new SignJWT(claims)
      .setProtectedHeader({ alg: "ES256", kid: "one" })
      .sign((await generateKeyPair("ES256")).privateKey);
    const [head = "", body = ""] = (await token({})).split(".");
    for (const bad of [unsigned, asSecret, stranger, `${head}.${body}.`, `${head}.${body}`, "x.y.z", "", secret]) {
      expect(await tokens.verify(bad)).toBeUndefined();
    }
  });

  it("takes new keys and lets go of old ones, remembered tokens with them", async () => {
    const place = join(folder, "rotating.json");
    writeFileSync(place, JSON.stringify({ keys: [publicJwk] }));
    const tokens = await open({ place, everyMs: 5 });
    const good = await token({});
    expect(await tokens.verify(good)).toBe("jwt:orders");
    const next = await exportJWK((await generateKeyPair("ES256", { extractable: true })).publicKey);
    writeFileSync(place, JSON.stringify({ keys: [{ ...next, kid: "two", alg: "ES256" }] }));
    await until(async () => (await tokens.verify(good)) === undefined, "the end of the old key");
  });

  it.each([
    ["no JSON", "{", "is no JSON"],
    ["no keys", '{"keys":[]}', "holds no keys"],
    ["something else", "[]", "holds no keys"],
    ["a shared secret", '{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}', "keys[0]: is secret: only public keys belong here"],
  ])("does not start with a file of %s", async (_, text, want) => {
    const place = join(folder, "bad.json");
    writeFileSync(place, text);
    await expect(open({ place })).rejects.toThrow(`${place}: ${want}`);
  });

  it("fetches keys, and refuses and reports while it cannot", async () => {
    let answer = 500;
    const origin = createServer((_, response) => response.writeHead(answer).end(JSON.stringify({ keys: [publicJwk] })));
    await new Promise<void>((resolve) => origin.listen(0, "127.0.0.1", resolve));
    atEnd(() => origin.close());
    const address = origin.address();
    const port = typeof address === "object" ? (address satisfies AddressInfo | null)?.port : 0;
    const problems: string[] = [];
    const tokens = await open({
      place: `http://127.0.0.1:${port}/jwks`,
      onProblem: (problem) => problems.push(problem),
    });
    for (let times = 0; times < 2; times++) {
      await expect(tokens.verify(await token({}))).rejects.toThrow("authorization: no token can be verified");
    }
    expect(problems).toEqual(["--jwks: the origin answers 500"]);
    answer = 200;
    expect(await tokens.verify(await token({}))).toBe("jwt:orders");
  });
});

describe("a server with tokens", () => {
  it("answers UNAUTHENTICATED, PERMISSION_DENIED or, without the right to explain, outcomes only", async () => {
    const verifiers = [await tokenFile(`ci: ${secret}\nauditor: ${secret}-2\nstranger: ${secret}-3`)];
    const gate = gateOf({
      verifiers,
      allowPeers: ["token:ci", "token:auditor"].map(rule),
      explainFor: ["authorization=token:auditor"].map(rule),
    });
    const { address } = await serving({ gate });
    const client = new ProtoClient("verdict/v1/authorization.proto", "verdict.v1.AuthorizationService", address);
    atEnd(() => client.close());
    const as = (shown: string) => ({ metadata: { authorization: `Bearer ${shown}` } });
    const explained = { ...allowedQuestion, detail: "EXPLAIN" };
    expect(await client.call("Authorize", explained)).toEqual({
      code: status.UNAUTHENTICATED,
      details: "authorization: no bearer token",
    });
    expect(await client.call("Authorize", explained, as(`${secret}-3`))).toEqual({
      code: status.PERMISSION_DENIED,
      details: "caller: this service is not open to it",
    });
    const plain = await client.call("Authorize", explained, as(secret));
    expect(plain).toMatchObject({ outcome: "ALLOWED" });
    expect(JSON.stringify(plain)).not.toContain("ReadFromTheOffice");
    expect(JSON.stringify(await client.call("Authorize", explained, as(`${secret}-2`)))).toContain("ReadFromTheOffice");
    const batch = await client.call("BatchAuthorize", { requests: [explained], detail: "EXPLAIN" }, as(secret));
    expect(batch).toMatchObject({ outcomes: ["ALLOWED"] });
    expect(JSON.stringify(batch)).not.toContain("ReadFromTheOffice");
    expect(await client.call("BatchAuthorize", {})).toMatchObject({ code: status.UNAUTHENTICATED });
    const stream = client.open("StreamAuthorize", { requests: [explained] });
    await until(() => stream.ended() !== undefined, "the status");
    expect([stream.answers, stream.ended()]).toMatchObject([[], { code: status.UNAUTHENTICATED }]);
  });
});

function gateOf(rules: Partial<GateRules>): ConfiguredGate {
  return new ConfiguredGate({ verifiers: [], asksCertificates: false, allowPeers: [], explainFor: [], ...rules });
}

function rule(text: string): PeerRule {
  const parsed = parsePeerRule(text);
  if (parsed === undefined) throw new Error(`no rule: ${text}`);
  return parsed;
}

function bearer(token: string) {
  return { ...anonymous, authorization: `Bearer ${token}` };
}

async function refusal(gate: ConfiguredGate, service: GuardedService, shown: Parameters<ConfiguredGate["admit"]>[1]) {
  try {
    const caller: Caller = await gate.admit(service, shown);
    return caller.name === "" ? caller : undefined;
  } catch (error: unknown) {
    if (!(error instanceof AccessError)) throw error;
    return { code: error.code, message: error.message };
  }
}

let fileCount = 0;
async function tokenFile(text: string): Promise<TokenFile> {
  const path = join(folder, `${++fileCount}.tokens`);
  writeFileSync(path, text);
  const file = await TokenFile.open(path);
  atEnd(() => file.close());
  return file;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
