import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseRequester } from "../../src/policy/requester.js";
import { parseQuestion } from "../../src/question/authorization-question.js";
import { readSimulationCase, type SimulationCase } from "../../src/simulate/simulation-case.js";
import type { Finding } from "../../src/text/finding.js";
import { readJson } from "../../src/text/json-reader.js";
import { sourceText } from "../../src/text/source-text.js";

const alice = "arn:aws:iam::111122223333:user/alice";
const session = "arn:aws:sts::111122223333:assumed-role/deployer/run-42";
const allow = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
const open = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: "*", Action: "*", Resource: "*" }] };
const fence = { Version: "2012-10-17", Statement: [{ Effect: "Deny", Principal: "*", Action: "s3:*", Resource: "*" }] };
const asked = { principal: alice, action: "s3:GetObject", resource: "arn:aws:s3:::depot/x" };

describe("readSimulationCase()", () => {
  const source = sourceText(
    "iam-vectors.json",
    readFileSync(new URL("../corpus/iam-vectors.json", import.meta.url), "utf8"),
  );
  const tree = readJson(source, []);
  const vectors = (tree?.kind === "array" ? tree.items : []).map((node) => {
    const texts =
      node.kind === "object"
        ? node.members.flatMap(({ key, value }) => (value.kind === "string" ? [[key, value.value] as const] : []))
        : [];
    return { node, id: "", strict: "", ...Object.fromEntries(texts) };
  });

  it("has vectors to read", () => {
    expect(vectors.length).toBeGreaterThan(300);
  });

  it.each(vectors)("builds $id", ({ node, id, strict }) => {
    const have = readSimulationCase(node, source);
    expect(have.id).toBe(id);
    if (strict === "") {
      expect("error" in have ? have.error : undefined).toBeUndefined();
    } else {
      const rule = strict.replace("rejects: ", "");
      expect("error" in have ? have.findings.map((finding) => finding.rule) : []).toContain(rule);
    }
  });

  it("makes one principal and one resource of a case with every layer", () => {
    const have = read({
      id: "all",
      whatIf: true,
      expect: "allowed",
      policies: {
        identity: [{ name: "own", document: allow }],
        groups: { devs: [{ name: "group's", document: allow }] },
        boundary: allow,
        session: [allow, allow],
        resource: open,
        endpoint: open,
        scps: [[allow], [allow, allow]],
        rcps: [[fence]],
      },
      request: {
        ...asked,
        resourceAccount: "444455556666",
        context: {
          "aws:SourceIp": "10.0.0.7",
          "s3:max-keys": 1e1,
          flag: true,
          none: null,
          empty: [],
          list: ["a", 1.5],
        },
        principalTags: { team: "blue" },
        resourceTags: { class: "internal" },
        principalUniqueId: "AIDAALICE",
        principalOrgId: "o-a",
        principalOrgPaths: ["o-a/r-a/"],
        principalCanonicalId: "c0ffee",
        principalInManagementAccount: true,
        resourceOrgId: "o-b",
        resourceOrgPaths: ["o-b/r-b/ou-b/"],
        resourceInManagementAccount: false,
        restrictPublicBuckets: true,
      },
      mandatoryResourcePolicies: [{ action: "vault:*", resource: "*" }],
    });
    const [principal] = have.policySet.principals;
    const [resource] = have.policySet.resources;
    expect(have).toMatchObject({ id: "all", whatIf: true, expect: "allowed" });
    expect(principal).toMatchObject({
      kind: "user",
      arn: alice,
      account: "111122223333",
      uniqueId: "AIDAALICE",
      tags: [{ key: "team", value: "blue" }],
      sessionTags: [], // a user has none (CTX-3)
      identityPolicies: [{ name: "own" }, { name: "group's" }],
      permissionsBoundary: { name: "boundary" },
      sessionPolicies: [{ name: "session[0]" }, { name: "session[1]" }],
      accountFacts: {
        id: "111122223333",
        organizationId: "o-a",
        organizationPaths: ["o-a/r-a/"],
        isManagementAccount: true,
        canonicalId: "c0ffee",
        serviceControlPolicies: [[{ name: "scps[0][0]" }], [{ name: "scps[1][0]" }, { name: "scps[1][1]" }]],
      },
    });
    expect(resource).toMatchObject({
      arn: "arn:aws:s3:::depot/x",
      account: "444455556666",
      tags: [{ key: "class", value: "internal" }],
      policy: { name: "resource" },
      restrictPublicBuckets: true,
      accountFacts: {
        id: "444455556666",
        organizationId: "o-b",
        organizationPaths: ["o-b/r-b/ou-b/"],
        isManagementAccount: false,
        resourceControlPolicies: [[{ name: "rcps[0][0]" }]],
      },
    });
    expect(have.policySet.endpoints).toMatchObject([{ id: "endpoint", policy: { name: "endpoint" } }]);
    expect(have.policySet.mandatoryResourcePolicies).toEqual([{ action: "vault:*", resource: "*" }]);
    expect(have.request).toMatchObject({
      ...asked,
      resourceAccount: "444455556666",
      endpoint: "endpoint",
      whatIf: true,
    });
    expect([...have.request.context]).toEqual([
      ["aws:SourceIp", ["10.0.0.7"]],
      ["s3:max-keys", ["10"]],
      ["flag", ["true"]],
      ["empty", []],
      ["list", ["a", "1.5"]],
    ]);
  });

  it("takes the role without path as the issuer of a session, and no groups", () => {
    const policies = { groups: { devs: [{ name: "g", document: allow }] } };
    const { policySet } = read({ id: "s", policies, request: { ...asked, principal: session } });
    expect(policySet.principals).toMatchObject([
      { kind: "session", issuerArn: "arn:aws:iam::111122223333:role/deployer", identityPolicies: [] },
    ]);
    expect(policySet.principals[0]?.accountFacts).toBeUndefined();
    expect(policySet.resources[0]?.account).toBeUndefined();
  });

  it("reads the policy of a role as a trust policy only for actions of STS", () => {
    const trust = { Statement: { Effect: "Allow", Principal: "*", Action: "sts:AssumeRole" } };
    const request = { principal: alice, resource: "arn:aws:iam::111122223333:role/x/deployer" };
    expect(read({ id: "t", policies: { resource: trust }, request: { ...request, action: "STS:AssumeRole" } }).id).toBe(
      "t",
    );
    const broken = { Statement: { Effect: "Allow", Principal: "*", Action: "s3:Get", Resource: "*" } };
    expect(read({ id: "u", policies: { resource: broken }, request: { ...request, action: "s3:Get" } }).id).toBe("u");
    const have = attempt({
      id: "v",
      policies: { resource: broken },
      request: { ...request, action: "sts:AssumeRole" },
    });
    expect(have).toMatchObject({ id: "v", findings: [{ rule: "TYPE-1" }, { rule: "TYPE-1" }] });
  });

  it("gives different digests to different cases", () => {
    const policies = { identity: [{ name: "p", document: allow }] };
    const digest = (more: object) => read({ id: "d", policies, request: { ...asked, ...more } }).policySet.digest;
    const digests = [
      {},
      { resourceAccount: "1" },
      { principalOrgId: "o" },
      { resourceOrgId: "o" },
      { principalTags: { a: "b" } },
    ].map(digest);
    expect(new Set(digests).size).toBe(digests.length);
  });

  it.each([
    ["no id", { policies: {}, request: asked }, undefined, "case.json:1:1: SET-FORMAT: missing member `id`"],
    [
      "an unknown member",
      { id: "x", policies: {}, request: asked, extra: 1 },
      "x",
      "case.json:1:146: SET-FORMAT: unknown member `extra`",
    ],
    [
      "an unknown requester",
      { id: "x", policies: {}, request: { ...asked, principal: "alice" } },
      "x",
      "case.json:1:48: IN-6: request.principal: `alice` names no requester",
    ],
    [
      "session policies of a user (IN-7)",
      { id: "x", policies: {}, request: { ...asked, sessionPolicies: [allow] } },
      "x",
      `case.json:1:163: IN-7: request.sessionPolicies: \`${alice}\` has no session that they can bind`,
    ],
    [
      "session tags of a service-linked role (IN-7)",
      {
        id: "x",
        policies: {},
        request: {
          ...asked,
          principal: "arn:aws:iam::111122223333:role/aws-service-role/a.amazonaws.com/A",
          sessionTags: { run: "42" },
        },
      },
      "x",
      "case.json:1:188: IN-7: request.sessionTags: `arn:aws:iam::111122223333:role/aws-service-role/a.amazonaws.com/A` has no session that they can bind",
    ],
    [
      "an unknown expectation",
      { id: "x", expect: "deny", policies: {}, request: asked },
      "x",
      "case.json:1:20: SET-FORMAT: expect: `deny` is none of `allowed`, `explicitDeny`, `implicitDeny`",
    ],
    [
      "a request without action",
      { id: "x", policies: {}, request: { principal: alice, resource: "*" } },
      "x",
      "case.json:1:35: SET-FORMAT: request: missing member `action`",
    ],
    [
      "a session whose issuer is no role",
      {
        id: "x",
        policies: {},
        request: {
          ...asked,
          principal: "arn:aws:sts::111122223333:assumed-role/App/run",
          principalIssuerArn: "arn:aws:iam::111122223333:user/alice",
        },
      },
      "x",
      "case.json:1:176: IN-6: request.principalIssuerArn: `arn:aws:iam::111122223333:user/alice` is not the ARN of a role",
    ],
    [
      "a nested value",
      { id: "x", policies: {}, request: { ...asked, context: { a: [["1"]] } } },
      "x",
      "case.json:1:161: SET-FORMAT: request.context.a[0]: must be a string, a number, a boolean or a list of them, not a list",
    ],
    [
      "two errors",
      { id: "x", policies: { identity: {}, boundry: allow }, request: asked },
      "x",
      "case.json:1:37: SET-FORMAT: policies: unknown member `boundry`: did you mean `boundary`? (and 1 more)",
    ],
    ["no object", [], undefined, "case.json:1:1: SET-FORMAT: must be an object, not a list"],
  ])("answers %s with an error text", (_name, content, id, error) => {
    const have = attempt(content);
    expect(have.id).toBe(id);
    expect("error" in have ? have.error : undefined).toBe(error);
  });
});

