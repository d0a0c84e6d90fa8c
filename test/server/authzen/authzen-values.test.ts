// JSON values that have no form in a condition: nobody minds those that no policy reads, and those that one reads are no key that is missing.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { policySet, startHttp, type TestHttpServer } from "../../kit/http-server.js";

const evaluation = "/access/v1/evaluation";
const principal = "arn:aws:iam::111111111111:user/a";
const thing = "arn:acme:x::111111111111:thing/1";
const asked = {
  subject: { type: "user", id: principal },
  action: { name: "x:Do" },
  resource: { type: "thing", id: thing },
};

function allowing(statement: object): ReturnType<typeof policySet> {
  const Statement = { Effect: "Allow", Action: "x:Do", Resource: "*", ...statement };
  const document = { Version: "2012-10-17", Statement };
  return policySet({
    users: [{ arn: principal, inlinePolicies: [{ name: "p", document }] }],
    resources: [{ arn: thing, tags: { owner: "a" } }],
  });
}

let server: TestHttpServer;
beforeAll(async () => {
  server = await startHttp({ policySets: { default: allowing({}) } });
});
afterAll(() => server.close());

function publish(statement: object): void {
  server.engine.publish(allowing(statement));
}

const context = (value: unknown) => ({ context: { k: value } });
const properties = (part: "subject" | "action" | "resource", value: unknown) => ({
  [part]: { ...asked[part], properties: { k: value } },
});
let deep: unknown = { k: 1 };
for (let level = 0; level < 50; level++) deep = level % 2 === 0 ? [deep] : { k: deep };

const unusable: readonly (readonly [string, unknown, string])[] = [
  ["an object", { a: 1 }, "an object has no form in a condition"],
  ["an empty object", {}, "an object has no form in a condition"],
  ["a list of objects", [{ a: 1 }], "a list of lists, objects or nulls has no form in a condition"],
  ["a list of lists", [["a"]], "a list of lists, objects or nulls has no form in a condition"],
  ["a list with a null", ["a", null], "a list of lists, objects or nulls has no form in a condition"],
  ["a mixed list", ["a", 1, true, {}], "a list of lists, objects or nulls has no form in a condition"],
  ["something deep", deep, "an object has no form in a condition"],
];

/** Conditions that hold for a missing key or for a list of none, each of which would make an allow of a value that was left out. */
const lenient: readonly (readonly [string, (key: string) => object])[] = [
  ["a negated operator", (key) => ({ Condition: { StringNotEquals: { [key]: "secret" } } })],
  ["Null", (key) => ({ Condition: { Null: { [key]: "true" } } })],
  ["Null that wants a value", (key) => ({ Condition: { Null: { [key]: "false" } } })],
  ["IfExists", (key) => ({ Condition: { StringEqualsIfExists: { [key]: "x" } } })],
  ["ForAllValues", (key) => ({ Condition: { "ForAllValues:StringEquals": { [key]: "a" } } })],
  ["ForAnyValue", (key) => ({ Condition: { "ForAnyValue:StringEquals": { [key]: "a" } } })],
  ["another spelling", (key) => ({ Condition: { Null: { [key.toUpperCase()]: "true" } } })],
  ["a variable with a default", (key) => ({ Condition: { StringEquals: { "aws:username": `\${${key}, 'a'}` } } })],
  ["a variable of a resource", (key) => ({ Resource: ["*", `arn:acme:y:::\${${key}, 'a'}`] })],
];

