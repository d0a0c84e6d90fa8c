// A policy set out of what AWS prints: what is there decides, what is missing denies and is said.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { importedSet } from "../../src/evidence/import/imported-set.js";
import { postureSet } from "../../src/evidence/posture/posture-set.js";
import { readEvidence } from "../../src/evidence/sources/read-evidence.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { sourceText } from "../../src/text/source-text.js";

const folder = mkdtempSync(join(tmpdir(), "verdict-import-"));
afterAll(() => rmSync(folder, { recursive: true }));

const account = "111111111111";
const arn = (rest: string): string => `arn:aws:iam::${account}:${rest}`;
const allow = (Action: string, Resource = "*") => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action, Resource }],
});
const organizations = "arn:aws:organizations::999999999999";

async function imported(files: Readonly<Record<string, object>>) {
  const below = mkdtempSync(join(folder, "in-"));
  for (const [name, value] of Object.entries(files)) writeFileSync(join(below, name), JSON.stringify(value));
  const made = importedSet(await readEvidence([{ path: below }]));
  const loaded = buildPolicySet(made.files.map(({ name, text }) => sourceText(name, text)));
  if (!loaded.ok) throw new Error(loaded.findings.map(({ message }) => message).join("; "));
  return { ...made, set: loaded.policySet, names: made.files.map(({ name }) => name) };
}

const details = {
  UserDetailList: [
    { UserName: "ann", Arn: arn("user/ann"), UserPolicyList: [{ PolicyName: "own", PolicyDocument: allow("s3:*") }] },
  ],
  GroupDetailList: [],
  RoleDetailList: [],
  Policies: [],
};

describe("importedSet", () => {
  it("puts exports, resource policies, tags and owners together", async () => {
    const bucket = {
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: arn("user/ann") },
          Action: "s3:GetObject",
          Resource: "arn:aws:s3:::bbb/*",
        },
      ],
    };
    const { set, missing, names } = await imported({
      "details.json": details,
      [`policy-${account}.json`]: { Policy: JSON.stringify(bucket) },
      "tags.json": {
        ResourceTagMappingList: [{ ResourceARN: "arn:aws:s3:::bbb", Tags: [{ Key: "team", Value: "blue" }] }],
      },
      "bucket-bbb.json": { PublicAccessBlockConfiguration: { RestrictPublicBuckets: true } },
    });
    expect(missing).toEqual([]);
    expect(names).toEqual([`account-${account}.json`, "resources.json"]);
    expect(set.principals.map((one) => one.arn)).toContain(arn("user/ann"));
    expect(set.resources).toMatchObject([
      { arn: "arn:aws:s3:::bbb", account, tags: [{ key: "team", value: "blue" }], restrictPublicBuckets: true },
    ]);
    expect(set.resources[0]?.policy?.document.statements).toHaveLength(1);
  });

  it("puts a policy that allows nothing where only a name is known, and says so", async () => {
    const boundary = {
      PermissionsBoundaryType: "Policy",
      PermissionsBoundaryArn: "arn:aws:iam::aws:policy/PowerUserAccess",
    };
    const [user = {}] = details.UserDetailList;
    const { set, missing } = await imported({
      "details.json": { ...details, UserDetailList: [{ ...user, PermissionsBoundary: boundary }] },
    });
    expect(missing).toEqual([
      "`arn:aws:iam::aws:policy/PowerUserAccess` is attached and its text is in no file: it stands as a policy that allows nothing",
    ]);
    const [ann] = set.principals.filter((one) => one.arn === arn("user/ann"));
    expect(ann?.permissionsBoundary?.document.statements).toMatchObject([
      { action: { patterns: ["verdict-import:Nothing"] } },
    ]);
  });

  it("makes the tree of an organization out of its listings", async () => {
    const scp = {
      Id: "p-aaaaaaaa",
      Arn: `${organizations}:policy/o-example/service_control_policy/p-aaaaaaaa`,
      Name: "NoLeaving",
      Type: "SERVICE_CONTROL_POLICY",
    };
    const full = {
      Id: "p-FullAWSAccess",
      Arn: "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess",
      Name: "FullAWSAccess",
      Type: "SERVICE_CONTROL_POLICY",
    };
    const deny = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Deny", Action: "organizations:LeaveOrganization", Resource: "*" }],
    };
    const unit = "ou-abcd-11112222";
    const { set, missing } = await imported({
      "details.json": details,
      "organization.json": {
        Organization: {
          Id: "o-example",
          MasterAccountId: "999999999999",
          Arn: `${organizations}:organization/o-example`,
        },
      },
      "roots.json": { Roots: [{ Id: "r-abcd", Name: "Root" }] },
      "units-r-abcd.json": { OrganizationalUnits: [{ Id: unit, Name: "work" }] },
      [`units-${unit}.json`]: { OrganizationalUnits: [] },
      "accounts-r-abcd.json": { Accounts: [{ Id: "999999999999", Status: "ACTIVE" }] },
      [`accounts-${unit}.json`]: { Accounts: [{ Id: account, Status: "ACTIVE" }] },
      "policies-r-abcd.json": { Policies: [full, scp] },
      [`policies-${unit}.json`]: { Policies: [full] },
      [`policies-${account}.json`]: { Policies: [full] },
      "policies-999999999999.json": { Policies: [full] },
      "p.json": { Policy: { PolicySummary: scp, Content: JSON.stringify(deny) } },
    });
    expect(missing).toEqual([]);
    const own = set.accounts.find(({ id }) => id === account);
    expect(own).toMatchObject({ organizationId: "o-example", organizationPaths: [`o-example/r-abcd/${unit}/`] });
    expect(own?.serviceControlPolicies?.map((level) => level.map(({ name }) => name))).toEqual([
      ["FullAWSAccess", scp.Arn],
      ["FullAWSAccess"],
      ["FullAWSAccess"],
    ]);
  });

  it("says what the listings of an organization leave open", async () => {
    const { missing } = await imported({
      "details.json": details,
      "roots.json": { Roots: [{ Id: "r-abcd", Arn: `${organizations}:root/o-example/r-abcd` }] },
      "accounts.json": { Accounts: [{ Id: account, Status: "ACTIVE" }] },
    });
    expect(missing).toEqual([
      `no file tells the parent of \`${account}\`, so it lies below the root: name listings after the parent`,
      "no file tells the parent of `999999999999`, so it lies below the root: name listings after the parent",
      "no file lists what lies below `r-abcd`",
      "no file tells which policies are attached to the organization: none bind in this set",
    ]);
  });

  it("reads users and roles out of AWS Config", async () => {
    const role = {
      resourceType: "AWS::IAM::Role",
      ARN: arn("role/r"),
      awsAccountId: account,
      configuration: {
        arn: arn("role/r"),
        roleName: "r",
        assumeRolePolicyDocument: encodeURIComponent(
          JSON.stringify({
            Version: "2012-10-17",
            Statement: [{ Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" }],
          }),
        ),
        rolePolicyList: [
          { policyName: "p", policyDocument: encodeURIComponent(JSON.stringify(allow("sqs:SendMessage"))) },
        ],
        attachedManagedPolicies: [],
        permissionsBoundary: null,
      },
    };
    const { set } = await imported({ "config.json": { configurationItems: [role] } });
    const [found] = set.principals.filter((one) => one.arn === arn("role/r"));
    expect(found?.identityPolicies).toMatchObject([{ name: "p" }]);
    expect(found?.trustPolicy?.document.statements).toHaveLength(1);
  });
});

