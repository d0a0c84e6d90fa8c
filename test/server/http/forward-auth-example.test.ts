/** The example for nginx and Traefik beside the example company: what its README promises. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { buildMapping } from "../../../src/server/ext-authz/read-mapping.js";
import { sourceText } from "../../../src/text/source-text.js";
import { example, examplePolicies, startHttp, type TestHttpServer } from "../../kit/http-server.js";

const textOf = (name: string): string => readFileSync(example(`forward-auth/${name}`), "utf8");

describe("examples/forward-auth", () => {
  let server: TestHttpServer;
  beforeAll(async () => {
    const reading = buildMapping(sourceText("mapping.yaml", textOf("mapping.yaml")));
    expect(reading.findings).toEqual([]);
    if (!reading.ok) return;
    const { mapping } = reading;
    server = await startHttp({
      policySets: { default: await examplePolicies("acme") },
      engine: { nowMs: () => Date.parse("2026-06-01T12:00:00Z") },
      routes: { forwardAuth: { mapping: () => mapping, onInternalError: () => {} } },
    });
  });
  afterAll(() => server.close());

  const order = "/tenants/tenant-7/orders/123";
  it.each([
    ["alice from the office", { "x-user": "alice", "x-real-ip": "10.1.2.3" }, order, 200],
    ["alice from elsewhere", { "x-user": "alice", "x-real-ip": "198.51.100.9" }, order, 403],
    ["alice from nowhere", { "x-user": "alice" }, order, 403],
    ["bob, whose team it is not", { "x-user": "bob", "x-real-ip": "10.1.2.3" }, order, 403],
    ["nobody", { "x-real-ip": "10.1.2.3" }, order, 401],
    ["alice by a detour", { "x-user": "alice", "x-real-ip": "10.1.2.3" }, `/x/..${order}`, 400],
  ])("answers %s", async (_name, headers, uri, status) => {
    for (const told of [
      { "x-original-method": "GET", "x-original-uri": uri },
      { "x-forwarded-method": "GET", "x-forwarded-uri": uri },
    ]) {
      expect((await server.get("/forward-auth", { headers: { ...headers, ...told } })).status).toBe(status);
    }
  });

  it("has nginx set every header that Verdict decides by", () => {
    const [, asking = ""] = textOf("nginx.conf").split("location = /verdict");
    const set = new Map(
      [...asking.matchAll(/proxy_set_header (\S+) (\S+);/g)].map(([, name = "", value = ""]) => [name, value]),
    );
    expect(Object.fromEntries(set)).toEqual({
      Connection: '""',
      "Content-Length": '""',
      Authorization: '""',
      "X-Original-Method": "$request_method",
      "X-Original-URI": "$request_uri",
      "X-Original-Host": "$http_host",
      "X-Forwarded-Method": '""',
      "X-Forwarded-Uri": '""',
      "X-User": "$remote_user",
      "X-Real-IP": "$remote_addr",
    });
    expect(asking).toContain("proxy_pass http://verdict/forward-auth;");
  });

  it("has Traefik ask after it has named the user", () => {
    const { routers, middlewares } = parse(textOf("traefik.yaml")).http;
    expect(routers.orders.middlewares).toEqual(["users", "verdict"]);
    expect(middlewares.users.basicAuth.headerField).toBe("X-User");
    expect(middlewares.verdict.forwardAuth).toMatchObject({
      address: "http://127.0.0.1:8181/forward-auth",
      trustForwardHeader: false,
    });
  });
});