describe("parseQuestion()", () => {
  it("keeps session policies as their exact JSON text", () => {
    const text = `{"principal":"p","action":"a:B","resource":"*","sessionPolicies":[ { "Version" : "2012-10-17" },"{}"]}`;
    expect(question(text).have).toEqual({
      principal: "p",
      action: "a:B",
      resource: "*",
      context: new Map(),
      resourceTags: [],
      sessionPolicies: ['{ "Version" : "2012-10-17" }', "{}"],
      sessionTags: [],
      whatIf: false,
    });
  });

  it("keeps the source text of numbers (DOC-11)", () => {
    const text = `{"principal":"p","action":"a:B","resource":"*","context":{"n":[10.0,1e3,12345678901234567890]}}`;
    expect(question(text).have?.context.get("n")).toEqual(["10.0", "1e3", "12345678901234567890"]);
  });

  it("refuses unknown members and members of simulation cases", () => {
    const text = `{"principal":"p","action":"a:B","resource":"*","principalTags":{}}`;
    const { have, findings } = question(text);
    expect(have).toBeUndefined();
    expect(findings).toEqual([
      {
        file: "q.json",
        line: 1,
        column: 48,
        rule: "SET-FORMAT",
        severity: "error",
        message:
          "unknown member `principalTags` (known: principal, action, resource, context, resourceAccount, resourceTags, " +
          "sessionPolicies, sessionTags, endpoint, whatIf)",
      },
    ]);
  });
});

