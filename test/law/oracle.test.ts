// The oracle passes every vector of the semantics, and the trickiest rules are tested one by one.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { evaluate, InputError, type SimulationCase } from "../oracle/evaluate.js";

const nowMs = Date.UTC(2025, 5, 1, 12, 0, 0, 999);

const alice = "arn:aws:iam::111122223333:user/alice";
const root = "arn:aws:iam::111122223333:root";
const role = "arn:aws:iam::111122223333:role/path/deployer";
const session = "arn:aws:sts::111122223333:assumed-role/deployer/run-42";
const federated = "arn:aws:sts::111122223333:federated-user/carol";
const object = "arn:aws:s3:::depot/x";

const ALLOW_ALL = { Effect: "Allow", Action: "*", Resource: "*" };

const vectors = readCases("iam-vectors.json");
/** Documents that AWS refuses to store have no expectation: readers refuse them, the oracle is not asked (VEC-5). */
const recorded = readCases("aws-recorded.json").filter((one) => one.expect !== undefined);

describe("evaluate() on the vectors", () => {
  it.each(vectors)("$id: $note", (vector) => {
    const have = evaluate(vector, { nowMs });
    expect(have.decision).toBe(vector.expect);
    if (vector.detail === undefined) return;
    expect({
      blockedBy: have.blockedBy,
      matched: have.matched.map(({ policyType, sid }) => `${policyType}/${sid}`),
      missing: have.missingContextKeys,
      allowedByOrganizations: have.allowedByOrganizations,
      allowedByPermissionsBoundary: have.allowedByPermissionsBoundary,
    }).toEqual(vector.detail);
  });

  it("holds every vector of the semantics", () => {
    expect(vectors).toHaveLength(316);
  });
});

describe("evaluate() on what AWS answered", () => {
  it.each(recorded)("$id: $note", (one) => {
    expect(evaluate(one, { nowMs }).decision).toBe(one.expect);
  });

  it("holds every recorded answer (VEC-5)", () => {
    expect(recorded).toHaveLength(478);
  });
});

describe("one key test", () => {
  // Columns: positive, negated, positive with IfExists, negated with IfExists.
  it.each([
    ["", "missing", [], [false, true, true, true]],
    ["", "listed", ["a"], [true, false, true, false]],
    ["", "unlisted", ["z"], [false, true, false, true]],
    ["", "two values", ["a", "z"], [false, false, false, false]],
    ["ForAllValues:", "missing", [], [true, true, true, true]],
    ["ForAllValues:", "all listed", ["a", "b"], [true, false, true, false]],
    ["ForAllValues:", "some listed", ["a", "z"], [false, false, false, false]],
    ["ForAllValues:", "none listed", ["y", "z"], [false, true, false, true]],
    ["ForAnyValue:", "missing", [], [false, false, true, true]],
    ["ForAnyValue:", "all listed", ["a", "b"], [true, false, true, false]],
    ["ForAnyValue:", "some listed", ["a", "z"], [true, true, true, true]],
    ["ForAnyValue:", "none listed", ["y", "z"], [false, true, false, true]],
  ])("%s on a key that is %s follows table 7.1", (qualifier, _state, values, want) => {
    const operators = ["StringEquals", "StringNotEquals", "StringEqualsIfExists", "StringNotEqualsIfExists"];
    const have = operators.map((operator) => {
      const condition = { [qualifier + operator]: { "x:key": ["a", "b"] } };
      return decide({ identity: allow({ Condition: condition }) }, { context: { "X:Key": values } }) === "allowed";
    });
    expect(have).toEqual(want);
  });

  it("takes Null with set prefixes and both values (NULL-1 to NULL-3)", () => {
    const test = (operator: string, value: unknown, values: string[]): boolean =>
      decide({ identity: allow({ Condition: { [operator]: { k: value } } }) }, { context: { k: values } }) ===
      "allowed";
    expect(test("ForAnyValue:null", "TRUE", [])).toBe(true);
    expect(test("Null", false, [""])).toBe(true);
    expect(test("Null", ["true", "false"], ["v"])).toBe(true);
    expect(test("Null", "yes", [])).toBe(false);
  });
});

