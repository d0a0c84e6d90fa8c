// `POST /v1/authorize` and `/v1/batch`, probes and rights over real HTTP.
import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AccessError, type AccessGate, openGate } from "../../../src/access/access-gate.js";
import { awaitingPolicySet } from "../../../src/server/readiness.js";
import { openapiDocument } from "../../../src/server/routes/openapi-document.js";
import { example, examplePolicies, startHttp, type TestHttpServer } from "../../kit/http-server.js";

const alice = "arn:aws:iam::111111111111:user/alice";
const resource = "arn:aws:s3:::reports/q3.csv";
const context = { "aws:SourceIp": "10.1.2.3" };
const question = { principal: alice, action: "s3:GetObject", resource, context };
const manyKeys = Object.fromEntries(Array.from({ length: 2001 }, (_, index) => [`app:${index}`, "x"]));
const sid = "ReadFromTheOffice";

let gate: AccessGate = openGate;
let server: TestHttpServer;

beforeAll(async () => {
  const minimal = await examplePolicies("minimal");
  const acme = await examplePolicies("acme");
  server = await startHttp({
    policySets: { default: minimal, acme },
    gate: { admit: (...call) => gate.admit(...call) },
    engine: { maxBatchRequests: 2000 },
  });
});
afterAll(() => server.close());

