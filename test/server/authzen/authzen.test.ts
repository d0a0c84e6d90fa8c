// Names, mapping files, properties and answers of the AuthZEN surface beyond the certification scenario.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AccessGate, openGate } from "../../../src/access/access-gate.js";
import { buildAuthzenMapping } from "../../../src/server/authzen/authzen-mapping.js";
import { sourceText } from "../../../src/text/source-text.js";
import { placeText } from "../../../src/text/tree-place.js";
import { example, examplePolicies, policySet, startHttp, type TestHttpServer } from "../../kit/http-server.js";
import { verdict } from "../../kit/run-verdict.js";

const folder = mkdtempSync(join(tmpdir(), "verdict authzen "));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const manyProperties = Object.fromEntries(Array.from({ length: 2001 }, (_, index) => [`p${index}`, index]));
const evaluation = "/access/v1/evaluation";
const people = "arn:aws:iam::222222222222:user/people";
const order = "arn:acme:orders:eu:tenant-7:order/123";
const office = { "aws:SourceIp": "10.1.2.3" };
const aliceReads = {
  subject: { type: "user", id: "alice" },
  action: { name: "orders:GetOrder" },
  resource: { type: "order", id: order },
  context: office,
};

let gate: AccessGate = openGate;
let server: TestHttpServer;
beforeAll(async () => {
  server = await startHttp({
    policySets: { default: await examplePolicies("acme"), small: await examplePolicies("minimal") },
    gate: { admit: (...call) => gate.admit(...call) },
    routes: { baseUrl: "https://pdp.example.com/verdict" },
  });
});
afterAll(() => server.close());

describe("names without a mapping", () => {
  it.each([
    ["a user by name", aliceReads, { decision: true }],
    ["a user by ARN", { ...aliceReads, subject: { type: "user", id: `${people}/alice` } }, { decision: true }],
    ["an ARN of any type", { ...aliceReads, subject: { type: "employee", id: `${people}/alice` } }, { decision: true }],
    ["a role", { ...aliceReads, subject: { type: "role", id: "OrdersApp" } }, { decision: expect.any(Boolean) }],
    [
      "a session",
      { ...aliceReads, subject: { type: "assumed-role", id: "OrdersApp/x" } },
      { decision: expect.any(Boolean) },
    ],
    ["a service", { ...aliceReads, subject: { type: "service", id: "events.amazonaws.com" } }, { decision: false }],
    [
      "an account",
      { ...aliceReads, subject: { type: "account", id: "222222222222" } },
      { decision: expect.any(Boolean) },
    ],
    ["no one", { ...aliceReads, subject: { type: "anonymous", id: "-" } }, { decision: false }],
  ])("stand for %s", async (_name, request, json) => {
    const have = await server.post(evaluation, request);
    expect(have).toMatchObject({ status: 200, json });
    expect(have.json.context ?? {}).not.toHaveProperty("error");
  });

  it.each([
    ["a user", { type: "user", id: "zoe" }, "subject.id: no user `zoe` in the policy set"],
    ["a type", { type: "spaceship", id: "x" }, "subject.type: `spaceship` is unknown"],
  ])("that are unknown deny: %s", async (_name, subject, message) => {
    const want = { decision: false, context: { error: { status: 404, message } } };
    expect(await server.post(evaluation, { ...aliceReads, subject })).toMatchObject({ status: 200, json: want });
  });

  it.each([
    [
      "a role that poses as a user",
      { subject: { type: "user", id: "arn:aws:iam::222222222222:role/app/OrdersApp" } },
      "is not the ARN of `user`",
    ],
    ["an ARN of no principal", { subject: { type: "user", id: "arn:aws:s3:::x" } }, "is not the ARN of a principal"],
    [
      "an account that is none",
      { subject: { type: "account", id: "alice" } },
      "subject.id: `alice` is not an account id",
    ],
    [
      "a session without a role",
      { subject: { type: "assumed-role", id: "x" } },
      "is neither an ARN nor `Role/session`",
    ],
    ["an action without a service", { action: { name: "read" } }, "action: not of the form `service:Name`"],
    ["a context that is none", { context: [] }, "context: must be an object"],
    [
      "properties that are none",
      { subject: { type: "user", id: "alice", properties: "x" } },
      "subject.properties: must be an object",
    ],
    [
      "more properties than a question may have",
      { subject: { type: "user", id: "alice", properties: manyProperties } },
      "question: 2002 context keys, tags and policies, at most 2000",
    ],
  ])("refuse %s", async (_name, change, error) => {
    const have = await server.post(evaluation, { ...aliceReads, ...change });
    expect(have.status).toBe(400);
    expect(have.json.error).toContain(error);
  });

  it("are looked up in the policy set that the path or the query names", async () => {
    const request = {
      subject: { type: "user", id: "alice" },
      action: { name: "s3:GetObject" },
      resource: { type: "s3", id: "arn:aws:s3:::reports/x" },
      context: office,
    };
    expect((await server.post(`/small${evaluation}`, request)).json).toEqual({ decision: true });
    expect((await server.post(`${evaluation}?policySet=small`, request)).json).toEqual({ decision: true });
    expect((await server.post(evaluation, request)).json.decision).toBe(false);
    const unknown = await server.post(`/blue${evaluation}`, request);
    expect(unknown).toMatchObject({ status: 404, json: { error: "policy set: no policy set `blue` is published" } });
    const metadata = await server.get("/.well-known/authzen-configuration/verdict/small");
    expect(metadata.json.access_evaluation_endpoint).toBe(`https://pdp.example.com/verdict/small${evaluation}`);
  });
});

