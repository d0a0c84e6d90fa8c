/** Versions of managed policies that are not in force: who may put one in force becomes what it lets somebody become, and nothing else. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { account, allow, arn, document, escalationEdges, inline } from "../kit/escalation-evidence.js";
import { verdict } from "../kit/run-verdict.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "verdict-versions-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const edgesOf = (name: string, files: Readonly<Record<string, object>>, args: readonly string[] = []) =>
  escalationEdges(join(folder, name), files, args);

describe("versions of policies that are not in force", () => {
  const policy = (versions: readonly object[]) => ({
    PolicyName: "tools",
    Arn: arn("policy/tools"),
    DefaultVersionId: "v2",
    PolicyVersionList: [
      { VersionId: "v2", IsDefaultVersion: true, Document: document(allow("iam:SetDefaultPolicyVersion")) },
      ...versions,
    ],
  });
  const version = (id: string, ...statements: readonly object[]) => ({
    VersionId: id,
    IsDefaultVersion: false,
    Document: encodeURIComponent(JSON.stringify(document(...statements))),
  });
  const carrier = (more: object = {}) => ({
    UserName: "ann",
    Arn: arn("user/ann"),
    AttachedManagedPolicies: [{ PolicyName: "tools", PolicyArn: arn("policy/tools") }],
    ...more,
  });
  const world = (versions: readonly object[], more: object = {}) => ({
    UserDetailList: [carrier(more), { UserName: "boss", Arn: arn("user/boss"), UserPolicyList: inline(allow("*")) }],
    GroupDetailList: [],
    RoleDetailList: [],
    Policies: [
      policy(versions),
      {
        PolicyName: "narrow",
        Arn: arn("policy/narrow"),
        DefaultVersionId: "v1",
        PolicyVersionList: [{ VersionId: "v1", IsDefaultVersion: true, Document: document(allow("iam:Set*")) }],
      },
    ],
  });
  const path = "iam-set-default-policy-version";
  const told = async (name: string, content: object, args: readonly string[] = []) => {
    const { edges } = await edgesOf(name, { "d.json": content }, args);
    return edges.filter((edge) => edge.path === path);
  };

  it("make an administrator of who puts one in force that allows everything, and say which", async () => {
    const edges = await told("wide", world([version("v1", allow("*")), version("v3", allow("s3:*"))]));
    expect(edges).toHaveLength(1);
    expect(edges[0]).toMatchObject({
      to: "administrator",
      by: arn("policy/tools"),
      does: expect.stringContaining("`v1`"),
    });
    expect(edges[0]).not.toHaveProperty("supposes");
  });

  it("lead to whom a version lets somebody become", async () => {
    const edges = await told("further", world([version("v1", allow("iam:UpdateLoginProfile", arn("user/boss")))]));
    expect(edges.map(({ to }) => to)).toEqual([arn("user/boss")]);
  });

  it("lead nowhere where none grants more, or there is none", async () => {
    expect(await told("less", world([version("v1", allow("s3:GetObject"))]))).toEqual([]);
    expect(await told("single", world([]))).toEqual([]);
  });

  it("lead nowhere beyond a Deny, a boundary or without the request", async () => {
    const wide = [version("v1", allow("*"))];
    const deny = (what: object) => ({ UserPolicyList: inline({ Effect: "Deny", ...what, Resource: "*" }) });
    const action = "iam:SetDefaultPolicyVersion";
    expect(await told("denied-request", world(wide, deny({ Action: action })))).toEqual([]);
    expect(await told("denied-rest", world(wide, deny({ NotAction: action })))).toEqual([]);
    const boundary = { PermissionsBoundaryType: "Policy", PermissionsBoundaryArn: arn("policy/narrow") };
    expect(await told("bounded", world(wide, { PermissionsBoundary: boundary }))).toEqual([]);
  });

  it("lead nowhere beyond an SCP", async () => {
    const set = join(folder, "organization.json");
    const statements = [allow("*"), { Effect: "Deny", Action: "iam:SetDefaultPolicyVersion", Resource: "*" }];
    writeFileSync(
      set,
      JSON.stringify({
        users: [{ arn: arn("user/ann"), managedPolicies: [arn("policy/tools")] }],
        policies: [{ arn: arn("policy/tools"), document: document(allow("iam:SetDefaultPolicyVersion")) }],
        accounts: [{ id: account }, { id: "999988887777" }],
        organization: {
          id: "o-exampleorg1",
          managementAccount: "999988887777",
          root: {
            id: "r-ex12",
            accounts: [account, "999988887777"],
            serviceControlPolicies: [{ name: "fence", document: document(...statements) }],
          },
        },
      }),
    );
    const edges = await told("fenced", world([version("v1", allow("*"))]), ["--policies", set]);
    expect(edges).toEqual([]);
  });

  it("are read from an export that is the policy set itself", async () => {
    const file = join(folder, "export.json");
    writeFileSync(file, JSON.stringify(world([version("v1", allow("*"))])));
    const { out } = await verdict(["audit", "escalation", "--policies", file, "--json"]);
    expect(out).toContain("`v1`");
    expect(out).not.toContain("some version of the policy");
  });
});
