// The oracle on requests that ask for more than a document can say: sessions, role assumption, and what a denial lacked.
import { describe, expect, it } from "vitest";
import { evaluate, InputError } from "./evaluate.js";
import type { CasePolicies, CaseRequest } from "./simulation-case.js";

const A = "111122223333";
const alice = `arn:aws:iam::${A}:user/alice`;
const role = `arn:aws:iam::${A}:role/path/deployer`;
const linked = `arn:aws:iam::${A}:role/aws-service-role/x.amazonaws.com/linked`;
const linkedSession = `arn:aws:sts::${A}:assumed-role/linked/one`;
const guest = `arn:aws:sts::${A}:federated-user/guest`;
const allow = { Effect: "Allow", Action: "*", Resource: "*" };
const own: CasePolicies = { identity: [{ name: "own", document: document(allow) }] };

function document(...Statement: readonly object[]): object {
  return { Version: "2012-10-17", Statement };
}

function ask(policies: CasePolicies, request: Partial<CaseRequest>) {
  const asked = { principal: alice, action: "s3:GetObject", resource: "arn:aws:s3:::depot/x", resourceAccount: A };
  return evaluate({ policies, request: { ...asked, ...request } }, { nowMs: 0 });
}

describe("session facts (IN-7)", () => {
  const facts: readonly Partial<CaseRequest>[] = [
    { sessionPolicies: [document(allow)] },
    { sessionTags: { team: "blue" } },
  ];
  it.each<[string, Partial<CaseRequest>]>([
    ["a user", { principal: alice }],
    ["root", { principal: `arn:aws:iam::${A}:root` }],
    ["a service", { principal: "s3.amazonaws.com" }],
    ["nobody", { principal: "anonymous" }],
    ["a provider", { principal: "ci.example.com", principalIsProvider: true, action: "sts:AssumeRoleWithWebIdentity" }],
    ["a service-linked role", { principal: linked }],
    ["its session", { principal: linkedSession, principalIssuerArn: linked }],
  ])("of %s are an error", (_, request) => {
    for (const given of facts) expect(() => ask(own, { ...request, ...given })).toThrow(InputError);
  });

  it.each([
    ["a role", { principal: role }, "allowed"],
    ["a session", { principal: `arn:aws:sts::${A}:assumed-role/deployer/one`, principalIssuerArn: role }, "allowed"],
    ["a federated user", { principal: guest, principalIssuerArn: alice }, "allowed"],
  ])("of %s count", (_, request, want) => {
    expect(ask(own, { ...request, sessionPolicies: [document(allow)] }).decision).toBe(want);
    const narrow = document({ ...allow, Action: "s3:Put*" });
    expect(ask(own, { ...request, sessionPolicies: [narrow] }).blockedBy).toEqual(["session"]);
  });

  it("that are empty are none", () => {
    expect(ask(own, { sessionPolicies: [], sessionTags: {} }).decision).toBe("allowed");
  });

  it("that do not parse are an error whoever sends them", () => {
    for (const principal of [alice, role]) {
      expect(() => ask(own, { principal, sessionPolicies: [{ Statement: 1 }] })).toThrow(InputError);
    }
  });

  it("in the policies of a case follow EVAL-3", () => {
    expect(ask({ ...own, session: document() }, {}).decision).toBe("allowed");
    expect(ask({ ...own, session: document() }, { principal: role }).decision).toBe("implicitDeny");
  });
});

