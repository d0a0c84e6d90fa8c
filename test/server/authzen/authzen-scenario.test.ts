// The AuthZEN certification scenario over `examples/authzen`: requests and mandated answers as the scenario has them.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startHttp, type TestHttpServer } from "../../kit/http-server.js";

const evaluation = "/access/v1/evaluation";
const evaluations = "/access/v1/evaluations";
const baseUrl = "https://pdp.example.com";
const alice = { type: "user", id: "alice" };
const bob = { type: "user", id: "bob" };
const admin = { ...bob, properties: { role: "admin" } };
const record1 = { type: "record", id: "record-1" };
const record2 = { type: "record", id: "record-2" };
const active = { ...record1, properties: { status: "active" } };
const archived = { ...record2, properties: { status: "archived" } };
const read = { name: "read" };
const write = { name: "write" };
const remove = (soft: boolean) => ({ name: "delete", properties: { soft } });
const aliceReads = { subject: alice, action: read, resource: record1 };

let server: TestHttpServer;
beforeAll(async () => {
  const routes = { baseUrl };
  server = await startHttp({ example: "authzen/policy-set", mapping: "authzen/authzen.yaml", routes });
});
afterAll(() => server.close());

describe("Basic", () => {
  it.each([
    ["1", aliceReads, true],
    ["2", { subject: alice, action: write, resource: record1 }, true],
    ["3", { subject: bob, action: read, resource: record1 }, true],
    ["4", { subject: bob, action: write, resource: record1 }, false],
    ["5", { subject: alice, action: write, resource: archived }, false],
    ["6", { subject: admin, action: write, resource: archived }, true],
    ["7", { subject: alice, action: remove(true), resource: record1 }, true],
    ["8", { subject: alice, action: remove(false), resource: record1 }, false],
  ])("decides rule %s", async (_rule, request, decision) => {
    const have = await server.post(evaluation, request);
    expect(have).toMatchObject({ status: 200, json: { decision } });
    expect(have.headers.get("content-type")).toBe("application/json");
    const again = await server.post(evaluation, { ...request, context: { time: "2025-06-27T18:03-07:00", ip: "::1" } });
    expect(again.json.decision).toBe(decision);
  });

  it("accepts properties and fields that mean nothing to it", async () => {
    const properties = { department: "Sales", role: "manager" };
    const request = {
      subject: { ...alice, properties },
      action: { ...read, properties: { method: "GET" } },
      resource: { ...record1, properties: { status: "active", owner: "bob" } },
      foo: "bar",
      futureField: { nested: true },
    };
    expect(await server.post(evaluation, request)).toMatchObject({ status: 200, json: { decision: true } });
  });

  it("does not believe a caller about a role", async () => {
    const subject = { ...alice, properties: { role: "admin" } };
    const have = await server.post(evaluation, { subject, action: write, resource: archived });
    expect(have.json).toEqual({ decision: false, context: { decision: "implicitDeny" } });
  });

  it.each([
    ["no subject", { action: read, resource: record1 }, "subject: missing"],
    ["no action", { subject: alice, resource: record1 }, "action: missing"],
    ["no resource", { subject: alice, action: read }, "resource: missing"],
    ["no subject type", { ...aliceReads, subject: { id: "alice" } }, "subject.type: missing"],
    ["no subject id", { ...aliceReads, subject: { type: "user" } }, "subject.id: missing"],
    ["no action name", { ...aliceReads, action: {} }, "action.name: missing"],
    ["no resource type", { ...aliceReads, resource: { id: "record-1" } }, "resource.type: missing"],
    ["no resource id", { ...aliceReads, resource: { type: "record" } }, "resource.id: missing"],
    ["a subject that is a text", { ...aliceReads, subject: "alice" }, "subject: must be an object"],
    [
      "a name that is a number",
      { ...aliceReads, action: { name: 123 } },
      "action.name: must be a string that is not empty",
    ],
    ["no JSON", "{", "body:1:2: the text ends where a member name in double quotes belongs"],
    ["nothing", "", "body: empty"],
    ["a list", "[]", "body: must be an object"],
  ])("refuses %s", async (_name, request, error) => {
    expect(await server.post(evaluation, request)).toMatchObject({ status: 400, json: { error } });
  });

  it("refuses another content type with 400", async () => {
    const have = await server.post(evaluation, JSON.stringify(aliceReads), { "content-type": "text/plain" });
    expect(have).toMatchObject({ status: 400, json: { error: "content-type: must be application/json" } });
  });

  it("echoes X-Request-ID, of refusals as well, and needs none", async () => {
    const id = { "x-request-id": "bfe9eb29-ab87-4ca3" };
    expect((await server.post(evaluation, aliceReads, id)).headers.get("x-request-id")).toBe("bfe9eb29-ab87-4ca3");
    expect((await server.post(evaluation, "{", id)).headers.get("x-request-id")).toBe("bfe9eb29-ab87-4ca3");
    expect((await server.post(evaluation, aliceReads)).headers.get("x-request-id")).toBeNull();
  });
});

