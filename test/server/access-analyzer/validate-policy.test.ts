// AWS's own client against the listener: ValidatePolicy in Access Analyzer's REST protocol.
import {
  type AccessAnalyzerClient,
  paginateValidatePolicy,
  ValidatePolicyCommand,
  type ValidatePolicyCommandInput,
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

async function validate(policy: object | string, change: Partial<ValidatePolicyCommandInput> = {}) {
  const policyDocument = typeof policy === "string" ? policy : JSON.stringify(policy, null, 2);
  const have = await client.send(
    new ValidatePolicyCommand({ policyDocument, policyType: "IDENTITY_POLICY", ...change }),
  );
  return have.findings ?? [];
}

const good = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::reports/*" };
const policy = (...Statement: readonly object[]) => ({ Version: "2012-10-17", Statement });

async function issues(document: object | string, change?: Partial<ValidatePolicyCommandInput>) {
  return (await validate(document, change)).map(({ findingType, issueCode }) => `${findingType} ${issueCode}`);
}

describe("ValidatePolicy", () => {
  it("finds nothing in a good policy", async () => {
    expect(await validate(policy(good))).toEqual([]);
  });

  it("gives the text, the issue, its page, and the place as path and span", async () => {
    const text =
      '{\n "Version": "2012-10-17",\n "Statement": [{ "Effect": "Allow", "Action": ["s3:GetObjekt"], "Resource": "*" }]\n}';
    expect(await validate(text)).toEqual([
      {
        findingDetails: expect.stringContaining("`s3:GetObjekt`"),
        findingType: "ERROR",
        issueCode: "INVALID_ACTION",
        learnMoreLink:
          "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html#access-analyzer-reference-policy-checks-error-invalid-action",
        locations: [
          {
            path: [{ value: "Statement" }, { index: 0 }, { value: "Action" }, { index: 0 }],
            span: {
              start: { line: 3, column: 47, offset: text.indexOf('"s3:') },
              end: { line: 3, column: 61, offset: text.indexOf('"s3:') + 14 },
            },
          },
        ],
      },
    ]);
  });

  it("points at the name of a member that does not belong there", async () => {
    const [finding] = await validate(policy({ ...good, Conditions: {} }));
    expect(finding).toMatchObject({ findingType: "ERROR", issueCode: "INVALID_POLICY_ELEMENT" });
    expect(finding?.locations?.[0]?.path).toEqual([{ value: "Statement" }, { index: 0 }, { key: "Conditions" }]);
  });

  it.each<[string, object | string, readonly string[], Partial<ValidatePolicyCommandInput>?]>([
    ["no JSON", "{", ["ERROR JSON_SYNTAX_ERROR"]],
    ["no statement", { Version: "2012-10-17" }, ["ERROR MISSING_STATEMENT"]],
    ["another version", { Version: "2020-01-01", Statement: good }, ["ERROR INVALID_VERSION"]],
    ["no version", { Statement: good }, ["WARNING MISSING_VERSION"]],
    ["no effect", policy({ ...good, Effect: undefined }), ["ERROR MISSING_EFFECT"]],
    ["no action", policy({ ...good, Action: undefined }), ["ERROR MISSING_ACTION"]],
    ["no resource", policy({ ...good, Resource: undefined }), ["ERROR MISSING_RESOURCE"]],
    ["a wrong effect", policy({ ...good, Effect: "Permit" }), ["ERROR INVALID_EFFECT"]],
    ["both actions", policy({ ...good, NotAction: "s3:*" }), ["ERROR UNSUPPORTED_ELEMENT_COMBINATION"]],
    ["a principal", policy({ ...good, Principal: "*" }), ["ERROR UNSUPPORTED_PRINCIPAL"]],
    ["a Sid with a blank", policy({ ...good, Sid: "a b" }), ["ERROR UNSUPPORTED_SID"]],
    [
      "a Sid twice",
      policy({ ...good, Sid: "a" }, { ...good, Sid: "a", Effect: "Deny" }),
      ["ERROR UNIQUE_SIDS_REQUIRED"],
    ],
    ["no ARN", policy({ ...good, Resource: "reports/*" }), ["ERROR INVALID_ARN_PREFIX"]],
    ["an unknown service", policy({ ...good, Action: "s33:GetObject" }), ["ERROR INVALID_SERVICE_IN_ACTION"]],
    ["an action twice", policy({ ...good, Action: ["s3:GetObject", "s3:Get*"] }), ["SUGGESTION REDUNDANT_ACTION"]],
    [
      "everything",
      policy({ ...good, Action: "*", Resource: "*" }),
      ["SECURITY_WARNING PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE"],
    ],
    [
      "any role",
      policy({ ...good, Action: "iam:PassRole", Resource: "*" }),
      ["SECURITY_WARNING PASS_ROLE_WITH_STAR_IN_RESOURCE"],
    ],
    [
      "an operator",
      policy({ ...good, Condition: { StringIs: { "aws:username": "a" } } }),
      ["ERROR INVALID_CONDITION_OPERATOR"],
    ],
    [
      "an address",
      policy({ ...good, Condition: { IpAddress: { "aws:SourceIp": "1.2.3" } } }),
      ["WARNING TYPE_MISMATCH_IP_RANGE"],
    ],
    [
      "bits of a range",
      policy({ ...good, Condition: { IpAddress: { "aws:SourceIp": "203.0.113.7/24" } } }),
      ["SUGGESTION IMPROVE_IP_RANGE"],
    ],
    [
      "an open variable",
      policy({ ...good, Resource: "arn:aws:s3:::reports/${aws:username" }),
      ["ERROR MISSING_BRACE_IN_VARIABLE"],
    ],
    [
      "an Allow for all others",
      policy({ ...good, NotPrincipal: { AWS: "111111111111" } }),
      ["SECURITY_WARNING ALLOW_WITH_NOT_PRINCIPAL"],
      { policyType: "RESOURCE_POLICY" },
    ],
    [
      "a resource in a trust policy",
      policy({ ...good, Action: "sts:AssumeRole", Principal: { AWS: "111111111111" } }),
      ["ERROR ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE"],
      { policyType: "RESOURCE_POLICY", validatePolicyResourceType: "AWS::IAM::AssumeRolePolicyDocument" },
    ],
    [
      "a principal in an SCP",
      policy({ ...good, Principal: "*" }),
      ["ERROR UNSUPPORTED_PRINCIPAL"],
      { policyType: "SERVICE_CONTROL_POLICY" },
    ],
  ])("names %s as AWS does", async (_, document, wanted, change) => {
    expect(await issues(document, change)).toEqual(wanted);
  });

  it("names what AWS does not check by its rule", async () => {
    const never = policy({
      ...good,
      Condition: { StringEquals: { "aws:username": "a" }, StringNotEquals: { "aws:username": "a" } },
    });
    const [finding] = await validate(never);
    expect(finding).toMatchObject({ issueCode: "LINT_NEVER", learnMoreLink: "src/validate/README.md#LINT-NEVER" });
  });

  it("gives findings page by page", async () => {
    const document = policy(...[..."abc"].map((Sid) => ({ ...good, Sid, Action: `s3:Unknown${Sid}` })));
    const input = { policyDocument: JSON.stringify(document), policyType: "IDENTITY_POLICY" as const };
    const pages: number[] = [];
    for await (const { findings } of paginateValidatePolicy({ client, pageSize: 2 }, input))
      pages.push(findings?.length ?? 0);
    expect(pages).toEqual([2, 1]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    [
      "a type of policies",
      { policyType: "OTHER" },
      "policyType: must be one of IDENTITY_POLICY, RESOURCE_POLICY, SERVICE_CONTROL_POLICY, RESOURCE_CONTROL_POLICY, not `OTHER`",
    ],
    [
      "a resource type of an identity policy",
      { validatePolicyResourceType: "AWS::S3::Bucket" },
      "validatePolicyResourceType: goes with the policy type RESOURCE_POLICY only",
    ],
    ["a token", { nextToken: "x" }, "nextToken: is of no answer"],
    ["a size of pages", { maxResults: 0 }, "maxResults: must be 1 to 1000, not `0`"],
  ])("refuses %s that it does not know", async (_, change, message) => {
    const answer = validate(policy(good), change);
    await expect(answer).rejects.toMatchObject({
      name: "ValidationException",
      reason: "fieldValidationFailed",
      message,
    });
  });

  it("refuses a body that is no JSON object", async () => {
    for (const [body, message] of [
      ["{", "the body is no JSON text"],
      ["[]", "the body must be a JSON object"],
      [`{"policyDocument":1,"policyType":"IDENTITY_POLICY"}`, "policyDocument: must be a string"],
      ["{}", "policyDocument: missing"],
    ]) {
      const init = { method: "POST", headers: { "content-type": "application/json" }, body: body ?? "" };
      const have = await fetch(`${server.url}/policy/validation`, init);
      expect(have.status).toBe(400);
      expect(have.headers.get("x-amzn-errortype")).toBe("ValidationException");
      expect(await have.json()).toMatchObject({ message });
    }
  });

  it("is not there unless it is asked for", async () => {
    const closed = await startHttp({});
    const other = accessAnalyzerClient(closed.url);
    const command = new ValidatePolicyCommand({ policyDocument: "{}", policyType: "IDENTITY_POLICY" });
    await expect(other.send(command)).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
    other.destroy();
    await closed.close();
  });
});
