/** Ways through IAM, STS, IAM Identity Center and Organizations: who raises itself, and who takes over another principal. */
import type { Row, RowStep } from "./row.js";

const administratorAccess = "arn:aws:iam::aws:policy/AdministratorAccess";

function self(action: string, context?: RowStep["context"]): RowStep {
  return { action, on: "self", ...(context === undefined ? {} : { context }) };
}

function target(action: string, context?: RowStep["context"]): RowStep {
  return { action, on: "target", ...(context === undefined ? {} : { context }) };
}

function any(action: string): RowStep {
  return { action, on: "any" };
}

const attachesAll = { "iam:PolicyARN": administratorAccess };
const boundsNothing = { "iam:PermissionsBoundary": administratorAccess };
const fewVersions = "the policy has fewer than five versions";
const assume = target("sts:AssumeRole");

/** Who raises itself. */
export const raisingRows: readonly Row[] = [
  {
    id: "iam-put-user-policy",
    does: "writes a policy into itself",
    targets: "self user",
    steps: [self("iam:PutUserPolicy")],
    change: "raised",
  },
  {
    id: "iam-attach-user-policy",
    does: "attaches AdministratorAccess to itself",
    targets: "self user",
    steps: [self("iam:AttachUserPolicy", attachesAll)],
    change: "raised",
  },
  {
    id: "iam-put-role-policy",
    does: "writes a policy into itself",
    targets: "self role",
    steps: [self("iam:PutRolePolicy")],
    change: "raised",
  },
  {
    id: "iam-attach-role-policy",
    does: "attaches AdministratorAccess to itself",
    targets: "self role",
    steps: [self("iam:AttachRolePolicy", attachesAll)],
    change: "raised",
  },
  {
    id: "iam-put-group-policy",
    does: "writes a policy into a group that it is in",
    targets: "own group",
    steps: [target("iam:PutGroupPolicy")],
    change: "raised",
  },
  {
    id: "iam-attach-group-policy",
    does: "attaches AdministratorAccess to a group that it is in",
    targets: "own group",
    steps: [target("iam:AttachGroupPolicy", attachesAll)],
    change: "raised",
  },
  {
    id: "iam-create-policy-version",
    does: "writes a new version of a policy that it carries",
    targets: "own policy",
    steps: [target("iam:CreatePolicyVersion")],
    change: "raised",
    supposes: fewVersions,
  },
  {
    id: "iam-create-policy-version-after-delete",
    does: "deletes a version of a policy that it carries and writes a new one",
    targets: "own policy",
    steps: [target("iam:DeletePolicyVersion"), target("iam:CreatePolicyVersion")],
    change: "raised",
  },
  {
    id: "iam-set-default-policy-version",
    does: "puts another version of a policy that it carries in force",
    targets: "own policy",
    steps: [target("iam:SetDefaultPolicyVersion")],
    change: "version",
    supposes: "some version of the policy that is not in force allows everything",
  },
  {
    id: "iam-add-user-to-group",
    does: "joins a group",
    targets: "other group",
    steps: [target("iam:AddUserToGroup")],
    change: "joined",
  },
  {
    id: "iam-delete-user-permissions-boundary",
    does: "takes its own boundary away",
    targets: "self user",
    steps: [self("iam:DeleteUserPermissionsBoundary")],
    change: "unbounded",
  },
  {
    id: "iam-delete-role-permissions-boundary",
    does: "takes its own boundary away",
    targets: "self role",
    steps: [self("iam:DeleteRolePermissionsBoundary")],
    change: "unbounded",
  },
  {
    id: "iam-put-user-permissions-boundary",
    does: "gives itself a boundary that allows everything",
    targets: "self user",
    steps: [self("iam:PutUserPermissionsBoundary", boundsNothing)],
    change: "unbounded",
  },
  {
    id: "iam-put-role-permissions-boundary",
    does: "gives itself a boundary that allows everything",
    targets: "self role",
    steps: [self("iam:PutRolePermissionsBoundary", boundsNothing)],
    change: "unbounded",
  },
  ...(["DetachPolicy", "UpdatePolicy", "MoveAccount", "LeaveOrganization"] as const).flatMap((name) =>
    (["user", "role"] as const).map(
      (kind): Row => ({
        id: `organizations-${dashed(name)}${kind === "role" ? "-as-role" : ""}`,
        does: "lifts the service control policies that bind its account",
        targets: `self ${kind}`,
        steps: [any(`organizations:${name}`)],
        change: "free",
      }),
    ),
  ),
];

