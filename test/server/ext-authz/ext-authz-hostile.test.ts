/** Envoy's ext_authz through a real listener: hostile requests are denied, failures are errors, and neither passes. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AccessError, openGate } from "../../../src/access/access-gate.js";
import { EngineError, type EngineErrorCode } from "../../../src/engine/engine-error.js";
import { type CheckAnswer, checkBytes } from "../../kit/ext-authz-client.js";
import { address, ExtAuthzScene, request } from "../../kit/ext-authz-scene.js";

describe("ext_authz Check of a hostile request", () => {
  let scene: ExtAuthzScene;

  beforeAll(async () => {
    scene = await ExtAuthzScene.start();
  });

  afterAll(() => scene.stop());

  const raw = (...headers: readonly (readonly [string, string | Buffer])[]) => ({
    headers: {},
    headerMap: { headers: headers.map(([key, value]) => ({ key, rawValue: Buffer.from(value) })) },
  });

  it("reads raw headers as it reads joined ones", async () => {
    expect(await scene.client.check(request("/tenants/t7/orders/17", raw(["x-user", "alice"])))).toMatchObject({
      verdict: "pass",
    });
    const repeated = raw(["x-user", "alice"], ["accept", "a"], ["accept", "b"], ["x-blob", Buffer.from([0xff])]);
    expect(await scene.client.check(request("/tenants/t7/orders/17", repeated))).toMatchObject({ verdict: "pass" });
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ["both forms", { headers: { "x-user": "alice" }, headerMap: { headers: [{ key: "x-user", value: "alice" }] } }],
    ["both forms with different headers", { ...raw(["x-user", "alice"]), headers: { accept: "a" } }],
    ["a repeated header", raw(["x-user", "alice"], ["x-user", "bob"])],
    ["a repeated header with equal values", raw(["x-user", "alice"], ["x-user", "alice"])],
    ["a header joined of two", { headers: { "x-user": "alice,bob" } }],
    ["a spelling with underscores", { headers: { "x-user": "alice", x_user: "bob" } }],
    ["underscores alone", { headers: { x_user: "alice" } }],
    ["a spelling with capitals", { headers: { "X-User": "alice" } }],
    ["a header that is no UTF-8", raw(["x-user", Buffer.from([0x61, 0xc0, 0xaf])])],
    [
      "a header with two values",
      { headers: {}, headerMap: { headers: [{ key: "x-user", value: "alice", rawValue: Buffer.from("bob") }] } },
    ],
    ["a header that Envoy cleaned", { headers: { "x-user": "ali!ce" } }],
    ["an empty header", { headers: { "x-user": "" } }],
    ["a name of two segments", { headers: { "x-user": "path/alice" } }],
    ["a name with a wildcard", { headers: { "x-user": "al*" } }],
    ["a name with a line break", { headers: { "x-user": "alice\nbob" } }],
    ["a path that contradicts", { headers: { "x-user": "alice", ":path": "/admin/x" } }],
    ["a method that contradicts", { headers: { "x-user": "alice", ":method": "POST" } }],
    ["a host that contradicts", { headers: { "x-user": "alice", ":authority": "admin.example" } }],
    ["a query apart from the path", { query: "x=1" }],
    ["a fragment", { fragment: "x" }],
    ["a method in lower case", { method: "get" }],
    ["no method", { method: "" }],
    ["a host with a trailing dot", { host: "api.example." }],
    ["a host with a user", { host: "admin.example@api.example" }],
  ])("denies %s", async (_, http) => {
    const have = await scene.client.check(request("/tenants/t7/orders/17", http));
    expect(have).toMatchObject({
      verdict: "deny",
      httpStatus: expect.toSatisfy((code) => code === 400 || code === 401),
    });
  });

  it.each([
    "/orders?preview=1&preview=1",
    "/orders?preview=1&PREVIEW=2",
    "/orders?preview=1&preview[]=2",
    "/orders?preview=1;preview=2",
    "/orders?preview=%zz",
    "/orders?preview=1&%70review=2",
  ])("denies %s, which readers of queries take for different ones", async (path) => {
    expect(await scene.client.check(request(path))).toMatchObject({ verdict: "deny", httpStatus: 400 });
  });

  it("never reads the body, so a partial one changes nothing", async () => {
    const partial = { headers: { "x-user": "alice", "x-envoy-auth-partial-body": "true" }, body: '{"admin":' };
    expect(await scene.client.check(request("/tenants/t7/orders/17", partial))).toMatchObject({ verdict: "pass" });
    expect(await scene.client.check(request("/admin/x", partial))).toMatchObject({ verdict: "deny" });
  });

  it.each<[string, (good: Buffer) => Buffer]>([
    ["no bytes", () => Buffer.alloc(0)],
    ["half a message", (good) => good.subarray(0, good.length / 2)],
    ["bytes that are no message", () => Buffer.from("ffffffffffffffffffff", "hex")],
    ["two sets of attributes", (good) => Buffer.concat([good, good])],
    ["an overlong slash", (good) => replaced(good, "orders/17", Buffer.from("order\xc0\xaf17", "latin1"))],
    ["a group", (good) => Buffer.concat([good, Buffer.from([0x0b, 0x0c])])],
  ])("denies %s", async (_, change) => {
    const have = await scene.client.send(change(checkBytes(request("/tenants/t7/orders/17"))));
    expect(have).toMatchObject({ verdict: "deny", httpStatus: 400 });
  });

  it("denies a request that is not HTTP", async () => {
    expect(await scene.client.check({ attributes: { source: address("10.0.0.7") } })).toMatchObject({
      verdict: "deny",
    });
  });

  it("denies a question that the engine cannot make sense of", async () => {
    const routes = scene.mapping.routes.map((route) => ({ ...route, action: "no action" }));
    await scene.withMapping({ routes }, async () => {
      const have = await scene.client.check(request("/tenants/t7/orders/17"));
      expect(have).toMatchObject({ verdict: "deny", httpStatus: 403, metadata: { outcome: "refused" } });
    });
  });

  it("answers error_response when there is no such policy set", async () => {
    await scene.withMapping({ policySet: "none" }, async () => {
      expect(await scene.client.check(request("/tenants/t7/orders/17"))).toMatchObject({
        verdict: "error",
        httpStatus: 503,
        body: { error: "no decision" },
        metadata: { outcome: "error", reason: "unknownPolicySet" },
      });
    });
  });

  it("answers error_response when a decision hangs, before the caller's deadline and after its own timeout", async () => {
    scene.observer = () => new Promise(() => {});
    const timedOut = { verdict: "error", httpStatus: 503, metadata: { outcome: "error", reason: "timeout" } };
    expect(await scene.client.check(request("/tenants/t7/orders/17"), 300)).toMatchObject(timedOut);
    await scene.withMapping({ timeoutMs: 20 }, async () => {
      expect(await scene.client.check(request("/tenants/t7/orders/17"))).toMatchObject(timedOut);
    });
    scene.observer = () => undefined;
  });

  it.each<[EngineErrorCode, verdict: string, httpStatus: number]>([
    ["messageTooLarge", "deny", 403],
    ["malformed", "deny", 403],
    ["overloaded", "error", 503],
    ["cancelled", "error", 503],
    ["internal", "error", 500],
  ])("takes the engine's %s for a reason to %s", async (code, outcome, httpStatus) => {
    scene.observer = () => Promise.reject(new EngineError(code, "no"));
    const have = await scene.client.check(request("/tenants/t7/orders/17"));
    scene.observer = () => undefined;
    expect(have).toMatchObject({ verdict: outcome, httpStatus });
    scene.internalErrors.length = 0;
  });

  it("answers error_response to its own mistakes, and tells only the operator", async () => {
    scene.observer = () => Promise.reject(new Error("secret"));
    const have = await scene.client.check(request("/tenants/t7/orders/17"));
    scene.observer = () => undefined;
    expect(have).toMatchObject({ verdict: "error", httpStatus: 500, metadata: { reason: "internal" } });
    expect(JSON.stringify(have)).not.toContain("secret");
    expect(scene.internalErrors).toMatchObject([{ message: "secret" }]);
  });

  it("asks the gate whether the proxy may call", async () => {
    scene.gate = {
      admit(service) {
        throw new AccessError("forbidden", `no ${service}`);
      },
    };
    const have: CheckAnswer = await scene.client.check(request("/tenants/t7/orders/17"));
    scene.gate = openGate;
    expect(have).toMatchObject({ verdict: "status 7", body: "no extAuthz" });
  });

  it("gives a caller without the right to explanations the outcome alone", async () => {
    scene.gate = { admit: () => ({ name: "envoy", mayExplain: false }) };
    const have = await scene.client.check(request("/admin/x"));
    scene.gate = openGate;
    expect(have).toMatchObject({ verdict: "deny", body: { decision: "implicitDeny", blockedBy: [] } });
  });
});

/** The message with other bytes of the same length. */
function replaced(message: Buffer, text: string, bytes: Buffer): Buffer {
  const at = message.indexOf(text);
  expect(at).toBeGreaterThan(0);
  expect(bytes.length).toBe(text.length);
  return Buffer.concat([message.subarray(0, at), bytes, message.subarray(at + text.length)]);
}