describe("answers", () => {
  it("say of a denial of which kind it is, and more on demand", async () => {
    const outside = { ...aliceReads, context: {} };
    expect((await server.post(evaluation, outside)).json).toEqual({
      decision: false,
      context: { decision: "explicitDeny" },
    });
    const { json } = await server.post(`${evaluation}?detail=reason`, outside);
    expect(json.context).toMatchObject({ decision: "explicitDeny", blockedBy: ["identity"] });
    expect(json.context.matchedStatements.length).toBeGreaterThan(0);
    const wrong = await server.post(`${evaluation}?detail=x`, outside);
    expect(wrong).toMatchObject({ status: 400, json: { error: "detail: `x` is none of outcome, reason, explain" } });
  });

  it("explain nothing to callers without that right", async () => {
    gate = { admit: () => ({ name: "app", mayExplain: false }) };
    try {
      const { json } = await server.post(`${evaluation}?detail=explain`, { ...aliceReads, context: {} });
      expect(json).toEqual({
        decision: false,
        context: { decision: "explicitDeny", allowed: false, policySet: expect.anything() },
      });
    } finally {
      gate = openGate;
    }
  });
});

describe("properties", () => {
  const principal = "arn:aws:iam::111111111111:user/a";
  const resource = "arn:acme:x::111111111111:thing/1";
  const evaluate = async (condition: object, request: object): Promise<boolean> => {
    const Statement = { Effect: "Allow", Action: "x:Do", Resource: "*", Condition: condition };
    const set = policySet({
      users: [
        {
          arn: principal,
          tags: { role: "clerk" },
          inlinePolicies: [{ name: "p", document: { Version: "2012-10-17", Statement } }],
        },
      ],
    });
    server.engine.publish(set, "properties");
    const asked = {
      subject: { type: "user", id: principal },
      action: { name: "x:Do" },
      resource: { type: "thing", id: resource },
    };
    const { json } = await server.post(`/properties${evaluation}`, { ...asked, ...request });
    return json.decision;
  };
  const subject = (properties: object) => ({ subject: { type: "user", id: principal, properties } });
  const thing = (properties: object) => ({ resource: { type: "thing", id: resource, properties } });

  it.each([
    ["of the subject", { StringEquals: { "authzen:subject/role": "admin" } }, subject({ role: "admin" }), true],
    [
      "of the action",
      { Bool: { "authzen:action/soft": "true" } },
      { action: { name: "x:Do", properties: { soft: true } } },
      true,
    ],
    ["of the resource, as keys", { NumericLessThan: { "authzen:resource/size": "10" } }, thing({ size: 9.5 }), true],
    [
      "of the resource, as tags",
      { StringEquals: { "aws:ResourceTag/status": "open" } },
      thing({ status: "open" }),
      true,
    ],
    [
      "that are lists",
      { "ForAnyValue:StringEquals": { "authzen:subject/groups": "b" } },
      subject({ groups: ["a", "b"] }),
      true,
    ],
    [
      "within one another",
      { StringEquals: { "authzen:subject/unit.name": "x" } },
      subject({ unit: { name: "x" } }),
      true,
    ],
    ["that are null are missing", { Null: { "authzen:subject/role": "true" } }, subject({ role: null }), true],
    ["of the context", { StringEquals: { time: "noon" } }, { context: { time: "noon" } }, true],
    [
      "are no tags of the subject",
      { StringEquals: { "aws:PrincipalTag/role": "admin" } },
      subject({ role: "admin" }),
      false,
    ],
    [
      "do not replace tags of the subject",
      { StringEquals: { "aws:PrincipalTag/role": "clerk" } },
      subject({ role: "admin" }),
      true,
    ],
    [
      "do not set derived keys",
      { StringEquals: { "aws:PrincipalArn": "x" } },
      { context: { "aws:PrincipalArn": "x" } },
      false,
    ],
    [
      "called like members of objects",
      { StringEquals: { "authzen:subject/__proto__": "x" } },
      { subject: JSON.parse(`{"type":"user","id":"${principal}","properties":{"__proto__":"x"}}`) },
      true,
    ],
  ])("%s", async (_name, condition, request, want) => {
    expect(await evaluate(condition, request)).toBe(want);
  });
});