describe("NotPrincipal", () => {
  const account = "111122223333";
  it.each([
    ["root by the account", root, [account], true],
    ["user and account", alice, [account, alice], true],
    ["user by id", alice, [root, "AIDAALICE"], true],
    ["user alone", alice, [alice], false],
    ["session, role, account", session, [account, role, session], true],
    ["session without role", session, [account, session], false],
    ["role and account", role, [root, role], true],
    ["federated user with issuer", federated, [account, alice, federated], true],
    ["federated user without issuer", federated, [account, federated], false],
    ["everyone", "anonymous", ["*"], true],
    ["anonymous", "anonymous", [account], false],
    ["another partition", alice, ["arn:aws-cn:iam::111122223333:root", alice], false],
  ])("exempts along the chain: %s (NPR-2)", (_name, principal, listed, exempt) => {
    const resource = policy({ Effect: "Deny", NotPrincipal: { AWS: listed }, Action: "*" });
    const issuer = principal === federated ? alice : principal === session ? role : undefined;
    const facts = { principal, resource: object, resourceAccount: account, principalUniqueId: "AIDAALICE" };
    const have = decide({ resource }, issuer === undefined ? facts : { ...facts, principalIssuerArn: issuer });
    expect(have === "explicitDeny").toBe(!exempt);
  });

  it("never exempts who has a boundary, in the AWS profile only (NPR-3)", () => {
    const resource = policy({ Effect: "Deny", NotPrincipal: { AWS: "*" }, Action: "*" });
    const policies = { identity: allow({}), boundary: policy(ALLOW_ALL), resource };
    expect(decide(policies, {})).toBe("explicitDeny");
    expect(decide(policies, {}, { profile: "generic" })).toBe("allowed");
  });
});

describe("derived keys", () => {
  const tagged = allow({ Condition: { StringEquals: { "aws:PrincipalTag/Team": "red" } } });
  it("lets session tags replace role tags ignoring case (CTX-11)", () => {
    const facts = { principal: session, principalTags: { Team: "blue" }, sessionTags: { tEAM: "red" } };
    expect(decide({ identity: tagged }, facts)).toBe("allowed");
  });

  it("prefers the exact spelling, then code-point order (CTX-11)", () => {
    expect(decide({ identity: tagged }, { principalTags: { TEAM: "blue", Team: "red" } })).toBe("allowed");
    expect(decide({ identity: tagged }, { principalTags: { team: "blue", TEAM: "red" } })).toBe("allowed");
    expect(decide({ identity: tagged }, { principalTags: { team: "red", TEAM: "blue" } })).toBe("implicitDeny");
  });

  it("believes the caller only in a what-if question (CTX-1)", () => {
    const context = { "AWS:principalTAG/team": "red" };
    expect(decide({ identity: tagged }, { context, principalTags: { Team: "blue" } })).toBe("implicitDeny");
    expect(decide({ identity: tagged }, { context, principalTags: { Team: "blue" } }, { whatIf: true })).toBe(
      "allowed",
    );
  });

  it.each([
    ["from the decision time", {}, "2025-06-01T12:00:00Z", "1748779200"],
    ["from the epoch", { "aws:EpochTime": "0" }, "1970-01-01T00:00:00Z", "0"],
    ["from the current time", { "aws:CurrentTime": "1969-12-31T23:59:59.5Z" }, "1969-12-31T23:59:59.5Z", "-1"],
  ])("sets the clock %s (CTX-12)", (_name, context, currentTime, epochTime) => {
    const condition = { StringEquals: { "aws:CurrentTime": currentTime, "aws:EpochTime": epochTime } };
    expect(decide({ identity: allow({ Condition: condition }) }, { context })).toBe("allowed");
  });

  it("leaves the other clock key absent when one does not parse (CTX-12)", () => {
    const condition = { Null: { "aws:EpochTime": "true" } };
    const context = { "aws:CurrentTime": "soon" };
    expect(decide({ identity: allow({ Condition: condition }) }, { context })).toBe("allowed");
  });
});

