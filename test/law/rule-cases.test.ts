// Cases for rules that no vector of the semantics cites, worked out from the rules: against the oracle and the matcher, as a
// release and as a debug build. What a case cannot say (errors, directories, details) stands below as tests of its own.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Engine } from "../../src/engine/engine.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import type { PolicySet } from "../../src/policy/policy-set.js";
import type { AuthorizationQuestion } from "../../src/question/authorization-question.js";
import { readSimulationCase } from "../../src/simulate/simulation-case.js";
import { Simulator } from "../../src/simulate/simulator.js";
import { readJson } from "../../src/text/json-reader.js";
import { sourceText } from "../../src/text/source-text.js";
import { evaluate, InputError, type SimulationCase } from "../oracle/evaluate.js";

const NOW_MS = Date.UTC(2026, 0, 15, 12, 0, 0);
const text = readFileSync(new URL("../corpus/rule-cases.json", import.meta.url), "utf8");
const cases: readonly (SimulationCase & { readonly id: string; readonly note: string; readonly expect: string })[] =
  JSON.parse(text);
const source = sourceText("rule-cases.json", text);
const tree = readJson(source, []);
const nodes = tree?.kind === "array" ? tree.items : [];
const simulators = {
  release: await Simulator.start({ matcher: "release", nowMs: () => NOW_MS }),
  debug: await Simulator.start({ matcher: "debug", nowMs: () => NOW_MS }),
};

interface Told {
  readonly policyType: string;
  readonly sid?: string;
}
const matchedTexts = (matched: readonly Told[]): string[] =>
  matched.map(({ policyType, sid }) => `${policyType}/${sid}`);

describe.each(cases.map((one, i) => ({ i, ...one })))("$id $note", ({ i, expect: want, detail, strict, ...one }) => {
  it("is decided so by the oracle", () => {
    const have = evaluate(one, { nowMs: NOW_MS });
    expect(have.decision).toBe(want);
    if (detail === undefined) return;
    expect({
      blockedBy: have.blockedBy,
      matched: matchedTexts(have.matched),
      missing: have.missingContextKeys,
      allowedByOrganizations: have.allowedByOrganizations,
      allowedByPermissionsBoundary: have.allowedByPermissionsBoundary,
    }).toEqual(detail);
  });

  it.each(["release", "debug"] as const)("is decided so by the %s matcher, or refused where it is to be", (flavour) => {
    const node = nodes[i];
    if (node === undefined) throw new Error(`no case ${i}`);
    const read = readSimulationCase(node, source);
    if (strict !== undefined) {
      if (!("error" in read)) throw new Error("the documents were read");
      expect(read.findings.map(({ rule }) => rule)).toContain(/^rejects: (\S+)/.exec(strict)?.[1]);
      return;
    }
    if ("error" in read) throw new Error(read.error);
    const have = simulators[flavour].decide(read);
    if ("error" in have) throw new Error(have.error);
    expect(have.decision).toBe(want);
    if (detail === undefined) return;
    expect({
      blockedBy: have.blockedBy,
      matched: matchedTexts(have.matchedStatements),
      missing: have.missingContextKeys,
      allowedByOrganizations: have.allowedByOrganizations ?? null,
      allowedByPermissionsBoundary: have.allowedByPermissionsBoundary ?? null,
    }).toEqual(detail);
  });
});

/** A case of alice's own policies, as both evaluators answer it. */
function answersOf(one: SimulationCase): { readonly oracle: string; readonly matcher: string } {
  let oracle: string;
  try {
    oracle = evaluate(one, { nowMs: NOW_MS }).decision;
  } catch (error: unknown) {
    if (!(error instanceof InputError)) throw error;
    oracle = "error";
  }
  const caseSource = sourceText("case.json", JSON.stringify({ id: "one", ...one }));
  const node = readJson(caseSource, []);
  const read = node && readSimulationCase(node, caseSource);
  if (read === undefined || "error" in read) return { oracle, matcher: "error" };
  const have = simulators.release.decide(read);
  return { oracle, matcher: "error" in have ? "error" : have.decision };
}

const alice = "arn:aws:iam::111122223333:user/alice";
const allowAll = { Effect: "Allow", Action: "*", Resource: "*" };
const request = {
  principal: alice,
  action: "s3:GetObject",
  resource: "arn:aws:s3:::depot/x",
  resourceAccount: "111122223333",
};
const identity = (document: unknown) => ({ identity: [{ name: "p", document }] });
const open = identity({ Version: "2012-10-17", Statement: [allowAll] });

