/** The example for Envoy beside the example company: what its README promises. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { openGate } from "../../../src/access/access-gate.js";
import { DecisionPoint } from "../../../src/ask/decision-point.js";
import { Engine } from "../../../src/engine/engine.js";
import { loadPolicySet } from "../../../src/policy/formats/load-policy-set.js";
import { extAuthzService } from "../../../src/server/ext-authz/authorization.js";
import { buildMapping } from "../../../src/server/ext-authz/read-mapping.js";
import { sourceText } from "../../../src/text/source-text.js";
import { ExtAuthzClient, struct } from "../../kit/ext-authz-client.js";
import { atEnd, servePoint } from "../../kit/serving.js";

const folder = new URL("../../../examples/", import.meta.url);

describe("examples/ext-authz", () => {
  let engine: Engine;
  let client: ExtAuthzClient;

  beforeAll(async () => {
    const loaded = await loadPolicySet(fileURLToPath(new URL("acme", folder)));
    const text = readFileSync(new URL("ext-authz/mapping.yaml", folder), "utf8");
    const reading = buildMapping(sourceText("mapping.yaml", text));
    expect(reading.findings).toEqual([]);
    if (!loaded.ok || !reading.ok) return;
    const { mapping } = reading;
    // Before the freeze at the end of the year.
    engine = await Engine.start({ workers: 0, nowMs: () => Date.parse("2026-06-01T12:00:00Z") });
    engine.publish(loaded.policySet);
    const point = new DecisionPoint(engine);
    const service = extAuthzService({ point, gate: openGate, mapping: () => mapping, onInternalError: () => {} });
    atEnd(() => engine.close());
    const server = await servePoint(point, { services: [service] });
    client = new ExtAuthzClient(server.address);
    atEnd(() => client.close());
  });

  const order = "/tenants/tenant-7/orders/123";
  it.each<[name: string, caller: object, method: string, path: string, verdict: string, status?: number]>([
    ["alice reads an order of her team", { sub: "alice" }, "GET", order, "pass"],
    ["bob does not", { sub: "bob" }, "GET", order, "deny", 403],
    ["alice refunds a little with MFA", { sub: "alice", mfa: true }, "POST", `${order}/refunds?amount=20`, "pass"],
    ["not without MFA", { sub: "alice" }, "POST", `${order}/refunds?amount=20`, "deny", 403],
    ["not much", { sub: "alice", mfa: true }, "POST", `${order}/refunds?amount=2000`, "deny", 403],
    [
      "not an amount given twice",
      { sub: "alice", mfa: true },
      "POST",
      `${order}/refunds?amount=2&amount=2000`,
      "deny",
      400,
    ],
    ["everybody lists products", { sub: "bob" }, "GET", "/products", "pass"],
    ["nobody is nobody", {}, "GET", "/products", "deny", 401],
    ["nobody takes another way", { sub: "alice" }, "GET", `/tenants/tenant-9/..%2ftenant-7/orders/123`, "deny", 400],
    ["nobody goes where no route leads", { sub: "alice" }, "GET", "/admin", "deny", 403],
    ["a workload reads its secret", { spiffe: "OrdersApp" }, "GET", "/tenants/tenant-7/secrets/db/password", "pass"],
    ["another one does not", { spiffe: "CiDeploy" }, "GET", "/tenants/tenant-7/secrets/db/password", "deny", 403],
  ])(
    "%s",
    async (_, {
      sub,
      mfa,
      spiffe,
    }: { sub?: string; mfa?: boolean; spiffe?: string }, method, path, verdict, status) => {
      const claims = { iss: "https://id.acme.example", aud: "orders", sub, ...(mfa === undefined ? {} : { mfa }) };
      const have = await client.check({
        attributes: {
          source: {
            address: { socketAddress: { address: "10.20.1.2", portValue: 5 } },
            principal: spiffe === undefined ? "" : `spiffe://acme.example/ns/prod/sa/${spiffe}`,
          },
          request: {
            http: {
              method,
              path,
              host: "orders.acme.example",
              scheme: "https",
              headerMap: { headers: [{ key: ":path", rawValue: Buffer.from(path) }] },
            },
          },
          ...(sub === undefined
            ? {}
            : {
                metadataContext: {
                  filterMetadata: { "envoy.filters.http.jwt_authn": struct({ jwt_payload: claims }) },
                },
              }),
        },
      });
      expect(have).toMatchObject({ verdict, httpStatus: status });
    },
  );

  it("configures Envoy as the mapping and the README assume", () => {
    const text = readFileSync(new URL("ext-authz/envoy.yaml", folder), "utf8");
    const envoy = parse(text);
    const manager = envoy.static_resources.listeners[0].filter_chains[0].filters[0].typed_config;
    const [jwt, extAuthz, router] = manager.http_filters;
    expect(manager).toMatchObject({
      use_remote_address: true,
      normalize_path: true,
      merge_slashes: true,
      path_with_escaped_slashes_action: "REJECT_REQUEST",
    });
    expect(jwt.typed_config.providers.acme).toMatchObject({ payload_in_metadata: "jwt_payload" });
    expect(extAuthz.typed_config).toMatchObject({
      transport_api_version: "V3",
      failure_mode_allow: false,
      metadata_context_namespaces: ["envoy.filters.http.jwt_authn"],
      clear_route_cache: false,
      grpc_service: { envoy_grpc: { cluster_name: "verdict" } },
    });
    expect(router.name).toBe("envoy.filters.http.router");
    const verdict = envoy.static_resources.clusters.find((cluster: { name: string }) => cluster.name === "verdict");
    expect(JSON.stringify(verdict)).toContain('"http2_protocol_options":{}');
    expect(JSON.stringify(verdict)).toContain('"port_value":50051');
  });
});