describe("a value without a form in a condition", () => {
  it.each(unusable)("is nothing to a set that does not read its key: %s", async (_name, value) => {
    publish({ Condition: { StringEqualsIfExists: { other: "x" } } });
    for (const request of [
      context(value),
      properties("subject", value),
      properties("action", value),
      properties("resource", value),
    ]) {
      expect(await server.post(evaluation, { ...asked, ...request })).toMatchObject({
        status: 200,
        json: { decision: true },
      });
    }
  });

  it.each(unusable)("is no allow where a policy reads its key: %s", async (_name, value, reason) => {
    for (const [request, key, path] of [
      [context(value), "k", "context"],
      [properties("subject", value), "authzen:subject/k", "subject.properties"],
      [properties("action", value), "authzen:action/k", "action.properties"],
      [properties("resource", value), "authzen:resource/k", "resource.properties"],
    ] as const) {
      publish({ Condition: { StringNotEquals: { [key]: "secret" } } });
      expect((await server.post(evaluation, asked)).json).toEqual({ decision: true });
      const message = `${path}[\`k\`]: ${reason}, and a policy reads the key \`${key}\``;
      const want = { decision: false, context: { error: { status: 422, message } } };
      expect(await server.post(evaluation, { ...asked, ...request })).toMatchObject({ status: 200, json: want });
    }
  });

  it.each(lenient)("is no allow through %s", async (_name, statement) => {
    for (const [request, key] of [
      [context([{}]), "k"],
      [properties("subject", { a: 1 }), "authzen:subject/k"],
      [properties("resource", [["a"]]), "authzen:resource/k"],
      [properties("resource", ["a"]), "aws:ResourceTag/k"],
      [properties("resource", []), "aws:ResourceTag/k"],
      [properties("resource", { a: "a" }), "aws:ResourceTag/k"],
    ] as const) {
      publish(statement(key));
      const { status, json } = await server.post(`${evaluation}?detail=explain`, { ...asked, ...request });
      expect({ status, decision: json.decision, error: json.context.error.status }).toEqual({
        status: 200,
        decision: false,
        error: 422,
      });
    }
  });

  it("still gives the keys of an object's members", async () => {
    publish({ Condition: { StringEquals: { "k.a": "1", "k.b.c": "2" } } });
    expect((await server.post(evaluation, { ...asked, ...context({ a: 1, b: { c: "2" } }) })).json.decision).toBe(true);
    const twice = { context: { k: { a: 1, b: { c: "2" } }, "K.A": "2" } };
    expect((await server.post(evaluation, { ...asked, ...twice })).json.context.error.message).toBe(
      "context[`K.A`]: `K.A` is given twice, but for case, and a policy reads the key `K.A`",
    );
  });

  it("is what two names are that differ in case only, and what poses as a property", async () => {
    for (const [key, request, message] of [
      [
        "k",
        { context: { K: "a", k: "b" } },
        "context[`k`]: `k` is given twice, but for case, and a policy reads the key `k`",
      ],
      [
        "aws:ResourceTag/k",
        { resource: { ...asked.resource, properties: { K: "a", k: "b" } } },
        "resource.properties[`k`]: `k` is given twice, but for case, and a policy reads the key `aws:ResourceTag/k`",
      ],
      [
        "authzen:subject/k",
        { ...properties("subject", "a"), context: { "AuthZEN:Subject/k": "a" } },
        "context[`AuthZEN:Subject/k`]: `authzen:` keys come from properties, and a policy reads the key `AuthZEN:Subject/k`",
      ],
      [
        "authzen:subject/k",
        { context: { "AuthZEN:Subject/k": "a" } },
        "context[`AuthZEN:Subject/k`]: `authzen:` keys come from properties, and a policy reads the key `AuthZEN:Subject/k`",
      ],
    ] as const) {
      publish({});
      expect((await server.post(evaluation, { ...asked, ...request })).json).toEqual({ decision: true });
      publish({ Condition: { StringEqualsIfExists: { [key]: ["a", "b"] } } });
      const want = { decision: false, context: { error: { status: 422, message } } };
      expect(await server.post(evaluation, { ...asked, ...request })).toMatchObject({ status: 200, json: want });
    }
  });

  it("is discarded where a caller cannot state the key at all (CTX-1)", async () => {
    publish({ Condition: { StringEquals: { "aws:PrincipalArn": principal } } });
    const request = { context: { "aws:PrincipalArn": [{}], "aws:PrincipalTag/x": {} } };
    expect((await server.post(evaluation, { ...asked, ...request })).json).toEqual({ decision: true });
  });

  it("is none where it is null (COND-8), an empty list or a number of any size", async () => {
    publish({ Condition: { Null: { k: "true" } } });
    expect((await server.post(evaluation, { ...asked, ...context(null) })).json).toEqual({ decision: true });
    publish({ Condition: { "ForAllValues:StringEquals": { k: "x" } } });
    expect((await server.post(evaluation, { ...asked, ...context([]) })).json).toEqual({ decision: true });
    publish({ Condition: { StringEquals: { k: "1e999999999" } } });
    const huge = JSON.stringify({ ...asked, ...context("NUMBER") }).replace('"NUMBER"', "1e999999999");
    expect((await server.post(evaluation, huge)).json).toEqual({ decision: true });
  });

  it("spoils its own question of several", async () => {
    publish({ Condition: { StringNotEquals: { k: "secret" } } });
    const error = {
      status: 422,
      message: "context[`k`]: an object has no form in a condition, and a policy reads the key `k`",
    };
    const evaluations = [{}, context({}), { context: { other: [{}] } }, context("secret")];
    expect((await server.post("/access/v1/evaluations", { ...asked, evaluations })).json).toEqual({
      evaluations: [
        { decision: true },
        { decision: false, context: { error } },
        { decision: true },
        { decision: false, context: { decision: "implicitDeny" } },
      ],
    });
    const usual = { ...asked, ...context({}), evaluations: [{}, context("a")] };
    expect((await server.post("/access/v1/evaluations", usual)).json).toEqual({
      evaluations: [{ decision: false, context: { error } }, { decision: true }],
    });
  });

  it("makes a search find nothing, and say why", async () => {
    publish({ Condition: { StringNotEquals: { k: "secret" } } });
    const message = "context[`k`]: an object has no form in a condition, and a policy reads the key `k`";
    const resource = { type: "x:thing", id: thing };
    for (const [searched, open] of [
      ["subject", { subject: { type: "user" } }],
      ["resource", { resource: { type: "x:thing" } }],
      ["action", { action: undefined }],
    ] as const) {
      const path = `/access/v1/search/${searched}`;
      const request = { ...asked, resource, ...open };
      expect((await server.post(path, { ...request, context: { other: {} } })).json.results).toHaveLength(1);
      expect((await server.post(path, { ...request, ...context({}) })).json).toEqual({
        results: [],
        context: { error: { status: 422, message } },
      });
    }
  });

  it("is looked at by the generation that decides", async () => {
    const changing = await startHttp({ policySets: { default: allowing({}) } });
    const { engine } = changing;
    const batchAuthorize = engine.batchAuthorize.bind(engine);
    let calls = 0;
    engine.batchAuthorize = (...call) => {
      if (calls++ === 0) engine.publish(allowing({ Condition: { Null: { k: "true" } } }));
      return batchAuthorize(...call);
    };
    try {
      expect((await changing.post(evaluation, { ...asked, ...context([{}]) })).json.context.error.status).toBe(422);
      expect(calls).toBe(2);
    } finally {
      await changing.close();
    }
  });
});

describe("a request", () => {
  it.each([
    [
      "more keys than a question may have, most of them within one another",
      context(Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`p${index}`, index]))),
      "question: 3001 context keys, tags and policies, at most 2000",
    ],
    [
      "names that repeat a long one",
      { context: { ["x".repeat(600_000)]: { ["y".repeat(1000)]: 1 } } },
      "question: names of context keys with 1201001 characters together, at most 1048576",
    ],
    [
      "deeper nesting than any value needs",
      context(JSON.parse(`${"[".repeat(64)}${"]".repeat(64)}`)),
      "nesting is deeper",
    ],
    ["a name twice", `${JSON.stringify(asked).slice(0, -1)},"context":{"k":1,"k":2}}`, "duplicate member `k`"],
  ])("is refused for %s", async (_name, request, error) => {
    const body = typeof request === "string" ? request : { ...asked, ...request };
    const have = await server.post(evaluation, body);
    expect(have.status).toBe(400);
    expect(have.json.error).toContain(error);
  });
});