/** Who takes over another principal. */
export const takingRows: readonly Row[] = [
  {
    id: "iam-create-access-key",
    does: "creates an access key of the user",
    targets: "user",
    steps: [target("iam:CreateAccessKey")],
    supposes: "the user has fewer than two access keys",
  },
  {
    id: "iam-create-access-key-after-delete",
    does: "deletes an access key of the user and creates one",
    targets: "user",
    steps: [target("iam:DeleteAccessKey"), target("iam:CreateAccessKey")],
  },
  {
    id: "iam-update-access-key",
    does: "activates an access key of the user again",
    targets: "user",
    steps: [target("iam:UpdateAccessKey")],
    supposes: "it holds an access key of the user that is not active",
  },
  {
    id: "iam-create-login-profile",
    does: "gives the user a password",
    targets: "user",
    steps: [target("iam:CreateLoginProfile")],
    supposes: "the user has no password",
  },
  {
    id: "iam-update-login-profile",
    does: "changes the user's password",
    targets: "user",
    steps: [target("iam:UpdateLoginProfile")],
    supposes: "the user has a password",
  },
  {
    id: "iam-create-service-specific-credential",
    does: "creates a credential of the user for one service",
    targets: "user",
    steps: [target("iam:CreateServiceSpecificCredential")],
    limited: "acts as the user in CodeCommit, Keyspaces or Bedrock only",
  },
  {
    id: "iam-upload-ssh-public-key",
    does: "uploads an SSH key of the user",
    targets: "user",
    steps: [target("iam:UploadSSHPublicKey")],
    limited: "acts as the user in CodeCommit only",
  },
  ...(["DeactivateMFADevice", "ResyncMFADevice"] as const).map(
    (name): Row => ({
      id: `iam-${name === "ResyncMFADevice" ? "resync" : "deactivate"}-mfa-device`,
      does: "takes the user's second factor",
      targets: "user",
      steps: [target(`iam:${name}`)],
      limited: "removes MFA, which is a hurdle, and gives no credential",
    }),
  ),
  {
    id: "iam-enable-mfa-device",
    does: "gives the user a second factor that it holds itself",
    targets: "user",
    steps: [any("iam:CreateVirtualMFADevice"), target("iam:EnableMFADevice")],
    limited: "removes MFA, which is a hurdle, and gives no credential",
  },
  {
    id: "iam-attach-user-policy-and-create-access-key",
    does: "attaches AdministratorAccess to the user and creates a key of it",
    targets: "user",
    steps: [target("iam:AttachUserPolicy", attachesAll), target("iam:CreateAccessKey")],
    change: "raised",
    supposes: "the user has fewer than two access keys",
  },
  {
    id: "iam-put-user-policy-and-create-access-key",
    does: "writes a policy into the user and creates a key of it",
    targets: "user",
    steps: [target("iam:PutUserPolicy"), target("iam:CreateAccessKey")],
    change: "raised",
    supposes: "the user has fewer than two access keys",
  },
  { id: "sts-assume-role", does: "assumes the role", targets: "any role", steps: [assume] },
  {
    id: "iam-update-assume-role-policy",
    does: "lets the role trust itself and assumes it",
    targets: "role",
    steps: [target("iam:UpdateAssumeRolePolicy")],
    change: "trusting",
  },
  ...withAndWithoutTrust("iam-put-role-policy", "writes a policy into the role", [target("iam:PutRolePolicy")]),
  ...withAndWithoutTrust("iam-attach-role-policy", "attaches AdministratorAccess to the role", [
    target("iam:AttachRolePolicy", attachesAll),
  ]),
  ...withAndWithoutTrust(
    "iam-create-policy-version",
    "writes a new version of a policy of the role",
    [{ action: "iam:CreatePolicyVersion", on: "policy" }],
    fewVersions,
  ),
  {
    id: "iam-update-saml-provider",
    does: "replaces the keys of an identity provider that the role trusts",
    targets: "provider",
    steps: [target("iam:UpdateSAMLProvider")],
  },
  {
    id: "iam-add-client-id-to-open-id-connect-provider",
    does: "lets tokens of another client in, whose provider the role trusts",
    targets: "provider",
    steps: [target("iam:AddClientIDToOpenIDConnectProvider")],
    supposes: "it can have tokens of the provider issued",
  },
  {
    id: "iam-create-open-id-connect-provider",
    does: "creates an identity provider that the role trusts",
    targets: "provider",
    steps: [target("iam:CreateOpenIDConnectProvider")],
    supposes: "the provider does not exist, and its address is to be had",
  },
  {
    id: "sts-assume-root",
    does: "acts as the root of a member account",
    targets: "account root",
    steps: [target("sts:AssumeRoot")],
    limited: "only what the task policy of the call allows",
  },
  {
    id: "sso-create-account-assignment",
    does: "assigns the permission set of the role to itself",
    targets: "sso role",
    steps: [any("sso:CreateAccountAssignment")],
    supposes: "it signs in through IAM Identity Center",
  },
  {
    id: "identitystore-create-group-membership",
    does: "joins a group of IAM Identity Center that has the role",
    targets: "sso role",
    steps: [any("identitystore:CreateGroupMembership")],
    supposes: "it signs in through IAM Identity Center, and a group has the role",
  },
  ...(["AttachManagedPolicyToPermissionSet", "PutInlinePolicyToPermissionSet"] as const).map(
    (name): Row => ({
      id: `sso-${dashed(name)}`,
      does: "raises the permission set of the role",
      targets: "sso role",
      steps: [any(`sso:${name}`), any("sso:ProvisionPermissionSet")],
      change: "raised",
      supposes: "the permission set of the role is assigned to it",
    }),
  ),
];

