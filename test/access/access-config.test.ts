import { describe, expect, it } from "vitest";
import { readConfig } from "../../src/config/read-config.js";
import { ConfigError, type Flags } from "../../src/config/settle-setting.js";

const tls = { tlsCert: "a.crt", tlsKey: "a.key" };
const jwks = { jwks: "keys.json", tokenIssuer: "https://issuer", tokenAudience: ["verdict"] };

describe("access settings", () => {
  it("are open where nothing is said", async () => {
    expect(await readConfig({}, {})).toMatchObject({
      tlsCert: undefined,
      tokens: undefined,
      jwks: undefined,
      allowPeers: [],
      explainFor: [],
      socketMode: 0o600,
      reflection: true,
      processes: 1,
      idleTimeout: 300_000,
      maxConnectionAge: 0,
    });
  });

  it("read names with and without a service", async () => {
    const have = await readConfig(
      { tokens: "t", allowPeers: ["spiffe://acme/a", "http=dns:B.example"], explainFor: ["jwt:x"] },
      {},
    );
    expect([have.allowPeers, have.explainFor]).toEqual([
      [
        { service: undefined, name: "spiffe://acme/a" },
        { service: "http", name: "dns:b.example" },
      ],
      [{ service: undefined, name: "jwt:x" }],
    ]);
  });

  it.each<[string, Flags]>([
    ["TLS at an address that others reach", { ...tls, listen: "0.0.0.0:1", http: "0.0.0.0:2" }],
    ["keys over https", { ...jwks, jwks: "https://issuer/keys" }],
    ["keys from this machine", { ...jwks, jwks: "http://127.0.0.1:8080/keys" }],
    ["keys from anywhere with --insecure", { ...jwks, jwks: "http://issuer/keys", insecure: true }],
    ["explanations for nobody without names", { explainFor: ["nobody"] }],
  ])("take %s", async (_, flags) => {
    expect(await problems(flags)).toEqual([]);
  });

  const remedy = "nobody can prove a name: add --tls-client-ca, --tokens or --jwks";
  it.each<[string, Flags, readonly string[]]>([
    ["a certificate without a key", { tlsCert: "a" }, ["--tls-cert, --tls-key: one needs the other"]],
    ["a key without a certificate", { tlsKey: "a" }, ["--tls-cert, --tls-key: one needs the other"]],
    ["authorities without TLS", { tlsClientCa: "a" }, ["--tls-client-ca: needs --tls-cert and --tls-key"]],
    ["signed tokens of any issuer", { jwks: "a" }, ["--jwks: needs --token-issuer and --token-audience"]],
    ["an issuer without keys", { tokenIssuer: "a" }, ["--token-issuer: needs --jwks"]],
    ["an audience without keys", { tokenAudience: ["a"] }, ["--token-audience: needs --jwks"]],
    ["keys that come unprotected", { ...jwks, jwks: "http://issuer/keys" }, ["--jwks: must be an https URL"]],
    ["peers without names", { allowPeers: ["dns:a"] }, [`--allow-peers: ${remedy}`]],
    ["explanations for a name without names", { explainFor: ["dns:a"] }, [`--explain-for: ${remedy}`]],
    [
      "a name of no kind",
      { tokens: "t", allowPeers: ["orders"] },
      ["--allow-peers: `orders` is no [service=]name such as authorization=spiffe://acme/orders"],
    ],
    [
      "a symmetric algorithm",
      { ...jwks, tokenAlgorithms: ["RS256", "HS256"] },
      ["--token-algorithms: `HS256` is none of ES256, ES384, ES512, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512"],
    ],
    [
      "no algorithm",
      { ...jwks, tokenAlgorithms: ["none"] },
      ["--token-algorithms: `none` is none of ES256, ES384, ES512, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512"],
    ],
    ["a mode that is none", { socketMode: "rw" }, ["--socket-mode: `rw` is no mode such as 0660"]],
  ])("refuse %s", async (_, flags, want) => {
    expect(await problems(flags)).toEqual(want);
  });
});

async function problems(flags: Flags): Promise<readonly string[]> {
  try {
    await readConfig(flags, {});
    return [];
  } catch (error: unknown) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
