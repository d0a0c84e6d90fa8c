// Requests out of questions: what a mapping makes of the request is what was asked.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { judgeCheck } from "../../src/load/driver/judge-answer.js";
import { noDecisions } from "../../src/load/driver/target.js";
import { requestFor } from "../../src/load/ext-authz/reverse-mapping.js";
import { Bindings } from "../../src/load/ext-authz/reverse-template.js";
import type { AuthorizationQuestion } from "../../src/question/authorization-question.js";
import { denied, passed, refused, undecided } from "../../src/server/ext-authz/check-response.js";
import type { Mapping } from "../../src/server/ext-authz/mapping.js";
import { buildMapping } from "../../src/server/ext-authz/read-mapping.js";
import { parseValueTemplate, type ValueTemplate } from "../../src/server/ext-authz/value-template.js";
import { sourceText } from "../../src/text/source-text.js";
import { root } from "../kit/run-verdict.js";

function template(text: string): ValueTemplate {
  const read = parseValueTemplate(text);
  if ("refusal" in read) throw new Error(read.refusal);
  return read;
}

function mappingOf(text: string): Mapping {
  const reading = buildMapping(sourceText("mapping.yaml", text));
  if (!reading.ok) throw new Error(JSON.stringify(reading.findings));
  return reading.mapping;
}

const asked = (members: Partial<AuthorizationQuestion>): AuthorizationQuestion => ({
  principal: "arn:aws:iam::222222222222:user/people/carol",
  action: "orders:GetOrder",
  resource: "arn:acme:orders:eu:tenant-7:order/900",
  context: new Map(),
  resourceTags: [],
  sessionPolicies: [],
  sessionTags: [],
  whatIf: false,
  ...members,
});

describe("Bindings", () => {
  it.each([
    ["arn:acme:orders:eu:{tenant}:order/{orderId}", "arn:acme:orders:eu:t7:order/9", { tenant: "t7", orderId: "9" }],
    ["{a}/{a}", "x/x", { a: "x" }],
    ["{a}/{a}", "x/y", undefined],
    ["order/{a}", "order/1/2", { a: "1/2" }],
    ["{a}/order", "1/2/order", undefined],
    ["a.b*{a}", "a.b*1", { a: "1" }],
    ["a.b*{a}", "aXb1", undefined],
    ["*", "*", {}],
  ])("of %s and %s are %j", (text, value, want) => {
    const bindings = new Bindings();
    const isBound = bindings.bind(template(text), value);
    const have = Object.fromEntries([...bindings.of("capture")].map(([{ name }, bound]) => [name, bound]));
    expect(isBound ? have : undefined).toEqual(want);
  });

  it("keep what was bound where a later text contradicts it", () => {
    const bindings = new Bindings();
    expect(bindings.bind(template("{a}:{b}"), "1:2")).toBe(true);
    expect(bindings.bind(template("{b}:{c}"), "3:4")).toBe(false);
    expect([bindings.named("capture", "b"), bindings.named("capture", "c")]).toEqual(["2", undefined]);
  });
});

