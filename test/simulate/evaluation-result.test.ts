// The answers of AWS's simulator API: one EvaluationResult a case (OUT-9, OUT-10), with places in the submitted text (OUT-11).
import { describe, expect, it } from "vitest";
import { type EvaluationResult, evaluationResult } from "../../src/simulate/evaluation-result.js";
import { readSimulationCase } from "../../src/simulate/simulation-case.js";
import { Simulator } from "../../src/simulate/simulator.js";
import { readJson } from "../../src/text/json-reader.js";
import { sourceText } from "../../src/text/source-text.js";
import { aCase, verdict } from "../kit/run-verdict.js";

const A = "111122223333";
const alice = `arn:aws:iam::${A}:user/alice`;
const bob = "arn:aws:iam::444455556666:user/bob";
const simulator = await Simulator.start();

const allow = { Effect: "Allow", Action: "s3:*", Resource: "*" };
const deny = { Effect: "Deny", Action: "s3:*", Resource: "*" };
const document = (...Statement: readonly object[]) => ({ Version: "2012-10-17", Statement });

/** The result of a case, its JSON indented so that lines count. */
function resultOf(policies: object, change: object = {}): EvaluationResult {
  const request = {
    principal: alice,
    action: "s3:GetObject",
    resource: "arn:aws:s3:::depot/x",
    resourceAccount: A,
    ...change,
  };
  const source = sourceText("case.json", JSON.stringify({ id: "one", policies, request }, null, 1));
  const node = readJson(source, []);
  const read = node && readSimulationCase(node, source);
  if (node === undefined || read === undefined || "error" in read) throw new Error(JSON.stringify(read));
  const decision = simulator.decide(read, "explain");
  if ("error" in decision) throw new Error(decision.error);
  return evaluationResult(read, decision, { node, source });
}

const named = (name: string, ...statements: readonly object[]) => ({ name, document: document(...statements) });
const typesOf = ({ MatchedStatements }: EvaluationResult): readonly (readonly string[])[] =>
  MatchedStatements.map(({ SourcePolicyId, SourcePolicyType }) => [SourcePolicyId, SourcePolicyType]);