describe("special services", () => {
  it("keeps the AWS hooks out of the generic profile (GEN-5)", () => {
    const key = { action: "kms:Decrypt", resource: "arn:aws:kms:eu:111122223333:key/1" };
    expect(decide({ identity: allow({}) }, key)).toBe("implicitDeny");
    expect(decide({ identity: allow({}) }, key, { profile: "generic" })).toBe("allowed");
    const mandatoryResourcePolicies = [{ action: "KMS:*", resource: "arn:aws:kms:*:key/*" }];
    expect(decide({ identity: allow({}) }, key, { profile: "generic", mandatoryResourcePolicies })).toBe(
      "implicitDeny",
    );
  });

  it("refuses root AssumeRole and names what else is missing (SVC-4, OUT-4)", () => {
    const request = { principal: root, action: "sts:AssumeRole", resource: role };
    const have = evaluate({ policies: { scps: [[]] }, request }, { nowMs });
    expect(have.blockedBy).toEqual(["resource", "scp", "service"]);
    expect(have.layers).toEqual({ scp: "silent" });
  });

  it.each([
    ["anonymous", {}, "explicitDeny"],
    ["anonymous", { Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } } }, "allowed"],
    ["anonymous", { Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/7" } } }, "explicitDeny"],
    ["events.amazonaws.com", {}, "allowed"],
    [root, {}, "allowed"],
    ["arn:aws:iam::444455556666:root", {}, "explicitDeny"],
  ])("restricts public buckets for %s with %j (SVC-9)", (principal, elements, want) => {
    const resource = policy({ Effect: "Allow", Principal: "*", Action: "*", ...elements });
    const facts = { principal, resource: object, resourceAccount: "111122223333", restrictPublicBuckets: true };
    expect(decide({ resource }, { ...facts, context: { "aws:SourceIp": "10.1.2.3" } })).toBe(want);
  });

  it("allows GetCallerIdentity against denies and shows the allows (SVC-7, OUT-3)", () => {
    const deny = { Sid: "No", Effect: "Deny", Action: "*", Resource: "*" };
    const identity = [{ name: "p", document: policy(deny, { ...ALLOW_ALL, Sid: "Yes" }) }];
    const have = evaluate(
      { policies: { identity }, request: { principal: alice, action: "sts:getcalleridentity", resource: "*" } },
      { nowMs },
    );
    expect(have.decision).toBe("allowed");
    expect(have.matched).toEqual([{ policyType: "identity", policy: "p", document: 0, statement: 1, sid: "Yes" }]);
    expect(have.layers).toEqual({ identity: "deny" });
  });
});

describe("explanations", () => {
  it("name levels, sessions and flattened documents (OUT-3, SCP-2)", () => {
    const full = policy(ALLOW_ALL);
    const deny = policy({ ...ALLOW_ALL, Effect: "Deny", Principal: "*" });
    const policies = { identity: allow({}), session: full, scps: [[full], [full, full]], rcps: [[], [deny]] };
    const have = evaluate({ policies, request: { principal: session, action: "s3:Get", resource: object } }, { nowMs });
    expect(have.blockedBy).toEqual(["rcp"]);
    expect(have.matched).toEqual([{ policyType: "rcp", policy: "rcps[1][0]", document: 0, statement: 0 }]);
    expect(have.layers).toEqual({ identity: "allow", session: "allow", scp: "allow", rcp: "deny" });
    const allowed = evaluate(
      { policies: { ...policies, rcps: [] }, request: { principal: session, action: "s3:Get", resource: object } },
      { nowMs },
    );
    expect(allowed.matched.map(({ policy: name, document }) => `${name} ${document}`)).toEqual([
      "p 0",
      "session[0] 0",
      "scps[0][0] 0",
      "scps[1][0] 1",
      "scps[1][1] 2",
    ]);
  });

  it("leave out types that do not bind (EVAL-3)", () => {
    const policies = { identity: allow({}), boundary: policy(ALLOW_ALL), session: policy(), scps: [[]] };
    const facts = { action: "s3:Get", resource: object, resourceAccount: "111122223333" };
    const service = evaluate({ policies, request: { principal: "x.amazonaws.com", ...facts } }, { nowMs });
    expect(service).toMatchObject({ blockedBy: ["resource"], layers: {}, allowedByOrganizations: null });
    const user = evaluate({ policies: { ...policies, scps: [] }, request: { principal: alice, ...facts } }, { nowMs });
    expect(user.layers).toEqual({ identity: "allow", boundary: "allow" });
  });

  it("list a missing key once, ignoring case, first spelling in code-point order (OUT-6)", () => {
    const condition = { StringEqualsIfExists: { "x:b": "1", "X:B": "1" }, StringLike: { "x:a": "${x:c}${x:d,'e'}" } };
    const have = evaluate(
      {
        policies: { identity: allow({ Condition: condition }) },
        request: { principal: alice, action: "s:G", resource: "*" },
      },
      { nowMs },
    );
    expect(have.missingContextKeys).toEqual(["X:B", "x:a", "x:c"]);
  });
});

