// The AuthZEN searches: exactly what evaluations allow, page by page, over one generation.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AccessGate, openGate } from "../../../src/access/access-gate.js";
import { DecisionPoint } from "../../../src/ask/decision-point.js";
import { Engine } from "../../../src/engine/engine.js";
import { examplePolicies, policySet, startHttp, type TestHttpServer } from "../../kit/http-server.js";

const evaluation = "/access/v1/evaluation";
const order = "arn:acme:orders:eu:tenant-7:order/123";
const office = { "aws:SourceIp": "10.1.2.3" };
const aliceReads = {
  subject: { type: "user", id: "alice" },
  action: { name: "orders:GetOrder" },
  resource: { type: "order", id: order },
  context: office,
};

interface Found {
  readonly type?: string;
  readonly id?: string;
  readonly name?: string;
}

let gate: AccessGate = openGate;
let server: TestHttpServer;
beforeAll(async () => {
  server = await startHttp({
    example: "acme",
    gate: { admit: (...call) => gate.admit(...call) },
    routes: { maxSearchCandidates: 3 },
  });
});
afterAll(() => server.close());

describe("searches", () => {
  const all = async (what: string, request: object, limit?: number): Promise<readonly Found[]> => {
    const results: Found[] = [];
    let token = "";
    do {
      const page = { token, ...(limit === undefined ? {} : { limit }) };
      const { status, json } = await server.post(`/access/v1/search/${what}`, { ...request, page });
      expect(status).toBe(200);
      expect(json.page.count).toBe(json.results.length);
      results.push(...json.results);
      token = json.page.next_token;
    } while (token !== "");
    return results;
  };
  const decided = async (request: object): Promise<boolean> => (await server.post(evaluation, request)).json.decision;

  it.each([undefined, 1, 2])("find exactly the subjects that an evaluation lets in (pages of %s)", async (limit) => {
    const { principals } = await examplePolicies("acme");
    const action = { name: "s3:GetObject" };
    const resource = { type: "s3", id: "arn:aws:s3:::acme-invoices/orders/1" };
    for (const [type, kind] of [
      ["user", "user"],
      ["role", "role"],
    ] as const) {
      const want: Found[] = [];
      for (const { arn } of principals
        .filter((one) => one.kind === kind)
        .sort((left, right) => (left.arn < right.arn ? -1 : 1))) {
        const subject = { type, id: arn };
        if (await decided({ subject, action, resource, context: office })) want.push(subject);
      }
      expect(await all("subject", { subject: { type }, action, resource, context: office }, limit)).toEqual(want);
    }
  });

  it.each([undefined, 1])(
    "find exactly the resources and actions that an evaluation allows (pages of %s)",
    async (limit) => {
      const { resources, principals } = await examplePolicies("acme");
      const actions = new Set(
        principals.flatMap(({ identityPolicies }) =>
          identityPolicies.flatMap(({ document }) => document.statements.flatMap(({ action }) => action.patterns)),
        ),
      );
      let found = 0;
      for (const id of ["alice", "bob", "carol", "dave"]) {
        const subject = { type: "user", id };
        const wanted: Found[] = [];
        for (const { arn } of resources
          .filter((one) => one.arn.startsWith("arn:aws:s3:"))
          .sort((left, right) => (left.arn < right.arn ? -1 : 1))) {
          const resource = { type: "s3", id: arn };
          if (await decided({ subject, action: { name: "s3:ListBucket" }, resource, context: office }))
            wanted.push(resource);
        }
        const request = { subject, action: { name: "s3:ListBucket" }, resource: { type: "s3" }, context: office };
        expect(await all("resource", request, limit)).toEqual(wanted);
        const names: Found[] = [];
        for (const name of [...actions].filter((one) => /^orders:[^*?]+$/.test(one)).sort()) {
          if (await decided({ subject, action: { name }, resource: aliceReads.resource, context: office }))
            names.push({ name });
        }
        expect(await all("action", { subject, resource: aliceReads.resource, context: office }, limit)).toEqual(names);
        found += wanted.length + names.length;
      }
      expect(found).toBeGreaterThan(0);
    },
  );

  it("refuse tokens that are forged or of another request or caller", async () => {
    const request = {
      subject: { type: "role" },
      action: { name: "s3:GetObject" },
      resource: { type: "s3", id: "arn:aws:s3:::acme-invoices/orders/1" },
    };
    const ask = (change: object, what = "subject") =>
      server.post(`/access/v1/search/${what}`, { ...request, ...change });
    const { json } = await ask({});
    // Three candidates a search: the others are on the next page.
    const token: string = json.page.next_token;
    expect(token).not.toBe("");
    expect((await ask({ page: { token } })).status).toBe(200);
    // The order of members means nothing.
    const reordered = {
      page: { token },
      resource: { id: request.resource.id, type: "s3" },
      action: request.action,
      subject: request.subject,
    };
    expect((await server.post("/access/v1/search/subject", reordered)).status).toBe(200);
    // What comes next may be nothing that the caller is to know of.
    expect(Buffer.from(token, "base64url").toString("latin1")).not.toContain("arn:");
    const flipped = Buffer.from(token, "base64url").map((byte, index) => (index === 30 ? byte ^ 1 : byte));
    const error = "page.token: not a token of this search";
    const forgeries = [
      "x",
      ".",
      token.slice(0, -4),
      `${token}AAAA`,
      `${token}=`,
      Buffer.from(flipped).toString("base64url"),
    ];
    for (const forged of forgeries) {
      expect(await ask({ page: { token: forged } })).toMatchObject({ status: 400, json: { error } });
    }
    expect(await ask({ page: { token }, action: { name: "s3:PutObject" } })).toMatchObject({
      status: 400,
      json: { error },
    });
    expect(await ask({ page: { token }, context: office })).toMatchObject({ status: 400, json: { error } });
    expect(await ask({ page: { token } }, "action")).toMatchObject({ status: 400, json: { error } });
    gate = { admit: () => ({ name: "another", mayExplain: true }) };
    try {
      expect(await ask({ page: { token } })).toMatchObject({ status: 400, json: { error } });
    } finally {
      gate = openGate;
    }
  });

  it.each([
    ["a page that is none", { page: 1 }, "page: must be an object"],
    ["a limit of nothing", { page: { limit: 0 } }, "page.limit: must be a whole number above 0"],
    ["a limit that is no number", { page: { limit: "1" } }, "page.limit: must be a whole number above 0"],
    ["a token that is no text", { page: { token: 1 } }, "page.token: must be a string"],
  ])("refuse %s", async (_name, change, error) => {
    const request = { subject: { type: "user" }, action: aliceReads.action, resource: aliceReads.resource, ...change };
    expect(await server.post("/access/v1/search/subject", request)).toMatchObject({ status: 400, json: { error } });
  });

  it("follow the policy set that is in force", async () => {
    const user = (name: string) => ({
      arn: `arn:aws:iam::111111111111:user/${name}`,
      inlinePolicies: [{ name: "p", document: allowAll }],
    });
    const allowAll = { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "x:Do", Resource: "*" } };
    const ask = async () => {
      const resource = { type: "x", id: "arn:acme:x:::y" };
      const request = { subject: { type: "user" }, action: { name: "x:Do" }, resource };
      const { json } = await server.post("/moving/access/v1/search/subject", request);
      return json.results.map(({ id }: Found) => id?.split("/")[1]);
    };
    server.engine.publish(policySet({ users: [user("a")] }), "moving");
    expect(await ask()).toEqual(["a"]);
    server.engine.publish(policySet({ users: [user("b"), user("c")] }), "moving");
    expect(await ask()).toEqual(["b", "c"]);
  });
});