describe("Batch", () => {
  it.each([
    [
      "defaults of subject and action",
      { subject: alice, action: read, evaluations: [{ resource: record1 }, { resource: record2 }] },
      [true, true],
    ],
    [
      "answers in order",
      { subject: bob, resource: record1, evaluations: [{ action: read }, { action: write }] },
      [true, false],
    ],
    [
      "resource properties",
      { subject: alice, action: write, evaluations: [{ resource: active }, { resource: archived }] },
      [true, false],
    ],
    [
      "subject properties",
      { action: write, resource: archived, evaluations: [{ subject: alice }, { subject: admin }] },
      [false, true],
    ],
    ["no defaults", { evaluations: [aliceReads, { subject: bob, action: write, resource: record1 }] }, [true, false]],
    [
      "an id without its type",
      {
        subject: alice,
        action: write,
        resource: { type: "record" },
        evaluations: [{ resource: { id: "record-1", properties: { status: "active" } } }, { resource: archived }],
      },
      [true, false],
    ],
    [
      "a context of its own",
      {
        subject: alice,
        action: read,
        context: { time: "a" },
        evaluations: [{ resource: record1 }, { resource: record2, context: { time: "b", source: "c" } }],
      },
      [true, true],
    ],
  ])("decides with %s", async (_name, request, want) => {
    const have = await server.post(evaluations, request);
    expect(have.status).toBe(200);
    expect(have.json.evaluations.map(({ decision }: { decision: boolean }) => decision)).toEqual(want);
    expect(have.json).not.toHaveProperty("decision");
  });

  it("answers an item that is wrong with a denial of its own", async () => {
    const request = {
      subject: alice,
      action: read,
      evaluations: [{ resource: record1 }, {}, 7, { resource: record2 }],
    };
    expect((await server.post(evaluations, request)).json.evaluations).toEqual([
      { decision: true },
      { decision: false, context: { error: { status: 400, message: "resource: missing" } } },
      { decision: false, context: { error: { status: 400, message: "evaluations: every item must be an object" } } },
      { decision: true },
    ]);
  });

  it.each([
    ["without a list", aliceReads],
    ["with an empty list", { ...aliceReads, evaluations: [] }],
  ])("is one evaluation %s", async (_name, request) => {
    expect((await server.post(evaluations, request)).json).toEqual({ decision: true });
  });

  it.each([
    ["execute_all", [true, false, true]],
    ["deny_on_first_deny", [true, false]],
    ["permit_on_first_permit", [true]],
  ])("ends with the deciding one under %s", async (evaluations_semantic, want) => {
    const items = [{ action: read }, { action: remove(false) }, { action: write }];
    const request = { subject: alice, resource: record1, evaluations: items, options: { evaluations_semantic } };
    const have = await server.post(evaluations, request);
    expect(have.json.evaluations.map(({ decision }: { decision: boolean }) => decision)).toEqual(want);
  });

  it("counts what cannot be decided as a denial that ends", async () => {
    const options = { evaluations_semantic: "deny_on_first_deny" };
    const request = { subject: alice, action: read, options, evaluations: [{}, { resource: record1 }] };
    expect((await server.post(evaluations, request)).json.evaluations).toHaveLength(1);
  });

  it("refuses a semantic that it does not know", async () => {
    const request = { ...aliceReads, evaluations: [{}], options: { evaluations_semantic: "all" } };
    const error = "options.evaluations_semantic: `all` is no semantic";
    expect(await server.post(evaluations, request)).toMatchObject({ status: 400, json: { error } });
  });
});