describe("role assumption (SVC-4)", () => {
  const trust = (principal: unknown): CasePolicies => ({
    resource: document({ Effect: "Allow", Principal: principal, Action: "sts:*" }),
  });
  const actions = ["sts:AssumeRole", "STS:assumerole", "sts:TagSession", "sts:SetSourceIdentity"];

  it.each([role, linked, alice, "arn:aws:s3:::depot", "*"])(
    "of %s without a trust policy is implicitly denied",
    (resource) => {
      for (const action of actions) {
        expect(ask(own, { action, resource })).toMatchObject({ decision: "implicitDeny", blockedBy: ["resource"] });
      }
    },
  );

  it.each<[string, CasePolicies, string, string]>([
    ["the caller", trust({ AWS: alice }), alice, "allowed"],
    ["everybody", trust({ AWS: "*" }), alice, "allowed"],
    ["the account, and nothing else allows", trust({ AWS: A }), alice, "implicitDeny"],
    ["the account, and the caller may", { ...own, ...trust({ AWS: A }) }, alice, "allowed"],
    ["the caller's role", trust({ AWS: role }), role, "allowed"],
    [
      "the caller's role, beside a silent boundary",
      { ...trust({ AWS: role }), boundary: document() },
      role,
      "implicitDeny",
    ],
    ["the account of root", { ...own, ...trust({ AWS: A }) }, `arn:aws:iam::${A}:root`, "implicitDeny"],
  ])("where the trust policy names %s", (_, policies, principal, want) => {
    const resource = `arn:aws:iam::${A}:role/other`;
    expect(ask(policies, { principal, action: "sts:AssumeRole", resource }).decision).toBe(want);
  });

  it("lets no role trust itself (SVC-5)", () => {
    const request = { principal: role, action: "sts:AssumeRole", resource: role };
    expect(ask(own, request).blockedBy).toEqual(["resource"]);
  });
});

describe("missing keys by type (OUT-13)", () => {
  const ifKey = (key: string): object => ({ ...allow, Condition: { StringEquals: { [key]: "x" } } });
  const denyUnless = (key: string): object => ({
    ...allow,
    Effect: "Deny",
    Condition: { StringNotEquals: { [key]: "x" } },
  });
  const session = `arn:aws:sts::${A}:assumed-role/deployer/one`;

  it.each<[string, CasePolicies, Partial<CaseRequest>, Readonly<Record<string, readonly string[]>>]>([
    ["nobody lacks anything", own, {}, {}],
    ["an SCP denies", { ...own, scps: [[document(allow, denyUnless("a:b"))]] }, {}, { scp: ["a:b"] }],
    [
      "one of two SCP levels is silent",
      { ...own, scps: [[document(allow)], [document(ifKey("a:b"))]] },
      {},
      { scp: ["a:b"] },
    ],
    ["an RCP denies", { ...own, rcps: [[document({ ...denyUnless("a:b"), Principal: "*" })]] }, {}, { rcp: ["a:b"] }],
    [
      "an RCP does not deny",
      { ...own, rcps: [[document({ ...denyUnless("a:b"), Principal: "*", Action: "x:*" })]] },
      {},
      {},
    ],
    [
      "several types lack keys",
      {
        identity: [{ name: "p", document: document(ifKey("a:i")) }],
        boundary: document(ifKey("a:b")),
        endpoint: document({ ...ifKey("a:e"), Principal: "*" }),
        resource: document({ ...ifKey("a:r"), Principal: "*" }),
      },
      {},
      { identity: ["a:i"], boundary: ["a:b"], endpoint: ["a:e"], resource: ["a:r"] },
    ],
    [
      "session policies are silent",
      { ...own, session: [document(ifKey("a:b"), ifKey("A:B"), ifKey("a:a"))] },
      { principal: session },
      { session: ["A:B", "a:a"] },
    ],
    ["a type allows in spite of it", { ...own, boundary: document(allow, ifKey("a:b")) }, {}, {}],
    [
      "a statement is about another action",
      { ...own, boundary: document({ ...ifKey("a:b"), Action: "s3:Put*" }) },
      {},
      {},
    ],
    ["only Null asks", { ...own, boundary: document({ ...allow, Condition: { Null: { "a:b": "false" } } }) }, {}, {}],
    [
      "a variable in a resource lacks it",
      { ...own, boundary: document({ ...allow, Resource: "arn:aws:s3:::${a:b}" }) },
      {},
      { boundary: ["a:b"] },
    ],
    ["the type does not bind", { ...own, session: document(ifKey("a:b")) }, {}, {}],
  ])("where %s", (_, policies, request, want) => {
    expect(ask(policies, request).missingContextKeysByType).toEqual(want);
  });
});
