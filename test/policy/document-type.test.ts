/** Principal elements, and what each policy type allows in its documents (TYPE-1). */
import { describe, expect, it } from "vitest";
import { checkDocumentType, type ParseDocumentOptions } from "../../src/policy/document/parse-document.js";
import type { PolicyType } from "../../src/question/layers.js";
import { allow, forEveryone, parse, shown, withMembers, withoutMember } from "../kit/policy-text.js";

describe("parsePrincipal()", () => {
  const account = "111122223333";
  it.each([
    { name: "everyone", have: "*", want: [{ kind: "everyone" }] },
    { name: "everyone in a list", have: { AWS: ["*"] }, want: [{ kind: "everyone" }] },
    { name: "nobody", have: {}, want: [] },
    { name: "an account", have: { AWS: account }, want: [{ kind: "account", account }] },
    {
      name: "a root ARN",
      have: { AWS: `arn:aws-cn:iam::${account}:root` },
      want: [{ kind: "account", account, partition: "aws-cn" }],
    },
    {
      name: "a user with a path",
      have: { AWS: `arn:aws:iam::${account}:user/a/b/carol` },
      want: [{ kind: "user", arn: `arn:aws:iam::${account}:user/a/b/carol` }],
    },
    {
      name: "a role of another partition",
      have: { AWS: "arn:acme:iam::tenant-7:role/r" },
      want: [{ kind: "role", arn: "arn:acme:iam::tenant-7:role/r" }],
    },
    {
      name: "a session",
      have: { AWS: `arn:aws:sts::${account}:assumed-role/r/s` },
      want: [{ kind: "session", arn: `arn:aws:sts::${account}:assumed-role/r/s` }],
    },
    {
      name: "a federated user",
      have: { AWS: `arn:aws:sts::${account}:federated-user/f` },
      want: [{ kind: "federatedUser", arn: `arn:aws:sts::${account}:federated-user/f` }],
    },
    {
      name: "unique ids",
      have: { AWS: ["AIDAEXAMPLE1", "AROAEXAMPLE1"] },
      want: [
        { kind: "uniqueId", id: "AIDAEXAMPLE1" },
        { kind: "uniqueId", id: "AROAEXAMPLE1" },
      ],
    },
    {
      name: "services, providers and canonical users",
      have: { Service: ["a.amazonaws.com"], Federated: "cognito", CanonicalUser: "c0ffee" },
      want: [
        { kind: "service", name: "a.amazonaws.com" },
        { kind: "federated", name: "cognito" },
        { kind: "canonicalUser", id: "c0ffee" },
      ],
    },
  ])("reads $name", ({ have, want }) => {
    const { document, findings } = parse(forEveryone({ Principal: have }), "resource");
    expect(shown(findings)).toEqual([]);
    expect(document?.statements[0]?.principal?.entries).toEqual(want);
  });

  const path = "Statement[0].Principal";
  it.each([
    {
      name: "a bare account",
      have: account,
      want: `PRN-1 ${path}: must be \`*\` or an object, not \`${account}\` (write {"AWS": …} around it, or {"Service": …} for a service)`,
    },
    { name: "a list", have: ["*"], want: `PRN-1 ${path}: must be \`*\` or an object, not an array` },
    {
      name: "a member in another case",
      have: { aws: "*" },
      want: `PRN-1 ${path}: unknown member \`aws\` (write \`AWS\`)`,
    },
    {
      name: "every service",
      have: { Service: "*" },
      want: `PRN-3 ${path}.Service: \`*\` is accepted in \`AWS\` only (write "Principal": "*" for everyone)`,
    },
    {
      name: "every provider",
      have: { Federated: ["x", "*"] },
      want: `PRN-3 ${path}.Federated[1]: \`*\` is accepted in \`AWS\` only (write "Principal": "*" for everyone)`,
    },
    {
      name: "a wildcard",
      have: { AWS: `arn:aws:iam::${account}:role/*` },
      want: `PRN-8 ${path}.AWS: principal \`arn:aws:iam::${account}:role/*\` has a wildcard or a variable (write the full ARN, or \`*\` with a condition on \`aws:PrincipalArn\`)`,
    },
    {
      name: "a variable",
      have: { Service: "${x}.amazonaws.com" },
      want: `PRN-8 ${path}.Service: principal \`\${x}.amazonaws.com\` has a wildcard or a variable (write the full ARN, or \`*\` with a condition on \`aws:PrincipalArn\`)`,
    },
    {
      name: "a group",
      have: { AWS: `arn:aws:iam::${account}:group/g` },
      want: `PRN-12 ${path}.AWS: group \`arn:aws:iam::${account}:group/g\` cannot be a principal`,
    },
    { name: "a number", have: { AWS: 111122223333 }, want: `DOC-11 ${path}.AWS: must be a string, not a number` },
    { name: "an empty service", have: { Service: "" }, want: `PRN-1 ${path}.Service: must not be empty` },
    {
      name: "an unregistered account",
      have: { AWS: "tenant-7" },
      want: `PRN-1 ${path}.AWS: \`tenant-7\` is neither an account, nor a principal ARN, nor a unique id`,
    },
    {
      name: "a session without a name",
      have: { AWS: `arn:aws:sts::${account}:assumed-role/r` },
      want: `PRN-1 ${path}.AWS: \`arn:aws:sts::${account}:assumed-role/r\` is not the ARN of an account, user, role or session`,
    },
    {
      name: "a resource",
      have: { AWS: "arn:aws:s3:::b" },
      want: `PRN-1 ${path}.AWS: \`arn:aws:s3:::b\` is not the ARN of an account, user, role or session`,
    },
  ])("refuses $name", ({ have, want }) => {
    const { document, findings } = parse(forEveryone({ Principal: have }), "resource");
    expect(document).toBeUndefined();
    expect(shown(findings)).toEqual([want]);
  });

  it("takes registered account ids, and no canonical users in the generic profile", () => {
    const options: ParseDocumentOptions = { profile: "generic", accountIds: new Set(["tenant-7"]) };
    const have = forEveryone({ Principal: { AWS: "tenant-7", CanonicalUser: "c0ffee" } });
    expect(shown(parse(have, "resource", options).findings)).toEqual([
      `PRN-11 ${path}.CanonicalUser: exists in the AWS profile only`,
    ]);
    const document = parse(forEveryone({ Principal: { AWS: "tenant-7" } }), "resource", options).document;
    expect(document?.statements[0]?.principal?.entries).toEqual([{ kind: "account", account: "tenant-7" }]);
  });
});

