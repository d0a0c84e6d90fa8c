/**
 * The mistakes that authors make, each in the shipped minimal policy set: every one has its place, its reason and a cure, and ends
 * `verdict validate --fail-on warning` with 1.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { validateAll } from "../../src/terminal/validate-inputs.js";
import { sortFindings } from "../../src/text/sort-findings.js";
import { weighs } from "../../src/validate/gate/finding-choice.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const minimal = readFileSync(join(root, "examples", "minimal", "policies.yaml"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "verdict mistakes "));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Replaces a text of the set that has to be there. */
function edited(...changes: readonly (readonly [from: string, to: string])[]): string {
  return changes.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the minimal set has no ${from}`);
    return text.replace(from, () => to);
  }, minimal);
}

const when = (condition: string) => edited(["IpAddress: { aws:SourceIp: 10.0.0.0/8 }", condition]);
const object = (pattern: string) => edited(["- arn:aws:s3:::reports/*", `- ${pattern}`]);
const alice = (members: string) => edited(["    managedPolicies: [ReadReports]\n", members]);
const effect = "          Effect: Allow\n";
const attached = "    managedPolicies: [ReadReports]\n";
const many = Array.from({ length: 400 }, (_, at) => `- arn:aws:s3:::reports/part-${at}/*`).join("\n            ");
const everyone = '        Principal: "*"\n';

interface Mistake {
  readonly name: string;
  readonly have: string;
  /** Of the file. Default: `.yaml`. */
  readonly ending?: string;
  /** Every finding: `line:column severity RULE message (cure)`. */
  readonly want: readonly string[];
}

