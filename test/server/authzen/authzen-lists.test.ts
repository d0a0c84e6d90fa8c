/** What AuthZEN searches refuse as evaluations do, whom they know, and that a list which is not complete says so. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AccessGate, openGate } from "../../../src/access/access-gate.js";
import { Audits } from "../../../src/server/audits/audits.js";
import { ListScopes } from "../../../src/server/audits/list-scopes.js";
import { policySet, startHttp, type TestHttpServer } from "../../kit/http-server.js";

const own = "111111111111";
const other = "222222222222";
const user = (name: string) => `arn:aws:iam::${own}:user/${name}`;
const role = (name: string) => `arn:aws:iam::${own}:role/${name}`;
const bucket = "arn:aws:s3:::data";
const session = `arn:aws:sts::${own}:assumed-role/Admin/elad`;
const allow = (action: string | readonly string[], resource?: string, more: object = {}) => ({
  Version: "2012-10-17",
  Statement: { Effect: "Allow", Action: action, ...(resource === undefined ? {} : { Resource: resource }), ...more },
});
const inline = (document: object) => [{ name: "own", document }];
const lists = policySet({
  users: [
    { arn: user("ann"), inlinePolicies: inline(allow(["s3:GetObject", "orders:Get*"], "*")) },
    { arn: user("bea"), inlinePolicies: inline(allow("s3:GetObject", `${bucket}/*`)) },
    { arn: user("cy"), inlinePolicies: inline(allow("s3:GetObject", bucket)) },
  ],
  roles: [
    {
      arn: role("Admin"),
      inlinePolicies: inline(allow("*", "*")),
      trustPolicy: allow("sts:AssumeRole", undefined, { Principal: { AWS: own } }),
    },
    {
      arn: role("Deploy"),
      trustPolicy: allow("sts:AssumeRole", undefined, { Principal: { AWS: [session, user("ann")] } }),
    },
  ],
  resources: [
    { arn: bucket, account: own, tags: { env: "prod" } },
    {
      arn: "arn:aws:s3:::public",
      account: own,
      policy: allow("s3:GetObject", "arn:aws:s3:::public/*", { Principal: "*" }),
    },
    {
      arn: "arn:aws:s3:::shared",
      account: own,
      policy: allow("s3:GetObject", "arn:aws:s3:::shared/*", { Principal: { Service: "logs.amazonaws.com" } }),
    },
  ],
});

let gate: AccessGate = openGate;
let server: TestHttpServer;
beforeAll(async () => {
  server = await startHttp({
    policySets: { default: lists },
    gate: { admit: (...call) => gate.admit(...call) },
  });
});
afterAll(() => server.close());

const search = async (what: string, request: object) => {
  const { status, json } = await server.post(`/access/v1/search/${what}`, request);
  return { status, ...json };
};
const subjects = (type: string, action: string, id: string, more: object = {}) =>
  search("subject", { subject: { type }, action: { name: action }, resource: { type: "x", id }, ...more });
const actions = (id: string, resource: string, type = "s3") =>
  search("action", { subject: { type: "user", id }, resource: { type, id: resource } });
const resources = (id: string, action: string, type: string, more: object = {}) =>
  search("resource", { subject: { type: "user", id }, action: { name: action }, resource: { type, ...more } });
const idsOf = ({ results }: { results: readonly { id?: string; name?: string }[] }) =>
  results.map(({ id, name }) => id ?? name);

describe("searches refuse what an evaluation refuses", () => {
  it.each([
    ["a pattern for an action", "s3:Delete*", "action: not of the form `service:Name` without wildcards (ACT-1)"],
    ["a word for an action", "s3DeleteBucket", "action: not of the form `service:Name` without wildcards (ACT-1)"],
  ])("%s", async (_, name, error) => {
    const asked = { action: { name }, resource: { type: "s3", id: bucket } };
    const subject = { type: "user", id: "ann" };
    const evaluated = await server.post("/access/v1/evaluation", { ...asked, subject });
    expect([evaluated.status, evaluated.json]).toEqual([400, { error }]);
    expect(await search("subject", { ...asked, subject: { type: "user" } })).toEqual({ status: 400, error });
    expect(await search("resource", { ...asked, subject, resource: { type: "s3" } })).toEqual({ status: 400, error });
  });

  it("types of subjects that stand for nothing", async () => {
    const error = { status: 404, message: "subject.type: `usr` is unknown" };
    const found = { status: 200, results: [], context: { error } };
    expect(await subjects("usr", "s3:GetObject", bucket)).toEqual(found);
    const evaluation = {
      subject: { type: "usr", id: "ann" },
      action: { name: "s3:GetObject" },
      resource: { type: "s3", id: bucket },
    };
    expect((await server.post("/access/v1/evaluation", evaluation)).json).toEqual({
      decision: false,
      context: { error },
    });
  });

  it("names that stand for nothing", async () => {
    const message = "resource.id: `prod` is no ARN, and type `x` is unknown";
    const found = { status: 200, results: [], context: { error: { status: 404, message } } };
    expect(await subjects("user", "s3:GetObject", "prod")).toEqual(found);
    const nobody = "subject.id: no user `zoe` in the policy set";
    expect((await actions("zoe", bucket)).context).toEqual({ error: { status: 404, message: nobody } });
  });

  it.each(["s4", "bucket", "*", "s3:*", "bidden"])("types of resources that nobody knows: %s", async (type) => {
    const error = { status: 404, message: `resource.type: \`${type}\` is unknown` };
    expect(await resources("ann", "s3:GetObject", type)).toEqual({ status: 200, results: [], context: { error } });
  });
});

describe("searches know", () => {
  it("sessions that policies name, and say that there are others", async () => {
    const found = await subjects("assumed-role", "sts:AssumeRole", role("Deploy"));
    expect(idsOf(found)).toEqual([session]);
    expect(found.context).toEqual({
      incomplete: { message: "whoever assumes a role names the session: only sessions that policies name are listed" },
    });
    const others = await subjects("assumed-role", "s3:DeleteBucket", bucket);
    expect(idsOf(others)).toEqual([session]);
    expect(others.context.incomplete.beyond).toEqual([`arn:aws:sts::${own}:assumed-role/Admin/*`]);
  });

  it("services and anonymous callers, as far as policies let them in", async () => {
    expect(idsOf(await subjects("service", "s3:GetObject", "arn:aws:s3:::shared/a"))).toEqual(["logs.amazonaws.com"]);
    expect(idsOf(await subjects("anonymous", "s3:GetObject", "arn:aws:s3:::public/a"))).toEqual(["anonymous"]);
    expect(idsOf(await subjects("anonymous", "s3:GetObject", "arn:aws:s3:::shared/a"))).toEqual([]);
  });

  it("every action of AWS's catalogue that a pattern grants", async () => {
    const asked = { subject: { type: "role", id: "Admin" }, resource: { type: "s3", id: bucket } };
    const found = await search("action", asked);
    expect(idsOf(found)).toEqual(expect.arrayContaining(["s3:DeleteBucket", "s3:GetObject", "s3:PutBucketPolicy"]));
    expect(idsOf(found).length).toBeGreaterThan(100);
    expect(found.context).toBeUndefined();
    expect(new Set(idsOf(found)).size).toBe(idsOf(found).length);
  });
});

describe("a list says that it is not complete", () => {
  it("where patterns allow resources that the policy set does not list", async () => {
    const message = "other resources may be allowed that the policy set does not list";
    const ann = await resources("ann", "s3:GetObject", "s3");
    expect(idsOf(ann)).toEqual([bucket, "arn:aws:s3:::public", "arn:aws:s3:::shared"]);
    expect(ann.context).toEqual({ incomplete: { message, beyond: ["arn:*:s3:*:*:*"] } });
    const bea = await resources("bea", "s3:GetObject", "s3");
    expect(idsOf(bea)).toEqual([]);
    expect(bea.context.incomplete.beyond).toContain(`${bucket}/*`);
    expect(await resources("cy", "s3:DeleteObject", "s3")).toEqual({ status: 200, results: [] });
  });

  it("where patterns allow actions of own services that nobody names", async () => {
    const order = "arn:acme:orders:eu:111111111111:order/1";
    const found = await actions("ann", order, "order");
    expect(idsOf(found)).toEqual([]);
    const message = "other actions may be allowed that neither the policy set nor AWS's catalogue names";
    expect(found.context).toEqual({ incomplete: { message, beyond: ["orders:*"] } });
    expect(await actions("bea", order, "order")).toEqual({ status: 200, results: [] });
  });

  it("to callers that may have outcomes only without the patterns of policies (OUT-8)", async () => {
    gate = { admit: () => ({ name: "another", mayExplain: false }) };
    try {
      const { context } = await resources("ann", "s3:GetObject", "s3");
      expect(context).toEqual({
        incomplete: { message: "other resources may be allowed that the policy set does not list" },
      });
    } finally {
      gate = openGate;
    }
  });

  it("and not where everybody that there is was decided", async () => {
    expect(await subjects("user", "s3:GetObject", bucket)).toEqual({
      status: 200,
      results: ["ann", "cy"].map((name) => ({ type: "user", id: user(name) })),
    });
  });

  it("where others than the policy set names are let in", async () => {
    const found = await subjects("service", "s3:GetObject", "arn:aws:s3:::public/a");
    expect(idsOf(found)).toEqual(["logs.amazonaws.com"]);
    expect(found.context).toEqual({
      incomplete: {
        message: "others may as well whom the policy set does not name",
        beyond: ["*.amazonaws.com"],
      },
    });
    // Users of other accounts need a grant of their own account, too (XACC-1).
    expect(await subjects("user", "s3:GetObject", "arn:aws:s3:::public/a")).not.toHaveProperty("context");
  });

  it("where tags are stated that the policy set contradicts, for nothing is proved then", async () => {
    const resource = { type: "s3", id: bucket, properties: { env: "test" } };
    const asked = { subject: { type: "service" }, action: { name: "s3:GetObject" }, resource };
    expect((await search("subject", asked)).context).toHaveProperty("incomplete");
  });

  it("and does not take derived keys for facts (CTX-1)", async () => {
    const context = { "aws:PrincipalAccount": other };
    expect(await subjects("user", "s3:GetObject", bucket, { context })).not.toHaveProperty("context");
  });
});

it("a search whose completeness cannot be found out says so, and stands", async () => {
  const problems: unknown[] = [];
  const bounds = { atOnce: 1, timeoutMs: 60_000, maxBytes: 0, memoryMegabytes: 64 };
  const audits = new Audits(bounds, "/nowhere/audit-thread.js");
  const scopes = new ListScopes(server.engine, audits, (problem) => problems.push(problem));
  const caller = { share: "one", signal: new AbortController().signal };
  const question = { open: "principal", kind: "user", action: "s3:GetObject", resource: bucket } as const;
  const asked = { question, resources: ["*"], context: new Map() };
  const generation = server.engine.published()?.generation ?? 0;
  expect(await scopes.of("", generation, asked, caller)).toBeUndefined();
  expect(problems).toHaveLength(1);
  expect(await scopes.of("", generation + 1, asked, caller)).toBeUndefined();
});