describe("inputs", () => {
  it.each([
    ["a group", { principal: "arn:aws:iam::111122223333:group/g" }],
    ["a provider without its call", { principal: "arn:aws:iam::111122223333:oidc-provider/ci" }],
    ["an empty principal", { principal: "" }],
    ["a bare name", { principal: "alice" }],
    ["a partition with a wildcard", { principal: "arn:a*s:iam::111122223333:root" }],
    ["a name with a wildcard", { principal: "arn:aws:iam::111122223333:user/a?b" }],
    ["a DNS name in the AWS profile", { principal: "jobs.example" }],
    ["an action with a wildcard", { action: "s3:*" }],
    ["an action with two colons", { action: "s3:Get:Object" }],
    ["an empty resource", { resource: "" }],
    ["a short ARN", { resource: "arn:aws:s3:depot" }],
    ["an unknown owner", { principal: "anonymous", resource: object }],
  ])("are refused: %s (IN-6)", (_name, request) => {
    expect(() => decide({ identity: allow({}) }, request)).toThrow(InputError);
  });

  it("are refused with a document that cannot be read, even one that does not bind (DOC-12)", () => {
    expect(() => decide({ boundary: { Version: "2012-10-17" } }, { principal: root })).toThrow(InputError);
    expect(() => decide({ identity: allow({ Condition: { StringLke: {} } }) }, {})).toThrow(InputError);
  });

  it("accept own service names in the generic profile and providers by their call (GEN-4, SVC-6)", () => {
    const resource = policy({ Effect: "Allow", Principal: { Service: "jobs.example" }, Action: "*" });
    const facts = { principal: "jobs.example", resource: object, resourceAccount: "A" };
    expect(decide({ resource }, facts, { profile: "generic" })).toBe("allowed");
    const trust = policy({ Effect: "Allow", Principal: { Federated: "id.example" }, Action: "*" });
    const call = { principal: "id.example", action: "sts:AssumeRoleWithWebIdentity", resource: role };
    expect(decide({ resource: trust }, call)).toBe("allowed");
  });
});

function policy(...statements: readonly object[]): object {
  return { Version: "2012-10-17", Statement: statements };
}

function allow(elements: object): { name: string; document: unknown }[] {
  return [{ name: "p", document: policy({ ...ALLOW_ALL, ...elements }) }];
}

function decide(
  policies: SimulationCase["policies"],
  request: Partial<SimulationCase["request"]>,
  more: Partial<SimulationCase> = {},
): string {
  const question = { principal: alice, action: "s3:GetObject", resource: object, ...request };
  return evaluate({ ...more, policies, request: question }, { nowMs }).decision;
}

function readCases(name: string): readonly (SimulationCase & { readonly id: string; readonly note: string })[] {
  return JSON.parse(readFileSync(new URL(`../corpus/${name}`, import.meta.url), "utf8"));
}
