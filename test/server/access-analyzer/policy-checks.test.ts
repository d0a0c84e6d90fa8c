// AWS's own client against the listener: the custom policy checks of Access Analyzer.
import {
  type AccessAnalyzerClient,
  CheckAccessNotGrantedCommand,
  type CheckAccessNotGrantedCommandInput,
  CheckNoNewAccessCommand,
  type CheckNoNewAccessCommandInput,
  CheckNoPublicAccessCommand,
  type CheckNoPublicAccessCommandInput,
} from "@aws-sdk/client-accessanalyzer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accessAnalyzerClient } from "../../kit/access-analyzer-client.js";
import { startHttp, type TestHttpServer } from "../../kit/http-server.js";

let server: TestHttpServer;
let client: AccessAnalyzerClient;

beforeAll(async () => {
  server = await startHttp({ routes: { accessAnalyzer: true } });
  client = accessAnalyzerClient(server.url);
});
afterAll(async () => {
  client.destroy();
  await server.close();
});

const document = (...Statement: readonly object[]) => JSON.stringify({ Version: "2012-10-17", Statement }, null, 1);
const get = { Sid: "Read", Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::reports/*" };
const put = { Sid: "Write", Effect: "Allow", Action: "s3:PutObject", Resource: "arn:aws:s3:::reports/in/*" };

function newAccess(existing: string, updated: string, change: Partial<CheckNoNewAccessCommandInput> = {}) {
  const input = {
    existingPolicyDocument: existing,
    newPolicyDocument: updated,
    policyType: "IDENTITY_POLICY" as const,
  };
  return client.send(new CheckNoNewAccessCommand({ ...input, ...change }));
}

describe("CheckNoNewAccess", () => {
  it("passes what allows nothing more", async () => {
    const narrower = { ...get, Resource: "arn:aws:s3:::reports/2026/*" };
    expect(await newAccess(document(get), document(narrower))).toMatchObject({
      result: "PASS",
      message: "The modified permissions do not grant new access compared to your existing policy.",
    });
    const deny = { Effect: "Deny", Action: "s3:*", Resource: "*" };
    expect(await newAccess(document(get), document(get, put, deny))).toMatchObject({ result: "PASS" });
  });

  it("fails what allows more, and names the statement", async () => {
    const have = await newAccess(document(get), document(get, put));
    expect(have.result).toBe("FAIL");
    expect(have.reasons).toMatchObject([{ statementIndex: 1, statementId: "Write" }]);
  });

  it("compares trust policies as what they are", async () => {
    const trust = (account: string) =>
      document({ Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" });
    const policyType = "RESOURCE_POLICY" as const;
    const one = trust("111111111111");
    expect(await newAccess(one, one, { policyType })).toMatchObject({ result: "PASS" });
    expect(await newAccess(one, trust("222222222222"), { policyType })).toMatchObject({ result: "FAIL" });
  });
});

function granted(policy: string, change: Partial<CheckAccessNotGrantedCommandInput>) {
  const input = { policyDocument: policy, policyType: "IDENTITY_POLICY" as const, access: [] };
  return client.send(new CheckAccessNotGrantedCommand({ ...input, ...change }));
}

describe("CheckAccessNotGranted", () => {
  it("passes and fails by actions, by resources, and by both", async () => {
    const policy = document(get, put);
    const result = async (access: object) => (await granted(policy, { access: [access] })).result;
    expect(await result({ actions: ["s3:DeleteObject"] })).toBe("PASS");
    expect(await result({ actions: ["s3:DeleteObject", "s3:PutObject"] })).toBe("FAIL");
    expect(await result({ resources: ["arn:aws:s3:::other/*"] })).toBe("PASS");
    expect(await result({ resources: ["arn:aws:s3:::reports/in/a"] })).toBe("FAIL");
    expect(await result({ actions: ["s3:PutObject"], resources: ["arn:aws:s3:::reports/out/*"] })).toBe("PASS");
  });

  it.each<[string, readonly object[], string]>([
    ["no entry", [], "access: must have one entry"],
    ["two", [{ actions: ["s3:GetObject"] }, { actions: ["s3:PutObject"] }], "access: must have one entry"],
    ["an empty one", [{}], "access: must name actions or resources"],
    ["a pattern of actions", [{ actions: ["s3:*"] }], "access[0].actions: `s3:*` is not one action"],
    [
      "an action with a blank",
      [{ actions: ["s3:Get Object"] }],
      "access[0].actions: `s3:Get Object` is not one action",
    ],
    ["a list that is none", [{ actions: "s3:GetObject" }], "access[0].actions: must be a list of strings"],
    ["too many", [{ actions: Array(101).fill("s3:GetObject") }], "access[0].actions: at most 100"],
    ["half a character", [{ resources: ["arn:aws:s3:::\ud800"] }], "access[0].resources: has a lone surrogate"],
    [
      "what is no resource",
      [{ resources: ["arn:aws:s3:::b", "reports"] }],
      "access[0].resources: `reports` is no ARN, no pattern of ARNs and not `*` (RES-1)",
    ],
  ])("refuses %s", async (_, access, message) => {
    await expect(granted(document(get), { access: [...access] })).rejects.toMatchObject({
      name: "ValidationException",
      message,
      fieldList: [{ name: message.slice(0, message.indexOf(":")), message }],
    });
  });

  it("does not know what no request could show, since it would be too long", async () => {
    const long = `arn:aws:s3:::reports/${"a".repeat(100_000)}`;
    const access = [{ actions: ["s3:GetObject"], resources: [long] }];
    await expect(granted(document(get), { access })).rejects.toMatchObject({
      name: "ValidationException",
      message: "access[0].resources: a resource of more than 65536 bytes, which no request is about",
    });
    await expect(
      newAccess(document({ ...get, Effect: "Deny" }), document({ ...get, Resource: long })),
    ).rejects.toMatchObject({
      name: "UnprocessableEntityException",
      message: "what would show it is larger than a request may be (resource: longer than 65536 bytes)",
    });
  });
});

function open(policy: object, resourceType: CheckNoPublicAccessCommandInput["resourceType"]) {
  return client.send(new CheckNoPublicAccessCommand({ policyDocument: document(policy), resourceType }));
}

describe("CheckNoPublicAccess", () => {
  it("fails what lets strangers in, and passes what a condition closes", async () => {
    const everyone = { ...get, Principal: "*" };
    const have = await open(everyone, "AWS::S3::Bucket");
    expect(have.result).toBe("FAIL");
    expect(have.reasons).toMatchObject([{ statementIndex: 0, statementId: "Read" }]);
    const Condition = { StringEquals: { "aws:PrincipalOrgID": "o-abcdefghij" } };
    expect(await open({ ...everyone, Condition }, "AWS::S3::Bucket")).toMatchObject({ result: "PASS" });
  });

  it("knows the trust policies of roles", async () => {
    const trust = (Principal: unknown) => ({ Effect: "Allow", Principal, Action: "sts:AssumeRole" });
    expect(await open(trust("*"), "AWS::IAM::AssumeRolePolicyDocument")).toMatchObject({ result: "FAIL" });
    expect(await open(trust({ AWS: "111111111111" }), "AWS::IAM::AssumeRolePolicyDocument")).toMatchObject({
      result: "PASS",
    });
  });

  it("refuses documents that are longer than any policy", async () => {
    const long = document({ ...get, Resource: `arn:aws:s3:::${"a".repeat(1 << 19)}` });
    const message = `newPolicyDocument: ${long.length} UTF-16 units, at most 524288`;
    await expect(newAccess(document(get), long)).rejects.toMatchObject({ name: "ValidationException", message });
  });

  it("says why it does not know", async () => {
    const tied = { ...get, Condition: { StringNotLike: { "aws:SourceIp": "zz*" } } };
    await expect(newAccess(document(tied), document(get))).rejects.toMatchObject({
      name: "UnprocessableEntityException",
      message:
        "tests of aws:sourceip in several formats, as text and as a number, time or address, could not be told apart",
    });
  });

  it("refuses a document with its place, and a type that it does not know", async () => {
    await expect(open({ ...get, Effect: "Permit" }, "AWS::S3::Bucket")).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringMatching(/^policyDocument: line \d+, column \d+: Statement/),
    });
    // @ts-expect-error the client's type has no such kind
    await expect(open({ ...get, Principal: "*" }, "AWS::EC2::Instance")).rejects.toMatchObject({
      name: "ValidationException",
    });
  });
});
