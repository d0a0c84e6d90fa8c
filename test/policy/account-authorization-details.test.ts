import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { LoadResult } from "../../src/policy/formats/build-policy-set.js";
import { buildPolicySet, loadPolicySet } from "../../src/policy/formats/load-policy-set.js";
import type { PolicySet } from "../../src/policy/policy-set.js";
import type { Finding } from "../../src/text/finding.js";
import { sourceText } from "../../src/text/source-text.js";

const account = "111122223333";
const arnOf = (rest: string) => `arn:aws:iam::${account}:${rest}`;
const allow = (action: string) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: action, Resource: "*" }],
});
const trust = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
};
const managed = (arn: string, ...documents: readonly unknown[]) => ({
  PolicyName: "P",
  PolicyId: "ANPAX",
  Arn: arn,
  Path: "/",
  DefaultVersionId: "v1",
  AttachmentCount: 1,
  PermissionsBoundaryUsageCount: null,
  IsAttachable: true,
  CreateDate: "2020-01-01T00:00:00Z",
  UpdateDate: "2020-01-01T00:00:00Z",
  PolicyVersionList: documents.map((Document, index) => ({
    Document,
    VersionId: `v${index + 1}`,
    IsDefaultVersion: index === 0,
    CreateDate: "2020-01-01T00:00:00Z",
  })),
});
const user = (name: string, more: object = {}) => ({
  Path: "/",
  UserName: name,
  UserId: `AIDA${name.toUpperCase()}`,
  Arn: arnOf(`user/${name}`),
  CreateDate: "2020-01-01T00:00:00Z",
  GroupList: [],
  AttachedManagedPolicies: [],
  Tags: [],
  ...more,
});
const attached = (arn: string) => ({ PolicyName: "P", PolicyArn: arn });

const page = {
  UserDetailList: [
    user("alice", {
      GroupList: ["admins"],
      AttachedManagedPolicies: [attached(arnOf("policy/P"))],
      PermissionsBoundary: { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: arnOf("policy/P") },
      Tags: [{ Key: "team", Value: "blue" }],
    }),
  ],
  GroupDetailList: [
    {
      Path: "/",
      GroupName: "admins",
      GroupId: "AGPAX",
      Arn: arnOf("group/admins"),
      CreateDate: "2020-01-01T00:00:00Z",
      GroupPolicyList: [{ PolicyName: "inline", PolicyDocument: allow("ec2:*") }],
      AttachedManagedPolicies: [attached(arnOf("policy/P"))],
    },
  ],
  RoleDetailList: [
    {
      Path: "/",
      RoleName: "web",
      RoleId: "AROAX",
      Arn: arnOf("role/web"),
      CreateDate: "2020-01-01T00:00:00Z",
      AssumeRolePolicyDocument: trust,
      InstanceProfileList: [{ Path: "/", Roles: [{ RoleName: "web" }] }],
      RolePolicyList: [],
      AttachedManagedPolicies: [],
      Tags: [],
      RoleLastUsed: {},
    },
  ],
  Policies: [managed(arnOf("policy/P"), allow("s3:Get*"), { Version: "never read" })],
  IsTruncated: false,
};