/** What reaches data through a policy of its own: nobody becomes anybody, so it stands apart. */
export const dataRows: readonly Row[] = (
  [
    ["s3:PutBucketPolicy", "opens buckets"],
    ["kms:PutKeyPolicy", "opens keys"],
    ["kms:CreateGrant", "grants the use of keys"],
    ["secretsmanager:PutResourcePolicy", "opens secrets"],
    ["lambda:AddPermission", "opens functions"],
    ["sqs:AddPermission", "opens queues"],
    ["sqs:SetQueueAttributes", "opens queues"],
    ["sns:AddPermission", "opens topics"],
    ["sns:SetTopicAttributes", "opens topics"],
    ["ecr:SetRepositoryPolicy", "opens image repositories"],
    ["ram:CreateResourceShare", "shares resources with other accounts"],
  ] as const
).map(([action, does]) => ({
  id: dashed(action.replace(":", "-")),
  does: `${does} to whomever it names`,
  targets: "data" as const,
  steps: [any(action)],
}));

/** Likewise inside of a cluster. */
export const clusterRow: Row = {
  id: "eks-create-access-entry",
  does: "gives itself access inside of clusters",
  targets: "data",
  steps: [any("eks:CreateAccessEntry"), any("eks:AssociateAccessPolicy")],
};

function withAndWithoutTrust(id: string, does: string, steps: readonly RowStep[], supposes?: string): readonly Row[] {
  const base = { targets: "role", change: "raised", ...(supposes === undefined ? {} : { supposes }) } as const;
  return [
    { ...base, id: `${id}-and-assume-role`, does: `${does} and assumes it`, steps: [...steps, assume] },
    {
      ...base,
      id: `${id}-and-update-assume-role-policy`,
      does: `${does}, lets it trust itself and assumes it`,
      steps: [...steps, target("iam:UpdateAssumeRolePolicy")],
    },
  ];
}

/** `s3-PutBucketPolicy` as `s3-put-bucket-policy`. */
export function dashed(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1-$2")
    .toLowerCase();
}