describe("an input that cannot be decided", () => {
  it.each([
    ["an action with a wildcard (ACT-1)", { action: "s3:Get*" }],
    ["an action with two colons (ACT-1)", { action: "s3:Get:Object" }],
    ["an action without a service (ACT-1)", { action: ":GetObject" }],
    ["an action without a name (ACT-1)", { action: "s3:" }],
    ["an action without a colon (ACT-1)", { action: "GetObject" }],
    ["an unknown spelling of a requester (IN-6)", { principal: "alice" }],
    ["an empty resource (IN-6)", { resource: "" }],
    [
      "a service and an owner that nobody knows (XACC-5)",
      { principal: "sns.amazonaws.com", resourceAccount: undefined },
    ],
  ])("is an error for %s, in oracle and matcher", (_name, change) => {
    expect(answersOf({ policies: open, request: { ...request, ...change } as SimulationCase["request"] })).toEqual({
      oracle: "error",
      matcher: "error",
    });
  });

  it.each([
    ["an unknown member (DOC-1)", { Version: "2012-10-17", statement: [], Statement: [allowAll] }],
    ["no Statement (DOC-3)", { Version: "2012-10-17" }],
    ["both halves of a pair (DOC-7)", { Statement: [{ ...allowAll, NotAction: "s3:PutObject" }] }],
    [
      "an effect in another case, next to an Allow (DOC-8, DOC-12)",
      { Statement: [allowAll, { ...allowAll, Effect: "deny" }] },
    ],
    ["an own Version (GEN-9, DOC-4)", { Version: "2030-01-01", Statement: [allowAll] }],
    ["an own operator (GEN-9, COND-1)", { Statement: [{ ...allowAll, Condition: { StringNear: { k: "v" } } }] }],
    ["a null as value (DOC-11)", { Statement: [{ ...allowAll, Condition: { StringEquals: { k: null } } }] }],
  ])("is an error for a document with %s, in both profiles", (_name, document) => {
    for (const profile of ["aws", "generic"] as const) {
      const want = { oracle: "error", matcher: "error" };
      expect(answersOf({ policies: identity(document), request, profile })).toEqual(want);
    }
  });
});

describe("an account id of another shape", () => {
  it.each([
    ["north-1", "explicitDeny"],
    ["south-9", "error"],
  ])("is a principal where it is registered: %s is %s (GEN-4, PRN-1)", (account, want) => {
    const document = {
      Version: "2012-10-17",
      Statement: [{ Sid: "Here", Effect: "Deny", Principal: { AWS: account }, Action: "*", Resource: "*" }],
    };
    const requester = "arn:corp:iam::north-1:user/alice";
    const asked = { ...request, principal: requester, resourceAccount: "north-1" };
    const one = { policies: { ...open, resource: document }, request: asked, profile: "generic" as const };
    expect(answersOf(one).matcher).toBe(want);
  });
});

describe("a decision", () => {
  it("depends on nothing that was decided before (EVAL-11)", () => {
    const first = cases.map((one) => answersOf(one));
    const again = [...cases].reverse().map((one) => answersOf(one));
    expect(again.reverse()).toEqual(first);
  });
});

