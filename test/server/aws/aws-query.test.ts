// AWS's own client against the listener: SimulateCustomPolicy and the query protocol (OUT-9 to OUT-11).
import {
  type ContextEntry,
  type IAMClient,
  paginateSimulateCustomPolicy,
  SimulateCustomPolicyCommand,
  type SimulateCustomPolicyCommandInput,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startHttp, type TestHttpServer } from "../../kit/http-server.js";
import { iamClient } from "../../kit/iam-client.js";

const caller = "arn:aws:iam::111111111111:user/alice";
const object = "arn:aws:s3:::reports/q3.csv";
const statement = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::reports/*" };
const document = (...Statement: readonly object[]) => JSON.stringify({ Version: "2012-10-17", Statement }, null, 1);

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

async function custom(change: Partial<SimulateCustomPolicyCommandInput> = {}) {
  const input = {
    PolicyInputList: [document(statement)],
    ActionNames: ["s3:GetObject"],
    ResourceArns: [object],
    CallerArn: caller,
  };
  return client.send(new SimulateCustomPolicyCommand({ ...input, ...change }));
}

const context = (ContextKeyName: string, type: ContextEntry["ContextKeyType"], ...values: string[]): ContextEntry => ({
  ContextKeyName,
  ContextKeyType: type,
  ContextKeyValues: values,
});

describe("SimulateCustomPolicy", () => {
  it("gives the result of one action on one resource with places in the submitted text", async () => {
    const have = await custom();
    expect(have.$metadata.httpStatusCode).toBe(200);
    expect(have).toMatchObject({ IsTruncated: false });
    const matched = [
      {
        SourcePolicyId: "PolicyInputList.1",
        SourcePolicyType: "IAM Policy",
        StartPosition: { Line: 3, Column: 16 },
        EndPosition: { Line: 8, Column: 4 },
      },
    ];
    expect(have.EvaluationResults).toEqual([
      {
        EvalActionName: "s3:GetObject",
        EvalResourceName: object,
        EvalDecision: "allowed",
        MatchedStatements: matched,
        MissingContextValues: [],
        EvalDecisionDetails: {},
        ResourceSpecificResults: [
          {
            EvalResourceName: object,
            EvalResourceDecision: "allowed",
            MatchedStatements: matched,
          },
        ],
      },
    ]);
  });

  it("places statements of every policy in the text of that policy", async () => {
    const deny = { ...statement, Effect: "Deny" };
    const flat = JSON.stringify(JSON.parse(document(statement, deny)));
    const resource = document({ ...deny, Principal: "*" });
    const have = await custom({
      PolicyInputList: [document(statement), flat, document(statement, deny)],
      PermissionsBoundaryPolicyInputList: [`\r\n\n${document(deny)}`],
      ResourcePolicy: resource,
    });
    const [result] = have.EvaluationResults ?? [];
    expect(result).toMatchObject({
      EvalDecision: "explicitDeny",
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
    });
    const places = result?.MatchedStatements?.map(({ SourcePolicyId, StartPosition, EndPosition }) => [
      SourcePolicyId,
      StartPosition?.Line,
      StartPosition?.Column,
      EndPosition?.Line,
      EndPosition?.Column,
    ]);
    const second = flat.lastIndexOf(',{"Effect"') + 1;
    expect(places).toEqual([
      ["PolicyInputList.2", 1, second, 1, flat.length - 1],
      ["PolicyInputList.3", 8, 4, 13, 4],
      ["PermissionsBoundaryPolicyInputList.1", 5, 16, 10, 4],
      ["ResourcePolicy", 3, 16, 9, 4],
    ]);
  });

  it("gives one result an action, the most restrictive one, with every resource in it", async () => {
    const have = await custom({
      ActionNames: ["s3:GetObject", "s3:PutObject"],
      ResourceArns: [object, "arn:aws:s3:::other/x"],
    });
    expect(have.EvaluationResults).toMatchObject([
      {
        EvalActionName: "s3:GetObject",
        EvalDecision: "implicitDeny",
        EvalResourceName: "arn:aws:s3:::${BucketName}/${KeyName}",
        ResourceSpecificResults: [
          { EvalResourceName: object, EvalResourceDecision: "allowed" },
          { EvalResourceName: "arn:aws:s3:::other/x", EvalResourceDecision: "implicitDeny" },
        ],
      },
      { EvalActionName: "s3:PutObject", EvalDecision: "implicitDeny" },
    ]);
  });

  it("asks about `*` where no resource is given, and names what context is missing", async () => {
    const Condition = { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } };
    const policy = document({ Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*", Condition });
    const { ResourceArns: _, ...input } = {
      PolicyInputList: [policy],
      ActionNames: ["s3:ListAllMyBuckets"],
      ResourceArns: undefined,
    };
    const ask = (entries: ContextEntry[]) =>
      client.send(new SimulateCustomPolicyCommand({ ...input, ContextEntries: entries }));
    expect((await ask([])).EvaluationResults).toMatchObject([
      { EvalResourceName: "*", EvalDecision: "implicitDeny", MissingContextValues: ["aws:SourceIp"] },
    ]);
    expect((await ask([context("aws:SourceIp", "ip", "10.1.2.3")])).EvaluationResults).toMatchObject([
      { EvalDecision: "allowed", MissingContextValues: [] },
    ]);
  });

  it("lets context set keys that are derived otherwise", async () => {
    const Condition = { StringEquals: { "aws:PrincipalTag/team": "blue", "aws:ResourceTag/class": "open" } };
    const PolicyInputList = [document({ ...statement, Condition })];
    const ContextEntries = [
      context("aws:PrincipalTag/team", "string", "blue"),
      context("aws:ResourceTag/class", "string", "open"),
    ];
    expect((await custom({ PolicyInputList })).EvaluationResults).toMatchObject([{ EvalDecision: "implicitDeny" }]);
    expect((await custom({ PolicyInputList, ContextEntries })).EvaluationResults).toMatchObject([
      { EvalDecision: "allowed" },
    ]);
  });

  it("tells the sides apart across accounts", async () => {
    const ResourcePolicy = document({ ...statement, Principal: { AWS: "111111111111" } });
    const have = await custom({ ResourcePolicy, ResourceOwner: "arn:aws:iam::222222222222:root" });
    expect(have.EvaluationResults).toMatchObject([
      { EvalDecision: "allowed", EvalDecisionDetails: { "IAM Policy": "allowed", "Resource Policy": "allowed" } },
    ]);
    // An ARN that names its account says who owns it, whatever the call says.
    const queue = "arn:aws:sqs:eu-west-1:333333333333:work";
    const PolicyInputList = [document({ Effect: "Allow", Action: "sqs:SendMessage", Resource: queue })];
    const sends = { PolicyInputList, ActionNames: ["sqs:SendMessage"], ResourceArns: [queue] };
    for (const owner of [{}, { ResourceOwner: "arn:aws:iam::111111111111:root" }]) {
      expect((await custom({ ...sends, ...owner })).EvaluationResults).toMatchObject([
        {
          EvalDecision: "implicitDeny",
          EvalDecisionDetails: { "IAM Policy": "allowed", "Resource Policy": "implicitDeny" },
        },
      ]);
    }
    const alone = await custom({ ResourceOwner: "arn:aws:iam::222222222222:root" });
    expect(alone.EvaluationResults).toMatchObject([
      {
        EvalDecision: "implicitDeny",
        EvalDecisionDetails: { "IAM Policy": "allowed", "Resource Policy": "implicitDeny" },
      },
    ]);
  });

  it("takes the policy of a role for a trust policy", async () => {
    const role = "arn:aws:iam::111111111111:role/App";
    const trust = { Effect: "Allow", Principal: { AWS: caller }, Action: "sts:AssumeRole" };
    const have = await custom({
      ActionNames: ["sts:AssumeRole", "iam:GetRole"],
      ResourceArns: [role],
      PolicyInputList: [document({ Effect: "Allow", Action: "iam:GetRole", Resource: "*" })],
      ResourcePolicy: document(trust),
    }).catch((error: Error) => error.name);
    // `iam:GetRole` has no use for a trust policy: a resource policy has to name resources.
    expect(have).toMatchObject({ EvaluationResults: [{ EvalDecision: "allowed" }, { EvalDecision: "allowed" }] });
  });

  it("gives pages of actions", async () => {
    const ActionNames = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "s3:GetObjectAcl"];
    const input = { PolicyInputList: [document(statement)], ActionNames, ResourceArns: [object] };
    const names: (string | undefined)[][] = [];
    for await (const page of paginateSimulateCustomPolicy({ client, pageSize: 2 }, { ...input })) {
      names.push((page.EvaluationResults ?? []).map(({ EvalActionName }) => EvalActionName));
    }
    expect(names).toEqual([ActionNames.slice(0, 2), ActionNames.slice(2, 4), ActionNames.slice(4)]);
    const first = await custom({ ...input, MaxItems: 1 });
    expect(first.IsTruncated).toBe(true);
    const marker = { ...input, MaxItems: 1, ...(first.Marker === undefined ? {} : { Marker: first.Marker }) };
    // A marker is a place in `ActionNames`: everything else may change.
    const other = await custom({ ...marker, ResourceArns: ["*"], MaxItems: 2 });
    expect(other.EvaluationResults?.map(({ EvalActionName }) => EvalActionName)).toEqual(ActionNames.slice(1, 3));
    const beyond = await custom({ ...marker, ActionNames: ["s3:GetObject"] });
    expect(beyond).toMatchObject({ EvaluationResults: [], IsTruncated: false });
    for (const Marker of ["MQ.AAAA", "MQ", Buffer.from("action -1").toString("base64url")]) {
      await expect(custom({ ...input, Marker })).rejects.toMatchObject({
        message: "Invalid marker for pagination.",
        $metadata: { httpStatusCode: 400 },
      });
    }
  });

  it.each([
    [
      "a policy that is no JSON",
      { PolicyInputList: ["{"] },
      "InvalidInput",
      "Policy input list item 1 has invalid content",
    ],
    [
      "a text that would break out of its place",
      { PolicyInputList: ['{}},"x":{}'] },
      "InvalidInput",
      "Policy input list item 1 has invalid content",
    ],
    [
      "a member that is given twice",
      { PolicyInputList: ['{"Version":"2012-10-17","Version":"2012-10-17"}'] },
      "InvalidInput",
      "Policy input list item 1 has invalid content",
    ],
    [
      "a document with a mistake",
      { PolicyInputList: [document(statement), document({ ...statement, Efect: "" })] },
      "InvalidInput",
      "Policy input list item 2 has invalid content",
    ],
    [
      "a mistake in a resource policy",
      { ResourcePolicy: document({ ...statement }) },
      "InvalidInput",
      "ResourcePolicy:4:3: ",
    ],
    ["no action", { ActionNames: [] }, "ValidationError", "ActionNames: missing"],
    [
      "an action without a service",
      { ActionNames: ["s3:GetObject", "GetObject"] },
      "InvalidInput",
      "The action is invalid since it is missing names",
    ],
    ["a caller that is none", { CallerArn: "alice" }, "InvalidInput", "Invalid ARN provided in the request: alice"],
    [
      "two boundaries",
      { PermissionsBoundaryPolicyInputList: [document(statement), document(statement)] },
      "InvalidInput",
      "The list of Permissions Boundary policies cannot exceed 1 items.",
    ],
    [
      "context twice",
      { ContextEntries: [context("a:b", "string", "1"), context("A:B", "string", "2")] },
      "InvalidInput",
      "Duplicate context key: A:B.",
    ],
    [
      "too many items",
      { MaxItems: 1001 },
      "ValidationError",
      "1 validation error detected: Value at 'maxItems' failed to satisfy constraint: " +
        "Member must have value less than or equal to 1000",
    ],
    [
      "a control character",
      { ResourceArns: ["arn:aws:s3:::a\u0001"] },
      "ValidationError",
      "body: holds a control character",
    ],
  ])("refuses %s", async (_name, change, name, message) => {
    const error = await custom(change).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ $metadata: { httpStatusCode: 400 } });
    expect(error).toMatchObject({ name: expect.stringMatching(new RegExp(`^${name}(Exception)?$`)) });
    expect(error instanceof Error ? error.message : "").toContain(message);
  });

  it("names what XML has to escape as it is", async () => {
    const odd = `arn:aws:s3:::a<b>&"c'/é😀\r\n`;
    const have = await custom({ ResourceArns: [odd] });
    expect(have.EvaluationResults?.[0]?.EvalResourceName).toBe(odd);
  });
});

describe("a simulation that takes long", () => {
  const many = Array.from({ length: 2000 }, (_, index) => ({ ...statement, Action: `s3:Get${index}` }));

  it("holds up no other call", async () => {
    // Another machine may take longer than a listener gives a connection on which nothing moves.
    const large = await startHttp({ listener: { maxBodyBytes: 16 << 20, requestTimeoutMs: 600_000 } });
    let isDone = false;
    const PolicyInputList = Array.from({ length: 8 }, () => document(...many));
    const body = new URLSearchParams({
      Action: "SimulateCustomPolicy",
      Version: "2010-05-08",
      "ActionNames.member.1": "s3:GetObject",
      ...Object.fromEntries(PolicyInputList.map((text, index) => [`PolicyInputList.member.${index + 1}`, text])),
    });
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const simulation = large.post("/", body.toString(), form).finally(() => {
      isDone = true;
    });
    let answered = 0;
    while (!isDone) {
      expect((await large.get("/healthz")).status).toBe(200);
      answered++;
    }
    expect((await simulation).text).toContain("<EvalDecision>implicitDeny</EvalDecision>");
    // On the thread that answers callers it would be a handful.
    expect(answered).toBeGreaterThan(50);
    await large.close();
  });
});

describe("the query protocol", () => {
  const form = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
  const base = "Action=SimulateCustomPolicy&Version=2010-05-08";

  it.each([
    ["another action", "Action=ListUsers&Version=2010-05-08", 400, "InvalidAction"],
    ["no action", "Version=2010-05-08", 400, "MissingAction"],
    ["another version", "Action=SimulateCustomPolicy&Version=2011-06-15", 400, "InvalidAction"],
    ["a parameter twice", `${base}&ActionNames.member.1=s3:a&ActionNames.member.1=s3:b`, 400, "ValidationError"],
    [
      "an unknown parameter",
      `${base}&ActionNames.member.1=s3:a&PolicyInputList.member.1={}&Foo=1`,
      400,
      "ValidationError",
    ],
    ["broken escapes", `${base}&ActionNames.member.1=%ff`, 400, "ValidationError"],
    ["bytes that are not escaped", `${base}&ActionNames.member.1=é`, 400, "ValidationError"],
  ])("refuses %s with XML", async (_name, body, status, code) => {
    const have = await server.post("/", body, form);
    expect(have.status).toBe(status);
    expect(have.headers.get("content-type")).toBe("text/xml");
    expect(have.text).toContain(`<Error><Type>Sender</Type><Code>${code}</Code><Message>`);
  });

  it("refuses another content type with XML", async () => {
    const have = await server.post("/", "{}");
    expect(have).toMatchObject({ status: 415 });
    expect(have.text).toContain("<Code>ValidationError</Code>");
  });
});