describe("requestFor()", () => {
  const example = mappingOf(readFileSync(join(root, "examples", "ext-authz", "mapping.yaml"), "utf8"));

  it.each([
    ["a user by his token", asked({})],
    ["a role by its certificate", asked({ principal: "arn:aws:iam::222222222222:role/orders-api" })],
    ["a session by its role", asked({ principal: "arn:aws:sts::222222222222:assumed-role/orders-api/other" })],
    ["segments that need escapes", asked({ resource: "arn:acme:orders:eu:tenant-7:order/ä&=" })],
    ["several segments", asked({ action: "vault:read", resource: "arn:acme:vault:eu:t:secret/a/b c/d" })],
  ])("asks for %s what was asked", (_, question) => {
    const made = requestFor(example, question);
    expect(made?.question.action.toLowerCase()).toBe(question.action.toLowerCase());
    expect(made?.question.resource).toBe(question.resource);
    const role = /role\/([^/]+)/.exec(question.principal)?.[1];
    expect(made?.question.principal).toBe(
      role === undefined ? question.principal : `arn:aws:sts::222222222222:assumed-role/${role}/mesh`,
    );
  });

  it("carries what the request has a place for: addresses, claims, headers, the query, TLS", () => {
    const context = new Map([
      ["aws:sourceip", ["10.1.2.3"]],
      ["aws:UserAgent", ["curl/8"]],
      ["aws:MultiFactorAuthPresent", ["true"]],
      ["aws:SecureTransport", ["true"]],
      ["orders:Amount", ["12&3"]],
      ["orders:Unknown", ["1"]],
    ]);
    const made = requestFor(example, asked({ action: "orders:Refund", context }));
    expect(Object.fromEntries(made?.question.context ?? [])).toEqual({
      "aws:SourceIp": ["10.1.2.3"],
      "aws:UserAgent": ["curl/8"],
      "aws:MultiFactorAuthPresent": ["true"],
      "aws:SecureTransport": ["true"],
      "orders:Amount": ["12&3"],
    });
  });

  it("holds to what a route asks of hosts, headers and the query, and to tags of sessions", () => {
    const mapping = mappingOf(`
extAuthz:
  principals:
    - header: x-user
      principal: arn:aws:iam::222222222222:user/people/{header.x-user}
      sessionTags: { team: "{header.x-team}" }
  routes:
    - method: [PUT, POST]
      host: api.example
      path: /o/{id}/
      headers: { x-kind: order }
      query: { v: "2" }
      action: orders:GetOrder
      resource: "arn:acme:orders:eu:t:order/{id}"
`);
    const resource = "arn:acme:orders:eu:t:order/7";
    const made = requestFor(mapping, asked({ resource, sessionTags: [{ key: "Team", value: "blue" }] }));
    expect(made?.question).toMatchObject({ resource, sessionTags: [{ key: "team", value: "blue" }] });
  });

  it.each([
    ["an action without route", asked({ action: "orders:Delete" })],
    ["a resource of no route", asked({ resource: "arn:acme:orders:us:t:order/1" })],
    ["a value that would leave its place", asked({ resource: "arn:acme:orders:eu:t:order/1/2" })],
    ["somebody of another account", asked({ principal: "arn:aws:iam::333333333333:user/dave" })],
    ["nobody", asked({ principal: "anonymous" })],
  ])("has no request for %s", (_, question) => {
    expect(requestFor(example, question)).toBeUndefined();
  });
});

describe("judgeCheck()", () => {
  const example = mappingOf(readFileSync(join(root, "examples", "ext-authz", "mapping.yaml"), "utf8"));
  const policySet = { digest: "sha256:0", generation: 1 };
  const mapped = { kind: "question", question: asked({}), route: { name: "r" }, values: {} } as never;
  const no = { decision: "implicitDeny", policySet, missing: [] } as never;

  it.each([
    ["allowed", passed({ ...example, requestHeaders: [] }, mapped, policySet as never, "1"), ""],
    ["allowed", denied({ ...example, tellsReasons: false }, mapped, no, "1"), "WRONG_ANSWER"],
    ["explicitDeny", denied({ ...example, tellsReasons: false }, mapped, no, "1"), ""],
    ["implicitDeny", passed({ ...example, requestHeaders: [] }, mapped, policySet as never, "1"), "WRONG_ANSWER"],
    ["implicitDeny", refused({ kind: "refusal", httpStatus: 403, reason: "no route" }, "1"), "WRONG_ANSWER"],
    ["implicitDeny", undecided({ kind: "undecided", httpStatus: 503, reason: "timeout" }, "1"), "UNDECIDED"],
    ["implicitDeny", Buffer.alloc(0), "UNREADABLE_ANSWER"],
  ] as const)("expects %s (case %#)", (expected, bytes, want) => {
    const counts = noDecisions();
    expect(judgeCheck(bytes, expected, counts)).toBe(want);
  });
});