describe("policies of a directory", () => {
  const policies = (first: string, second: string): string => `
organization:
  id: o-one
  managementAccount: "999999999999"
  root:
    id: r-one1
    accounts: ["999999999999"]
    units:
      - { id: ou-one1-aaaaaaaa, name: a, accounts: ["111122223333"], ${first} }
      - { id: ou-one1-bbbbbbbb, name: b, accounts: ["444455556666"], ${second} }
accounts: [{ id: "111122223333" }, { id: "444455556666" }, { id: "999999999999" }]
users:
  - arn: arn:aws:iam::111122223333:user/alice
    inlinePolicies: [{ name: own, document: { Statement: { Effect: Allow, Action: "*", Resource: "*" } } }]
resources:
  - arn: arn:aws:s3:::depot
    account: "444455556666"
    policy: { Statement: { Effect: Allow, Principal: "*", Action: "s3:*", Resource: "arn:aws:s3:::depot/*" } }
`;
  const scp = `serviceControlPolicies: [{ name: s, document: { Version: "2012-10-17", Statement: { Effect: Deny, Action: "s3:*", Resource: "*" } } }]`;
  const rcp = `resourceControlPolicies: [{ name: r, document: { Version: "2012-10-17", Statement: { Effect: Deny, Principal: "*", Action: "s3:*", Resource: "*" } } }]`;

  it.each([
    ["an SCP of the requester's account", policies(scp, ""), ["scp"]],
    ["an SCP of the owner's account", policies("", scp), []],
    ["an RCP of the requester's account", policies(rcp, ""), []],
    ["an RCP of the owner's account", policies("", rcp), ["rcp"]],
  ])("binds or not, for %s (XACC-3, IN-5)", async (_name, yaml, blockedBy) => {
    const set = policySetOf("set.yaml", yaml.replaceAll(", }", " }"));
    const engine = await Engine.start({ workers: 0 });
    engine.publish(set);
    const have = engine.decide(question({ resource: "arn:aws:s3:::depot/x" }));
    expect(have).toMatchObject({ decision: blockedBy.length === 0 ? "allowed" : "explicitDeny", blockedBy });
    await engine.close();
  });

  it("holds the default version of a managed policy and no other (TYPE-4)", async () => {
    const arn = "arn:aws:iam::111122223333:policy/P";
    const version = (VersionId: string, Action: string) => ({
      VersionId,
      IsDefaultVersion: VersionId === "v2",
      Document: { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource: "*" }] },
    });
    const page = {
      UserDetailList: [
        {
          Path: "/",
          UserName: "alice",
          UserId: "AIDAALICE",
          Arn: alice,
          GroupList: [],
          AttachedManagedPolicies: [{ PolicyName: "P", PolicyArn: arn }],
        },
      ],
      GroupDetailList: [],
      RoleDetailList: [],
      Policies: [
        {
          PolicyName: "P",
          PolicyId: "ANPAX",
          Arn: arn,
          Path: "/",
          DefaultVersionId: "v2",
          PolicyVersionList: [version("v1", "s3:GetObject"), version("v2", "s3:PutObject")],
        },
      ],
    };
    const engine = await Engine.start({ workers: 0 });
    engine.publish(policySetOf("details.json", JSON.stringify(page)));
    expect(engine.decide(question({}))).toMatchObject({ decision: "implicitDeny" });
    expect(engine.decide(question({ action: "s3:PutObject" }))).toMatchObject({ decision: "allowed" });
    await engine.close();
  });
});

describe("an explanation", () => {
  const denying = identity({
    Version: "2012-10-17",
    Statement: [{ Effect: "Deny", Action: "s3:Put*", Resource: "*" }],
  });
  const explain = (policies: SimulationCase["policies"], detail: "reason" | "explain") => {
    const caseSource = sourceText("case.json", JSON.stringify({ id: "one", policies, request }));
    const node = readJson(caseSource, []);
    const read = node && readSimulationCase(node, caseSource);
    if (read === undefined || "error" in read) throw new Error("no case");
    const have = simulators.release.decide(read, detail);
    if ("error" in have) throw new Error(have.error);
    return have;
  };

  it("says why a statement did not apply, where it is asked for (OUT-7, OUT-8)", () => {
    expect(explain(denying, "reason")).not.toHaveProperty("statements");
    expect(explain(denying, "explain").statements).toMatchObject([{ applies: false, failedElement: "action" }]);
  });

  it("speaks AWS's sentence (OUT-12)", () => {
    const sentence = `${alice} is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::depot/x`;
    expect(explain(denying, "explain").message).toBe(
      `${sentence} because no identity-based policy allows the s3:GetObject action`,
    );
    const fence = { Version: "2012-10-17", Statement: [{ Effect: "Deny", Action: "s3:*", Resource: "*" }] };
    const both = { ...identity(fence), boundary: fence, scps: [[fence]] };
    expect(explain(both, "explain").message).toBe(`${sentence} with an explicit deny in a service control policy`);
    const { scps: _, ...without } = both;
    expect(explain(without, "explain").message).toBe(`${sentence} with an explicit deny in a permissions boundary`);
    expect(explain(identity(fence), "explain").message).toBe(
      `${sentence} with an explicit deny in an identity-based policy`,
    );
  });
});

function policySetOf(file: string, content: string): PolicySet {
  const built = buildPolicySet([sourceText(file, content)], {});
  if (!built.ok) throw new Error(JSON.stringify(built.findings));
  return built.policySet;
}

function question(change: { readonly action?: string; readonly resource?: string }): AuthorizationQuestion {
  const { principal, action, resource } = { ...request, ...change };
  return {
    principal,
    action,
    resource,
    context: new Map(),
    resourceTags: [],
    sessionPolicies: [],
    sessionTags: [],
    whatIf: false,
  };
}