describe("a policy set that changes during a search", () => {
  const allowAll = { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "x:Do", Resource: "*" } };
  const user = (name: string) => ({
    arn: `arn:aws:iam::111111111111:user/${name}`,
    inlinePolicies: [{ name: "p", document: allowAll }],
  });
  const request = {
    subject: { type: "user" },
    action: { name: "x:Do" },
    resource: { type: "x", id: "arn:acme:x:::y" },
  };

  it.each([
    [1, 200, { results: [{ type: "user", id: user("b").arn }] }],
    [5, 503, { error: "the policy set changes faster than it is searched" }],
  ])("gives results of one generation: %i changes", async (changes, status, want) => {
    const engine = await Engine.start({ workers: 0, keepArchives: true });
    engine.publish(policySet({ users: [user("a")] }));
    let left = changes;
    const moving = new DecisionPoint(engine);
    const decide = moving.batchAuthorize.bind(moving);
    moving.batchAuthorize = (...call) => {
      if (left-- > 0) engine.publish(policySet({ users: [user("b")] }));
      return decide(...call);
    };
    const changing = await startHttp({ routes: { point: moving } });
    const have = await changing.post("/access/v1/search/subject", request);
    await changing.close();
    await engine.close();
    expect([have.status, have.json]).toEqual([status, want]);
  });
});
