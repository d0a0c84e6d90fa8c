// AWS's own client against the listener: what SimulatePrincipalPolicy leaves out, and whom it finds (OUT-9).
import {
  GetContextKeysForPrincipalPolicyCommand,
  IAMClient,
  type PolicyIdentifier,
  SimulatePrincipalPolicyCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startHttp, type TestHttpServer } from "./http-server.js";

const alice = "arn:aws:iam::111111111111:user/alice";
let server: TestHttpServer;
let client: IAMClient;

beforeAll(async () => {
  server = await startHttp({ example: "minimal" });
  const credentials = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" };
  client = new IAMClient({ endpoint: server.url, region: "us-east-1", credentials, maxAttempts: 1 });
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