describe("buildAuthzenMapping()", () => {
  it.each([
    [
      "no gap",
      "subjects: { user: 'arn:aws:iam::1:user/x' }",
      "1:19: subjects.user: `arn:aws:iam::1:user/x` is not an ARN with one `{id}` in its last field",
    ],
    [
      "two gaps",
      "resources: { a: 'arn:a:b:::{id}/{id}' }",
      "1:17: resources.a: `arn:a:b:::{id}/{id}` is not an ARN with one `{id}` in its last field",
    ],
    [
      "a gap in the account",
      "resources: { a: 'arn:a:b::{id}:c' }",
      "1:17: resources.a: `arn:a:b::{id}:c` is not an ARN with one `{id}` in its last field",
    ],
    [
      "a wildcard",
      "resources: { a: 'arn:a:b:::{id}*' }",
      "1:17: resources.a: `arn:a:b:::{id}*` is not an ARN with one `{id}` in its last field",
    ],
    [
      "an action without a service",
      "resources: { a: { arn: 'arn:a:b:::{id}', action: '{name}' } }",
      "1:50: resources.a.action: `{name}` is not of the form `service:{name}`",
    ],
    ["an unknown member", "subject: {}", "1:1: unknown member `subject`: did you mean `subjects`?"],
  ])("refuses %s", (_name, text, message) => {
    const { ok, findings } = buildAuthzenMapping(sourceText("mapping.yaml", text));
    expect(ok).toBe(false);
    expect(findings.map((one) => `${placeText(one)}: ${one.message}`)).toEqual([`mapping.yaml:${message}`]);
  });
});

describe("verdict validate", () => {
  it.each([
    ["subjects", "subjects: { user: 'arn:aws:iam::1:user/{id}*' }\n", "1:19: error SET-FORMAT subjects.user: "],
    ["resources", "resources: { a: 'arn:a:b::{id}:c' }\n", "1:17: error SET-FORMAT resources.a: "],
  ])("recognises a mapping by its %s", async (_name, text, finding) => {
    const path = join(folder, "mapping.yaml");
    writeFileSync(path, text);
    const have = await verdict(["validate", path]);
    expect(have.code).toBe(1);
    expect(have.out).toContain(`${path}:${finding}`);
    expect(have.out.split("\n")).toHaveLength(3);
  });

  it("has nothing to say about the example", async () => {
    const have = await verdict(["validate", example("authzen/authzen.yaml")]);
    expect(have).toEqual({ code: 0, out: "no findings\n", err: "" });
  });
});

describe("a mapping", () => {
  let mapped: TestHttpServer;
  beforeAll(async () => {
    mapped = await startHttp({ example: "authzen/policy-set", mapping: "authzen/authzen.yaml" });
  });
  afterAll(() => mapped.close());

  it.each(["alice/bob", "alice:x", "al ice", "*", "a?", "alice\n"])("lets no id out of its place: %j", async (id) => {
    const request = {
      subject: { type: "user", id },
      action: { name: "read" },
      resource: { type: "record", id: "record-1" },
    };
    const have = await mapped.post(evaluation, request);
    expect(have.status).toBe(400);
    expect(have.json.error).toMatch(/^subject\.id: `.*` is no id of `user`$/);
  });

  it("takes the ARNs of its own types and of no others", async () => {
    const account = "arn:acme:iam::111111111111";
    const records = "arn:acme:records::111111111111";
    const asked = (user: string, record: string) => ({
      subject: { type: "user", id: user },
      action: { name: "read" },
      resource: { type: "record", id: record },
    });
    const own = asked(`${account}:user/alice`, `${records}:record/record-1`);
    expect((await mapped.post(evaluation, own)).json).toEqual({ decision: true });
    for (const [user, record, error] of [
      [`${account}:role/Admin`, "record-1", `subject.id: \`${account}:role/Admin\` is no id of \`user\``],
      [`${account}:user/x/alice`, "record-1", `subject.id: \`${account}:user/x/alice\` is no id of \`user\``],
      ["alice", `${records}:vault/1`, `resource.id: \`${records}:vault/1\` is not the ARN of \`record\``],
    ] as const) {
      expect(await mapped.post(evaluation, asked(user, record))).toMatchObject({ status: 400, json: { error } });
    }
  });

  it("takes wildcards in ids of resources for characters", async () => {
    const subject = { type: "user", id: "alice" };
    const asked = { subject, action: { name: "write" }, resource: { type: "record", id: "record-*" } };
    // No tag of a known record: what is not archived may be written.
    expect((await mapped.post(evaluation, asked)).json).toEqual({ decision: true });
  });
});
