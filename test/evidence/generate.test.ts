// `verdict generate`: the document allows what was seen, and nothing beyond what it says.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type Bindings, bindingFacts, noBindings } from "../../src/evidence/uses/bind-statements.js";
import { PolicyGenerator } from "../../src/evidence/uses/generate-policy.js";
import { requireReplay } from "../../src/evidence/uses/replay-generated.js";
import type { Use } from "../../src/evidence/uses/use.js";
import type { PolicySet } from "../../src/policy/policy-set.js";
import { loadCatalogue } from "../../src/validate/catalogue/load-catalogue.js";
import { verdict } from "../kit/run-verdict.js";

const role = "arn:aws:iam::111111111111:role/jobs/Nightly";
const use = (action: string | null, resources: readonly string[] | undefined, more: Partial<Use> = {}): Use => ({
  principal: role,
  service: action?.split(":")[0] ?? "x",
  action,
  resources,
  allowed: true,
  time: "2026-03-01T00:00:00Z",
  network: "203.0.113.0/24",
  context: new Map(),
  id: "1",
  ...more,
});

function generated(uses: readonly Use[], bindsNetwork = false, mostResources = 3) {
  const generator = new PolicyGenerator();
  for (const one of uses) generator.add(one);
  const { document, notes } = generator.generate({ mostResources, bindsNetwork });
  return { statements: document.Statement, notes };
}