describe("an AWS export", () => {
  it("becomes users, roles and their policies, of default versions only", () => {
    const set = built(page);
    const [role, alice] = set.principals;
    expect(alice).toMatchObject({
      kind: "user",
      account,
      uniqueId: "AIDAALICE",
      tags: [{ key: "team", value: "blue" }],
      permissionsBoundary: { name: arnOf("policy/P") },
    });
    expect(alice?.identityPolicies.map(({ name }) => name)).toEqual([arnOf("policy/P"), "inline"]);
    expect(role).toMatchObject({ kind: "role", uniqueId: "AROAX", trustPolicy: { name: arnOf("role/web") } });
    expect(set.counts).toMatchObject({ accounts: 1, users: 1, groups: 1, roles: 1, policies: 1, documents: 3 });
  });

  it("reads percent-encoded documents like decoded ones", () => {
    const encoded = {
      ...page,
      Policies: [managed(arnOf("policy/P"), encodeURIComponent(JSON.stringify(allow("s3:Get*"), null, 2)))],
    };
    expect(built(encoded).digest).toBe(built(page).digest);
  });

  it("puts findings about a percent-encoded document at the text itself", () => {
    const broken = encodeURIComponent('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*"}]}');
    const text = JSON.stringify({ Policies: [managed(arnOf("policy/P"), broken)] });
    const column = text.indexOf('"%7B') + 1;
    expect(errors(text)).toEqual([
      `export.json:1:${column} TYPE-1 Statement[0]: an identity policy needs \`Resource\` or \`NotResource\``,
    ]);
    expect(errors(text.replace("%7B", "%7"))).toEqual([
      `export.json:1:${column} SET-ENCODING Policies[0].PolicyVersionList[0].Document: the text is not percent-encoded UTF-8`,
    ]);
  });

  it("may come as several pages, in one list or several files, of several accounts", () => {
    const awsPolicy = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    const one = {
      UserDetailList: [user("alice", { AttachedManagedPolicies: [attached(awsPolicy)] })],
      IsTruncated: true,
      Marker: "m",
    };
    const two = { Policies: [managed(awsPolicy, allow("s3:Get*"))], IsTruncated: false };
    const want = built({ ...one, ...two }).digest;
    expect(built([one, two]).digest).toBe(want);
    const files = [one, two, two].map((content, index) => sourceText(`${index}.json`, JSON.stringify(content)));
    expect(policySetOf(buildPolicySet(files)).digest).toBe(want);
  });

  describe("of several accounts that hold one AWS managed policy in two versions (TYPE-4)", () => {
    const awsPolicy = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    const exportOf = (id: string, action: string) => ({
      UserDetailList: [
        {
          ...user(`of-${id}`, { AttachedManagedPolicies: [attached(awsPolicy)] }),
          Arn: `arn:aws:iam::${id}:user/of-${id}`,
        },
      ],
      Policies: [managed(awsPolicy, allow(action))],
    });
    const [one, other] = [exportOf(account, "s3:Get*"), exportOf("444455556666", "s3:List*")];

    it("gives each account the version of its own export, and a warning names both", () => {
      const files = [one, other].map((content, index) => sourceText(`${index}.json`, JSON.stringify(content)));
      for (const order of [files, [...files].reverse()]) {
        const result = buildPolicySet(order);
        const patterns = policySetOf(result).principals.map(({ identityPolicies }) =>
          identityPolicies.flatMap(({ document }) => document.statements.flatMap(({ action }) => action.patterns)),
        );
        expect(patterns).toEqual([["s3:Get*"], ["s3:List*"]]);
        expect(result.findings.map(({ rule, severity }) => [rule, severity])).toEqual([["TYPE-4", "warning"]]);
        expect(result.findings[0]?.message).toContain(`has another default version at ${order[0]?.file}:1:`);
      }
    });

    it("refuses to take one for the other where a file does not tell whose it is", () => {
      const found = errors(JSON.stringify([one, other])).filter((message) => message.includes("SET-DUPLICATE"));
      expect(found).toHaveLength(2);
      for (const message of found) expect(message).toContain("has several default versions: export.json:1:");
    });
  });

  it("of several accounts is complete only if each is", () => {
    const whole = {
      UserDetailList: [{ ...user("bob"), Arn: "arn:aws:iam::444455556666:user/bob" }],
      IsTruncated: false,
    };
    const cut = { UserDetailList: [user("alice")], IsTruncated: true };
    const files = [cut, whole].map((content, index) => sourceText(`${index}.json`, JSON.stringify(content)));
    expect(buildPolicySet(files).findings.map(line)).toEqual([
      "0.json:1:1 SET-FORMAT the export says that more pages follow, but there are none",
    ]);
  });

  it("may be several pages in one file, one after the other", () => {
    const pages = [{ UserDetailList: [user("alice")], IsTruncated: true }, { UserDetailList: [user("bob")] }];
    const text = pages.map((one) => JSON.stringify(one)).join("\n");
    expect(policySetOf(buildPolicySet([sourceText("export.json", text)])).principals).toHaveLength(2);
    expect(errors(`${text}\n{"Version":"2012-10-17","Statement":[]}`)).not.toEqual([]);
    expect(errors(`${JSON.stringify(allow("s3:*"))}${JSON.stringify(allow("s3:*"))}`)[0]).toContain("after the value");
  });

  it("warns when every page says that more follow", () => {
    const result = buildPolicySet([sourceText("export.json", JSON.stringify({ ...page, IsTruncated: true }))]);
    expect(result.ok).toBe(true);
    expect(result.findings.map(line)).toEqual([
      "export.json:1:1 SET-FORMAT the export says that more pages follow, but there are none",
    ]);
  });

  it.each([
    [
      "an attached policy that is not in it",
      { AttachedManagedPolicies: [attached("arn:aws:iam::aws:policy/X")] },
      '"arn:aws:iam::aws:policy/X',
      "SET-REFERENCE UserDetailList[0].AttachedManagedPolicies[0].PolicyArn: unknown policy `arn:aws:iam::aws:policy/X`",
    ],
    [
      "a boundary that is not in it",
      { PermissionsBoundary: { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: arnOf("policy/B") } },
      `"${arnOf("policy/B")}`,
      `SET-REFERENCE UserDetailList[0].PermissionsBoundary.PermissionsBoundaryArn: unknown policy \`${arnOf("policy/B")}\``,
    ],
    [
      "a group that is not in it",
      { GroupList: ["ghosts"] },
      '"ghosts"',
      `SET-REFERENCE UserDetailList[0].GroupList[0]: unknown group \`ghosts\` in account \`${account}\``,
    ],
    [
      "a tag without value",
      { Tags: [{ Key: "k" }] },
      '{"Key"',
      "SET-FORMAT UserDetailList[0].Tags[0]: missing member `Value`",
    ],
  ])("refuses %s", (_name, more, place, want) => {
    const text = JSON.stringify({ UserDetailList: [user("alice", more)] });
    expect(errors(text)).toEqual([`export.json:1:${text.indexOf(place) + 1} ${want}`]);
  });

  it("refuses a managed policy without a default version", () => {
    const text = JSON.stringify({ Policies: [managed(arnOf("policy/P"))] });
    expect(errors(text)).toEqual([
      `export.json:1:${text.indexOf("[]") + 1} SET-FORMAT Policies[0].PolicyVersionList: no version is the default version`,
    ]);
  });

  it("is recognised in a directory", async () => {
    const folder = await mkdtemp(join(tmpdir(), "verdict-"));
    await writeFile(join(folder, "account.json"), JSON.stringify(page, null, 2));
    const set = policySetOf(await loadPolicySet(folder));
    await rm(folder, { recursive: true });
    expect(set.digest).toBe(built(page).digest);
  });
});

