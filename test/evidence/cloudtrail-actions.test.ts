// From a record of CloudTrail to the actions and resources that AWS authorised, and what the record proves.
import { beforeAll, describe, expect, it } from "vitest";
import { actionExceptions } from "../../src/evidence/cloudtrail/action-exceptions.js";
import { actionsOfEvent } from "../../src/evidence/cloudtrail/actions-of-event.js";
import { awsOutcome } from "../../src/evidence/cloudtrail/aws-outcome.js";
import { ContextReader, contextOfEvent } from "../../src/evidence/cloudtrail/context-of-event.js";
import { requesterOfEvent } from "../../src/evidence/cloudtrail/requester-of-event.js";
import { resourcesOfEvent } from "../../src/evidence/cloudtrail/resources-of-event.js";
import { actionIn, type Catalogue } from "../../src/validate/catalogue/catalogue.js";
import { loadWholeCatalogue } from "../../src/validate/catalogue/load-catalogue.js";

let catalogue: Catalogue | undefined;
beforeAll(async () => {
  catalogue = await loadWholeCatalogue();
});

const event = (source: string, eventName: string, requestParameters: object | null = null, more: object = {}) => ({
  eventType: "AwsApiCall",
  eventSource: `${source}.amazonaws.com`,
  eventName,
  awsRegion: "eu-west-1",
  recipientAccountId: "111111111111",
  userIdentity: { type: "IAMUser", arn: "arn:aws:iam::111111111111:user/alice", userName: "alice" },
  requestParameters,
  ...more,
});

const noNames = { entity: () => undefined };
const bucket = { bucketName: "depot" };

describe("the actions of a record", () => {
  it.each<[string, string, object | null, readonly string[] | undefined]>([
    ["dynamodb", "GetItem", null, ["dynamodb:GetItem"]],
    ["ec2", "RunInstances", null, ["ec2:RunInstances"]],
    ["monitoring", "PutMetricData", null, ["cloudwatch:PutMetricData"]],
    ["lambda", "CreateFunction20150331", null, ["lambda:CreateFunction"]],
    ["lambda", "UpdateFunctionCode20150331v2", null, ["lambda:UpdateFunctionCode"]],
    ["lambda", "Invoke", null, ["lambda:InvokeFunction"]],
    ["cloudfront", "CreateDistribution2020_05_31", null, ["cloudfront:CreateDistribution"]],
    ["s3", "ListBuckets", null, ["s3:ListAllMyBuckets"]],
    ["s3", "HeadObject", bucket, ["s3:GetObject"]],
    ["s3", "GetObject", { ...bucket, versionId: "v" }, ["s3:GetObjectVersion"]],
    ["s3", "UploadPartCopy", bucket, ["s3:PutObject", "s3:GetObject"]],
    ["s3", "DeleteBucketLifecycle", bucket, ["s3:PutLifecycleConfiguration"]],
    ["s3", "GetPublicAccessBlock", bucket, ["s3:GetBucketPublicAccessBlock"]],
    ["s3", "PutPublicAccessBlock", null, ["s3:PutAccountPublicAccessBlock"]],
    ["s3", "CreateSession", { bucketName: "d--use1-az4--x-s3" }, ["s3express:CreateSession"]],
    ["kms", "ReEncrypt", null, ["kms:ReEncryptFrom", "kms:ReEncryptTo"]],
    [
      "dynamodb",
      "TransactWriteItems",
      { transactItems: [{ put: {} }, { conditionCheck: {} }] },
      ["dynamodb:PutItem", "dynamodb:ConditionCheckItem"],
    ],
    ["dynamodb", "ExecuteStatement", { statement: " select * from t" }, ["dynamodb:PartiQLSelect"]],
    ["apigateway", "GetRestApis", null, ["apigateway:GET"]],
    ["apigateway", "UpdateStage", null, ["apigateway:PATCH"]],
    ["sts", "GetCallerIdentity", null, []],
    ["s3", "NoSuchCall", null, undefined],
    ["nosuchservice", "GetObject", null, undefined],
  ])("of %s %s %j are those that AWS authorises", (source, name, parameters, wanted) => {
    expect(actionsOfEvent(event(source, name, parameters), catalogue)).toEqual(wanted);
  });

  it("exist, for every exception of the table", () => {
    const actions = [...actionExceptions.values()].flatMap((rows) => [...rows.values()].flat());
    // Deleting a notification or an acceleration has no call; the table makes rows for three verbs at once.
    expect(actions.filter((action) => actionIn(catalogue, action) === undefined)).toEqual([]);
  });
});

