// AWS's own client against the listener: what SimulatePrincipalPolicy leaves out, and whom it finds (OUT-9).
import {
  GetContextKeysForPrincipalPolicyCommand,
  type IAMClient,
  type PolicyIdentifier,
  SimulatePrincipalPolicyCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { policySet, startHttp, type TestHttpServer } from "../../kit/http-server.js";
import { iamClient } from "../../kit/iam-client.js";

const alice = "arn:aws:iam::111111111111:user/alice";
let server: TestHttpServer;
let client: IAMClient;

beforeAll(async () => {
  server = await startHttp({ example: "minimal" });
  client = iamClient(server.url);
});
afterAll(async () => {
  client.destroy();
  await server.close();
});

async function decision(PolicyExclusionList: PolicyIdentifier[], PolicySourceArn = alice) {
  const have = await client.send(
    new SimulatePrincipalPolicyCommand({
      PolicySourceArn,
      ActionNames: ["s3:GetObject"],
      ResourceArns: ["arn:aws:s3:::reports/q3.csv"],
      ContextEntries: [{ ContextKeyName: "aws:SourceIp", ContextKeyType: "ip", ContextKeyValues: ["10.1.2.3"] }],
      PolicyExclusionList,
    }),
  );
  return have.EvaluationResults?.[0]?.EvalDecision;
}

describe("PolicyExclusionList", () => {
  it.each<[PolicyIdentifier[], string]>([
    [[], "allowed"],
    [[{ PolicyType: "user-managed" }], "implicitDeny"],
    [[{ PolicyType: "aws-managed" }, { PolicyType: "rcp" }, { PolicyType: "inline" }], "allowed"],
    [[{ PolicyArn: "arn:aws:iam::111111111111:policy/ReadReports" }], "implicitDeny"],
    [[{ PolicyArn: "arn:aws:iam::111111111111:policy/Other" }], "allowed"],
  ])("leaves out of the set what %j names", async (exclusions, expected) => {
    expect(await decision(exclusions)).toBe(expected);
  });

  it("refuses what it does not know", async () => {
    const unknown = { PolicyType: "session" } as unknown as PolicyIdentifier;
    await expect(decision([unknown])).rejects.toThrow("Member must satisfy enum value set: [scp, permission-boundary");
    const star = { PolicyName: "*", AttachmentType: "user", AttachmentName: "alice" } as const;
    await expect(decision([{ InlinePolicyIdentifier: star }])).rejects.toThrow(".*[\\w+=,.@-]+.*");
    await expect(decision([{ InlinePolicyIdentifier: { ...star, PolicyName: "a*" } }])).rejects.toThrow(
      "Invalid inline policy exclusion: policyName, attachmentType, and attachmentName are required",
    );
  });
});

describe("PolicySourceArn", () => {
  it("finds by name, whatever the path", async () => {
    expect(await decision([], "arn:aws:iam::111111111111:user/some/path/alice")).toBe("allowed");
  });

  it("is refused for what has no policies of its own", async () => {
    const session = "arn:aws:sts::111111111111:assumed-role/App/run";
    await expect(decision([], session)).rejects.toThrow("name the role, arn:aws:iam::111111111111:role/App");
    const root = "arn:aws:iam::111111111111:root";
    await expect(decision([], root)).rejects.toThrow(`Invalid ARN provided in the request: ${root}`);
    await expect(decision([], "arn:aws:iam::111111111111:user/zoe")).rejects.toThrow(
      "Unable to retrieve specified IAM entity.",
    );
  });

  it("gives the keys that its policies name", async () => {
    const have = await client.send(new GetContextKeysForPrincipalPolicyCommand({ PolicySourceArn: alice }));
    expect(have.ContextKeyNames).toEqual(["aws:SourceIp"]);
  });
});

describe("a set with a boundary, SCPs, groups and inline policies", () => {
  const account = "222222222222";
  const arn = (rest: string) => `arn:aws:iam::${account}:${rest}`;
  const statement = (Action: string, Effect = "Allow") => ({ Effect, Action, Resource: "*" });
  const document = (...Statement: readonly object[]) => ({ Version: "2012-10-17", Statement });
  const own = document(statement("s3:GetObject"));
  const fence = document(statement("*"), {
    ...statement("s3:*", "Deny"),
    Condition: { StringEquals: { "aws:RequestedRegion": "us-east-1" } },
  });

  let served: TestHttpServer;
  let asking: IAMClient;

  beforeAll(async () => {
    const set = policySet({
      organization: {
        id: "o-exampleorgid",
        managementAccount: "111111111111",
        root: { id: "r-ab12", accounts: ["111111111111", account], serviceControlPolicies: ["Fence"] },
      },
      policies: [
        {
          arn: "arn:aws:organizations::111111111111:policy/o-exampleorgid/service_control_policy/Fence",
          document: fence,
        },
        { arn: arn("policy/Limit"), document: document(statement("s3:Get*"), statement("sqs:*")) },
        { arn: arn("policy/team/Shared"), document: document(statement("sns:Publish")) },
      ],
      users: [
        {
          arn: arn("user/bea"),
          groups: ["Readers"],
          inlinePolicies: [{ name: "own", document: own }],
          permissionsBoundary: arn("policy/Limit"),
        },
        { arn: arn("user/cem"), groups: ["Readers"] },
      ],
      groups: [
        {
          arn: arn("group/Readers"),
          managedPolicies: ["Shared"],
          inlinePolicies: [{ name: "own", document: document(statement("sqs:SendMessage")) }],
        },
      ],
      roles: [
        {
          arn: arn("role/app"),
          inlinePolicies: [{ name: "own", document: own }],
          trustPolicy: document({
            Effect: "Allow",
            Principal: { Service: "ec2.amazonaws.com" },
            Action: "sts:AssumeRole",
          }),
        },
      ],
    });
    served = await startHttp({ policySets: { default: set } });
    asking = iamClient(served.url);
  });
  afterAll(async () => {
    asking.destroy();
    await served.close();
  });

  const entry = {
    ContextKeyName: "aws:RequestedRegion",
    ContextKeyType: "string",
    ContextKeyValues: ["eu-west-1"],
  } as const;
  async function ask(
    source: string,
    action: string,
    PolicyExclusionList: PolicyIdentifier[] = [],
    region = "eu-west-1",
  ) {
    const have = await asking.send(
      new SimulatePrincipalPolicyCommand({
        PolicySourceArn: arn(source),
        ActionNames: [action],
        ContextEntries: [{ ...entry, ContextKeyValues: [region] }],
        PolicyExclusionList,
      }),
    );
    return have.EvaluationResults?.[0];
  }
  const inline = (AttachmentType: "user" | "role" | "group", AttachmentName: string, PolicyName = "own") => ({
    InlinePolicyIdentifier: { PolicyName, AttachmentType, AttachmentName },
  });

  it.each<[string, string, PolicyIdentifier[], string]>([
    ["user/bea", "s3:GetObject", [], "allowed"],
    ["user/bea", "s3:GetObject", [{ PolicyType: "inline" }], "implicitDeny"],
    ["user/bea", "s3:GetObject", [inline("user", "bea")], "implicitDeny"],
    ["user/bea", "s3:GetObject", [inline("group", "Readers")], "allowed"],
    ["user/bea", "s3:GetObject", [inline("user", "cem")], "allowed"],
    ["user/bea", "s3:GetObject", [inline("role", "bea")], "allowed"],
    ["user/bea", "s3:GetObject", [inline("user", "bea", "other")], "allowed"],
    ["user/bea", "s3:GetObject", [{ PolicyType: "user-managed" }], "allowed"],
    ["user/bea", "sqs:SendMessage", [], "allowed"],
    ["user/bea", "sqs:SendMessage", [inline("group", "Readers")], "implicitDeny"],
    ["user/bea", "sqs:SendMessage", [inline("user", "bea")], "allowed"],
    ["role/app", "s3:GetObject", [], "allowed"],
    ["role/app", "s3:GetObject", [inline("role", "app")], "implicitDeny"],
    ["user/bea", "sns:Publish", [], "implicitDeny"],
    ["user/bea", "sns:Publish", [{ PolicyType: "permission-boundary" }], "allowed"],
    ["user/bea", "sns:Publish", [{ PolicyArn: arn("policy/Limit") }], "implicitDeny"],
    ["user/cem", "sns:Publish", [{ PolicyArn: arn("policy/Shared") }], "implicitDeny"],
    ["user/cem", "sns:Publish", [{ PolicyArn: arn("policy/team/Shared") }], "allowed"],
    ["group/Readers", "sqs:SendMessage", [], "allowed"],
    ["group/Readers", "sns:Publish", [], "allowed"],
    ["group/Readers", "s3:GetObject", [], "implicitDeny"],
    ["group/Readers", "sqs:SendMessage", [inline("group", "Readers")], "implicitDeny"],
    ["group/Readers", "sns:Publish", [{ PolicyType: "user-managed" }], "implicitDeny"],
    ["group/a/path/Readers", "sns:Publish", [], "allowed"],
  ])("decides for %s %s without %j: %s", async (source, action, exclusions, want) => {
    expect((await ask(source, action, exclusions))?.EvalDecision).toBe(want);
  });

  it("leaves SCPs out with all that the answer says of them", async () => {
    const denied = await ask("user/bea", "s3:GetObject", [], "us-east-1");
    expect(denied).toMatchObject({
      EvalDecision: "explicitDeny",
      OrganizationsDecisionDetail: { AllowedByOrganizations: false },
    });
    const excluded = await ask("user/bea", "s3:GetObject", [{ PolicyType: "scp" }], "us-east-1");
    expect(excluded?.EvalDecision).toBe("allowed");
    expect(excluded?.OrganizationsDecisionDetail).toBeUndefined();
    expect((await ask("user/bea", "sns:Publish"))?.PermissionsBoundaryDecisionDetail).toEqual({
      AllowedByPermissionsBoundary: false,
    });
    const unbound = await ask("user/bea", "sns:Publish", [{ PolicyType: "permission-boundary" }]);
    expect(unbound?.PermissionsBoundaryDecisionDetail).toBeUndefined();
  });

  it.each([
    ["user/cem", "sqs:SendMessage", "group_Readers_own"],
    ["role/app", "s3:GetObject", "role_app_own"],
    ["group/Readers", "sqs:SendMessage", "group_Readers_own"],
    ["group/Readers", "sns:Publish", "Shared"],
    ["user/cem", "sns:Publish", "Shared"],
  ])("names the policy that lets %s do %s: %s", async (source, action, want) => {
    const have = await ask(source, action);
    expect(
      have?.MatchedStatements?.map(({ SourcePolicyId, SourcePolicyType }) => [SourcePolicyId, SourcePolicyType]),
    ).toEqual([[want, "IAM Policy"]]);
  });

  it("tells where the statement begins and ends in the file of the set (OUT-11)", async () => {
    const have = await ask("role/app", "s3:GetObject");
    const [{ StartPosition, EndPosition } = {}] = have?.MatchedStatements ?? [];
    expect(EndPosition?.Line).toBe(StartPosition?.Line);
    const length = (EndPosition?.Column ?? 0) - (StartPosition?.Column ?? 0);
    expect(length).toBe(JSON.stringify(statement("s3:GetObject")).length);
  });

  it("names the policies on both sides of a boundary", async () => {
    const have = await ask("user/bea", "s3:GetObject");
    const sources = have?.MatchedStatements?.map(({ SourcePolicyId, SourcePolicyType }) => [
      SourcePolicyId,
      SourcePolicyType,
    ]);
    expect(sources).toEqual([
      ["user_bea_own", "IAM Policy"],
      ["Limit", "Permissions Boundary Policy"],
    ]);
  });

  it("asks for a group as nobody in particular", async () => {
    const only = (key: string) =>
      JSON.stringify(document({ ...statement("kms:Sign"), Condition: { Null: { [key]: "true" } } }));
    const has = async (key: string) => {
      const have = await asking.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: arn("group/Readers"),
          ActionNames: ["kms:Sign"],
          PolicyInputList: [only(key)],
        }),
      );
      return have.EvaluationResults?.[0]?.EvalDecision !== "allowed";
    };
    expect([await has("aws:username"), await has("aws:PrincipalArn")]).toEqual([false, true]);
  });

  it("does not know a group that the set lacks", async () => {
    await expect(ask("group/Nobody", "s3:GetObject")).rejects.toThrow("Unable to retrieve specified IAM entity.");
  });
});
