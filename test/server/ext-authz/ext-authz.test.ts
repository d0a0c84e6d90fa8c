/** Envoy's ext_authz through a real listener: who passes by which identity, and what the answers say. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Mapping } from "../../../src/server/ext-authz/mapping.js";
import { struct } from "../../kit/ext-authz-client.js";
import { address, ExtAuthzScene, mappingOf, request } from "../../kit/ext-authz-scene.js";

describe("ext_authz Check", () => {
  let scene: ExtAuthzScene;

  beforeAll(async () => {
    scene = await ExtAuthzScene.start();
  });

  afterAll(() => scene.stop());

  it("lets a request pass that the policies allow, and says by which generation", async () => {
    scene.decided.length = 0;
    const have = await scene.client.check(request("/tenants/t7/orders/17?x=1"));
    expect(have).toEqual({
      verdict: "pass",
      httpStatus: undefined,
      body: undefined,
      headers: ["x-verdict-principal: arn:aws:iam::111111111111:user/alice (OVERWRITE_IF_EXISTS_OR_ADD)"],
      removed: ["x-original-url", "x-tenant"],
      metadata: {
        decision_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        outcome: "allowed",
        policy_set_digest: scene.engine.published()?.digest,
        generation: 1,
        route: "GET /tenants/{tenant}/orders/{orderId}",
      },
    });
    expect(scene.decided).toMatchObject([
      { kind: "single", facts: { transport: "ext_authz", decisionId: have.metadata.decision_id } },
    ]);
  });

  it("denies what the policies deny, as a denial and not as an error", async () => {
    const have = await scene.client.check(request("/admin/users"));
    expect(have).toMatchObject({
      verdict: "deny",
      httpStatus: 403,
      body: {
        error: "forbidden",
        decision: "implicitDeny",
        blockedBy: ["identity", "resource"],
        action: "admin:Open",
        decisionId: have.metadata.decision_id,
      },
      metadata: { outcome: "implicitDeny", generation: 1 },
    });
    const outside = request("/tenants/t7/orders/17", { source: address("192.0.2.1") });
    expect(await scene.client.check(outside)).toMatchObject({ verdict: "deny", body: { decision: "explicitDeny" } });
  });

  it("tells denied callers nothing of the policies unless the mapping says so", async () => {
    await scene.withMapping({ tellsReasons: false }, async () => {
      const { body, metadata } = await scene.client.check(request("/admin/users"));
      expect(body).toEqual({ error: "forbidden", decisionId: metadata.decision_id });
    });
  });

  it("denies what no route takes", async () => {
    for (const path of ["/", "/unknown", "/tenants/t7/orders", "/tenants/t7/orders/17/", "/files", "/files/"]) {
      expect(await scene.client.check(request(path)), path).toMatchObject({
        verdict: "deny",
        httpStatus: 403,
        metadata: { outcome: "refused", reason: "no route" },
      });
    }
    expect(await scene.client.check(request("/tenants/t7/orders/17", { method: "DELETE" }))).toMatchObject({
      verdict: "deny",
      metadata: { reason: "no route" },
    });
  });

  it("takes the first route whose conditions hold", async () => {
    expect(await scene.client.check(request("/orders?preview=1"))).toMatchObject({
      verdict: "pass",
      metadata: { route: "preview" },
    });
    expect(await scene.client.check(request("/orders?preview=2"))).toMatchObject({ metadata: { reason: "no route" } });
    const admin = request("/orders", { host: "ADMIN.example:8443", headers: { "x-user": "alice" } });
    expect(await scene.client.check(admin)).toMatchObject({ verdict: "deny", metadata: { route: "/{page}" } });
  });

  it("names the caller by a verified JWT, whose claims are tags", async () => {
    const jwt = (claims: object) => ({
      headers: {},
      source: address("10.0.0.7"),
      tlsSession: { sni: "api.example" },
      contextExtensions: { channel: "web" },
      metadataContext: {
        filterMetadata: { "envoy.filters.http.jwt_authn": struct({ jwt_payload: { ...good, ...claims } }) },
      },
    });
    const good = { iss: "https://id.example", aud: ["x", "orders"], sub: "ann", acme: { tenant: "t7" } };
    const path = "/tenants/t7/orders/17";
    expect(await scene.client.check(request(path, jwt({})))).toMatchObject({
      verdict: "pass",
      headers: [
        "x-verdict-principal: arn:aws:sts::111111111111:assumed-role/Customer/ann (OVERWRITE_IF_EXISTS_OR_ADD)",
        "x-tenant: t7 (OVERWRITE_IF_EXISTS_OR_ADD)",
      ],
      removed: ["x-original-url"],
    });
    expect(await scene.client.check(request("/tenants/t8/orders/17", jwt({})))).toMatchObject({ verdict: "deny" });
    expect(await scene.client.check(request(path, jwt({ acme: { tenant: "*" } })))).toMatchObject({
      verdict: "deny",
      body: { decision: "implicitDeny" },
    });
    for (const claims of [
      { iss: "https://evil.example" },
      { iss: undefined },
      { aud: "other" },
      { sub: undefined },
      { sub: "" },
      { sub: "a/b" },
      { sub: "a:b" },
      { sub: "*" },
      { sub: "a b" },
      { sub: ["ann", "bob"] },
      { sub: { name: "ann" } },
      { sub: 2 ** 60 },
      { acme: {} },
      { acme: "t7" },
    ]) {
      const have = await scene.client.check(request(path, jwt(claims)));
      expect(have, JSON.stringify(claims)).toMatchObject({ verdict: "deny", httpStatus: 401 });
    }
  });

  it("names the caller by the SPIFFE id of a certificate", async () => {
    const peer = (principal: string) => ({
      method: "POST",
      headers: {},
      source: { ...address("10.0.0.7"), principal },
    });
    const path = "/tenants/t7/orders/17/shipments";
    const good = "spiffe://acme.example/ns/prod/sa/Shipping";
    expect(await scene.client.check(request(path, peer(good)))).toMatchObject({
      verdict: "pass",
      headers: [expect.stringContaining("assumed-role/Shipping/envoy")],
    });
    for (const principal of [
      "spiffe://acme.example/ns/prod/sa/Billing",
      "spiffe://acme.example.evil/ns/prod/sa/Shipping",
      "spiffe://acme.example/ns/prod/sa/Shipping/",
      "spiffe://acme.example/ns/prod/sa/x/../Shipping",
      "spiffe://acme.example/ns//sa/Shipping",
      "spiffe://acme.example/ns/prod/sa/Ship%70ing",
      "SPIFFE://acme.example/ns/prod/sa/Shipping",
      "CN=Shipping",
    ]) {
      expect((await scene.client.check(request(path, peer(principal)))).verdict, principal).toBe("deny");
    }
  });

  it("answers 401 where nobody can be named, and asks as anonymous where the route says so", async () => {
    expect(await scene.client.check(request("/tenants/t7/orders/17", { headers: {} }))).toMatchObject({
      verdict: "deny",
      httpStatus: 401,
      headers: expect.arrayContaining([expect.stringContaining("www-authenticate: Bearer")]),
    });
    expect(await scene.client.check(request("/files/a/b.txt", { headers: {} }))).toMatchObject({
      verdict: "pass",
      headers: ["x-verdict-principal: anonymous (OVERWRITE_IF_EXISTS_OR_ADD)"],
    });
    // An identity that no rule takes is not anonymous.
    const stranger = { headers: {}, source: { ...address("10.0.0.7"), principal: "spiffe://other/x" } };
    expect(await scene.client.check(request("/files/a/b.txt", stranger))).toMatchObject({
      verdict: "deny",
      httpStatus: 401,
    });
  });

  it("takes a whole ARN from a value, and nothing that is no entity", async () => {
    const rules = readPrincipalRules(`    - { header: x-arn, principal: "{header.x-arn}" }`);
    await scene.withMapping({ principals: rules, headersRead: new Set(["x-arn"]) }, async () => {
      const asked = async (arn: string) =>
        (await scene.client.check(request("/tenants/t7/orders/17", { headers: { "x-arn": arn } }))).httpStatus;
      expect(await asked("arn:aws:iam::111111111111:user/alice")).toBeUndefined();
      expect(await asked("arn:aws:iam::111111111111:user/bob")).toBe(403);
      for (const arn of [
        "anonymous",
        "events.amazonaws.com",
        "alice",
        "arn:aws:s3:::b",
        "arn:aws:iam::1:user/a b",
        "",
      ]) {
        expect(await asked(arn), arn).toBe(401);
      }
    });
  });
});

describe("proto/envoy", () => {
  it("says where it comes from and under which licence", () => {
    const file = fileURLToPath(new URL("../../../proto/envoy/service/auth/v3/external_auth.proto", import.meta.url));
    expect(readFileSync(file, "utf8")).toMatch(/^\/\/ .*github\.com\/envoyproxy\/envoy, Apache-2\.0/);
  });
});

function readPrincipalRules(rules: string): Mapping["principals"] {
  const routes = `  routes: [{ path: "/x", action: "a:B", resource: "*" }]`;
  return mappingOf(`extAuthz:\n  principals:\n${rules}\n${routes}\n`).principals;
}