describe("evaluationResult()", () => {
  it("gives an allowed request in AWS's shape (OUT-10)", () => {
    const statement = {
      SourcePolicyId: "own",
      SourcePolicyType: "IAM Policy",
      StartPosition: { Line: 9, Column: 20 },
      EndPosition: { Line: 14, Column: 8 },
    };
    expect(resultOf({ identity: [named("own", allow)] })).toEqual({
      EvalActionName: "s3:GetObject",
      EvalResourceName: "arn:aws:s3:::depot/x",
      EvalDecision: "allowed",
      MatchedStatements: [statement],
      MissingContextValues: [],
      EvalDecisionDetails: {},
      ResourceSpecificResults: [
        {
          EvalResourceName: "arn:aws:s3:::depot/x",
          EvalResourceDecision: "allowed",
          MatchedStatements: [statement],
        },
      ],
    });
  });

  /** The matched statements of one identity policy of this text, with the text before the policy on a line of its own. */
  function placesOf(policy: string): readonly (readonly number[])[] {
    const request = { principal: alice, action: "s3:GetObject", resource: "arn:aws:s3:::depot/x", resourceAccount: A };
    const before = `{"id":"one","request":${JSON.stringify(request)},"policies":{"identity":[{"name":"own","document":\n`;
    const source = sourceText("case.json", `${before}${policy}}]}}`);
    const node = readJson(source, []);
    const read = node && readSimulationCase(node, source);
    if (node === undefined || read === undefined || "error" in read) throw new Error(JSON.stringify(read));
    const decision = simulator.decide(read, "explain");
    if ("error" in decision) throw new Error(decision.error);
    return evaluationResult(read, decision, { node, source }).MatchedStatements.map(
      ({ StartPosition, EndPosition }) => [
        StartPosition.Line - 1,
        StartPosition.Column,
        EndPosition.Line - 1,
        EndPosition.Column,
      ],
    );
  }
  const one = '{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}';

  it("begins a statement after the bracket of its list or after the one before it (OUT-11)", () => {
    const length = one.length;
    expect(placesOf(`{"Version":"2012-10-17","Statement":[${one}]}`)).toEqual([[1, 38, 1, 38 + length]]);
    expect(placesOf(`{"Version":"2012-10-17","Statement":[ ${one} , ${one} ]}`)).toEqual([
      [1, 38, 1, 39 + length],
      [1, 39 + length, 1, 42 + 2 * length],
    ]);
  });

  it("begins a statement without list after its own brace (OUT-11)", () => {
    expect(placesOf(`{"Version":"2012-10-17","Statement": ${one}}`)).toEqual([[1, 39, 1, 38 + one.length]]);
  });

  it.each([
    { name: "LF", end: "\n" },
    { name: "CRLF", end: "\r\n" },
    { name: "a lone CR", end: "\r" },
  ])("ends a line at $name and counts characters, not bytes (OUT-11)", ({ end }) => {
    const lines = [
      '{"Id":"é",',
      ' "Statement":[',
      `  {"Sid":"","Effect":"Allow",`,
      ' "Action":"s3:GetObject","Resource":"*"}]}',
    ];
    expect(placesOf(lines.join(end))).toEqual([[2, 15, 4, 41]]);
    expect(placesOf(`{"Id":"é","Statement":[${one}]}`)).toEqual([[1, 24, 1, 24 + one.length]]);
  });

  it("says what kind of policy a statement stands in", () => {
    const group = { groups: { g: [named("group policy", allow)] } };
    const managed = [named("arn:aws:iam::aws:policy/ReadOnly", allow), named(`arn:aws:iam::${A}:policy/Own`, allow)];
    expect(typesOf(resultOf({ identity: [named("own", allow), ...managed], ...group }))).toEqual([
      ["own", "IAM Policy"],
      ["ReadOnly", "IAM Policy"],
      ["Own", "IAM Policy"],
      ["group policy", "IAM Policy"],
    ]);
    const session = { principal: `arn:aws:sts::${A}:assumed-role/App/run` };
    expect(typesOf(resultOf({ identity: [named("own", allow)] }, session))).toEqual([["own", "IAM Policy"]]);
    const resource = document({ ...allow, Principal: "*" });
    expect(typesOf(resultOf({ resource, endpoint: resource }))).toEqual([
      ["resource", "Resource Policy"],
      ["endpoint", "none"],
    ]);
  });

  it("never lists a statement of an SCP, and says that the organization denied", () => {
    const identity = [named("own", allow)];
    const allowed = resultOf({ identity, scps: [[document(allow)]] });
    expect(typesOf(allowed)).toEqual([["own", "IAM Policy"]]);
    expect(allowed.OrganizationsDecisionDetail).toEqual({ AllowedByOrganizations: true });
    const denied = resultOf({ identity, scps: [[document(allow, deny)]] }, { principal: bob });
    expect(denied).toMatchObject({
      EvalDecision: "explicitDeny",
      MatchedStatements: [],
      OrganizationsDecisionDetail: { AllowedByOrganizations: false },
    });
    expect(denied).not.toHaveProperty("EvalDecisionDetails");
    expect(resultOf({ identity })).not.toHaveProperty("OrganizationsDecisionDetail");
  });

  it("says what the permissions boundary allows, where there is one", () => {
    const identity = [named("own", allow)];
    const silent = resultOf({ identity, boundary: document({ ...allow, Action: "sqs:*" }) });
    const detail = { PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false } };
    expect(silent).toMatchObject({ EvalDecision: "implicitDeny", ...detail, ResourceSpecificResults: [detail] });
    expect(resultOf({ identity })).not.toHaveProperty("PermissionsBoundaryDecisionDetail");
  });

  it("puts missing context keys at the resource, or at the top where there is none", () => {
    const Condition = { StringEquals: { "app:stage": "test" } };
    const identity = [named("own", { ...allow, Condition })];
    const have = resultOf({ identity });
    expect(have.MissingContextValues).toEqual([]);
    expect(have.ResourceSpecificResults[0]?.MissingContextValues).toEqual(["app:stage"]);
    const without = resultOf({ identity }, { action: "s3:ListAllMyBuckets", resource: "*" });
    expect(without).toMatchObject({ MissingContextValues: ["app:stage"], ResourceSpecificResults: [] });
    expect(without).not.toHaveProperty("EvalDecisionDetails");
  });

  it.each([
    [
      "both allow",
      { identity: [named("own", allow)] },
      [{ ...allow, Principal: "*" }],
      "allowed",
      { "IAM Policy": "allowed", "Resource Policy": "allowed" },
    ],
    [
      "the identity is silent",
      { identity: [] },
      [{ ...allow, Principal: "*" }],
      "implicitDeny",
      { "IAM Policy": "implicitDeny", "Resource Policy": "allowed" },
    ],
    [
      "the resource denies",
      { identity: [named("own", allow)] },
      [{ ...deny, Principal: "*" }],
      "explicitDeny",
      { "IAM Policy": "allowed", "Resource Policy": "explicitDeny" },
    ],
    [
      "no resource policy is there",
      { identity: [named("own", allow)] },
      [],
      "implicitDeny",
      { "IAM Policy": "allowed", "Resource Policy": "implicitDeny" },
    ],
  ])("tells the sides apart across accounts: %s", (_name, identity, statements, EvalDecision, details) => {
    const policies = { ...identity, ...(statements.length === 0 ? {} : { resource: document(...statements) }) };
    expect(resultOf(policies, { principal: bob })).toMatchObject({ EvalDecision, EvalDecisionDetails: details });
    expect(resultOf(policies, { principal: bob }).EvalDecisionDetails).toEqual(details);
  });
});

describe("verdict simulate --format aws", () => {
  it("prints one object with a result a case (OUT-9)", async () => {
    const have = await verdict(["simulate", "--format", "aws"], { input: JSON.stringify([aCase("a"), aCase("b")]) });
    expect(have).toMatchObject({ code: 0, err: "" });
    const { EvaluationResults, IsTruncated } = JSON.parse(have.out);
    expect(EvaluationResults).toMatchObject([{ EvalDecision: "implicitDeny" }, { EvalDecision: "implicitDeny" }]);
    expect(IsTruncated).toBe(false);
  });

  it("sends errors and failed expectations to standard error and stays JSON", async () => {
    const cases = [{ ...aCase("broken"), request: {} }, aCase("bad", "allowed"), aCase("good", "implicitDeny")];
    const have = await verdict(["simulate", "--format", "aws"], { input: JSON.stringify(cases) });
    expect(have.code).toBe(1);
    expect(JSON.parse(have.out).EvaluationResults).toHaveLength(2);
    expect(have.err).toMatch(/^broken: error: .*\nFAIL bad: implicitDeny, expected `allowed`\n$/);
  });

  it("is explained, and refuses other formats and what contradicts it", async () => {
    expect((await verdict(["simulate", "--help"])).out).toMatch(/--format <format>[^-]*EvaluationResults/);
    expect((await verdict(["simulate", "--format", "xml"])).code).not.toBe(0);
    expect((await verdict(["simulate", "--format", "aws", "--json"])).code).not.toBe(0);
  });
});
