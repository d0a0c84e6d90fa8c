// For every check of the posture the fault that it finds, planted in a world in which nothing is wrong.
import { account, allow, trust, type World } from "./posture-world.js";

const arn = (rest: string): string => `arn:aws:iam::${account}:${rest}`;
const ann = arn("user/ann");
const root = arn("root");
const support = arn("role/Support");

const daysBefore = (days: number): string =>
  new Date(Date.parse("2026-11-01T00:00:00Z") - days * 86_400_000).toISOString();

/** Something that is wrong, and how it comes about. */
export interface Fault {
  readonly id: string;
  readonly subject: string;
  readonly severity: string;
  readonly reason: string;
  readonly plant: (world: World) => void;
  /** What follows from it besides. */
  readonly also?: readonly string[];
}

const inGroup = (document: object) => (world: World) => {
  world.set.policies.push({ arn: arn("policy/Planted"), document });
  Object.assign(world.set.groups[0] ?? {}, { managedPolicies: [arn("policy/Readers"), arn("policy/Planted")] });
};
const cell = (user: number, cells: Record<string, string>) => (world: World) =>
  Object.assign(world.users[user] ?? {}, cells);
const role = (more: object) => (world: World) => Object.assign(world.set.roles[0] ?? {}, more);
const group = arn("group/readers");
const stranger = "444444444444";