describe("a generated policy", () => {
  it("puts actions of a service on the same resources together", () => {
    const bucket = "arn:aws:s3:::depot";
    const { statements } = generated([
      use("s3:PutObject", [`${bucket}/a`]),
      use("s3:GetObject", [`${bucket}/a`]),
      use("s3:ListBucket", [bucket]),
      use("ec2:DescribeInstances", ["*"]),
    ]);
    expect(statements).toEqual([
      { Sid: "Ec21", Effect: "Allow", Action: ["ec2:DescribeInstances"], Resource: ["*"] },
      { Sid: "S31", Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject"], Resource: [`${bucket}/a`] },
      { Sid: "S32", Effect: "Allow", Action: ["s3:ListBucket"], Resource: [bucket] },
    ]);
  });

  it("generalises many resources by the deepest prefixes that are few enough, and says so", () => {
    const objects = ["2026/01/a", "2026/01/b", "2026/02/a", "2026/02/b", "logs/x"].map(
      (key) => `arn:aws:s3:::depot/${key}`,
    );
    const { statements, notes } = generated([use("s3:GetObject", objects)]);
    const prefixes = ["arn:aws:s3:::depot/2026/01/*", "arn:aws:s3:::depot/2026/02/*", "arn:aws:s3:::depot/logs/x"];
    expect(statements[0]?.Resource).toEqual(prefixes);
    expect(notes).toContain(`s3:GetObject: 5 resources as ${prefixes.join(", ")}`);
  });

  it("takes wildcards in names for what they are", () => {
    const { statements } = generated([use("s3:GetObject", ["arn:aws:s3:::depot/a*b$c?"])]);
    expect(statements[0]?.Resource).toEqual(["arn:aws:s3:::depot/a${*}b${$}c${?}"]);
  });

  it("gives nothing for denied and unknown calls, and says what records do not tell", () => {
    const { statements, notes } = generated([
      use("s3:GetObject", undefined),
      use("s3:PutObject", ["arn:aws:s3:::depot/a"], { allowed: false }),
      use(null, undefined),
    ]);
    expect(statements).toEqual([{ Sid: "S31", Effect: "Allow", Action: ["s3:GetObject"], Resource: ["*"] }]);
    expect(notes).toEqual([
      "every call came from 203.0.113.0/24: --source-network binds to that",
      "s3:GetObject: on every resource, since 1 records do not tell which",
      "1 calls are of no known action and are not covered",
      "calls that the records do not hold, such as data events, are not covered",
    ]);
  });

  it("binds to networks on demand, if every call has one", () => {
    const one = use("ec2:DescribeInstances", ["*"]);
    const Condition = { IpAddress: { "aws:SourceIp": ["203.0.113.0/24"] } };
    expect(generated([one], true).statements[0]).toMatchObject({ Condition });
    const mixed = generated([one, { ...one, network: undefined }], true);
    expect(mixed.statements[0]).not.toHaveProperty("Condition");
    expect(mixed.notes[0]).toContain("not bound to networks");
  });

  it("infers that roles in parameters were passed, each to its services", () => {
    const passedRoles = ["arn:aws:iam::111111111111:role/Task"];
    const { statements, notes } = generated([use("lambda:CreateFunction", ["*"], { passedRoles })]);
    expect(statements[1]).toEqual({
      Sid: "InferredPassRole1",
      Effect: "Allow",
      Action: ["iam:PassRole"],
      Resource: passedRoles,
      Condition: { StringEquals: { "iam:PassedToService": ["lambda.amazonaws.com"] } },
    });
    expect(notes.join("\n")).toContain("is inferred: calls of lambda.amazonaws.com named it");
  });
});

describe("conditions of a generated policy", () => {
  const table = (name: string) => `arn:aws:dynamodb:eu-west-1:111111111111:table/${name}`;
  const resource = (arn: string, team: string | undefined) => ({
    arn,
    account: "111111111111",
    tags: team === undefined ? [] : [{ key: "team", value: team }],
    restrictPublicBuckets: false,
  });
  const set: Pick<PolicySet, "resources" | "accounts" | "principals"> = {
    resources: [resource(table("a"), "red"), resource(table("b"), "red"), resource(table("c"), "blue")],
    accounts: [
      { id: "111111111111", organizationId: "o-exampleorg1", organizationPaths: [], isManagementAccount: false },
    ],
    principals: [{ kind: "role", arn: role, identityPolicies: [], tags: [{ key: "team", value: "red" }] }],
  };
  async function bound(uses: readonly Use[], bindings: Partial<Bindings>) {
    const generator = new PolicyGenerator(bindingFacts(set, role, await loadCatalogue(["dynamodb", "s3", "ec2"])));
    for (const one of uses) generator.add(one);
    const wanted = { ...noBindings, ...bindings };
    const { document, notes } = generator.generate({ mostResources: 3, bindsNetwork: false, bindings: wanted });
    return { conditions: document.Statement.map(({ Action, Condition }) => [Action.join(), Condition]), notes };
  }

  it("offers what every resource of an action has in common, and makes none unasked", async () => {
    const { conditions, notes } = await bound([use("dynamodb:GetItem", [table("a")])], {});
    expect(conditions).toEqual([["dynamodb:GetItem", undefined]]);
    expect(notes.filter((note) => note.startsWith("--"))).toEqual([
      "--resource-account would bind to 111111111111, wherever every resource that was used meets it",
      "--resource-org would bind to o-exampleorg1, wherever every resource that was used meets it",
      "--principal-tag team would bind to ${aws:PrincipalTag/team}, wherever every resource that was used meets it",
      "--resource-tag team would bind to red, wherever every resource that was used meets it",
    ]);
  });

  it("binds to accounts and organizations, those of the record before those of the set", async () => {
    const uses = [
      use("dynamodb:GetItem", [table("a")]),
      use("s3:GetObject", ["arn:aws:s3:::depot/x"], { resourceAccounts: ["222222222222"] }),
      use("s3:PutObject", ["arn:aws:s3:::elsewhere/x"]),
      use("ec2:DescribeInstances", ["*"]),
    ];
    const { conditions, notes } = await bound(uses, { resourceAccount: true, resourceOrganization: true });
    expect(conditions).toEqual([
      [
        "dynamodb:GetItem",
        { StringEquals: { "aws:ResourceAccount": ["111111111111"], "aws:ResourceOrgID": ["o-exampleorg1"] } },
      ],
      ["ec2:DescribeInstances", undefined],
      ["s3:GetObject", { StringEquals: { "aws:ResourceAccount": ["222222222222"] } }],
      ["s3:PutObject", undefined],
    ]);
    expect(notes).toContain(
      "not bound by aws:ResourceAccount: ec2:DescribeInstances, s3:PutObject: no resource, one of which it is not known, or a service that does not tell it",
    );
  });

  it("binds to tags of resources where all have one and the service tells it, else to nothing", async () => {
    const uses = [
      use("dynamodb:GetItem", [table("a"), table("c")]),
      use("dynamodb:PutItem", [table("a"), table("untagged")]),
      use("dynamodb:Query", [table("b")]),
    ];
    const { conditions } = await bound(uses, { resourceTags: ["team"] });
    expect(conditions).toEqual([
      ["dynamodb:GetItem", { StringEquals: { "aws:ResourceTag/team": ["blue", "red"] } }],
      ["dynamodb:PutItem", undefined],
      ["dynamodb:Query", { StringEquals: { "aws:ResourceTag/team": ["red"] } }],
    ]);
  });

  it("binds to the principal's own tag where all resources have it, and no session brought another", async () => {
    const uses = [use("dynamodb:GetItem", [table("a"), table("c")]), use("dynamodb:Query", [table("b")])];
    const { conditions } = await bound(uses, { principalTags: ["team"] });
    expect(conditions).toEqual([
      ["dynamodb:GetItem", undefined],
      ["dynamodb:Query", { StringEquals: { "aws:ResourceTag/team": ["${aws:PrincipalTag/team}"] } }],
    ]);
    const tagged = uses.map((one) => ({ ...one, sessionTagKeys: ["Team"] }));
    expect((await bound(tagged, { principalTags: ["team"] })).conditions).toEqual([
      ["dynamodb:GetItem", undefined],
      ["dynamodb:Query", undefined],
    ]);
  });

  it("is replayed: a condition that refuses a use, or that binds nothing, is a mistake", async () => {
    const facts = bindingFacts(set, role, undefined);
    const made = (Condition: object | undefined) => ({
      document: {
        Version: "2012-10-17" as const,
        Statement: [
          {
            Sid: "Dynamodb1",
            Effect: "Allow" as const,
            Action: ["dynamodb:GetItem"],
            Resource: [table("a")],
            ...(Condition === undefined ? {} : { Condition: { ...Condition } }),
          },
        ],
      },
      notes: [],
    });
    const uses = [use("dynamodb:GetItem", [table("a")])];
    const replayed = (condition?: object) => requireReplay(role, "role", made(condition), uses, facts);
    await expect(replayed({ StringEquals: { "aws:ResourceTag/team": ["${aws:PrincipalTag/team}"] } })).resolves.toBe(
      undefined,
    );
    await expect(replayed({ StringEquals: { "aws:ResourceTag/team": ["blue"] } })).rejects.toThrow("does not allow");
    await expect(replayed({ StringLike: { "aws:ResourceTag/team": ["*"] } })).rejects.toThrow("does not bind");
  });
});

describe("verdict generate", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "verdict-generate-"));
    writeFileSync(join(folder, "set.json"), JSON.stringify({ roles: [{ arn: role }] }));
    const call = (eventName: string, requestParameters: object, index: number) => ({
      eventID: `event-${eventName}-${index}`,
      eventTime: "2026-03-01T10:00:00Z",
      eventType: "AwsApiCall",
      eventSource: "s3.amazonaws.com",
      eventName,
      awsRegion: "eu-west-1",
      recipientAccountId: "111111111111",
      sourceIPAddress: "203.0.113.9",
      userIdentity: { type: "AssumedRole", arn: "arn:aws:sts::111111111111:assumed-role/Nightly/run" },
      requestParameters,
    });
    const records = Array.from({ length: 20 }, (_, index) =>
      call("GetObject", { bucketName: "depot", key: `in/${index}` }, index),
    );
    writeFileSync(
      join(folder, "trail.json"),
      JSON.stringify({ Records: [...records, call("ListObjects", { bucketName: "depot" }, 0)] }),
    );
  });

  it("prints a document that was checked, for a session's role as well", async () => {
    const args = ["--evidence", join(folder, "trail.json"), "--policies", join(folder, "set.json"), "--source-network"];
    const { code, out, err } = await verdict(["generate", "arn:aws:sts::111111111111:assumed-role/Nightly/x", ...args]);
    const Condition = { IpAddress: { "aws:SourceIp": ["203.0.113.0/24"] } };
    expect(JSON.parse(out)).toEqual({
      Version: "2012-10-17",
      Statement: [
        { Sid: "S31", Effect: "Allow", Action: ["s3:GetObject"], Resource: ["arn:aws:s3:::depot/in/*"], Condition },
        { Sid: "S32", Effect: "Allow", Action: ["s3:ListBucket"], Resource: ["arn:aws:s3:::depot"], Condition },
      ],
    });
    expect(err).toContain("s3:GetObject: 20 resources as arn:aws:s3:::depot/in/*");
    expect(code).toBe(0);
  });

  it("binds to tags and accounts that a set knows, and says what else could bind", async () => {
    const table = "arn:aws:dynamodb:eu-west-1:111111111111:table/orders";
    const tags = { team: "red" };
    const set = { roles: [{ arn: role, tags }], resources: [{ arn: table, account: "111111111111", tags }] };
    writeFileSync(join(folder, "tagged.json"), JSON.stringify(set));
    const record = {
      eventID: "tagged-1",
      eventTime: "2026-03-01T10:00:00Z",
      eventType: "AwsApiCall",
      eventSource: "dynamodb.amazonaws.com",
      eventName: "DescribeTable",
      awsRegion: "eu-west-1",
      recipientAccountId: "111111111111",
      sourceIPAddress: "203.0.113.9",
      userIdentity: { type: "AssumedRole", arn: "arn:aws:sts::111111111111:assumed-role/Nightly/run" },
      requestParameters: { tableName: "orders" },
    };
    writeFileSync(join(folder, "tagged-trail.json"), JSON.stringify({ Records: [record] }));
    const trail = ["--evidence", join(folder, "tagged-trail.json"), "--policies", join(folder, "tagged.json")];
    const args = ["--source-network", "--resource-account", "--principal-tag", "team"];
    const { code, out, err } = await verdict(["generate", role, ...trail, ...args]);
    expect(err).not.toContain("not bound");
    expect(JSON.parse(out).Statement).toEqual([
      {
        Sid: "Dynamodb1",
        Effect: "Allow",
        Action: ["dynamodb:DescribeTable"],
        Resource: [table],
        Condition: {
          IpAddress: { "aws:SourceIp": ["203.0.113.0/24"] },
          StringEquals: {
            "aws:ResourceAccount": ["111111111111"],
            "aws:ResourceTag/team": ["${aws:PrincipalTag/team}"],
          },
        },
      },
    ]);
    expect(code).toBe(0);
  });

  it.each([
    ["203.000.113.009", "203.0.113.0/24"],
    ["2001:DB8:0:1::5", "2001:db8:0::/48"],
    ["::ffff:203.0.113.9", "203.0.113.0/24"],
    ["203.0.113.900", undefined],
    ["abc.de", undefined],
  ])("binds to networks as policies are written, whatever a record writes: %s", async (sourceIPAddress, network) => {
    const record = {
      eventID: "written-1",
      eventTime: "2026-03-01T10:00:00Z",
      eventType: "AwsApiCall",
      eventSource: "ec2.amazonaws.com",
      eventName: "DescribeInstances",
      awsRegion: "eu-west-1",
      recipientAccountId: "111111111111",
      sourceIPAddress,
      userIdentity: { type: "AssumedRole", arn: "arn:aws:sts::111111111111:assumed-role/Nightly/run" },
    };
    const trail = join(folder, "written.json");
    writeFileSync(trail, JSON.stringify({ Records: [record] }));
    const args = ["--evidence", trail, "--policies", join(folder, "set.json"), "--source-network"];
    const { code, out, err } = await verdict(["generate", role, ...args]);
    expect(code, err).toBe(0);
    expect(JSON.parse(out).Statement[0].Condition?.IpAddress?.["aws:SourceIp"]).toEqual(network && [network]);
  });

  it("refuses somebody of whom nothing is told, and what is no principal", async () => {
    const args = ["--evidence", join(folder, "trail.json"), "--policies", join(folder, "set.json")];
    const other = "arn:aws:iam::111111111111:user/bob";
    expect(await verdict(["generate", other, ...args])).toMatchObject({
      code: 2,
      err: `no record tells of anything that ${other} was allowed\n`,
    });
    expect(await verdict(["generate", "bob", ...args])).toMatchObject({
      code: 2,
      err: "principal: `bob` is no user, role or session\n",
    });
  });
});
