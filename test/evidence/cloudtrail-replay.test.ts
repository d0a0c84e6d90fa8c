// `verdict replay --cloudtrail`: recorded calls decided again, with the cause of every difference.
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { verdict } from "../kit/run-verdict.js";

const alice = "arn:aws:iam::111111111111:user/eng/alice";
const statements = [
  { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::depot/*" },
  {
    Effect: "Allow",
    Action: "ec2:StartInstances",
    Resource: "*",
    Condition: { StringEquals: { "ec2:InstanceType": "t3.micro" } },
  },
  { Effect: "Allow", Action: "iam:GetUser", Resource: alice },
  { Effect: "Allow", Action: "sqs:ReceiveMessage", Resource: "*" },
];
const set = {
  users: [
    { arn: alice, inlinePolicies: [{ name: "own", document: { Version: "2012-10-17", Statement: statements } }] },
  ],
  resources: [{ arn: "arn:aws:s3:::depot", account: "111111111111" }],
};

let folder = "";
let count = 0;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "verdict-cloudtrail-"));
  writeFileSync(join(folder, "set.json"), JSON.stringify(set));
});

const call = (source: string, eventName: string, requestParameters: object | null, more: object = {}) => ({
  eventID: `event-${++count}`,
  eventTime: "2026-03-01T10:00:00Z",
  eventType: "AwsApiCall",
  eventSource: `${source}.amazonaws.com`,
  eventName,
  awsRegion: "eu-west-1",
  recipientAccountId: "111111111111",
  userIdentity: { type: "IAMUser", arn: alice, accountId: "111111111111", userName: "alice" },
  requestParameters,
  ...more,
});

const get = (more: object = {}) => call("s3", "GetObject", { bucketName: "depot", key: "a.txt" }, more);
const denied = { errorCode: "AccessDenied" };

interface Line {
  readonly eventID?: string;
  readonly aws?: string;
  readonly decision?: string | null;
  readonly cause?: string;
  readonly layer?: object;
  // biome-ignore lint/suspicious/noExplicitAny: the last line has another shape
  readonly summary?: any;
}

async function replay(
  records: readonly object[],
): Promise<{ readonly lines: readonly Line[]; readonly code: number | null }> {
  const file = join(folder, `trail-${++count}.json.gz`);
  writeFileSync(file, gzipSync(JSON.stringify({ Records: records })));
  const { out: stdout, code } = await verdict([
    "replay",
    "--cloudtrail",
    file,
    "--policies",
    join(folder, "set.json"),
    "--json",
  ]);
  return {
    lines: stdout
      .trimEnd()
      .split("\n")
      .map((line): Line => JSON.parse(line)),
    code,
  };
}

describe("replay --cloudtrail", () => {
  it("says nothing of calls that agree but their number", async () => {
    const silent = `User: ${alice} is not authorized to perform: s3:PutObject because no identity-based policy allows the s3:PutObject action`;
    const put = call("s3", "PutObject", { bucketName: "depot", key: "b" }, { ...denied, errorMessage: silent });
    const { lines, code } = await replay([get(), put, call("iam", "GetUser", null)]);
    expect(code).toBe(0);
    expect(lines).toEqual([
      {
        summary: expect.objectContaining({
          events: 3,
          agree: 3,
          causes: { policyMissing: 0, contextMissing: 0, unmappedEvent: 0, engine: 0 },
          services: { iam: { events: 1, agree: 1 }, s3: { events: 2, agree: 2 } },
        }),
      },
    ]);
  });

  it("names the cause of each difference", async () => {
    const other = { userIdentity: { type: "AssumedRole", arn: "arn:aws:sts::222222222222:assumed-role/R/s" } };
    const records = [
      call("ec2", "StartInstances", { instancesSet: { items: [{ instanceId: "i-1" }] } }),
      call("strange", "DoIt", null),
      get(other),
      call("s3", "PutObject", { bucketName: "depot", key: "b" }),
      get({
        ...denied,
        errorMessage: "… is not authorized to perform: s3:GetObject with an explicit deny in a service control policy",
      }),
    ];
    const { lines, code } = await replay(records);
    expect(code).toBe(1);
    expect(lines.slice(0, -1).map(({ aws, decision, cause }) => [aws, decision, cause])).toEqual([
      ["allowed", "implicitDeny", "contextMissing"],
      ["allowed", null, "unmappedEvent"],
      ["allowed", "implicitDeny", "policyMissing"],
      ["allowed", "implicitDeny", "engine"],
      ["denied", "allowed", "policyMissing"],
    ]);
  });

  it("tells where another type of policies denied than AWS says", async () => {
    const errorMessage =
      "… is not authorized to perform: s3:PutObject with an explicit deny in a service control policy";
    const { lines, code } = await replay([
      call("s3", "PutObject", { bucketName: "depot", key: "b" }, { ...denied, errorMessage }),
    ]);
    expect(code).toBe(0);
    expect(lines[0]).toMatchObject({
      decision: "implicitDeny",
      layer: { aws: "service control policy", verdict: ["identity-based policy"] },
    });
    expect(lines[1]?.summary).toMatchObject({ agree: 1, layersDiffer: 1 });
  });

  it("asks a resource that is not told for every resource", async () => {
    const { lines } = await replay([
      call("sqs", "ReceiveMessage", null),
      call("s3", "GetObject", { bucketName: "depot" }),
    ]);
    // Queues of any name may be read; objects of other buckets may not, so that either answer agrees.
    expect(lines).toHaveLength(1);
    expect(lines[0]?.summary).toMatchObject({ events: 2, agree: 2 });
  });

  it("gives sessions the tags and policies that their beginning was recorded with", async () => {
    const policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Action: "s3:ListBucket", Resource: "*" },
    });
    const role = "arn:aws:iam::111111111111:role/R";
    const withRole = {
      ...set,
      roles: [
        {
          arn: role,
          trustPolicy: {
            Version: "2012-10-17",
            Statement: { Effect: "Allow", Principal: { AWS: "111111111111" }, Action: "sts:AssumeRole" },
          },
          inlinePolicies: set.users[0]?.inlinePolicies,
        },
      ],
    };
    const file = join(folder, "with-role.json");
    writeFileSync(file, JSON.stringify(withRole));
    const begin = call(
      "sts",
      "AssumeRole",
      { roleArn: role, policy },
      { responseElements: { credentials: { accessKeyId: "ASIA1" } } },
    );
    const userIdentity = {
      type: "AssumedRole",
      arn: "arn:aws:sts::111111111111:assumed-role/R/s",
      accessKeyId: "ASIA1",
    };
    const trail = join(folder, "session.jsonl");
    writeFileSync(trail, `${[begin, get({ userIdentity, ...denied })].map((one) => JSON.stringify(one)).join("\n")}\n`);
    const { out: stdout } = await verdict(["replay", "--cloudtrail", trail, "--policies", file, "--json"]);
    // Without its policy the session could read the object, as its role can.
    expect(stdout).toContain(`"s3":{"events":1,"agree":1}`);
  });

  it("counts a call once, and what is no decision apart", async () => {
    const one = get();
    const records = [
      one,
      one,
      get({ errorCode: "NoSuchKey" }),
      call("sts", "GetCallerIdentity", null),
      get({ eventType: "AwsServiceEvent" }),
      get({ userIdentity: { type: "AWSAccount", accountId: "222222222222" } }),
    ];
    const { lines } = await replay(records);
    expect(lines.at(-1)?.summary).toMatchObject({
      events: 1,
      skipped: { "another account's caller": 1, "asks no policy": 1, "failed otherwise": 1, "no call": 1, repeated: 1 },
    });
  });

  it("reads what AWS's commands and EventBridge print, line by line or as one text, and a whole directory", async () => {
    const trail = join(folder, "trail");
    mkdirSync(join(trail, "2026", "03"), { recursive: true });
    writeFileSync(join(trail, "2026", "03", "a.json"), JSON.stringify({ Records: [get()] }, null, 2));
    writeFileSync(
      join(trail, "2026", "03", "b.json"),
      JSON.stringify({ Events: [{ CloudTrailEvent: JSON.stringify(get()) }] }),
    );
    writeFileSync(
      join(trail, "c.jsonl"),
      `${JSON.stringify(get())}\n${JSON.stringify({ "detail-type": "x", detail: get() })}`,
    );
    writeFileSync(join(trail, "d.json"), JSON.stringify([get()]));
    writeFileSync(join(trail, "digest.json"), JSON.stringify({ digestStartTime: "2026-03-01T00:00:00Z" }));
    const { out: stdout, code } = await verdict([
      "replay",
      "--cloudtrail",
      trail,
      "--policies",
      join(folder, "set.json"),
    ]);
    expect(stdout).toBe(
      "service     calls     agree\ns3              5         5\n5 of 5 calls from 2026-03-01T10:00:00Z to 2026-03-01T10:00:00Z agree with the set of today\n",
    );
    expect(code).toBe(0);
  });

  it("says how many calls have no known action, and takes those that AWS's service reference tells for certain", async () => {
    const reference = join(folder, "reference");
    mkdirSync(reference);
    const operation = (Name: string, ...actions: readonly string[]) => ({
      Name,
      AuthorizedActions: actions.map((action) => ({ Name: action.split(":")[1], Service: action.split(":")[0] })),
    });
    const s3 = {
      Name: "s3",
      Actions: [],
      Operations: [operation("FetchThing", "s3:GetObject"), operation("MoveThing", "s3:GetObject", "s3:PutObject")],
    };
    writeFileSync(join(reference, "s3.json"), JSON.stringify(s3));
    const object = { bucketName: "depot", key: "a.txt" };
    const file = join(folder, "reference.jsonl");
    const calls = [get(), call("s3", "FetchThing", object), call("s3", "MoveThing", object)];
    writeFileSync(file, calls.map((one) => JSON.stringify(one)).join("\n"));
    const run = async (...more: readonly string[]) => {
      const { out, err, code } = await verdict(
        ["replay", "--cloudtrail", file, "--policies", join(folder, "set.json")].concat(more),
      );
      return { code, err, said: out.split("\n").filter((line) => / known action/.test(line)) };
    };
    const without = await run();
    expect(without.said.at(-1)).toBe("66.7 % of calls have no known action: s3:FetchThing 1, s3:MoveThing 1");
    const told = await run("--service-reference", reference);
    expect(told.said.at(-1)).toBe("33.3 % of calls have no known action: s3:MoveThing 1");
    expect({ code: told.code, err: told.err }).toEqual({ code: 1, err: "" });
    writeFileSync(join(reference, "other.json"), "{}");
    const refused = await run("--service-reference", reference);
    expect(refused.code).toBe(2);
    expect(refused.err).toBe(
      `--service-reference: ${join(reference, "other.json")}: is no file of AWS's service reference\n`,
    );
  });

  it.each<[string, string, string]>([
    ["no JSON", "hello", "is no JSON"],
    ["no records", "{}", "holds no records of CloudTrail"],
    [
      "a line that is none",
      `${JSON.stringify({ eventName: "x", eventType: "y" })}\n{"a":1}\n`,
      ":2: no record of CloudTrail",
    ],
  ])("says where %s stands, and exits 2", async (_, text, message) => {
    const file = join(folder, `bad-${++count}`);
    writeFileSync(file, text);
    const { err: stderr, code } = await verdict([
      "replay",
      "--cloudtrail",
      file,
      "--policies",
      join(folder, "set.json"),
    ]);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  it("refuses logs beside it, and neither of them", async () => {
    const both = await verdict(["replay", "x.jsonl", "--cloudtrail", "y"]);
    expect(both).toMatchObject({
      code: 2,
      err: expect.stringContaining("cannot be replayed together with decision logs"),
    });
    const none = await verdict(["replay"]);
    expect(none).toMatchObject({
      code: 2,
      err: expect.stringContaining("name decision logs, or records with --cloudtrail"),
    });
  });
});