/** A fault for every check that inputs reach. */
export const faults: readonly Fault[] = [
  {
    id: "root-access-key",
    subject: root,
    severity: "high",
    reason: "the root user has an access key: it can do everything, and no policy of IAM takes anything from it",
    plant: (world) => {
      world.summary.SummaryMap.AccountAccessKeysPresent = 1;
      cell(0, { access_key_1_active: "TRUE" })(world);
    },
  },
  {
    id: "root-without-mfa",
    subject: root,
    severity: "high",
    reason: "the root user has no MFA: its password alone opens the account",
    plant: (world) => {
      world.summary.SummaryMap.AccountMFAEnabled = 0;
      cell(0, { mfa_active: "false" })(world);
    },
  },
  {
    id: "root-mfa-not-hardware",
    subject: root,
    severity: "low",
    reason: "the MFA device of the root user is virtual: whoever has the phone or its backup has the root user",
    plant: (world) => world.devices.VirtualMFADevices.push({ SerialNumber: arn("mfa/root"), User: { Arn: root } }),
  },
  {
    id: "root-used",
    subject: root,
    severity: "medium",
    reason: "the root user was last used at 2026-10-30T00:00:00Z, 2 days before the report",
    plant: cell(0, { password_last_used: daysBefore(2) }),
  },
  {
    id: "root-signing-certificate",
    subject: root,
    severity: "medium",
    reason: "the root user has an active signing certificate",
    plant: (world) => {
      world.summary.SummaryMap.AccountSigningCertificatesPresent = 1;
      cell(0, { cert_1_active: "true" })(world);
    },
  },
  {
    id: "user-without-mfa",
    subject: ann,
    severity: "high",
    reason: "the user has a password and no MFA",
    plant: cell(1, {
      password_enabled: "true",
      password_last_used: daysBefore(1),
      password_last_changed: daysBefore(20),
    }),
    also: ["users-not-central"],
  },
  {
    id: "credential-unused",
    subject: ann,
    severity: "medium",
    reason: "access key 1 was last used at 2026-09-02T00:00:00Z",
    plant: cell(1, { access_key_1_last_used_date: daysBefore(60) }),
  },
  {
    id: "key-older-than",
    subject: ann,
    severity: "medium",
    reason: "access key 1 is from 2026-08-02T00:00:00Z, 91 days before the report",
    plant: cell(1, { access_key_1_last_rotated: daysBefore(91) }),
  },
  {
    id: "several-active-keys",
    subject: ann,
    severity: "low",
    reason: "both access keys of the user are active",
    plant: cell(1, {
      access_key_2_active: "true",
      access_key_2_last_rotated: daysBefore(9),
      access_key_2_last_used_date: daysBefore(1),
    }),
  },
  {
    id: "key-made-with-user",
    subject: ann,
    severity: "low",
    reason: "access key 1 was made together with the user",
    plant: cell(1, { user_creation_time: daysBefore(30) }),
  },
  {
    id: "user-signing-certificate",
    subject: ann,
    severity: "low",
    reason: "signing certificate 2 of the user is active",
    plant: cell(1, { cert_2_active: "true" }),
  },
  {
    id: "password-policy-missing",
    subject: account,
    severity: "medium",
    reason: "the account has no password policy: AWS's default asks for eight characters",
    plant: (world) => {
      const Message = `The Password Policy with domain name ${account} cannot be found.`;
      world.passwords = { Error: { Code: "NoSuchEntity", Message } };
    },
    also: ["password-policy-length", "password-policy-reuse"],
  },
  {
    id: "password-policy-length",
    subject: account,
    severity: "medium",
    reason: "passwords may have 13 characters",
    plant: (world) => {
      world.passwords = { PasswordPolicy: { MinimumPasswordLength: 13, PasswordReusePrevention: 24 } };
    },
  },
  {
    id: "password-policy-reuse",
    subject: account,
    severity: "low",
    reason: "only the last 5 passwords are not used again",
    plant: (world) => {
      world.passwords = { PasswordPolicy: { MinimumPasswordLength: 14, PasswordReusePrevention: 5 } };
    },
  },
  {
    id: "server-certificate-expired",
    subject: arn("server-certificate/www"),
    severity: "low",
    reason: "the certificate expired at 2026-10-31T00:00:00Z",
    plant: (world) =>
      Object.assign(world.certificates.ServerCertificateMetadataList[0] ?? {}, { Expiration: "2026-10-31T00:00:00Z" }),
  },
  {
    id: "users-not-central",
    subject: account,
    severity: "low",
    reason: "people sign in as users of this account (1 with a password)",
    plant: cell(1, { password_enabled: "true", password_last_used: daysBefore(1), mfa_active: "true" }),
  },
  {
    id: "instance-without-role",
    subject: `arn:aws:ec2:eu-west-1:${account}:instance/i-1`,
    severity: "low",
    reason: "the instance has no role",
    plant: (world) =>
      Object.assign(world.config.configurationItems[0] ?? {}, { configuration: { iamInstanceProfile: null } }),
  },
  {
    id: "admin-policy",
    subject: group,
    severity: "high",
    reason: `policy \`${arn("policy/Planted")}\` allows every action on every resource`,
    plant: inGroup(allow("*")),
    also: ["sensitive-without-mfa"],
  },
  {
    id: "full-access-to-iam",
    subject: group,
    severity: "high",
    reason: `policy \`${arn("policy/Planted")}\` allows every action of \`iam\` on every resource`,
    plant: inGroup(allow("iam:*")),
    also: ["pass-role-everywhere", "sensitive-without-mfa"],
  },
  {
    id: "full-access-to-organizations",
    subject: group,
    severity: "high",
    reason: `policy \`${arn("policy/Planted")}\` allows every action of \`organizations\` on every resource`,
    plant: inGroup(allow("organizations:*")),
    also: ["sensitive-without-mfa"],
  },
  {
    id: "full-access-to-kms",
    subject: group,
    severity: "medium",
    reason: `policy \`${arn("policy/Planted")}\` allows every action of \`kms\` on every resource`,
    plant: inGroup(allow("kms:*")),
    also: ["sensitive-without-mfa"],
  },
  {
    id: "full-access-to-cloudtrail",
    subject: group,
    severity: "medium",
    reason: `policy \`${arn("policy/Planted")}\` allows every action of \`cloudtrail\` on every resource`,
    plant: inGroup(allow("cloudtrail:*")),
    also: ["sensitive-without-mfa"],
  },
  {
    id: "kms-decrypt-everywhere",
    subject: group,
    severity: "medium",
    reason: `policy \`${arn("policy/Planted")}\` allows to decrypt with every key`,
    plant: inGroup(allow("kms:Decrypt", `arn:aws:kms:*:${account}:key/*`)),
  },
  {
    id: "pass-role-everywhere",
    subject: group,
    severity: "high",
    reason: `policy \`${arn("policy/Planted")}\` allows to pass every role to every service`,
    plant: inGroup(allow("iam:Pass*", `arn:aws:iam::${account}:role/*`)),
  },
  {
    id: "assume-role-everywhere",
    subject: group,
    severity: "medium",
    reason: `policy \`${arn("policy/Planted")}\` allows to assume every role that trusts it`,
    plant: inGroup(allow("sts:AssumeRole")),
  },
  {
    id: "allow-not-action",
    subject: group,
    severity: "medium",
    reason: `policy \`${arn("policy/Planted")}\` allows whatever \`NotAction\` does not list`,
    plant: inGroup({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", NotAction: ["iam:*", "kms:*"], Resource: "arn:aws:s3:::data/*" }],
    }),
    also: ["sensitive-without-mfa"],
  },
  {
    id: "cloudshell-full-access",
    subject: group,
    severity: "low",
    reason:
      "policy `arn:aws:iam::aws:policy/AWSCloudShellFullAccess` allows all of CloudShell, files in and out among it",
    plant: (world) => {
      const name = "arn:aws:iam::aws:policy/AWSCloudShellFullAccess";
      world.set.policies.push({ arn: name, document: allow("cloudshell:*") });
      Object.assign(world.set.groups[0] ?? {}, { managedPolicies: [name] });
    },
    also: [],
  },
  {
    id: "sensitive-without-mfa",
    subject: ann,
    severity: "medium",
    reason: "the user may do `iam:CreateUser` without MFA",
    plant: inGroup(allow("iam:CreateUser")),
  },
  {
    id: "boundary-removable",
    subject: support,
    severity: "high",
    reason: `the role may take away its own permissions boundary \`${arn("policy/Planted")}\``,
    plant: (world) => {
      world.set.policies.push({
        arn: arn("policy/Planted"),
        document: allow(["iam:DeleteRolePermissionsBoundary", "support:*"]),
      });
      role({
        permissionsBoundary: arn("policy/Planted"),
        managedPolicies: ["arn:aws:iam::aws:policy/AWSSupportAccess", arn("policy/Planted")],
      })(world);
    },
  },
  {
    id: "user-with-direct-policy",
    subject: ann,
    severity: "low",
    reason: `policy \`${arn("policy/Readers")}\` is attached to the user itself`,
    plant: (world) => Object.assign(world.set.users[0] ?? {}, { managedPolicies: [arn("policy/Readers")] }),
  },
  {
    id: "inline-policy",
    subject: support,
    severity: "low",
    reason: "policy `own` is written into the role",
    // Within the boundary that another fault sets, so that it is allowed beside it too.
    plant: role({ inlinePolicies: [{ name: "own", document: allow("support:DescribeCases") }] }),
  },
  {
    id: "group-without-users",
    subject: arn("group/empty"),
    severity: "low",
    reason: "nobody is in the group",
    plant: (world) => world.set.groups.push({ arn: arn("group/empty") }),
  },
  {
    id: "user-without-groups",
    subject: arn("user/bob"),
    severity: "low",
    reason: "the user is in no group",
    plant: (world) => world.set.users.push({ arn: arn("user/bob") }),
  },
  {
    id: "support-role-missing",
    subject: account,
    severity: "low",
    reason: "AWSSupportAccess is attached to nobody in the account",
    plant: role({ managedPolicies: [] }),
  },
  {
    id: "dangerous-policy-unattached",
    subject: arn("policy/Waiting"),
    severity: "low",
    reason: "the policy allows too much and is attached to nobody",
    plant: (world) => world.set.policies.push({ arn: arn("policy/Waiting"), document: allow("*") }),
  },
  {
    id: "role-unused",
    subject: support,
    severity: "low",
    reason: "the role was last used at 2026-08-02T00:00:00Z, 91 days before the export",
    plant: (world) =>
      Object.assign(world.export.RoleDetailList[0] ?? {}, { RoleLastUsed: { LastUsedDate: daysBefore(91) } }),
  },
  {
    id: "service-unused",
    subject: ann,
    severity: "low",
    reason: "permitted and not used within 400 days: `sqs`",
    plant: (world) => world.services.ServicesLastAccessed.push({ ServiceName: "Amazon SQS", ServiceNamespace: "sqs" }),
  },
  {
    id: "managed-policy-versions",
    subject: arn("policy/Readers"),
    severity: "low",
    reason: "the policy has five versions, which is the most: an older one is easily set again",
    plant: (world) =>
      world.export.Policies.push({
        Arn: arn("policy/Readers"),
        DefaultVersionId: "v5",
        PolicyVersionList: [1, 2, 3, 4, 5].map((number) => ({
          VersionId: `v${number}`,
          IsDefaultVersion: number === 5,
        })),
      }),
  },
  {
    id: "trust-anyone",
    subject: support,
    severity: "high",
    reason: "the role trusts every principal of every account",
    plant: role({ trustPolicy: trust("*") }),
  },
  {
    id: "trust-github-without-sub",
    subject: support,
    severity: "high",
    reason: "every repository of GitHub may assume the role: nothing binds the token's `sub`",
    plant: role({
      trustPolicy: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Federated: arn("oidc-provider/token.actions.githubusercontent.com") },
            Action: "sts:AssumeRoleWithWebIdentity",
            Condition: { StringLike: { "token.actions.githubusercontent.com:sub": "repo:*" } },
          },
        ],
      },
    }),
  },
  {
    id: "trust-service-without-source",
    subject: support,
    severity: "low",
    reason: "service `config.amazonaws.com` may assume the role for whoever asks it to: nothing binds the source",
    plant: role({ trustPolicy: trust({ Service: "config.amazonaws.com" }) }),
  },
  {
    id: "trust-without-external-id",
    subject: support,
    severity: "medium",
    reason: `\`${stranger}\` of another account may assume the role without an external id`,
    plant: role({ trustPolicy: trust({ AWS: stranger }) }),
    also: ["trust-outside-organization"],
  },
  {
    id: "trust-outside-organization",
    subject: support,
    severity: "medium",
    reason: `the role trusts \`${stranger}\`, which is not in organization \`o-example1234\``,
    plant: role({ trustPolicy: trust({ AWS: stranger }, { Condition: { StringEquals: { "sts:ExternalId": "x" } } }) }),
  },
  {
    id: "read-access-for-other-account",
    subject: support,
    severity: "medium",
    reason: "`999999999999` of another account may read everything through ReadOnlyAccess",
    plant: (world) => {
      const name = "arn:aws:iam::aws:policy/ReadOnlyAccess";
      world.set.policies.push({ arn: name, document: allow("s3:List*") });
      role({
        managedPolicies: [name, "arn:aws:iam::aws:policy/AWSSupportAccess"],
        trustPolicy: trust({ AWS: "999999999999" }),
      })(world);
    },
  },
  {
    id: "resource-policy-public",
    subject: "arn:aws:s3:::data",
    severity: "high",
    reason: "a stranger is allowed to use it",
    plant: (world) => {
      const document = {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::data/*" }],
      };
      Object.assign(world.set.resources[0] ?? {}, { policy: document });
    },
  },
  {
    id: "account-without-scp",
    subject: account,
    severity: "medium",
    reason: "no service control policy but full access binds the account",
    plant: (world) => Object.assign(world.set.organization.root, { serviceControlPolicies: ["FullAWSAccess"] }),
  },
  {
    id: "account-without-rcp",
    subject: account,
    severity: "low",
    reason: "no resource control policy but full access binds the account",
    plant: (world) => Object.assign(world.set.organization.root, { resourceControlPolicies: undefined }),
  },
  {
    id: "account-suspended",
    subject: "222222222222",
    severity: "low",
    reason: "the account is suspended and still listed",
    plant: (world) => world.accounts.Accounts.push({ Id: "222222222222", Status: "SUSPENDED" }),
  },
  {
    id: "permission-dead",
    subject: group,
    severity: "low",
    reason:
      "policy `arn:aws:iam::111111111111:policy/Planted` allows it in vain: today a service control policy `Baseline` denies it",
    plant: inGroup(allow("account:CloseAccount")),
  },
  {
    id: "deny-dead",
    subject: ann,
    severity: "medium",
    reason:
      "the Deny `S` of policy `arn:aws:iam::111111111111:policy/Planted` can never apply: no request that reaches it passes StringEquals on aws:PrincipalAccount",
    plant: inGroup({
      Version: "2012-10-17",
      Statement: [
        {
          Sid: "S",
          Effect: "Deny",
          Action: "s3:*",
          Resource: "*",
          Condition: { StringEquals: { "aws:PrincipalAccount": stranger } },
        },
      ],
    }),
  },
  {
    id: "boundary-missing",
    subject: account,
    severity: "low",
    reason: "boundary `Edge` is prescribed for new users and roles, and `ann`, `Support` have none",
    plant: inGroup(
      allow("iam:CreateRole", arn("role/made/*"), {
        Condition: { StringEquals: { "iam:PermissionsBoundary": arn("policy/Edge") } },
      }),
    ),
  },
];