describe("parseRequester()", () => {
  it.each([
    ["anonymous", "anonymous"],
    ["arn:aws:iam::111122223333:root", "root"],
    ["arn:acme:iam::tenant-7:user/a/b/carol", "user"],
    ["arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/R", "role"],
    [session, "session"],
    ["arn:aws:sts::111122223333:federated-user/carol", "federatedUser"],
    ["events.amazonaws.com", "service"],
    ["s3.cn-north-1.amazonaws.com.cn", "service"],
    ["orders.example.org", undefined],
    ["a b.amazonaws.com", undefined],
    ["arn:aws:iam::111122223333:user/", undefined],
    ["arn:aws:iam::111122223333:user/*", undefined],
    ["arn:a*s:iam::111122223333:root", undefined],
    ["arn:aw?:sts::111122223333:assumed-role/r/s", undefined],
    ["arn:aws:iam::111122223333:group/g", undefined],
    ["arn:aws:iam:eu-west-1:111122223333:user/a", undefined],
    ["arn:aws:iam:::user/a", undefined],
    ["arn:aws:sts::111122223333:assumed-role/r", undefined],
    ["arn:aws:sts::111122223333:assumed-role/r/s/t", undefined],
    ["Anonymous", undefined],
    ["", undefined],
  ])("reads %j as %s", (text, want) => {
    expect(parseRequester(text, "aws")?.kind).toBe(want);
  });

  it("takes any DNS name as a service in the generic profile", () => {
    expect(parseRequester("orders.example.org", "generic")?.kind).toBe("service");
    expect(parseRequester("orders", "generic")).toBeUndefined();
  });
});

function attempt(content: unknown) {
  const source = sourceText("case.json", JSON.stringify(content));
  const node = readJson(source, []);
  if (node === undefined) throw new Error("no JSON");
  return readSimulationCase(node, source);
}

function read(content: unknown): SimulationCase {
  const have = attempt(content);
  if ("error" in have) throw new Error(have.error);
  return have;
}

function question(text: string) {
  const findings: Finding[] = [];
  const source = sourceText("q.json", text);
  const node = readJson(source, findings);
  return { have: node && parseQuestion(node, source, findings), findings };
}
