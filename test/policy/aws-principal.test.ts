// AWS's own client against the listener: SimulatePrincipalPolicy over a served policy set (OUT-9 to OUT-11).
import {
  type ContextEntry,
  type IAMClient,
  paginateSimulatePrincipalPolicy,
  SimulatePrincipalPolicyCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AccessGate, openGate } from "../../src/access/access-gate.js";
import { examplePolicies, startHttp, type TestHttpServer } from "../kit/http-server.js";
import { iamClient } from "../kit/iam-client.js";

const caller = "arn:aws:iam::111111111111:user/alice";
const object = "arn:aws:s3:::reports/q3.csv";
const statement = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::reports/*" };
const document = (...Statement: readonly object[]) => JSON.stringify({ Version: "2012-10-17", Statement }, null, 1);

let server: TestHttpServer;
let client: IAMClient;
let gate: AccessGate = openGate;

beforeAll(async () => {
  server = await startHttp({ example: "minimal", gate: { admit: (...call) => gate.admit(...call) } });
  client = iamClient(server.url);
});
afterAll(async () => {
  client.destroy();
  await server.close();
});

const context = (ContextKeyName: string, type: ContextEntry["ContextKeyType"], ...values: string[]): ContextEntry => ({
  ContextKeyName,
  ContextKeyType: type,
  ContextKeyValues: values,
});

describe("SimulatePrincipalPolicy", () => {
  const principal = (PolicySourceArn: string, change: object = {}) =>
    client.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn,
        ActionNames: ["s3:GetObject"],
        ResourceArns: [object],
        ...change,
      }),
    );

  it("decides over the served policy set", async () => {
    expect((await principal(caller)).EvaluationResults).toMatchObject([
      {
        EvalDecision: "implicitDeny",
        ResourceSpecificResults: [{ MissingContextValues: ["aws:MultiFactorAuthPresent", "aws:SourceIp"] }],
      },
    ]);
    const ContextEntries = [context("aws:SourceIp", "ip", "10.1.2.3")];
    expect((await principal(caller, { ContextEntries })).EvaluationResults).toMatchObject([
      {
        EvalDecision: "allowed",
        MatchedStatements: [
          {
            SourcePolicyId: "ReadReports",
            SourcePolicyType: "IAM Policy",
            StartPosition: { Line: 11, Column: 11 },
          },
        ],
      },
    ]);
    const secret = "arn:aws:s3:::reports/secret/x";
    const denied = await principal(caller, {
      ContextEntries,
      ActionNames: ["s3:GetObject", "s3:PutObject"],
      ResourceArns: [object, secret],
    });
    expect(denied.EvaluationResults?.map(({ EvalDecision }) => EvalDecision)).toEqual(["explicitDeny", "explicitDeny"]);
  });

  it("decides as an enforcing call does, whoever asks about what", async () => {
    const acme = await startHttp({ example: "acme" });
    const ask = iamClient(acme.url);
    const { principals, resources } = await examplePolicies("acme");
    const ResourceArns = [...resources.map(({ arn }) => arn), ...principals.map(({ arn }) => arn), "arn:aws:s3:::x/y"]
      .filter((arn) => arn.split(":").length > 5)
      .flatMap((arn) => [arn, `${arn}/below`]);
    const ActionNames = ["orders:GetOrder", "orders:Refund", "s3:GetObject", "sts:AssumeRole", "sqs:SendMessage"];
    const seen = new Set<string | undefined>();
    for (const { arn: PolicySourceArn } of principals.filter(({ kind }) => kind === "user" || kind === "role")) {
      const have = await ask.send(new SimulatePrincipalPolicyCommand({ PolicySourceArn, ActionNames, ResourceArns }));
      const decisions = have.EvaluationResults?.flatMap((one) =>
        one.ResourceSpecificResults?.map(({ EvalResourceDecision }) => EvalResourceDecision),
      );
      const requests = ActionNames.flatMap((action) => ResourceArns.map((resource) => ({ action, resource })));
      const { json } = await acme.post("/v1/batch", { defaults: { principal: PolicySourceArn }, requests });
      expect(decisions).toEqual(json.decisions.map(({ decision }: { decision: string }) => decision));
      for (const decision of decisions ?? []) seen.add(decision);
    }
    expect([...seen].sort()).toEqual(["allowed", "explicitDeny", "implicitDeny"]);
    ask.destroy();
    await acme.close();
  });

  it("asks a named set below its name", async () => {
    const named = await startHttp({ policySets: { blue: await examplePolicies("minimal") } });
    const input = { PolicySourceArn: caller, ActionNames: ["s3:GetObject"], ResourceArns: [object] };
    const ask = (path: string) => iamClient(`${named.url}${path}`).send(new SimulatePrincipalPolicyCommand(input));
    expect((await ask("/blue")).EvaluationResults).toHaveLength(1);
    await expect(ask("")).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });
    await expect(ask("/green")).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
    await named.close();
  });

  it("does not know who is not in the set", async () => {
    const error = await principal("arn:aws:iam::111111111111:user/zoe").catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: expect.stringMatching(/^NoSuchEntity/), $metadata: { httpStatusCode: 404 } });
  });

  it("adds policies to those of the principal", async () => {
    const other = "arn:aws:s3:::other/x";
    const allow = document({ ...statement, Resource: "arn:aws:s3:::other/*" });
    const ask = (change: object) => principal(caller, { ResourceArns: [other], ...change });
    expect((await ask({})).EvaluationResults).toMatchObject([{ EvalDecision: "implicitDeny" }]);
    expect((await ask({ PolicyInputList: [allow] })).EvaluationResults).toMatchObject([
      {
        EvalDecision: "allowed",
        MatchedStatements: [
          {
            SourcePolicyId: "PolicyInputList.1",
            SourcePolicyType: "IAM Policy",
            StartPosition: { Line: 3, Column: 16 },
            EndPosition: { Line: 8, Column: 4 },
          },
        ],
      },
    ]);
    // The deny of the served set still counts, and so does what it allows.
    const own = await principal(caller, {
      PolicyInputList: [document({ ...statement, Action: "s3:*", Resource: "*" })],
      ResourceArns: [object, "arn:aws:s3:::reports/secret/x"],
      ContextEntries: [context("aws:SourceIp", "ip", "10.1.2.3")],
    });
    expect(own.EvaluationResults?.[0]?.ResourceSpecificResults).toMatchObject([
      {
        EvalResourceDecision: "allowed",
        MatchedStatements: [{ SourcePolicyId: "ReadReports" }, { SourcePolicyId: "PolicyInputList.1" }],
      },
      { EvalResourceDecision: "explicitDeny" },
    ]);
  });

  it("puts a boundary and a resource policy in the place of those of the set", async () => {
    const PermissionsBoundaryPolicyInputList = [document({ ...statement, Action: "s3:PutObject" })];
    const ContextEntries = [context("aws:SourceIp", "ip", "10.1.2.3")];
    expect(
      (await principal(caller, { ContextEntries, PermissionsBoundaryPolicyInputList })).EvaluationResults,
    ).toMatchObject([
      { EvalDecision: "implicitDeny", PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false } },
    ]);
    const deny = document({ ...statement, Effect: "Deny", Principal: { AWS: caller } });
    expect((await principal(caller, { ContextEntries, ResourcePolicy: deny })).EvaluationResults).toMatchObject([
      {
        EvalDecision: "explicitDeny",
        MatchedStatements: [
          { SourcePolicyId: "ResourcePolicy", SourcePolicyType: "Resource Policy", StartPosition: { Line: 3 } },
        ],
      },
    ]);
  });

  it("asks as another user with the policies of the principal", async () => {
    const bob = "arn:aws:iam::111111111111:user/bob";
    const ContextEntries = [context("aws:SourceIp", "ip", "10.1.2.3")];
    const ask = (change: object) => principal(caller, { ContextEntries, ...change });
    expect((await ask({ CallerArn: bob })).EvaluationResults).toMatchObject([{ EvalDecision: "allowed" }]);
    const ResourcePolicy = document({ ...statement, Resource: "arn:aws:s3:::other/*", Principal: { AWS: bob } });
    const other = { ResourcePolicy, ResourceArns: ["arn:aws:s3:::other/x"] };
    expect((await ask(other)).EvaluationResults).toMatchObject([{ EvalDecision: "implicitDeny" }]);
    expect((await ask({ ...other, CallerArn: bob })).EvaluationResults).toMatchObject([
      { EvalDecision: "allowed", MatchedStatements: [{ SourcePolicyType: "Resource Policy" }] },
    ]);
    const foreign = {
      CallerArn: "arn:aws:iam::222222222222:user/eve",
      ResourceOwner: "arn:aws:iam::111111111111:root",
    };
    expect((await ask(foreign)).EvaluationResults).toMatchObject([
      {
        EvalDecision: "implicitDeny",
        EvalDecisionDetails: { "IAM Policy": "allowed", "Resource Policy": "implicitDeny" },
      },
    ]);
    await expect(ask({ CallerArn: "s3.amazonaws.com" })).rejects.toThrow(
      "Invalid ARN provided in the request: s3.amazonaws.com",
    );
  });

  it("lets context set keys that are derived otherwise", async () => {
    const Condition = { StringEquals: { "aws:PrincipalTag/rank": "chief", "aws:ResourceTag/shelf": "top" } };
    const PolicyInputList = [document({ ...statement, Resource: "arn:aws:s3:::other/*", Condition })];
    const ResourceArns = ["arn:aws:s3:::other/x"];
    const ContextEntries = [
      context("aws:PrincipalTag/rank", "string", "chief"),
      context("aws:ResourceTag/shelf", "string", "top"),
    ];
    const ask = (change: object) => principal(caller, { PolicyInputList, ResourceArns, ...change });
    expect((await ask({})).EvaluationResults).toMatchObject([{ EvalDecision: "implicitDeny" }]);
    expect((await ask({ ContextEntries })).EvaluationResults).toMatchObject([{ EvalDecision: "allowed" }]);
  });

  it("gives pages of actions", async () => {
    const ActionNames = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"];
    const input = {
      PolicySourceArn: caller,
      ActionNames,
      ResourceArns: [object],
      PolicyInputList: [document(statement)],
    };
    const names: (string | undefined)[] = [];
    for await (const page of paginateSimulatePrincipalPolicy({ client, pageSize: 1 }, { ...input })) {
      expect(page.EvaluationResults).toHaveLength(1);
      names.push(page.EvaluationResults?.[0]?.EvalActionName);
    }
    expect(names).toEqual(ActionNames);
    const { Marker } = await principal(caller, { ...input, MaxItems: 1 });
    const other = await principal(caller, { ...input, MaxItems: 1, Marker, ResourceArns: ["*"] });
    expect(other.EvaluationResults).toMatchObject([{ EvalActionName: "s3:PutObject", EvalResourceName: "*" }]);
  });

  it.each([
    ["a policy with a mistake", { PolicyInputList: ["{}"] }, "Policy input list item 1 has invalid content"],
    ["a resource policy without a principal", { ResourcePolicy: document(statement) }, "ResourcePolicy:4:3: "],
    [
      "two boundaries",
      { PermissionsBoundaryPolicyInputList: [document(statement), document(statement)] },
      "The list of Permissions Boundary policies cannot exceed 1 items.",
    ],
    [
      "too many resources",
      { ResourceArns: Array.from({ length: 1001 }, (_, index) => `arn:aws:s3:::a/${index}`) },
      "ResourceArns: 1001 resources, at most 1000",
    ],
    ["a resource that is too long", { ResourceArns: [`arn:aws:s3:::${"/".repeat(3000)}`] }, "at most 2048"],
  ])("refuses %s", async (_name, change, message) => {
    const error = await principal(caller, change).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: expect.stringMatching(/^InvalidInput/), $metadata: { httpStatusCode: 400 } });
    expect(error instanceof Error ? error.message : "").toContain(message);
  });

  it("tells callers without the right to explanations the decision alone", async () => {
    gate = { admit: () => ({ name: "app", mayExplain: false }) };
    try {
      const ContextEntries = [context("aws:SourceIp", "ip", "10.1.2.3")];
      const [have] = (await principal(caller, { ContextEntries })).EvaluationResults ?? [];
      expect(have).toMatchObject({ EvalDecision: "allowed", MatchedStatements: [], MissingContextValues: [] });
      expect(have).not.toHaveProperty("OrganizationsDecisionDetail");
    } finally {
      gate = openGate;
    }
  });

  it("does not take a signature for a credential", async () => {
    const shown: (string | undefined)[] = [];
    gate = {
      admit: (service, credentials) => {
        shown.push(service, credentials.authorization);
        return openGate.admit(service, credentials);
      },
    };
    try {
      await principal(caller);
      expect(shown).toEqual(["http", undefined]);
    } finally {
      gate = openGate;
    }
  });
});
