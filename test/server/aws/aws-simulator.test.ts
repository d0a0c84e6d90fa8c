// AWS's own client against the listener: the simulator's protocol as AWS speaks it (OUT-9 to OUT-11).
import {
  type ContextEntry,
  GetContextKeysForCustomPolicyCommand,
  type IAMClient,
  paginateSimulateCustomPolicy,
  SimulateCustomPolicyCommand,
  type SimulateCustomPolicyCommandInput,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startHttp, type TestHttpServer } from "../../kit/http-server.js";
import { iamClient } from "../../kit/iam-client.js";

const table = "arn:aws:dynamodb:us-east-1:111122223333:table/orders";
const object = "arn:aws:s3:::depot/x";
const allow = { Effect: "Allow", Action: "*", Resource: "*" };
const document = (...Statement: readonly object[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const under = (operator: string, key: string, value: string) =>
  document({ ...allow, Condition: { [operator]: { [key]: value } } });

const A = "111122223333";
const entity = (name: string) => `arn:aws:iam::${A}:${name}`;
let server: TestHttpServer;
let client: IAMClient;

beforeAll(async () => {
  server = await startHttp();
  client = iamClient(server.url);
});
afterAll(async () => {
  client.destroy();
  await server.close();
});

type Custom = Partial<SimulateCustomPolicyCommandInput>;

async function custom(change: Custom = {}) {
  const input = { PolicyInputList: [document(allow)], ActionNames: ["s3:GetObject"], ResourceArns: [object] };
  return client.send(new SimulateCustomPolicyCommand({ ...input, ...change }));
}

async function first(change: Custom = {}) {
  return (await custom(change)).EvaluationResults?.[0];
}

async function refusal(asked: Promise<unknown>) {
  const error = await asked.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof Error ? `${error.name.replace(/Exception$/, "")}: ${error.message}` : "no refusal";
}

const entry = (key: string, type: string | undefined, ...values: string[]): ContextEntry =>
  ({ ContextKeyName: key, ContextKeyType: type, ContextKeyValues: values }) as ContextEntry;

describe("SimulateCustomPolicy without CallerArn", () => {
  it.each([
    ["a table", "dynamodb:CreateBackup", table],
    ["an object", "s3:GetObject", object],
    ["a key", "kms:Decrypt", `arn:aws:kms:us-east-1:${A}:key/k`],
    ["a role", "sts:AssumeRole", entity("role/App")],
    ["a user", "iam:GetUser", entity("user/alice")],
  ])("decides by the policies alone about %s", async (_name, action, arn) => {
    const asked = { ActionNames: [action], ResourceArns: [arn] };
    const have = await first(asked);
    expect(have).toMatchObject({ EvalDecision: "allowed", EvalDecisionDetails: {}, MissingContextValues: [] });
    expect(have?.MatchedStatements).toHaveLength(1);
    expect(have?.ResourceSpecificResults?.[0]).not.toHaveProperty("EvalDecisionDetails");
    expect(await first({ ...asked, PolicyInputList: [] })).toMatchObject({ EvalDecision: "implicitDeny" });
    const PolicyInputList = [document(allow, { ...allow, Effect: "Deny" })];
    expect(await first({ ...asked, PolicyInputList })).toMatchObject({ EvalDecision: "explicitDeny" });
  });

  it("derives the account of the owner and no requester", async () => {
    const decide = async (policy: string, ResourceArns: string[]) =>
      (await first({ PolicyInputList: [policy], ResourceArns }))?.EvalDecision;
    expect(await decide(under("StringEquals", "aws:PrincipalAccount", A), [table])).toBe("allowed");
    expect(await decide(under("StringEquals", "aws:ResourceAccount", A), [table])).toBe("allowed");
    expect(await decide(under("Null", "aws:ResourceAccount", "true"), [object])).toBe("allowed");
    const stub = under("StringEquals", "aws:userid", "STUB_PRINCIPAL_FOR_POLICY_SIMULATOR");
    expect(await decide(stub, [table])).toBe("allowed");
    for (const key of ["aws:PrincipalArn", "aws:username", "aws:PrincipalType"]) {
      expect(await decide(under("Null", key, "true"), [table])).toBe("allowed");
    }
  });

  it("derives what it can of the caller that is named", async () => {
    const decide = async (CallerArn: string, key: string, value: string) =>
      (await first({ CallerArn, PolicyInputList: [under("StringEquals", key, value)] }))?.EvalDecision;
    for (const name of ["user/alice", "role/App", "group/staff"]) {
      const arn = entity(name);
      for (const [key, value] of [
        ["aws:userid", arn],
        ["aws:PrincipalArn", arn],
        ["aws:PrincipalAccount", A],
      ] as const) {
        expect(await decide(arn, key, value)).toBe("allowed");
      }
      expect(await decide(arn, "aws:username", "alice")).toBe(name === "user/alice" ? "allowed" : "implicitDeny");
    }
  });

  it("tells what the services call several resources together, and nothing of a policy that does not decide", async () => {
    const one = document({ ...allow, Resource: object });
    const ResourceArns = [object, "arn:aws:s3:::other", object];
    const have = await first({ PolicyInputList: [one], ResourceArns });
    expect(have?.EvalResourceName).toBe("arn:aws:s3:::${BucketName}/${KeyName}");
    expect(have?.EvalDecision).toBe("implicitDeny");
    expect(have?.MatchedStatements).toHaveLength(1);
    expect(have?.ResourceSpecificResults?.map(({ EvalResourceName }) => EvalResourceName)).toEqual(ResourceArns);
    expect((await first({ ResourceArns, ActionNames: ["shop:Buy"] }))?.EvalResourceName).toBe("*");
  });

  it("lists the missing keys of every statement, of implicit denials alone", async () => {
    const Condition = { Null: { "app:a": "true" }, StringEqualsIfExists: { "APP:A": "1", "app:b": "${app:c, 'd'}" } };
    const never = { ...allow, Action: "sqs:*", Resource: "arn:aws:sqs:::${aws:username}", Condition };
    const keys = ["APP:A", "app:a", "app:b", "app:c", "aws:username"];
    const ask = (PolicyInputList: string[], ...ContextEntries: ContextEntry[]) =>
      first({ PolicyInputList, ContextEntries }).then((have) => have?.MissingContextValues);
    expect(await ask([document(never)])).toEqual(keys);
    expect(await ask([document(never)], entry("app:B", "string", "x"), entry("aws:UserName", "string", "x"))).toEqual([
      "APP:A",
      "app:a",
      "app:c",
    ]);
    expect(await ask([document(never, allow)])).toEqual([]);
    expect(await ask([document(never, { ...allow, Effect: "Deny" })])).toEqual([]);
    const names = await client.send(new GetContextKeysForCustomPolicyCommand({ PolicyInputList: [document(never)] }));
    expect(names.ContextKeyNames).toEqual(keys);
  });
});

describe("OrderedOrganizationPolicyInputList", () => {
  const fence = { ...allow, Effect: "Deny", Condition: { StringNotEquals: { "aws:RequestedRegion": "eu-west-1" } } };
  const levels = (...lists: string[][]) => ({
    OrderedOrganizationPolicyInputList: lists.map((ServiceControlPolicyInputList) => ({
      ServiceControlPolicyInputList,
    })),
  });

  it("pools a level and intersects levels", async () => {
    const s3 = document({ ...allow, Action: "s3:*" });
    const sqs = document({ ...allow, Action: "sqs:*" });
    const detail = (AllowedByOrganizations: boolean) => ({ OrganizationsDecisionDetail: { AllowedByOrganizations } });
    expect(await first(levels([sqs, s3], [s3]))).toMatchObject({ EvalDecision: "allowed", ...detail(true) });
    const silent = await first({ ...levels([s3], [sqs]), PolicyInputList: [under("Bool", "app:x", "true")] });
    expect(silent).toMatchObject({ EvalDecision: "implicitDeny", MissingContextValues: [], ...detail(false) });
    const denied = await first(levels([s3], [document(allow, fence)]));
    expect(denied).toMatchObject({ EvalDecision: "explicitDeny", MatchedStatements: [], ...detail(false) });
    const ContextEntries = [entry("aws:RequestedRegion", "string", "eu-west-1")];
    expect(await first({ ...levels([document(allow, fence)]), ContextEntries })).toMatchObject({
      EvalDecision: "allowed",
    });
    expect(await refusal(custom(levels([s3], [])))).toBe(
      "InvalidInput: Organization policy at index 2 must contain at least one service control policy",
    );
  });

  it("tells beside AWS's members which key an organization policy wanted", async () => {
    const body = new URLSearchParams({
      Action: "SimulateCustomPolicy",
      Version: "2010-05-08",
      "ActionNames.member.1": "s3:ListAllMyBuckets",
      "PolicyInputList.member.1": document(allow),
      "OrderedOrganizationPolicyInputList.member.1": document(allow, fence),
    });
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const { text } = await server.post("/", body.toString(), form);
    expect(text).toContain("<EvalDecision>explicitDeny</EvalDecision>");
    expect(text).toContain("<MissingContextValues></MissingContextValues>");
    expect(text).toContain("<entry><key>scp</key><value><member>aws:RequestedRegion</member></value></entry>");
  });
});

describe("ContextEntries", () => {
  const decide = async (operator: string, value: string, ...ContextEntries: ContextEntry[]) =>
    (await first({ PolicyInputList: [under(operator, "app:key", value)], ContextEntries }))?.EvalDecision;

  it.each([
    ["numeric", "01.00", "1.00"],
    ["numeric", "+1", "1"],
    ["numeric", "-0.50", "-0.50"],
    ["date", "2035-01-02", "2035-01-02T00:00:00.000Z"],
    ["date", "0", "1970-01-01T00:00:00.000Z"],
    ["ip", "2001:DB8::1", "2001:DB8::1"],
    ["ip", "010.001.0.1", "010.001.0.1"],
    ["binary", "YQ==", "YQ=="],
    ["binary", "", ""],
    ["string", "", ""],
  ])("of type %s give %j to string operators as %j", async (type, given, text) => {
    expect(await decide("StringEquals", text, entry("app:key", type, given))).toBe("allowed");
  });

  it("of a list type are lists, also with one value (COND-9)", async () => {
    for (const values of [["a"], ["a", "a"]]) {
      const list = entry("app:key", "stringList", ...values);
      expect(await decide("StringEquals", "a", list)).toBe("implicitDeny");
      expect(await decide("ForAnyValue:StringEquals", "a", list)).toBe("allowed");
      expect(await decide("ForAllValues:StringEquals", "a", list)).toBe("allowed");
    }
    expect(await decide("StringEquals", "a", entry("app:key", "string", "a"))).toBe("allowed");
  });

  it("may be empty", async () => {
    expect(await first({ ContextEntries: [{}, entry("app:key", "string", "a")] })).toMatchObject({
      EvalDecision: "allowed",
    });
  });

  const invalid = "InvalidInput: Invalid context value for key app:key: expected";
  it.each<readonly [readonly ContextEntry[], string]>([
    [[entry("", "string", "a")], "InvalidInput: ContextKeyName cannot be null or empty."],
    [[entry("app:key", undefined, "a")], "InvalidInput: Context key app:key has invalid type null."],
    [
      [entry("app:key", "text", "a")],
      "ValidationError: 1 validation error detected: Value at 'contextEntries.1.member.contextKeyType' failed to satisfy " +
        "constraint: Member must satisfy enum value set: [binary, ipList, booleanList, ip, boolean, numericList, dateList, " +
        "numeric, date, stringList, string, binaryList]",
    ],
    [[entry("app:key", "string")], "InvalidInput: Context values for context key app:key cannot be null or empty."],
    [
      [entry("app:key", "string", "a", "b")],
      "InvalidInput: Context key string expected a single value, but received 2.",
    ],
    [
      [entry("app:key", "string", "a"), entry("App:Key", "string", "b")],
      "InvalidInput: Duplicate context key: App:Key.",
    ],
    ...["abc", "NaN", "Infinity", "0x10", " 1", ""].map(
      (text) => [[entry("app:key", "numeric", text)], `${invalid} numeric format.`] as const,
    ),
    ...["yesterday", "2035-13-01"].map(
      (text) => [[entry("app:key", "date", text)], `${invalid} DateTime format.`] as const,
    ),
    ...["10.0.0.0/8", "fe80::1%eth0", "10.0.0.256", "a"].map(
      (text) => [[entry("app:key", "ipList", text)], `${invalid} IP address.`] as const,
    ),
    ...["YQ", "YR==", "YQ==\n", "-_-_"].map(
      (text) => [[entry("app:key", "binary", text)], `${invalid} base-64 encoded binary format.`] as const,
    ),
  ])("are refused: %j", async (ContextEntries, message) => {
    expect(await refusal(custom({ ContextEntries: [...ContextEntries] }))).toBe(message);
  });
});

describe("a refused call", () => {
  const policy = document({ ...allow, Principal: "*", Resource: object });
  const CallerArn = entity("user/alice");
  it.each<[Custom, string]>([
    [{ PolicyInputList: [document(allow), "{"] }, "InvalidInput: Policy input list item 2 has invalid content"],
    ...["depot", "arn:aws:s3", "arn::s3:::depot", "arn:aws::::depot", "arn:aws:s3:::"].map((arn): [Custom, string] => [
      { ResourceArns: [arn] },
      `InvalidInput: ResourceNames are not in a valid ARN format: ${arn}.`,
    ]),
    [{ ResourceOwner: A }, `InvalidInput: '${A}' is not a valid as a Resource Owner.`],
    [
      { ResourceArns: [], ResourcePolicy: policy, CallerArn },
      "InvalidInput: Invalid Entity Arn: * does not clearly define entity type and name.",
    ],
    [
      { ResourcePolicy: document({ ...allow, Principal: "*" }), CallerArn },
      "InvalidInput: ResourceNames are not in a valid ARN format: *.",
    ],
    [{ ResourcePolicy: policy }, "InvalidInput: CallerArn: a call with ResourcePolicy has to say who asks"],
    [
      { ResourceHandlingOption: "EC2-VPC-InstanceStore" },
      "InvalidInput: Invalid input resource handling options. Action does not support resource handling options: s3:GetObject.",
    ],
    [
      { MaxItems: 0 },
      "ValidationError: 1 validation error detected: Value at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [{ CallerArn: entity("root") }, `InvalidInput: Invalid ARN provided in the request: ${entity("root")}`],
  ])("says what AWS says: %j", async (change, message) => {
    expect((await refusal(custom(change))).trim()).toBe(message);
  });

  it.each(["s3:Get Object", "nope:Nothing", "S3:getobject"])("takes %j as it is", async (action) => {
    expect(await first({ ActionNames: [action] })).toMatchObject({ EvalActionName: action, EvalDecision: "allowed" });
    const PolicyInputList = [document({ ...allow, Action: "iam:*" })];
    expect(await first({ ActionNames: [action], PolicyInputList })).toMatchObject({ EvalDecision: "implicitDeny" });
  });

  it.each(["s3:*", "s3:"])("names %j as an action that no request can have (ACT-1)", async (action) => {
    expect(await refusal(custom({ ActionNames: [action] }))).toBe(
      "InvalidInput: action: not of the form `service:Name` without wildcards (ACT-1)",
    );
  });

  it("gives repeated actions repeated results, in pages", async () => {
    const ActionNames = ["s3:GetObject", "s3:GetObject", "s3:PutObject"];
    const input = { PolicyInputList: [document(allow)], ActionNames };
    const names: (string | undefined)[] = [];
    for await (const page of paginateSimulateCustomPolicy({ client, pageSize: 2 }, input)) {
      names.push(...(page.EvaluationResults ?? []).map(({ EvalActionName }) => EvalActionName));
    }
    expect(names).toEqual(ActionNames);
  });
});