describe("checkDocumentType()", () => {
  const trust = withoutMember("Resource", { Principal: "*", Action: "sts:AssumeRole" });
  const control = forEveryone({ Effect: "Deny" });
  const rows: readonly { name: string; type: PolicyType; have: object; want: readonly string[] }[] = [
    { name: "a trust policy", type: "trust", have: trust, want: [] },
    { name: "a resource control policy", type: "rcp", have: control, want: [] },
    {
      name: "an RCP with the star under AWS (RCP-5)",
      type: "rcp",
      have: forEveryone({ Effect: "Deny", Action: "s3:*", Principal: { AWS: ["*"] } }),
      want: [],
    },
    {
      name: "an RCP for everyone and a service (RCP-5)",
      type: "rcp",
      have: forEveryone({ Effect: "Deny", Action: "s3:*", Principal: { AWS: "*", Service: "a.amazonaws.com" } }),
      want: ['TYPE-1 Statement[0].Principal: a resource control policy has the principal `*` or `{"AWS": "*"}` only'],
    },
    {
      name: "a resource policy without Resource",
      type: "resource",
      have: withoutMember("Resource", { Principal: "*" }),
      want: [],
    },
    {
      name: "NotPrincipal with Deny",
      type: "endpoint",
      have: withMembers({ Effect: "Deny", NotPrincipal: { AWS: "*" } }),
      want: [],
    },
    {
      name: "free Sids in resource policies",
      type: "resource",
      have: {
        Statement: [
          { ...allow, Principal: "*", Sid: "a b" },
          { ...allow, Principal: "*", Sid: "a b" },
        ],
      },
      want: [],
    },
    {
      name: "an incomplete ARN in a boundary",
      type: "boundary",
      have: withMembers({ Resource: "arn:aws:sqs" }),
      want: [],
    },
    {
      name: "Principal in identity policies",
      type: "identity",
      have: forEveryone({}),
      want: [
        "TYPE-1 Statement[0].Principal: an identity policy has no `Principal` (leave it out: the policy binds whom it is attached to)",
      ],
    },
    {
      name: "NotPrincipal with Allow",
      type: "resource",
      have: withMembers({ NotPrincipal: "*" }),
      want: [
        "NPR-5 Statement[0].NotPrincipal: not accepted with `Allow` (write `Principal`, or a Deny with a condition on `aws:PrincipalArn`)",
      ],
    },
    {
      name: "NotPrincipal in session policies",
      type: "session",
      have: withMembers({ Effect: "Deny", NotPrincipal: "*" }),
      want: [
        "TYPE-1 Statement[0].NotPrincipal: a session policy has no `NotPrincipal` (leave it out: the policy binds whom it is attached to)",
      ],
    },
    {
      name: "NotPrincipal in trust policies",
      type: "trust",
      have: withoutMember("Resource", { Effect: "Deny", NotPrincipal: "*", Action: "sts:*" }),
      want: [
        "TYPE-1 Statement[0].NotPrincipal: a trust policy has no `NotPrincipal` (name whom it is for in `Principal`)",
      ],
    },
    {
      name: "no Principal",
      type: "resource",
      have: withMembers({}),
      want: ["PRN-13 Statement[0]: a resource policy needs `Principal`"],
    },
    {
      name: "no Resource",
      type: "boundary",
      have: withoutMember("Resource"),
      want: ["TYPE-1 Statement[0]: a permissions boundary needs `Resource` or `NotResource`"],
    },
    {
      name: "other actions and Resource in trust policies",
      type: "trust",
      have: forEveryone({ Action: ["STS:TagSession", "*", "st*:x"] }),
      want: [
        "TYPE-1 Statement[0].Resource: a trust policy has no `Resource`",
        "TYPE-1 Statement[0].Action[1]: a trust policy has `sts:` actions only, not `*`",
        "TYPE-1 Statement[0].Action[2]: a trust policy has `sts:` actions only, not `st*:x`",
      ],
    },
    {
      name: "an old SCP",
      type: "scp",
      have: withMembers({}, "2008-10-17"),
      want: ["TYPE-1 Version: a service control policy must have `2012-10-17`"],
    },
    {
      name: "an SCP without version",
      type: "scp",
      have: { Statement: allow },
      want: ["TYPE-1 Version: a service control policy must have `2012-10-17`"],
    },
    {
      name: "an RCP that allows",
      type: "rcp",
      have: forEveryone({ Action: "*" }),
      want: [
        "TYPE-1 Statement[0].Effect: a resource control policy has `Deny` only",
        "TYPE-1 Statement[0].Action: a resource control policy needs a service prefix, not `*`",
      ],
    },
    {
      name: "an RCP for some",
      type: "rcp",
      have: withoutMember("Action", { Effect: "Deny", Principal: { AWS: "111122223333" }, NotAction: "s3:*" }),
      want: [
        'TYPE-1 Statement[0].Principal: a resource control policy has the principal `*` or `{"AWS": "*"}` only',
        "TYPE-1 Statement[0].NotAction: a resource control policy has no `NotAction`",
      ],
    },
    {
      name: "repeated and foreign Sids",
      type: "identity",
      have: {
        Statement: [
          { ...allow, Sid: "a" },
          { ...allow, Sid: "a-b" },
          { ...allow, Sid: "a" },
        ],
      },
      want: [
        "DOC-6 Statement[1].Sid: an identity policy has letters A to Z and digits only in a Sid, not `a-b` (write `ab`)",
        "DOC-6 Statement[2].Sid: `a` is already the Sid of Statement[0]",
      ],
    },
    {
      name: "incomplete ARNs in session policies",
      type: "session",
      have: withMembers({ Resource: ["arn:aws:s3:*", "arn:aws:sqs"] }),
      want: [
        "RES-7 Statement[0].Resource[1]: incomplete ARN `arn:aws:sqs` matches nothing in a session policy (write all six fields, or end it in `*`)",
      ],
    },
    {
      name: "incomplete ARNs in an SCP",
      type: "scp",
      have: withMembers({ Resource: "arn:aws:sqs" }),
      want: [
        "RES-7 Statement[0].Resource: incomplete ARN `arn:aws:sqs` matches nothing in a service control policy (write all six fields, or end it in `*`)",
      ],
    },
  ];

  it.each(rows)("judges $name alike at once and afterwards", ({ type, have, want }) => {
    const atOnce = parse(have, type);
    expect(shown(atOnce.findings)).toEqual(want);
    expect(atOnce.document === undefined).toBe(want.length > 0);
    const later = parse(have, "any");
    if (later.document === undefined) return expect(shown(later.findings)).toEqual(want);
    expect(later.findings).toEqual([]);
    expect(checkDocumentType(later.document, type, later.findings)).toBe(want.length === 0);
    expect(later.findings).toEqual(atOnce.findings);
  });

  it("leaves the characters of Sids alone in the generic profile", () => {
    expect(shown(parse(withMembers({ Sid: "a b" }), "identity", { profile: "generic" }).findings)).toEqual([]);
  });
});