const mistakes: readonly Mistake[] = [
  {
    name: "a typo in an action",
    have: edited(["s3:GetObject,", "s3:GetObjct,"]),
    want: [
      "13:20 warning LINT-ACTION Statement[0].Action[0]: the catalogue knows no action `s3:GetObjct` (leave it out, or write `s3:GetObject` if that is meant)",
    ],
  },
  {
    name: "a typo in a service",
    have: edited(["s3:GetObject,", "s33:GetObject,"]),
    want: [
      "13:20 warning LINT-SERVICE Statement[0].Action[0]: the catalogue knows no service `s33` (write `s3:GetObject`)",
    ],
  },
  {
    name: "an ARN with fields left out",
    have: object("arn:aws:s3:reports/*"),
    want: [
      "16:15 warning LINT-ARN-FIELDS Statement[0].Resource[1]: `arn:aws:s3:reports/*` has a resource in its region field: it matches no resource of AWS (write `arn:aws:s3:::reports/*`)",
    ],
  },
  {
    name: "a colon in the name of a bucket",
    have: object("arn:aws:s3:::reports:q3/*"),
    want: [
      "16:15 warning LINT-ARN-FIELDS Statement[0].Resource[1]: `arn:aws:s3:::reports:q3/*` has a colon in its bucket name, which no bucket has: it matches no resource of AWS (write `arn:aws:s3:::bucket/key`)",
    ],
  },
  {
    name: "a misspelt operator",
    have: when("IPAddresses: { aws:SourceIp: 10.0.0.0/8 }"),
    want: [
      "18:13 error COND-1 Statement[0].Condition.IPAddresses: unknown condition operator `IPAddresses` (write `IpAddress`)",
    ],
  },
  {
    name: "a line that is indented less than its mapping",
    have: edited(["          Resource:               # a bucket", "         Resource:               # a bucket"]),
    want: [
      "14:10 error YAML the line is indented like an item of the list above, but does not begin with `- `; indent it like the members around it",
      "17:11 error YAML the line does not begin in the column of the other members of its mapping; indent it like them",
    ],
  },
  {
    name: "an item that is indented less than its list",
    have: edited(["            - arn:aws:s3:::reports/*", "           - arn:aws:s3:::reports/*"]),
    want: ["16:12 error YAML the item is not indented like the others of its list; begin its `-` in their column"],
  },
  {
    name: "a tab",
    have: edited([effect, "\tEffect: Allow\n"]),
    want: ["12:1 error YAML tabs are not allowed as indentation; indent with spaces"],
  },
  {
    name: "a duplicate key",
    have: edited([effect, effect + effect]),
    want: ["13:11 error DOC-2 duplicate member `Effect`, first at line 12, column 11 (leave one of the two out)"],
  },
  {
    name: "no version, but a variable",
    have: edited(
      ['      Version: "2012-10-17"\n      Statement:\n        - Sid: Read', "      Statement:\n        - Sid: Read"],
      ["- arn:aws:s3:::reports/*", '- "arn:aws:s3:::reports/${aws:username}/*"'],
    ),
    want: [
      '15:15 warning VAR-1 Statement[0].Resource[1]: `arn:aws:s3:::reports/${aws:username}/*` holds no variable in version 2008-10-17: `${` is ordinary text (write "Version": "2012-10-17")',
    ],
  },
  {
    name: "a principal in an identity policy",
    have: edited([effect, `${effect}          Principal: "*"\n`]),
    want: [
      "13:11 error TYPE-1 Statement[0].Principal: an identity policy has no `Principal` (leave it out: the policy binds whom it is attached to)",
    ],
  },
  {
    name: "a principal in a managed policy that nothing attaches yet",
    have: edited([effect, `${effect}          Principal: "*"\n`], [attached, ""]),
    want: [
      "13:11 error TYPE-1 Statement[0].Principal: an identity policy has no `Principal` (leave it out: the policy binds whom it is attached to)",
    ],
  },
  {
    name: "an unknown group and policy",
    have:
      alice("    groups: [Staf]\n    managedPolicies: [ReadReport]\n") +
      "groups:\n  - arn: arn:aws:iam::111111111111:group/Staff\n",
    want: [
      "22:14 error SET-REFERENCE users[0].groups[0]: unknown group `Staf` in account `111111111111`: did you mean `Staff`?",
      "23:23 error SET-REFERENCE users[0].managedPolicies[0]: unknown policy `ReadReport` in account `111111111111`: did you mean `ReadReports`?",
    ],
  },
  {
    name: "ForAllValues in an Allow",
    have: when("ForAllValues:StringEquals: { aws:TagKeys: [a] }"),
    want: [
      '18:42 securityWarning SET-2 Statement[0].Condition.ForAllValues:StringEquals.aws:TagKeys: allows requests that lack `aws:TagKeys`: `ForAllValues` is true for them (add "Null": {"aws:TagKeys": "false"})',
    ],
  },
  {
    name: "members of other names",
    have: alice(`    Tags: { a: b }\n    boundary: ReadReports\n${attached}`),
    want: [
      "22:5 error SET-FORMAT users[0]: unknown member `Tags`: did you mean `tags`?",
      "23:5 error SET-FORMAT users[0]: unknown member `boundary`: did you mean `permissionsBoundary`?",
    ],
  },
  {
    name: "a section of another name",
    have: edited(["users:", "user:"]),
    want: ["20:1 error SET-FORMAT unknown member `user`: did you mean `users`?"],
  },
  {
    name: "NotAction with Allow",
    have: edited(["Action: [s3:GetObject, s3:ListBucket]", "NotAction: [s3:GetObject]"]),
    want: [
      "13:11 securityWarning LINT-NOT-ACTION Statement[0].NotAction: allows every action that it does not list, those of services to come included (list what to allow in `Action`)",
    ],
  },
  {
    name: "NotResource with Allow",
    have: edited(["          Resource:               # a", "          NotResource:               # a"]),
    want: [
      "14:11 securityWarning LINT-NOT-RESOURCE Statement[0].NotResource: allows every resource that it does not list, those to come included (list what to allow in `Resource`)",
    ],
  },
  {
    name: "a date of another form",
    have: when("DateLessThan: { aws:CurrentTime: 31/12/2026 }"),
    want: [
      "18:46 error DATE-4 Statement[0].Condition.DateLessThan.aws:CurrentTime: `31/12/2026` is not a date or epoch seconds (write it as `2026-12-31` or `2026-12-31T00:00:00Z`)",
    ],
  },
  {
    name: "a range that is too long",
    have: when("IpAddress: { aws:SourceIp: 10.0.0.0/33 }"),
    want: [
      "18:40 error IP-6 Statement[0].Condition.IpAddress.aws:SourceIp: `10.0.0.0/33` is not an IP address or range (write it as `203.0.113.0/24`, `203.0.113.7` or `2001:db8::/32`)",
    ],
  },
  {
    name: "an address that is none",
    have: when("IpAddress: { aws:SourceIp: 10.0.0.300 }"),
    want: [
      "18:40 error IP-6 Statement[0].Condition.IpAddress.aws:SourceIp: `10.0.0.300` is not an IP address or range (write it as `203.0.113.0/24`, `203.0.113.7` or `2001:db8::/32`)",
    ],
  },
  {
    name: "a range of IPv6 that is too long",
    have: when('IpAddress: { aws:SourceIp: "2001:db8::/129" }'),
    want: [
      "18:40 error IP-6 Statement[0].Condition.IpAddress.aws:SourceIp: `2001:db8::/129` is not an IP address or range (write it as `203.0.113.0/24`, `203.0.113.7` or `2001:db8::/32`)",
    ],
  },
  {
    name: "a word for a boolean",
    have: when('Bool: { aws:MultiFactorAuthPresent: "no" }'),
    want: [
      "18:49 error BOOL-2 Statement[0].Condition.Bool.aws:MultiFactorAuthPresent: `no` is not `true` or `false` (write one of the two)",
    ],
  },
  {
    name: "a word for a number",
    have: when("NumericLessThan: { aws:MultiFactorAuthAge: ten }"),
    want: [
      "18:56 error NUM-3 Statement[0].Condition.NumericLessThan.aws:MultiFactorAuthAge: `ten` is not a decimal number (write digits, such as `10` or `0.5`)",
    ],
  },
  {
    name: "a text with a colon at its end inside of braces",
    have: when("IpAddress: { aws:SourceIp: 2001:db8::/32:: }"),
    want: [
      "18:40 error YAML inside of `[…]` and `{…}` a text with `: ` in it or `:` at its end has to stand in quotes",
    ],
  },
  {
    name: "a policy that is too long",
    have: edited(["- arn:aws:s3:::reports/*", many]),
    want: [
      "9:7 error TYPE-3 a managed policy has at most 6144, this has 13707 without white space (split it into several policies)",
    ],
  },
  {
    name: "a policy that is too long and attached to nobody",
    have: edited(["- arn:aws:s3:::reports/*", many], [attached, ""]),
    want: [
      "9:7 error TYPE-3 a managed policy has at most 6144, this has 13707 without white space (split it into several policies)",
    ],
  },
  {
    name: "a boundary that is no policy",
    have: alice(`    permissionsBoundary: ReadReport\n${attached}`),
    want: [
      "22:26 error SET-REFERENCE users[0].permissionsBoundary: unknown policy `ReadReport` in account `111111111111`: did you mean `ReadReports`?",
    ],
  },
  {
    name: "a comment in JSON",
    have: '{"policies": [] // none\n}',
    ending: ".json",
    want: ["1:17 error DOC-1 comments are not part of JSON (leave it out, or write YAML, which has comments)"],
  },
  {
    name: "a trailing comma in JSON",
    have: '{"policies": [],}',
    ending: ".json",
    want: ["1:16 error DOC-1 trailing comma before `}` (leave the comma out)"],
  },
  {
    name: "a duplicate member in JSON",
    have: '{"policies": [], "policies": []}',
    ending: ".json",
    want: ["1:18 error DOC-2 duplicate member `policies`, first at line 1, column 2 (leave one of the two out)"],
  },
  {
    name: "single quotes in JSON",
    have: "{'policies': []}",
    ending: ".json",
    want: ["1:2 error DOC-1 unexpected `'` where a member name in double quotes belongs (write double quotes)"],
  },
  {
    name: "a byte-order mark in JSON",
    have: '\uFEFF{"policies": []}',
    ending: ".json",
    want: ["1:1 error DOC-1 byte-order mark before the value: save the file as UTF-8 without BOM"],
  },
  {
    name: "a byte-order mark in YAML",
    have: `\uFEFF${minimal}`,
    want: ["1:1 error YAML byte-order mark before the value: save the file as UTF-8 without BOM"],
  },
  {
    name: "a misspelt variable",
    have: object('"arn:aws:s3:::reports/${aws:usernme}/*"'),
    want: [
      "16:15 warning LINT-VARIABLE Statement[0].Resource[1]: `${aws:usernme}` is never filled in: no request has the key (write `${aws:username}`)",
    ],
  },
  {
    name: "a variable without its prefix",
    have: object('"arn:aws:s3:::reports/${username}/*"'),
    want: [
      "16:15 warning LINT-VARIABLE Statement[0].Resource[1]: `${username}` is no policy variable: its key has no prefix (write `${aws:username}`)",
    ],
  },
  {
    name: "a variable that is not closed",
    have: object('"arn:aws:s3:::reports/${aws:username/*"'),
    want: [
      "16:15 error VAR-12 Statement[0].Resource[1]: variable `${aws:username/*` has no closing `}` (close it behind its name, such as `${aws:username}`)",
    ],
  },
  {
    name: "a user of an account with eleven digits",
    have: edited(["  - arn: arn:aws:iam::111111111111:user/alice", "  - arn: arn:aws:iam::11111111111:user/alice"]),
    want: [
      "21:10 error LINT-ARN-ACCOUNT users[0].arn: `arn:aws:iam::11111111111:user/alice` has an account of 11 digits (write the twelve digits of the account)",
      "22:23 error SET-REFERENCE users[0].managedPolicies[0]: unknown policy `ReadReports` in account `11111111111`: did you mean `arn:aws:iam::111111111111:policy/ReadReports`?",
    ],
  },
  {
    name: "an account id without quotes",
    have: edited(['  - id: "111111111111"', "  - id: 011111111111"]),
    want: ['4:9 error SET-FORMAT accounts[0].id: must be a string, not a number: write `"011111111111"`'],
  },
  {
    name: "a user in another account",
    have: edited(["  - arn: arn:aws:iam::111111111111:user/alice", "  - arn: arn:aws:iam::222222222222:user/alice"]),
    want: [
      "22:23 error SET-REFERENCE users[0].managedPolicies[0]: unknown policy `ReadReports` in account `222222222222`: did you mean `arn:aws:iam::111111111111:policy/ReadReports`?",
    ],
  },
  {
    name: "a trust policy that names nobody",
    have: edited(['user/alice" }', 'user/alise" }']),
    want: [
      "36:27 warning LINT-PRINCIPAL Statement[0].Principal: `arn:aws:iam::111111111111:user/alise` names nobody: the set has no user `alise` in account `111111111111` (write `arn:aws:iam::111111111111:user/alice`)",
    ],
  },
  {
    name: "an effect in lower case",
    have: edited([effect, "          Effect: allow\n"]),
    want: ["12:19 error DOC-8 Statement[0].Effect: must be `Allow` or `Deny`, not `allow` (write `Allow`)"],
  },
  {
    name: "a version that does not exist",
    have: edited(['Version: "2012-10-17"', 'Version: "2012-10-18"']),
    want: ["9:16 error DOC-4 Version: must be `2012-10-17` or `2008-10-17`, not `2012-10-18` (write `2012-10-17`)"],
  },
  {
    name: "no effect",
    have: edited([effect, ""]),
    want: ['11:11 error DOC-7 Statement[0]: needs `Effect` (write "Effect": "Allow" or "Deny")'],
  },
  {
    name: "a missing colon",
    have: edited([effect, "          Effect Allow\n"]),
    want: ["12:11 error YAML the line is no `name: value`; a colon and a blank belong between the two"],
  },
  {
    name: "a Sid with blanks",
    have: edited(["Sid: ReadFromTheOffice", "Sid: Read From The Office"]),
    want: [
      "11:16 error DOC-6 Statement[0].Sid: an identity policy has letters A to Z and digits only in a Sid, not `Read From The Office` (write `ReadFromTheOffice`)",
    ],
  },
  {
    name: "a star without quotes",
    have: edited([everyone, "        Principal: *\n"]),
    want: ['47:20 error YAML a bare `*` is no text in YAML; quote it: `"*"`'],
  },
  {
    name: "a star without quotes inside of braces",
    have: edited(['Resource: "arn:aws:s3:::reports/*" }', "Resource: * }"]),
    want: ['30:87 error YAML a bare `*` is no text in YAML; quote it: `"*"`'],
  },
  {
    name: "a misspelt condition key",
    have: when("IpAddress: { aws:SourceIP4: 203.0.113.0/24 }"),
    want: [
      "18:26 warning LINT-CONDITION-KEY Statement[0].Condition.IpAddress.aws:SourceIP4: there is no condition key `aws:SourceIP4` (write `aws:SourceIp`)",
    ],
  },
  {
    name: "an action on objects for the bucket alone",
    have: edited(["            - arn:aws:s3:::reports/*\n", ""], ["[s3:GetObject, s3:ListBucket]", "[s3:GetObject]"]),
    want: [
      "13:20 warning LINT-RESOURCE-TYPE Statement[0].Action: `s3:GetObject` acts on none of the statement's resources (it acts on `arn:${Partition}:s3:${Region}:${Account}:accesspoint/${AccessPointName}/object/${ObjectName}` or `arn:${Partition}:s3:::${BucketName}/${ObjectName}`: write `arn:aws:s3:::reports/*` for the objects of the bucket)",
    ],
  },
  {
    name: "keys and policies of everybody",
    have: edited(['s3:Put*", Resource: "arn:aws:s3:::reports/*"', 'iam:CreateAccessKey", Resource: "*"']),
    want: [
      "30:66 securityWarning LINT-ESCALATION Statement[0].Action: allows `iam:CreateAccessKey` on `*`: enough to become whoever may do more (name in `Resource` what it is for, or add a condition on `iam:PolicyARN` or `iam:PermissionsBoundary`)",
    ],
  },
  {
    name: "a README",
    have: "# Verdict\n\nA policy decision point.\n\n## Run it\n\n`npm start` and ask:\n\n| a | b |\n|---|---|\n",
    ending: ".md",
    want: ["7:1 error YAML from here on the text is neither JSON nor YAML: is it a file of policies?"],
  },
  {
    name: "prose in a file of YAML",
    have: "# Verdict\n\nA policy decision point.\n\n## Run it\n\nNode is all it needs.\n\n## Ask\n\nAsk it.\n",
    want: ["7:1 error YAML from here on the text is neither JSON nor YAML: is it a file of policies?"],
  },
  {
    name: "a bracket that is not closed",
    have: edited(["[s3:GetObject, s3:ListBucket]", "[s3:GetObject, s3:ListBucket"]),
    want: ["14:11 error YAML the list that begins with `[` has no `]`"],
  },
  {
    name: "a misspelt service principal",
    have: edited(['{ AWS: "arn:aws:iam::111111111111:user/alice" }', '{ Service: "ec2.amazonaws.con" }']),
    want: [
      "36:31 warning LINT-PRINCIPAL Statement[0].Principal: `ec2.amazonaws.con` names nobody: services of AWS have names that end in `.amazonaws.com` (write `ec2.amazonaws.com`)",
    ],
  },
  {
    name: "a blank at the end of a resource",
    have: edited(['"arn:aws:s3:::reports/secret/*"', '"arn:aws:s3:::reports/secret/* "']),
    want: [
      "49:19 warning LINT-BLANK Statement[0].Resource: `arn:aws:s3:::reports/secret/* ` ends in a blank, and so has what it matches (write `arn:aws:s3:::reports/secret/*`)",
    ],
  },
  {
    name: "a blank at the beginning of a condition value",
    have: when('StringEquals: { aws:PrincipalTag/team: " blue" }'),
    want: [
      "18:52 warning LINT-BLANK Statement[0].Condition.StringEquals.aws:PrincipalTag/team: ` blue` begins with a blank, and so has what it matches (write `blue`)",
    ],
  },
  {
    name: "a condition key without an operator",
    have: when("aws:SourceIp: 10.0.0.0/8"),
    want: [
      '18:13 error COND-1 Statement[0].Condition.aws:SourceIp: a condition key stands where an operator belongs (write {"OPERATOR": {"aws:SourceIp": …}}, with `StringEquals` or the like)',
    ],
  },
  {
    name: "a condition key around its operator",
    have: when("aws:SourceIp: { IpAddress: 10.0.0.0/8 }"),
    want: [
      '18:13 error COND-1 Statement[0].Condition.aws:SourceIp: a condition key stands where an operator belongs (write {"IpAddress": {"aws:SourceIp": …}})',
    ],
  },
  {
    name: "a full stop for the colon of an action",
    have: edited(["s3:GetObject,", "s3.GetObject,"]),
    want: [
      "13:20 error ACT-5 Statement[0].Action[0]: action `s3.GetObject` has no service prefix (write `s3:GetObject`)",
    ],
  },
  {
    name: "an address of S3",
    have: object("s3://reports/*"),
    want: [
      "16:15 error RES-16 Statement[0].Resource[1]: resource `s3://reports/*` is neither an ARN nor `*` (write `arn:aws:s3:::reports/*`)",
    ],
  },
  {
    name: "a name for an ARN",
    have: object("reports/*"),
    want: [
      "16:15 error RES-16 Statement[0].Resource[1]: resource `reports/*` is neither an ARN nor `*` (write an ARN, such as `arn:aws:s3:::bucket/key`)",
    ],
  },
  {
    name: "typographic quotation marks",
    have: edited(["Sid: SecretsNeedMfa", "Sid: “SecretsNeedMfa”"]),
    want: [
      '45:14 warning DOC-13 `“SecretsNeedMfa”` holds U+201C: AWS stores characters up to U+00FF (write the plain `"`)',
    ],
  },
  {
    name: "a template of CloudFormation",
    have: "AWSTemplateFormatVersion: '2010-09-09'\nResources: {}\n",
    want: [
      "1:1 error SET-FORMAT the file is a template of CloudFormation, which is no policy set (take the policy documents out of it, as CloudFormation fills them in)",
    ],
  },
];