describe("the resources of a record", () => {
  const resources = (source: string, action: string, parameters: object | null, more: object = {}) =>
    resourcesOfEvent(event(source, "Call", parameters, more), action, catalogue, noNames)?.map(({ arn }) => arn);

  it.each<[string, string, object | null, readonly string[] | undefined]>([
    ["s3", "s3:ListAllMyBuckets", null, ["*"]],
    ["s3", "s3:GetObject", { ...bucket, key: "a/b.txt" }, ["arn:aws:s3:::depot/a/b.txt"]],
    ["s3", "s3:ListBucket", bucket, ["arn:aws:s3:::depot"]],
    [
      "s3",
      "s3:DeleteObject",
      { ...bucket, delete: { objects: [{ key: "a" }, { key: "b" }] } },
      ["arn:aws:s3:::depot/a", "arn:aws:s3:::depot/b"],
    ],
    ["iam", "iam:GetRole", { roleName: "Admin" }, ["arn:aws:iam::111111111111:role/Admin"]],
    ["iam", "iam:GetUser", null, ["arn:aws:iam::111111111111:user/alice"]],
    ["iam", "iam:CreateUser", { userName: "eve", path: "/eng/" }, ["arn:aws:iam::111111111111:user/eng/eve"]],
    [
      "sts",
      "sts:AssumeRole",
      { roleArn: "arn:aws:iam::222222222222:role/x/R" },
      ["arn:aws:iam::222222222222:role/x/R"],
    ],
    [
      "sqs",
      "sqs:SendMessage",
      { queueUrl: "https://sqs.eu-west-1.amazonaws.com/111111111111/jobs" },
      ["arn:aws:sqs:eu-west-1:111111111111:jobs"],
    ],
    [
      "ec2",
      "ec2:TerminateInstances",
      { instancesSet: { items: [{ instanceId: "i-1" }, { instanceId: "i-2" }] } },
      ["arn:aws:ec2:eu-west-1:111111111111:instance/i-1", "arn:aws:ec2:eu-west-1:111111111111:instance/i-2"],
    ],
    ["s3", "s3:GetObject", bucket, undefined],
  ])("of %s %s %j are told or unknown, never guessed", (source, action, parameters, wanted) => {
    expect(resources(source, action, parameters)).toEqual(wanted);
  });

  it("are those that the record lists, of the action's types", () => {
    const listed = [{ ARN: "arn:aws:s3:::depot/k" }, { ARN: "arn:aws:s3:::depot", accountId: "222222222222" }];
    expect(resources("s3", "s3:GetObject", null, { resources: listed })).toEqual(["arn:aws:s3:::depot/k"]);
    expect(resources("s3", "s3:ListBucket", null, { resources: listed })).toEqual(["arn:aws:s3:::depot"]);
  });

  it("have the path that the policy set knows", () => {
    const names = {
      entity: (account: string, kind: string, name: string) => `arn:aws:iam::${account}:${kind}/path/${name}`,
    };
    const call = event("iam", "GetRole", { roleName: "Admin" });
    expect(resourcesOfEvent(call, "iam:GetRole", catalogue, names)).toEqual([
      { arn: "arn:aws:iam::111111111111:role/path/Admin" },
    ]);
  });

  it("of a copy are the source for reading", () => {
    const call = event("s3", "CopyObject", {
      ...bucket,
      key: "to",
      "x-amz-copy-source": "/other/from%20here?versionId=1",
    });
    expect(resourcesOfEvent(call, "s3:GetObject", catalogue, noNames)).toEqual([
      { arn: "arn:aws:s3:::other/from here" },
    ]);
    expect(resourcesOfEvent(call, "s3:PutObject", catalogue, noNames)).toEqual([{ arn: "arn:aws:s3:::depot/to" }]);
  });
});

describe("what a record proves", () => {
  const outcome = (more: object) => awsOutcome(event("s3", "GetObject", null, more));

  it("is an allow without an error, and after a dry run", () => {
    expect(outcome({})).toEqual({ kind: "allowed" });
    expect(outcome({ errorCode: "Client.DryRunOperation" })).toEqual({ kind: "allowed" });
  });

  it.each(["AccessDenied", "AccessDeniedException", "Client.UnauthorizedOperation", "VpceAccessDenied"])(
    "is a denial for %s",
    (errorCode) => {
      expect(outcome({ errorCode })).toEqual({ kind: "denied" });
    },
  );

  it("names the type of policies, and the policy where AWS does (OUT-12)", () => {
    const who = "User: arn:aws:iam::1:user/a is not authorized to perform: s3:GetObject on resource: x";
    expect(
      outcome({
        errorCode: "AccessDenied",
        errorMessage: `${who} because no identity-based policy allows the s3:GetObject action`,
      }),
    ).toEqual({
      kind: "denied",
      layer: "identity-based policy",
      isExplicit: false,
    });
    const arn = "arn:aws:organizations::1:policy/o-1/service_control_policy/p-1";
    expect(
      outcome({
        errorCode: "AccessDenied",
        errorMessage: `${who} with an explicit deny in a service control policy: ${arn}`,
      }),
    ).toEqual({
      kind: "denied",
      layer: "service control policy",
      isExplicit: true,
      policy: arn,
    });
    expect(outcome({ errorMessage: `${who} with an explicit deny in an identity-based policy` })).toMatchObject({
      layer: "identity-based policy",
    });
  });

  it.each<[string, object, string]>([
    ["another error", { errorCode: "NoSuchKey" }, "failed otherwise"],
    ["an event of a service", { eventType: "AwsServiceEvent" }, "not a call"],
    ["a sign-in", { eventSource: "signin.amazonaws.com" }, "not a call"],
    ["an event of an endpoint", { eventType: "AwsVpceEvent", errorCode: "VpceAccessDenied" }, "endpoint"],
  ])("is nothing for %s", (_, more, why) => {
    expect(outcome(more)).toEqual({ kind: "none", why });
  });
});

