/** An account in which nothing is wrong, as files of AWS and of Verdict, and its posture after something was changed. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPosture } from "../../src/evidence/posture/open-posture.js";
import { type Posture, postureSteps, wholePosture } from "../../src/evidence/posture/posture.js";
import { postureSet } from "../../src/evidence/posture/posture-set.js";
import { readEvidence } from "../../src/evidence/sources/read-evidence.js";
import { loadWholeCatalogue } from "../../src/validate/catalogue/load-catalogue.js";

/** The account that is looked at. */
export const account = "111111111111";
/** The day of the reports. */
export const reportedAt = "2026-11-01T00:00:00Z";

const daysBefore = (days: number): string => new Date(Date.parse(reportedAt) - days * 86_400_000).toISOString();

/** The columns of a credential report. */
export const reportColumns = [
  "user",
  "arn",
  "user_creation_time",
  "password_enabled",
  "password_last_used",
  "password_last_changed",
  "password_next_rotation",
  "mfa_active",
  "access_key_1_active",
  "access_key_1_last_rotated",
  "access_key_1_last_used_date",
  "access_key_1_last_used_region",
  "access_key_1_last_used_service",
  "access_key_2_active",
  "access_key_2_last_rotated",
  "access_key_2_last_used_date",
  "access_key_2_last_used_region",
  "access_key_2_last_used_service",
  "cert_1_active",
  "cert_1_last_rotated",
  "cert_2_active",
  "cert_2_last_rotated",
] as const;

type Row = Partial<Record<(typeof reportColumns)[number], string>>;

/** Some documents that are planted. */
export const allow = (Action: unknown, Resource: unknown = "*", more: object = {}) => ({
  Version: "2012-10-17",
  Statement: [{ Sid: "S", Effect: "Allow", Action, Resource, ...more }],
});

const trust = (Principal: unknown, more: object = {}) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal, Action: "sts:AssumeRole", ...more }],
});

/** Trust policies by whom they trust. */
export { trust };

/** A fresh world; tests change what they want. */
export function soundWorld() {
  const arn = (rest: string): string => `arn:aws:iam::${account}:${rest}`;
  const users: Row[] = [
    {
      user: "<root_account>",
      arn: arn("root"),
      user_creation_time: daysBefore(900),
      password_enabled: "not_supported",
      password_last_used: "no_information",
      mfa_active: "true",
      access_key_1_active: "false",
      access_key_2_active: "false",
      cert_1_active: "false",
      cert_2_active: "false",
    },
    {
      user: "ann",
      arn: arn("user/ann"),
      user_creation_time: daysBefore(300),
      password_enabled: "false",
      password_last_used: "N/A",
      mfa_active: "false",
      access_key_1_active: "true",
      access_key_1_last_rotated: daysBefore(30),
      access_key_1_last_used_date: daysBefore(2),
      access_key_2_active: "false",
      cert_1_active: "false",
      cert_2_active: "false",
    },
  ];
  return {
    users,
    set: {
      organization: {
        id: "o-example1234",
        managementAccount: "999999999999",
        root: {
          id: "r-abcd",
          serviceControlPolicies: ["FullAWSAccess", "Baseline"],
          resourceControlPolicies: ["Fence"],
          accounts: ["999999999999", account],
        },
      },
      policies: [
        {
          name: "Baseline",
          document: {
            Version: "2012-10-17",
            Statement: [{ Effect: "Deny", Action: "account:CloseAccount", Resource: "*" }],
          },
        },
        {
          name: "Fence",
          document: {
            Version: "2012-10-17",
            Statement: [
              {
                Effect: "Deny",
                Principal: "*",
                Action: "s3:DeleteBucket",
                Resource: "*",
                Condition: { StringNotEquals: { "aws:PrincipalOrgID": "o-example1234" } },
              },
            ],
          },
        },
        { arn: arn("policy/Readers"), document: allow("s3:GetObject", "arn:aws:s3:::data/*") },
        { arn: "arn:aws:iam::aws:policy/AWSSupportAccess", document: allow("support:*") },
      ] as object[],
      groups: [{ arn: arn("group/readers"), managedPolicies: [arn("policy/Readers")] }] as Record<string, unknown>[],
      users: [{ arn: arn("user/ann"), groups: ["readers"] }] as Record<string, unknown>[],
      roles: [
        {
          arn: arn("role/Support"),
          managedPolicies: ["arn:aws:iam::aws:policy/AWSSupportAccess"],
          trustPolicy: trust({ AWS: account }),
        },
      ] as Record<string, unknown>[],
      resources: [
        {
          arn: "arn:aws:s3:::data",
          account,
          policy: {
            Version: "2012-10-17",
            Statement: [
              {
                Effect: "Allow",
                Principal: { AWS: arn("user/ann") },
                Action: "s3:GetObject",
                Resource: "arn:aws:s3:::data/*",
              },
            ],
          },
        },
      ] as Record<string, unknown>[],
    },
    export: {
      UserDetailList: [],
      GroupDetailList: [],
      RoleDetailList: [
        {
          RoleName: "Support",
          Arn: arn("role/Support"),
          CreateDate: daysBefore(400),
          RoleLastUsed: { LastUsedDate: daysBefore(10), Region: "eu-west-1" },
        },
      ] as Record<string, unknown>[],
      Policies: [] as Record<string, unknown>[],
      IsTruncated: false,
    },
    summary: {
      SummaryMap: {
        AccountMFAEnabled: 1,
        AccountAccessKeysPresent: 0,
        AccountPasswordPresent: 1,
        AccountSigningCertificatesPresent: 0,
      },
    },
    passwords: { PasswordPolicy: { MinimumPasswordLength: 16, PasswordReusePrevention: 24 } } as unknown,
    devices: { VirtualMFADevices: [{ SerialNumber: arn("mfa/ann"), User: { Arn: arn("user/ann") } }] },
    certificates: {
      ServerCertificateMetadataList: [{ Arn: arn("server-certificate/www"), Expiration: "2027-01-01T00:00:00Z" }],
    },
    services: {
      JobStatus: "COMPLETED",
      JobCompletionDate: reportedAt,
      ServicesLastAccessed: [
        { ServiceName: "Amazon S3", ServiceNamespace: "s3", LastAuthenticated: daysBefore(3) },
      ] as object[],
    },
    config: {
      configurationItems: [
        {
          resourceType: "AWS::EC2::Instance",
          ARN: `arn:aws:ec2:eu-west-1:${account}:instance/i-1`,
          awsAccountId: account,
          configurationItemCaptureTime: reportedAt,
          configuration: { iamInstanceProfile: { arn: arn("instance-profile/web") } } as object,
        },
      ],
    },
    accounts: { Accounts: [{ Id: account, Status: "ACTIVE" }] },
  };
}