describe("the set of some evidence", () => {
  const user = (name: string, action: string) => ({
    UserName: name,
    Arn: arn(`user/${name}`),
    UserPolicyList: [{ PolicyName: "own", PolicyDocument: allow(action) }],
  });
  const page = (...UserDetailList: readonly object[]) => ({ ...details, UserDetailList });

  /** Where statements of the set stand, behind what they allow. */
  async function placesOf(files: Readonly<Record<string, string | Buffer>>) {
    const below = mkdtempSync(join(folder, "places-"));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(below, name), content);
    const evidence = await readEvidence([{ path: below }]);
    const made = await postureSet(undefined, evidence);
    if (!made.ok) throw new Error(made.findings.map(({ message }) => message).join("; "));
    const places = made.declarations.users.flatMap((entity) =>
      entity.inlinePolicies.flatMap(({ document }) =>
        document.statements.map(({ source, offset, action }) => {
          const { file, line, column } = source.positionAt(offset);
          return `${action.patterns.join()} ${file.slice(below.length + 1)}:${line}:${column}`;
        }),
      ),
    );
    return places.sort();
  }

  const written = (value: object): string => JSON.stringify(value, undefined, 2);
  const placeIn = (text: string, action: string): string => {
    const lines = text.slice(0, text.lastIndexOf("{", text.indexOf(`"Effect"`, text.indexOf(action) - 80))).split("\n");
    return `${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`;
  };

  it("keeps places in the files that were given, of an entity in the latest one", async () => {
    const older = written(page(user("ann", "s3:Old"), user("bob", "s3:Bob"), user("cid", "s3:OldCid")));
    const newer = written(page(user("ann", "s3:Ann"), user("cid", "s3:Cid")));
    const places = await placesOf({
      "a-2026-03-01.json": older,
      "b-2026-03-02.json.gz": gzipSync(newer),
    });
    expect(places).toEqual([
      `s3:Ann b-2026-03-02.json.gz:${placeIn(newer, "s3:Ann")}`,
      `s3:Bob a-2026-03-01.json:${placeIn(older, "s3:Bob")}`,
      `s3:Cid b-2026-03-02.json.gz:${placeIn(newer, "s3:Cid")}`,
    ]);
  });

  it("takes the last of what one file says twice, page behind page", async () => {
    const text = `${written(page(user("ann", "s3:Old"), user("bob", "s3:Bob")))}\n${written(page(user("ann", "s3:Ann")))}`;
    const places = await placesOf({ "pages.json": text });
    expect(places).toEqual([
      `s3:Ann pages.json:${placeIn(text, "s3:Ann")}`,
      `s3:Bob pages.json:${placeIn(text, "s3:Bob")}`,
    ]);
  });

  it("names the line of AWS Config that an entity is of", async () => {
    const item = (name: string, action: string, captured: string) =>
      JSON.stringify({
        resourceType: "AWS::IAM::User",
        resourceId: `AIDA${name}`,
        ARN: arn(`user/${name}`),
        awsAccountId: account,
        configurationItemCaptureTime: captured,
        configuration: {
          userName: name,
          arn: arn(`user/${name}`),
          path: "/",
          userPolicyList: [{ policyName: "own", policyDocument: encodeURIComponent(JSON.stringify(allow(action))) }],
        },
      });
    const rows = [item("bob", "s3:Bob", "2026-03-02T00:00:00Z"), item("cid", "s3:Cid", "2026-03-02T00:00:00Z")];
    const exported = written(page(user("ann", "s3:Ann"), user("bob", "s3:Old")));
    const places = await placesOf({ "a-2026-03-01.json": exported, "rows.jsonl": rows.join("\n") });
    expect(places).toEqual([
      `s3:Ann a-2026-03-01.json:${placeIn(exported, "s3:Ann")}`,
      expect.stringMatching(/^s3:Bob rows\.jsonl:1:\d+$/),
      expect.stringMatching(/^s3:Cid rows\.jsonl:2:\d+$/),
    ]);
  });
});