/** An export of one's own, one page: `VERDICT_EXPORT=file`. */
const realExport = process.env.VERDICT_EXPORT ?? "";

describe("members of AWS's answers that are not known", () => {
  it("warns of each, wherever it stands, and loads the rest", () => {
    const [alice] = page.UserDetailList;
    const text = JSON.stringify({
      ...page,
      UserDetailList: [{ ...alice, MfaDevices: [], Tags: [{ Key: "team", Value: "blue", Since: 1 }] }],
      ResponseMetadata: { RetryAttempts: 0 },
    });
    const result = buildPolicySet([sourceText("export.json", text)]);
    expect(policySetOf(result).counts).toMatchObject({ users: 1, groups: 1 });
    expect(result.findings.map(({ severity, message }) => `${severity} ${message}`).sort()).toEqual([
      "warning UserDetailList[0].Tags[0]: unknown member `Since`",
      "warning UserDetailList[0]: unknown member `MfaDevices`",
      "warning unknown member `ResponseMetadata`",
    ]);
  });
});

describe.skipIf(!existsSync(realExport))("the export of a real account", () => {
  it("loads without a finding", async () => {
    const result = await loadPolicySet(realExport);
    const lists: Readonly<Record<string, readonly unknown[]>> = JSON.parse(readFileSync(realExport, "utf8"));
    expect(result.findings).toEqual([]);
    expect(policySetOf(result).counts).toMatchObject({
      users: lists.UserDetailList?.length,
      groups: lists.GroupDetailList?.length,
      roles: lists.RoleDetailList?.length,
      policies: lists.Policies?.length,
    });
  });
});

function built(content: unknown): PolicySet {
  return policySetOf(buildPolicySet([sourceText("export.json", JSON.stringify(content))]));
}

function policySetOf(result: LoadResult): PolicySet {
  if (!result.ok) throw new Error(result.findings.map(line).join("\n"));
  return result.policySet;
}

function errors(text: string): readonly string[] {
  const result = buildPolicySet([sourceText("export.json", text)]);
  expect(result.ok).toBe(false);
  return result.findings.map(line);
}

function line({ file, line: at, column, rule, message }: Finding): string {
  return `${file}:${at}:${column} ${rule} ${message}`;
}