describe("who called", () => {
  it.each<[object, object]>([
    [{ type: "AssumedRole", arn: "arn:aws:sts::1:assumed-role/R/s" }, { principal: "arn:aws:sts::1:assumed-role/R/s" }],
    [{ type: "Root", accountId: "111111111111" }, { principal: "arn:aws:iam::111111111111:root" }],
    [{ type: "AWSService", invokedBy: "events.amazonaws.com" }, { principal: "events.amazonaws.com" }],
    [{ type: "AWSAccount", accountId: "ANONYMOUS_PRINCIPAL" }, { principal: "anonymous" }],
    [{ type: "AWSAccount", accountId: "222222222222" }, { why: "other account" }],
    [{ type: "WebIdentityUser", identityProvider: "accounts.google.com" }, { principal: "accounts.google.com" }],
    [{ type: "Unknown" }, { why: "unknown" }],
  ])("is told by %j", (userIdentity, wanted) => {
    expect(requesterOfEvent(event("s3", "GetObject", null, { userIdentity }))).toEqual(wanted);
  });
});

describe("the context of a record", () => {
  const context = (more: object, source = "s3") =>
    Object.fromEntries(contextOfEvent(event(source, "GetObject", null, more)));

  it("has addresses, and endpoints in their place, but no names of services", () => {
    expect(context({ sourceIPAddress: "203.0.113.9" })).toMatchObject({ "aws:SourceIp": ["203.0.113.9"] });
    expect(context({ sourceIPAddress: "2001:db8::1" })).toMatchObject({ "aws:SourceIp": ["2001:db8::1"] });
    expect(context({ sourceIPAddress: "10.0.0.9", vpcEndpointId: "vpce-1" })).toMatchObject({
      "aws:SourceVpce": ["vpce-1"],
      "aws:VpcSourceIp": ["10.0.0.9"],
    });
    expect(context({ sourceIPAddress: "cloudformation.amazonaws.com" })).not.toHaveProperty("aws:SourceIp");
  });

  it("tells of a set that is asked the keys that its policies read, and no other", () => {
    const call = event(
      "s3",
      "ListObjects",
      { bucketName: "b", prefix: "in/", tags: [{ key: "a", value: "1" }] },
      {
        sourceIPAddress: "203.0.113.9",
        userAgent: "cli",
      },
    );
    const of = (...keys: string[]) => Object.fromEntries(new ContextReader(new Set(keys)).of(call));
    expect(of()).toEqual({});
    expect(of("aws:useragent")).toEqual({ "aws:UserAgent": ["cli"] });
    expect(of("s3:prefix", "aws:sourceip", "aws:nothing")).toEqual({
      "aws:SourceIp": ["203.0.113.9"],
      "s3:prefix": ["in/"],
    });
    expect(of("aws:tagkeys")).toEqual({ "aws:TagKeys": ["a"] });
    expect(of("aws:requesttag/a")).toEqual({ "aws:RequestTag/a": ["1"] });
    expect(Object.fromEntries(new ContextReader().of(call))).toEqual(Object.fromEntries(contextOfEvent(call)));
  });

  it("has MFA for sessions only", () => {
    const sessionContext = { attributes: { mfaAuthenticated: "false", creationDate: "2026-03-01T09:00:00Z" } };
    const have = context({ userIdentity: { type: "AssumedRole", sessionContext } });
    expect(have).toMatchObject({
      "aws:MultiFactorAuthPresent": ["false"],
      "aws:TokenIssueTime": ["2026-03-01T09:00:00Z"],
    });
    expect(context({})).not.toHaveProperty("aws:MultiFactorAuthPresent");
  });

  it("has what a call of S3 and KMS names, and no text that AWS hides", () => {
    expect(
      context({ requestParameters: { bucketName: "b", prefix: "a/", "max-keys": 10, delimiter: "***" } }),
    ).toMatchObject({
      "s3:prefix": ["a/"],
      "s3:max-keys": ["10"],
    });
    const kms = context(
      { requestParameters: { encryptionContext: { app: "x", secret: "HIDDEN_DUE_TO_SECURITY_REASONS" } } },
      "kms",
    );
    expect(kms).toMatchObject({ "kms:EncryptionContext:app": ["x"] });
    expect(kms).not.toHaveProperty("kms:EncryptionContext:secret");
  });

  it("has tags however a service spells them", () => {
    const wanted = { "aws:RequestTag/team": ["x"], "aws:TagKeys": ["team"] };
    for (const requestParameters of [
      { tags: [{ key: "team", value: "x" }] },
      { tags: { team: "x" } },
      { tagSpecificationSet: { items: [{ resourceType: "instance", tags: [{ key: "team", value: "x" }] }] } },
      { Tagging: { TagSet: [{ Key: "team", Value: "x" }] } },
    ]) {
      expect(context({ requestParameters }, "ec2")).toMatchObject(wanted);
    }
  });
});