/** What `soundWorld` gives. */
export type World = ReturnType<typeof soundWorld>;

/** Writes the files of a world below a folder: `set.json`, and `evidence/` as a list of names. */
export function writeWorld(
  world: World,
  folder: string,
): { readonly set: string; readonly evidence: readonly string[] } {
  const write = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  const set = write("set.json", JSON.stringify(world.set));
  const csv = [
    reportColumns.join(","),
    ...world.users.map((row) => reportColumns.map((column) => row[column] ?? "N/A").join(",")),
  ].join("\n");
  const named: readonly (readonly [string, unknown])[] = [
    [
      "credential-report.json",
      { Content: Buffer.from(csv).toString("base64"), ReportFormat: "text/csv", GeneratedTime: reportedAt },
    ],
    [`gaad-${account}-2026-11-01.json`, world.export],
    [`summary-${account}-2026-11-01.json`, world.summary],
    [`passwords-${account}-2026-11-01.json`, world.passwords],
    ["mfa-2026-11-01.json", world.devices],
    ["certificates-2026-11-01.json", world.certificates],
    ["last-accessed-ann.json", world.services],
    ["config.json", world.config],
    ["accounts-r-abcd.json", world.accounts],
  ];
  return { set, evidence: named.map(([name, value]) => write(name, JSON.stringify(value))) };
}

/** The posture of a world. */
export async function postureOf(world: World): Promise<Posture> {
  const folder = mkdtempSync(join(tmpdir(), "verdict-posture-"));
  try {
    const { set: path, evidence: files } = writeWorld(world, folder);
    const evidence = await readEvidence(files.map((file) => ({ path: file })));
    const set = await postureSet(path, evidence);
    if (!set.ok) throw new Error(set.findings.map(({ message }) => message).join("; "));
    const catalogue = await loadWholeCatalogue();
    const { context, close } = await openPosture({ ...set, evidence, catalogue, nowMs: Date.parse(reportedAt) });
    try {
      return wholePosture(postureSteps(context));
    } finally {
      await close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}