describe("POST /v1/authorize", () => {
  it("answers with the decision and the statement that decided", async () => {
    const have = await server.post("/v1/authorize", question);
    expect(have).toMatchObject({
      status: 200,
      json: {
        decision: "allowed",
        allowed: true,
        blockedBy: [],
        matchedStatements: [{ policyType: "identity", sid, effect: "Allow", line: 11 }],
        policySet: { digest: expect.stringMatching(/^sha256:/), generation: 1 },
      },
    });
    expect(have.json).not.toHaveProperty("layers");
  });

  it("answers as much as is asked for, in the body or in the query", async () => {
    const outcome = { decision: "allowed", allowed: true, policySet: expect.anything() };
    expect((await server.post("/v1/authorize?detail=outcome", question)).json).toEqual(outcome);
    expect((await server.post("/v1/authorize", { ...question, detail: "outcome" })).json).toEqual(outcome);
    const { json } = await server.post("/v1/authorize?detail=outcome", { ...question, detail: "explain" });
    expect(json).toMatchObject({ layers: [{ policyType: "identity", verdict: "allow" }, expect.anything()] });
  });

  it("gives a caller without the right to explanations the outcome alone", async () => {
    gate = { admit: () => ({ name: "app", mayExplain: false }) };
    try {
      const { json } = await server.post("/v1/authorize?detail=explain", question);
      expect(json).toEqual({ decision: "allowed", allowed: true, policySet: expect.anything() });
    } finally {
      gate = openGate;
    }
  });

  it("asks the policy set that is named", async () => {
    const principal = "arn:aws:iam::222222222222:user/people/alice";
    const asked = { principal, action: "orders:GetOrder", resource: "arn:acme:orders:eu:tenant-7:order/123", context };
    expect((await server.post("/v1/authorize", { ...asked, policySet: "acme" })).json.allowed).toBe(true);
    expect((await server.post("/v1/authorize?policySet=acme", asked)).json.allowed).toBe(true);
    expect((await server.post("/v1/authorize", asked)).json).toMatchObject({ allowed: false, unknownPrincipal: true });
    const unknown = await server.post("/v1/authorize?policySet=blue", question);
    expect(unknown).toMatchObject({ status: 404, json: { error: "policy set: no policy set `blue` is published" } });
  });

  it.each(["/v1/authorize", "/v1/batch", "/access/v1/evaluation", "/small/access/v1/search/subject"])(
    "refuses a query of %s that it would pass over",
    async (path) => {
      for (const [query, error] of [
        ["policyset=blue", "query: unknown parameter `policyset`"],
        ["detail=outcome&detail=explain", "query: `detail` is given twice"],
      ]) {
        expect(await server.post(`${path}?${query}`, question)).toMatchObject({ status: 400, json: { error } });
      }
    },
  );

  it("asks to come again while no policy set is in force", async () => {
    const empty = await startHttp({ policySets: {} });
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const simulation =
      "Action=SimulatePrincipalPolicy&Version=2010-05-08&ActionNames.member.1=a:B&PolicySourceArn=arn:aws:iam::1:user/a";
    const evaluation = { subject: {}, action: {}, resource: {} };
    const answers = [
      await empty.post("/v1/authorize", question),
      await empty.post("/v1/batch", { requests: [question] }),
      await empty.post("/access/v1/evaluation", evaluation),
      await empty.post("/", simulation, form),
    ];
    for (const { status, headers } of answers) expect([status, headers.get("retry-after")]).toEqual([503, "1"]);
    expect((await empty.post("/v1/authorize?policySet=blue", question)).status).toBe(404);
    await empty.close();
  });

  it.each([
    ["a missing member", { principal: alice, action: "s3:GetObject" }, 400, "body:1:1: missing member `resource`"],
    ["an unknown member", { ...question, contxt: {} }, 400, "unknown member `contxt`"],
    ["a question that makes no sense", { ...question, action: "read" }, 400, "action: not of the form `service:Name`"],
    ["an unknown detail", { ...question, detail: "all" }, 400, "detail: `all` is none of outcome, reason, explain"],
    ["what-if", { ...question, whatIf: true }, 400, "what_if: not allowed on this server"],
    ["a member that is given twice", '{"action":"a:b","action":"a:c"}', 400, "body:1:17: duplicate member `action`"],
    ["a lone surrogate", '{"action":"\\ud800"}', 400, "lone surrogate"],
    ["deep nesting", "[".repeat(100_000), 400, "body:1:65: nesting is deeper than 64 levels"],
    ["bytes that are no UTF-8", Buffer.from([0x22, 0xff, 0x22]), 400, "body: not valid UTF-8"],
    [
      "more context than a question may have",
      { ...question, context: manyKeys },
      400,
      "question: 2001 context keys, tags and policies, at most 2000",
    ],
    ["a byte-order mark", `\ufeff${JSON.stringify(question)}`, 400, "byte-order mark"],
  ])("refuses %s", async (_name, body, status, error) => {
    const have = await server.post("/v1/authorize", body);
    expect(have.status).toBe(status);
    expect(have.json.error).toContain(error);
  });

  it("takes names of object members for data", async () => {
    const odd = '{"__proto__":["x"],"constructor":"y","toString":"z","aws:SourceIp":"10.1.2.3"}';
    const body = JSON.stringify({ ...question, context: 0 }).replace('"context":0', `"context":${odd}`);
    expect((await server.post("/v1/authorize", body)).json.allowed).toBe(true);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe("POST /v1/batch", () => {
  it("answers in order, with an error for what cannot be read or decided", async () => {
    const requests = [
      question,
      { ...question, context: {} },
      { ...question, action: 7 },
      7,
      { ...question, action: "read" },
      { ...question, context: manyKeys },
      question,
    ];
    const { json } = await server.post("/v1/batch", { requests });
    expect(json.policySet).toMatchObject({ generation: 1 });
    expect(json.decisions).toEqual([
      expect.objectContaining({ decision: "allowed", allowed: true }),
      expect.objectContaining({ decision: "implicitDeny", missingContextKeys: ["aws:SourceIp"] }),
      { error: expect.stringMatching(/^body:1:\d+: requests\[2\]\.action: must be a string, not a number/) },
      { error: expect.stringMatching(/^body:1:\d+: requests\[3\]: must be an object, not a number$/) },
      { error: expect.stringMatching(/^action: not of the form/) },
      { error: "question: 2001 context keys, tags and policies, at most 2000" },
      expect.objectContaining({ decision: "allowed", allowed: true }),
    ]);
  });

  it("answers a batch that workers decide in order", async () => {
    const other = await startHttp({ engine: { workers: 1 }, listener: { maxBodyBytes: 8 << 20 } });
    const requests = Array.from({ length: 6000 }, (_, index) => ({
      ...question,
      context: index % 3 === 0 ? {} : context,
    }));
    const { json } = await other.post("/v1/batch?detail=outcome", { requests });
    await other.close();
    const want = requests.map((_, index) => (index % 3 === 0 ? "implicitDeny" : "allowed"));
    expect(json.decisions.map(({ decision }: { decision: string }) => decision)).toEqual(want);
  });

  it("decides each question as a call of its own does", async () => {
    const principals = [alice, "arn:aws:sts::111111111111:assumed-role/Publisher/x", "anonymous"];
    const requests = Array.from({ length: 300 }, (_, index) => ({
      principal: principals[index % 3],
      action: index % 2 === 0 ? "s3:GetObject" : "s3:PutObject",
      resource: index % 5 === 0 ? "arn:aws:s3:::reports/secret/x" : resource,
      context: index % 7 === 0 ? {} : context,
    }));
    const { json } = await server.post("/v1/batch", { requests });
    const singles = await Promise.all(requests.map((one) => server.post("/v1/authorize", one)));
    const want = singles.map(({ json: { policySet: _, ...rest } }) => rest);
    expect(json.decisions).toEqual(want);
    expect(new Set(want.map(({ decision }) => decision)).size).toBe(3);
  });

  it("takes from the defaults what a request leaves out; contexts merge", async () => {
    const defaults = { principal: alice, action: "s3:GetObject", context: { ...context, "app:a": "1" } };
    const requests = [
      { resource },
      { resource, context: { "app:b": "2" } },
      { resource, context: { "AWS:SourceIP": "192.168.0.1" } },
      { resource, principal: "anonymous" },
    ];
    const { json } = await server.post("/v1/batch", { defaults, requests, detail: "outcome" });
    expect(json.decisions).toEqual([
      { decision: "allowed", allowed: true },
      { decision: "allowed", allowed: true },
      { decision: "implicitDeny", allowed: false },
      { decision: "implicitDeny", allowed: false },
    ]);
  });

  it("refuses more questions than a batch may have, and what is no batch", async () => {
    const many = { requests: Array.from({ length: 2001 }, () => ({})) };
    const error = "requests: 2001 questions, at most 2000";
    expect(await server.post("/v1/batch", many)).toMatchObject({ status: 413, json: { error } });
    expect(await server.post("/v1/batch", {})).toMatchObject({ status: 400 });
    expect((await server.post("/v1/batch", { requests: [] })).json).toEqual({ decisions: [] });
  });
});

describe("the gate", () => {
  it.each([
    ["unauthenticated", 401, "Bearer"],
    ["forbidden", 403, null],
  ] as const)("answers %s callers with %i, but lets probes in", async (code, status, challenge) => {
    gate = {
      admit() {
        throw new AccessError(code, "caller: not today");
      },
    };
    try {
      for (const path of ["/v1/authorize", "/access/v1/evaluation", "/access/v1/search/subject"]) {
        const have = await server.post(path, question);
        expect(have).toMatchObject({ status, json: { error: "caller: not today" } });
        expect(have.headers.get("www-authenticate")).toBe(challenge);
      }
      expect((await server.get("/metrics")).status).toBe(status);
      for (const path of ["/healthz", "/readyz", "/openapi.json"]) expect((await server.get(path)).status).toBe(200);
    } finally {
      gate = openGate;
    }
  });

  it("is shown the authorization header", async () => {
    const shown: unknown[] = [];
    gate = {
      admit(...call) {
        shown.push(call);
        return openGate.admit(...call);
      },
    };
    try {
      await server.post("/v1/authorize", question, { authorization: "Bearer abc" });
      expect(shown).toEqual([["http", { authorization: "Bearer abc", certificateNames: [] }]]);
    } finally {
      gate = openGate;
    }
  });

  it("does not answer pages in browsers", async () => {
    const have = await server.post("/v1/authorize", question, { origin: "https://evil.example" });
    expect(have).toMatchObject({ status: 403, json: { error: "origin: calls from browsers are not answered" } });
  });
});

describe("probes", () => {
  it("tell apart alive and ready", async () => {
    server.readiness.hold(awaitingPolicySet);
    const ready = await server.get("/readyz");
    expect(ready).toMatchObject({ status: 503, json: { status: "not ready", reasons: [awaitingPolicySet] } });
    expect(await server.get("/healthz")).toMatchObject({ status: 200, json: { status: "alive" } });
    server.readiness.clear(awaitingPolicySet);
    expect(await server.get("/readyz")).toMatchObject({ status: 200, json: { status: "ready" } });
    const head = await server.get("/readyz", { method: "HEAD" });
    expect(head).toMatchObject({ status: 200, text: "" });
  });

  it("show metrics where there are any", async () => {
    expect(await server.get("/metrics")).toMatchObject({ status: 404, json: { error: "no metrics here" } });
    const metrics = async () => ({ contentType: "text/plain; version=0.0.4", body: "verdict_up 1\n" });
    const other = await startHttp({ routes: { metrics } });
    const have = await other.get("/metrics");
    await other.close();
    expect(have).toMatchObject({ status: 200, text: "verdict_up 1\n" });
    expect(have.headers.get("content-type")).toBe("text/plain; version=0.0.4");
  });
});

describe("GET /", () => {
  it("is a page that loads nothing, with the policy sets, every route and a question that is allowed", async () => {
    const { status, headers, text } = await server.get("/");
    expect([status, headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'/,
    );
    for (const path of Object.keys(openapiDocument.paths)) expect(text).toContain(`<code>${path}</code>`);
    expect(text).toContain("sha256:");
    expect(text).not.toContain("`");
    expect(text).not.toMatch(/<script|src=|https?:\/\/(?!127\.0\.0\.1)/);
    const body = /-d &#39;(\{.*\})&#39;/.exec(text)?.[1] ?? "";
    const question: unknown = JSON.parse(body.replaceAll("&#34;", '"'));
    expect(await server.post("/v1/authorize", question)).toMatchObject({ status: 200, json: { allowed: true } });
  });

  it("shows nothing of a request that is no host", async () => {
    const { text } = await server.get("/", { headers: { host: "a<b>.test" } });
    expect(text).not.toContain("<b>");
  });
});

describe("GET /openapi.json", () => {
  it("names every path with its method, and no other", async () => {
    const { json } = await server.get("/openapi.json");
    expect(json).toEqual(JSON.parse(JSON.stringify(openapiDocument)));
    for (const [path, methods] of Object.entries<object>(json.paths)) {
      const known = Object.keys(methods).map((method) => method.toUpperCase());
      // Proxies may ask with any method; this server has nothing to answer them by.
      if (path === "/forward-auth") {
        for (const any of ["GET", "POST", "PUT"]) expect((await server.get(path, { method: any })).status).toBe(404);
        continue;
      }
      const wrong = await server.get(path, {
        method: ["GET", "POST", "PUT"].find((one) => !known.includes(one)) ?? "",
      });
      expect([path, wrong.status, wrong.headers.get("allow")]).toEqual([path, 405, known.join(", ")]);
    }
  });

  it("holds every path that a route has", async () => {
    const routes = readFileSync(example("../src/server/authzen/authzen-routes.ts"), "utf8");
    const written = [...routes.matchAll(/"(\/access\/v1\/[^"]+)"/g)].map(([, path]) => path ?? "");
    expect(written.length).toBe(5);
    for (const path of written) expect(openapiDocument.paths).toHaveProperty([path]);
  });

  it("has an example of a request that is one", async () => {
    const { AuthorizeRequest, BatchRequest } = Object.fromEntries(
      Object.values<{
        post?: { requestBody?: { content: Readonly<Record<string, { schema: { $ref?: string }; example?: object }>> } };
      }>(JSON.parse(JSON.stringify(openapiDocument)).paths).flatMap(({ post }) => {
        const body = post?.requestBody?.content["application/json"];
        return body?.example === undefined ? [] : [[body.schema.$ref?.split("/").at(-1), body.example]];
      }),
    );
    expect(await server.post("/v1/authorize", AuthorizeRequest)).toMatchObject({ status: 200 });
    expect(await server.post("/v1/batch", BatchRequest)).toMatchObject({ status: 200 });
  });

  it("is an OpenAPI 3.1 document", async () => {
    const checked = await new Validator().validate(JSON.parse(JSON.stringify(openapiDocument)));
    expect(checked).toMatchObject({ valid: true });
  });

  it("has no reference to what is not there", () => {
    const text = JSON.stringify(openapiDocument);
    const names = [...text.matchAll(/#\/components\/schemas\/([A-Za-z]+)/g)].map(([, name]) => name ?? "");
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) expect(openapiDocument.components.schemas).toHaveProperty([name]);
  });
});