describe("verdict validate --fail-on warning", () => {
  it.each(mistakes)("finds $name", async ({ name, have, ending = ".yaml", want }) => {
    const path = join(folder, `${name.replaceAll(" ", "-")}${ending}`);
    writeFileSync(path, have);
    const [result] = await validateAll([path], {}, () => {});
    const all = sortFindings([...(result?.refusals ?? []), ...(result?.advice ?? [])]);
    // The minimal set keeps to private addresses, which are easy to try at home.
    const findings = all.filter(({ rule }) => rule !== "LINT-PRIVATE-IP");
    expect(
      findings.map(
        ({ line, column, severity, rule, message, fix }) =>
          `${line}:${column} ${severity} ${rule} ${message}${fix === undefined ? "" : ` (${fix})`}`,
      ),
    ).toEqual(want);
    expect(findings.length).toBeLessThanOrEqual(3);
    expect(findings.some(({ severity }) => weighs(severity, "warning"))).toBe(true);
  });

  it("has nothing against the set without mistakes", async () => {
    const path = join(folder, "none.yaml");
    writeFileSync(path, minimal);
    const [result] = await validateAll([path], {}, () => {});
    expect([...(result?.refusals ?? []), ...(result?.advice ?? [])].map(({ rule }) => rule)).toEqual([
      "LINT-PRIVATE-IP",
    ]);
  });
});