describe("Search", () => {
  const of = (what: string, request: object) => server.post(`/access/v1/search/${what}`, request);

  it.each([
    ["S1", "subject", { subject: { type: "user" }, action: read, resource: record1 }, [alice, bob]],
    ["S2", "resource", { subject: alice, action: read, resource: { type: "record" } }, [record1, record2]],
    ["S3", "action", { subject: alice, resource: record1 }, [read, write]],
    ["S4", "subject", { subject: { type: "user" }, action: write, resource: archived }, [bob]],
    ["S5", "resource", { subject: admin, action: write, resource: { type: "record" } }, [record2]],
    ["S6", "action", { subject: admin, resource: archived }, [read, write]],
    [
      "an id that is ignored",
      "subject",
      { subject: { type: "user", id: "zoe" }, action: read, resource: record1 },
      [alice, bob],
    ],
    ["an unknown subject", "action", { subject: { type: "user", id: "nonexistent-user" }, resource: record1 }, []],
    ["an unknown type", "subject", { subject: { type: "spaceship" }, action: read, resource: record1 }, []],
  ])("finds %s", async (_name, what, request, results) => {
    const { json } = await of(what, { ...request, context: { time: "x" } });
    expect(json.results).toEqual(results);
    expect(json.page).toBeUndefined();
  });

  it("says what else is allowed than the records that there are, and why nothing is found", async () => {
    const resource = { type: "record" };
    const beyond = ["arn:acme:records::111111111111:record/*"];
    const message = "other resources may be allowed that the policy set does not list";
    expect((await of("resource", { subject: alice, action: read, resource })).json.context).toEqual({
      incomplete: { message, beyond },
    });
    for (const [what, request, error] of [
      [
        "subject",
        { subject: { type: "spaceship" }, action: read, resource: record1 },
        { status: 404, message: "subject.type: `spaceship` is unknown" },
      ],
      ["subject", { subject: { type: "user" }, action: read, resource: record1 }, undefined],
    ] as const) {
      expect((await of(what, request)).json.context).toEqual(error && { error });
    }
  });

  it.each([
    ["subject", "no action", { subject: { type: "user" }, resource: record1 }, "action: missing"],
    ["resource", "no subject", { action: read, resource: { type: "record" } }, "subject: missing"],
    ["action", "no resource", { subject: alice }, "resource: missing"],
    [
      "subject",
      "no resource id",
      { subject: { type: "user" }, action: read, resource: { type: "record" } },
      "resource.id: missing",
    ],
    [
      "resource",
      "no subject id",
      { subject: { type: "user" }, action: read, resource: { type: "record" } },
      "subject.id: missing",
    ],
  ])("refuses a search of a %s with %s", async (what, _name, request, error) => {
    expect(await of(what, request)).toMatchObject({ status: 400, json: { error } });
  });

  it("goes on where a page ends", async () => {
    const request = { subject: { type: "user" }, action: read, resource: record1 };
    const first = await of("subject", { ...request, page: { limit: 1 } });
    expect(first.json).toEqual({ results: [alice], page: { next_token: expect.stringMatching(/./), count: 1 } });
    const second = await of("subject", { ...request, page: { token: first.json.page.next_token } });
    expect(second.json).toEqual({ results: [bob], page: { next_token: "", count: 1 } });
  });
});

describe("Discovery", () => {
  it("names what the operator configured, whatever `Host` says", async () => {
    const have = await server.get("/.well-known/authzen-configuration", { headers: { host: "evil.example" } });
    expect(have.json).toEqual({
      policy_decision_point: baseUrl,
      access_evaluation_endpoint: `${baseUrl}/access/v1/evaluation`,
      access_evaluations_endpoint: `${baseUrl}/access/v1/evaluations`,
      search_subject_endpoint: `${baseUrl}/access/v1/search/subject`,
      search_resource_endpoint: `${baseUrl}/access/v1/search/resource`,
      search_action_endpoint: `${baseUrl}/access/v1/search/action`,
    });
  });
});
