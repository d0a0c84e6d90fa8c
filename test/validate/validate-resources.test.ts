/** Advice about resources and principals, and out of a catalogue. */
import { describe, expect, it } from "vitest";
import { advice, checkRow, forPrincipal, one, type Row, shownFinding, smallCatalogue } from "../kit/validate-text.js";

describe("adviseDocument() on resources", () => {
  const rows: readonly Row[] = [
    {
      name: "an empty list",
      have: one({ Effect: "Deny", Resource: [] }),
      near: one({ Effect: "Deny" }),
      at: '"Resource"',
      want: "warning DOC-10 Statement[0].Resource: is empty: the statement applies to nothing (name resources, or leave the statement out)",
    },
    {
      name: "an Allow with NotResource",
      have: one({ Resource: undefined, NotResource: "arn:aws:s3:::b/*" }),
      near: one({ Resource: undefined, NotResource: "arn:aws:s3:::b/*", Effect: "Deny" }),
      at: '"NotResource"',
      want: "securityWarning LINT-NOT-RESOURCE Statement[0].NotResource: allows every resource that it does not list, those to come included (list what to allow in `Resource`)",
    },
    {
      name: "a star that runs on over fields",
      have: one({ Resource: "arn:aws:dynamodb:*:table/prod-*" }),
      near: one({ Resource: "arn:aws:dynamodb:*:*:table/prod-*" }),
      at: '"arn:aws:dynamodb:*:table/prod-*"',
      want: "warning RES-6 Statement[0].Resource: `arn:aws:dynamodb:*:table/prod-*` has 5 fields of six: the star of field 4 runs on over the next ones (write all six fields)",
    },
    {
      name: "an incomplete ARN",
      have: one({ Resource: "arn:aws:sqs" }),
      near: one({ Resource: "arn:aws:sqs:::" }),
      at: '"arn:aws:sqs"',
      want: "warning RES-7 Statement[0].Resource: `arn:aws:sqs` has 3 fields of six: the missing ones match everything (write all six fields)",
    },
    {
      name: "a short ARN that ends in a star",
      have: one({ Resource: "arn:aws:s3:*" }),
      near: one({ Resource: "arn:aws:s3:::depot*" }),
      at: '"arn:aws:s3:*"',
      want: "suggestion RES-7 Statement[0].Resource: `arn:aws:s3:*` has 4 fields of six: its last star covers the others (write all six fields)",
    },
    {
      name: "an empty service",
      have: one({ Resource: "arn:aws::sqs:*" }),
      near: one({ Resource: "arn:aws:sqs:*:*:*" }),
      at: '"arn:aws::sqs:*"',
      want: "warning LINT-ARN-FIELDS Statement[0].Resource: `arn:aws::sqs:*` has an empty service field: it matches no resource of AWS (write `arn:partition:service:region:account:resource`)",
    },
    {
      name: "a wildcard in the service",
      have: one({ Resource: "arn:aws:s3*:::b" }),
      near: one({ Resource: "arn:*:s3:::b" }),
      at: '"arn:aws:s3*:::b"',
      want: "warning RES-15 Statement[0].Resource: `arn:aws:s3*:::b` has a wildcard in its service field, which AWS's grammar does not have (name the service)",
    },
    {
      name: "a wildcard in the resource type",
      have: one({ Resource: "arn:aws:ec2:*:*:*/i-1" }),
      near: one({ Resource: ["arn:aws:ec2:*:*:*", "arn:aws:s3:::*/secret", "arn:aws:iam::*:user/*/x"] }),
      at: '"arn:aws:ec2:*:*:*/i-1"',
      want: "warning RES-15 Statement[0].Resource: `arn:aws:ec2:*:*:*/i-1` has a wildcard in its resource type, which AWS's grammar does not have (spell the resource type out)",
    },
    {
      name: "a wildcard in the first field",
      have: one({ Resource: "a*:aws:s3:::b" }),
      near: one({ Resource: "**" }),
      at: '"a*:aws:s3:::b"',
      want: "warning RES-16 Statement[0].Resource: `a*:aws:s3:::b` has a wildcard in its first field (begin it with `arn:`, or write `*` for everything)",
    },
    {
      name: "a partition that is a slip",
      have: one({ Resource: "arn:AWS:s3:::b" }),
      near: one({ Resource: ["arn:aws-cn:s3:::b", "arn:acme:s3:::b", "arn:aw?:s3:::b"] }),
      at: '"arn:AWS:s3:::b"',
      want: "warning LINT-ARN-PARTITION Statement[0].Resource: `arn:AWS:s3:::b` has the partition `AWS`, which is none of AWS's (write `aws`)",
    },
    {
      name: "an account with a digit too few",
      have: one({ Resource: "arn:aws:sqs:eu-west-1:11112222333:q" }),
      near: one({ Resource: ["arn:aws:sqs:eu-west-1:111122223333:q", "arn:aws:iam::aws:policy/p", "arn:aws:s3:::b"] }),
      at: '"arn:aws:sqs:eu-west-1:11112222333:q"',
      want: "warning LINT-ARN-ACCOUNT Statement[0].Resource: `arn:aws:sqs:eu-west-1:11112222333:q` has an account of 11 digits (write the twelve digits of the account)",
    },
    {
      name: "a resource that another one covers",
      have: one({ Resource: ["arn:aws:s3:::b*", "arn:aws:s3:::b/${aws:username}"] }),
      near: one({ Resource: ["arn:aws:s3:::b/*", "arn:aws:s3:::b"] }),
      at: '"arn:aws:s3:::b/${aws:username}"',
      want: "suggestion LINT-REDUNDANT-RESOURCE Statement[0].Resource[1]: `arn:aws:s3:::b/${aws:username}` is covered by `arn:aws:s3:::b*` (leave it out)",
    },
    {
      name: "a variable of several values",
      have: one({ Resource: "arn:aws:s3:::b/${aws:PrincipalOrgPaths}" }),
      near: one({ Resource: "arn:aws:s3:::b/${aws:PrincipalOrgID}" }),
      at: '"arn:aws:s3:::b/${aws:PrincipalOrgPaths}"',
      want: "warning VAR-9 Statement[0].Resource: `${aws:PrincipalOrgPaths}` never has a value: its key is a list (use a key with one value)",
    },
    {
      name: "a resource of another service",
      have: one({ Action: ["s3:Get*", "sqs:*"], Resource: ["arn:aws:s3:::b", "arn:aws:dynamodb:*:*:table/t"] }),
      near: one({ Action: ["s3:Get*", "ec2:*"], Resource: ["arn:aws:s3:::b", "arn:aws:dynamodb:*:*:table/t"] }),
      at: '"arn:aws:dynamodb:*:*:table/t"',
      want: "warning LINT-RESOURCE-TYPE Statement[0].Resource[1]: `arn:aws:dynamodb:*:*:table/t` is no resource of the statement's actions: they are of s3, sqs (leave it out, or add actions of dynamodb)",
    },
  ];
  it.each(rows)("finds $name", checkRow);

  it("says that a short ARN matches nothing in a resource policy", () => {
    const { findings } = advice(forPrincipal({ Action: "sqs:*", Resource: "arn:aws:sqs*" }), "resource");
    expect(findings.map(shownFinding)).toEqual([
      "suggestion RES-7 Statement[0].Resource: `arn:aws:sqs*` has 3 fields of six: its last star covers the others (write all six fields)",
    ]);
  });
});

describe("adviseDocument() on principals", () => {
  const account = "111122223333";
  const statement = (members: object) => ({ Effect: "Allow", Action: "sqs:SendMessage", ...members });
  const fence = { StringEquals: { "aws:PrincipalOrgID": "o-1" } };
  const github = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
  const byWeb = { Action: "sts:AssumeRoleWithWebIdentity" };
  const user = "arn:aws:iam::111122223333:user/carol";
  const rows: readonly Row[] = [
    {
      name: "nobody",
      type: "resource",
      have: forPrincipal({ Principal: { AWS: [] } }),
      near: forPrincipal({}),
      at: '"Principal"',
      want: "warning DOC-10 Statement[0].Principal: is empty: the statement applies to nobody (name principals, or leave the statement out)",
    },
    {
      name: "a resource policy for everyone",
      type: "resource",
      have: forPrincipal({
        Principal: { AWS: ["111122223333", "*"] },
        Condition: { Bool: { "aws:SecureTransport": "true" } },
      }),
      near: forPrincipal({ Principal: "*", Condition: fence }),
      at: '"*"',
      want: "securityWarning LINT-PUBLIC Statement[0].Principal: allows everyone, anonymous callers included: no condition narrows it (name the principals, or add a condition on `aws:PrincipalOrgID` or `aws:PrincipalAccount`)",
    },
    {
      name: "a condition that everyone passes",
      type: "resource",
      have: forPrincipal({ Principal: "*", Condition: { StringLike: { "aws:PrincipalOrgID": "*" } } }),
      near: forPrincipal({ Principal: "*", Condition: { StringLike: { "aws:PrincipalOrgID": "o-1*" } } }),
      at: '"*",',
      want: "securityWarning LINT-PUBLIC Statement[0].Principal: allows everyone, anonymous callers included: no condition narrows it (name the principals, or add a condition on `aws:PrincipalOrgID` or `aws:PrincipalAccount`)",
    },
    {
      name: "an Allow for everyone next to a Deny",
      type: "resource",
      have: {
        Version: "2012-10-17",
        Statement: [statement({ Principal: "*" }), statement({ Effect: "Deny", Principal: { AWS: account } })],
      },
      near: {
        Version: "2012-10-17",
        Statement: [statement({ Principal: "*" }), statement({ Effect: "Deny", Principal: "*" })],
      },
      at: '"*"',
      want: "securityWarning LINT-PUBLIC Statement[0].Principal: allows everyone, anonymous callers included: no condition narrows it, only Deny statements may (name the principals, or add a condition on `aws:PrincipalOrgID` or `aws:PrincipalAccount`)",
    },
    {
      name: "a principal next to everyone",
      type: "resource",
      have: forPrincipal({ Effect: "Deny", Principal: { AWS: ["111122223333", "*"] } }),
      near: forPrincipal({ Effect: "Deny", Principal: { AWS: ["111122223333"] } }),
      at: '"111122223333"',
      want: "suggestion LINT-REDUNDANT-PRINCIPAL Statement[0].Principal: `*` in the same element names everyone already (leave one of the two out)",
    },
    {
      name: "a bare star in a trust policy",
      type: "trust",
      have: forPrincipal({ Principal: "*", Condition: fence }),
      near: forPrincipal({ Principal: { AWS: "*" }, Condition: fence }),
      at: '"*"',
      want: "warning SVC-4 Statement[0].Principal: AWS's validator refuses the bare `*` in a trust policy (name the accounts, roles or users that may assume the role)",
    },
    {
      name: "a shared issuer without a subject",
      type: "trust",
      have: forPrincipal({
        ...byWeb,
        Principal: { Federated: github },
        Condition: { StringEquals: { "token.actions.githubusercontent.com:aud": "sts.amazonaws.com" } },
      }),
      near: forPrincipal({
        ...byWeb,
        Principal: { Federated: github },
        Condition: { StringLike: { "token.actions.githubusercontent.com:sub": "repo:acme/*" } },
      }),
      at: `"${github}"`,
      want: "securityWarning SVC-6 Statement[0].Principal: trusts everyone whom `token.actions.githubusercontent.com` knows: no condition fixes the subject (add a condition on `token.actions.githubusercontent.com:sub`)",
    },
    {
      name: "a shared issuer without an audience",
      type: "trust",
      have: forPrincipal({ ...byWeb, Principal: { Federated: "cognito-identity.amazonaws.com" } }),
      near: forPrincipal({
        ...byWeb,
        Principal: { Federated: "cognito-identity.amazonaws.com" },
        Condition: { StringEquals: { "cognito-identity.amazonaws.com:aud": "pool" } },
      }),
      at: '"cognito-identity.amazonaws.com"',
      want: "securityWarning SVC-6 Statement[0].Principal: trusts everyone whom `cognito-identity.amazonaws.com` knows: no condition fixes the subject or audience (add a condition on `cognito-identity.amazonaws.com:aud`)",
    },
    {
      name: "an endpoint policy that names principals",
      type: "endpoint",
      have: forPrincipal({ Resource: "*" }),
      near: forPrincipal({ Principal: "*", Resource: "*" }),
      at: '"Principal"',
      want: 'warning VPCE-3 Statement[0].Principal: names principals; AWS asks for `*` here, and reads accounts as their root users in gateway endpoints (write "Principal": "*" and a condition on `aws:PrincipalArn`)',
    },
    {
      name: "NotPrincipal",
      type: "resource",
      have: forPrincipal({ Effect: "Deny", Principal: undefined, NotPrincipal: { AWS: ["111122223333", user] } }),
      near: forPrincipal({ Effect: "Deny", Principal: "*", Condition: { ArnNotLike: { "aws:PrincipalArn": user } } }),
      at: '"NotPrincipal"',
      want: `warning NPR-6 Statement[0].NotPrincipal: exempts whole chains only, and nobody who has a permissions boundary (write "Principal": "*" with the condition "ArnNotLike": {"aws:PrincipalArn": ["${user}"]})`,
    },
    {
      name: "NotPrincipal with a user whose account is not listed",
      type: "resource",
      have: forPrincipal({ Effect: "Deny", Principal: undefined, NotPrincipal: { AWS: user } }),
      near: forPrincipal({
        Effect: "Deny",
        Principal: undefined,
        NotPrincipal: { AWS: ["arn:aws:iam::111122223333:root", user] },
      }),
      at: `"${user}"`,
      want: `warning NPR-2 Statement[0].NotPrincipal: does not exempt \`${user}\`: its account is not listed (list \`111122223333\` as well)`,
    },
    {
      name: "NotPrincipal for everyone",
      type: "resource",
      options: { profile: "generic" },
      have: forPrincipal({ Effect: "Deny", Principal: undefined, NotPrincipal: "*" }),
      near: forPrincipal({ Effect: "Deny", Principal: undefined, NotPrincipal: { AWS: "111122223333" } }),
      at: '"NotPrincipal"',
      want: "securityWarning LINT-NEVER Statement[0].NotPrincipal: exempts everyone: the statement applies to nobody (leave the statement out)",
    },
  ];
  it.each(rows)("finds $name", checkRow);
});

describe("adviseDocument() with a catalogue", () => {
  const options = { catalogue: smallCatalogue() };
  const rows: readonly Row[] = [
    {
      name: "a service that does not exist",
      options,
      have: one({ Action: "s4:GetObject" }),
      near: one({ Action: ["sqs:SendMessage", "s?:Get*"] }),
      at: '"s4:GetObject"',
      want: "warning LINT-SERVICE Statement[0].Action: the catalogue knows no service `s4` (write `s3:GetObject`)",
    },
    {
      name: "a service that nothing is known about",
      options,
      have: one({ Action: "ledger:Read" }),
      near: one({ Action: "ledger:Read", Resource: ["arn:acme:ledger:::b", "arn:aws:s3:::b/*"] }),
      at: '"ledger:Read"',
      want: "suggestion LINT-SERVICE Statement[0].Action: the catalogue knows no service `ledger`",
    },
    {
      name: "an action that does not exist",
      options,
      have: one({ Action: "s3:GetObjects" }),
      near: one({ Action: "S3:GETOBJECT" }),
      at: '"s3:GetObjects"',
      want: "warning LINT-ACTION Statement[0].Action: the catalogue knows no action `s3:GetObjects` (leave it out, or write `s3:GetObject` if that is meant)",
    },
    {
      name: "a pattern without actions",
      options,
      have: one({ Action: "s3:Fetch*" }),
      near: one({ Action: "s3:*t?bject" }),
      at: '"s3:Fetch*"',
      want: "warning LINT-ACTION Statement[0].Action: `s3:Fetch*` matches no action that the catalogue knows (leave it out)",
    },
    {
      name: "an action without resource",
      options,
      have: one({ Action: ["s3:GetObject", "s3:ListAllMyBuckets"] }),
      near: one({ Action: ["s3:GetObject", "s3:ListAllMyBuckets"], Resource: "*" }),
      at: '"s3:ListAllMyBuckets"',
      want: "warning RES-9 Statement[0].Action[1]: `s3:ListAllMyBuckets` has no resource: no ARN matches it (put it into a statement with the resource `*`)",
    },
    {
      name: "an action that none of the resources fits",
      options,
      have: one({ Action: ["s3:ListBucket", "s3:GetObject"], Resource: "arn:aws:s3:::b" }),
      near: one({ Action: ["s3:ListBucket", "s3:GetObject"], Resource: "arn:aws:s3:::b*" }),
      at: '"s3:GetObject"',
      want: "warning LINT-RESOURCE-TYPE Statement[0].Action[1]: `s3:GetObject` acts on none of the statement's resources (it acts on `arn:${Partition}:s3:::${BucketName}/${ObjectName}`: write `arn:aws:s3:::b/*` for the objects of the bucket)",
    },
    {
      name: "a resource that fits none of the actions",
      options,
      have: one({ Action: "s3:*Object", Resource: ["arn:aws:s3:::b", "arn:aws:s3:::b/*"] }),
      near: one({ Action: "s3:*", Resource: ["arn:aws:s3:::b", "arn:aws:s3:::b/*"] }),
      at: '"arn:aws:s3:::b"',
      want: "warning LINT-RESOURCE-TYPE Statement[0].Resource[0]: `arn:aws:s3:::b` is no resource of the statement's actions (leave it out, or add the actions that it is for)",
    },
    {
      name: "a condition key that does not exist",
      options,
      have: one({ Condition: { StringEquals: { "s3:prefixes": "a" } } }),
      near: one({ Condition: { StringEquals: { "s3:existingobjecttag/team": "a" } } }),
      at: '"s3:prefixes"',
      want: "warning LINT-CONDITION-KEY Statement[0].Condition.StringEquals.s3:prefixes: the catalogue knows no condition key `s3:prefixes` (write `s3:prefix`)",
    },
    {
      name: "a condition key that no action has",
      options,
      have: one({ Condition: { StringEquals: { "s3:prefix": "a" } } }),
      near: one({ Action: ["s3:GetObject", "s3:ListBucket"], Condition: { StringEquals: { "s3:prefix": "a" } } }),
      at: '"s3:prefix"',
      want: "warning LINT-CONDITION-KEY Statement[0].Condition.StringEquals.s3:prefix: no action of the statement has the condition key `s3:prefix` (leave it out, or put its actions into the statement)",
    },
    {
      name: "a key of several values",
      options,
      have: one({ Action: "*", Condition: { StringEquals: { "s3:RequestObjectTagKeys": "a" } } }),
      near: one({ Action: "*", Condition: { "ForAnyValue:StringEquals": { "s3:RequestObjectTagKeys": "a" } } }),
      at: '"s3:RequestObjectTagKeys"',
      want: "warning COND-9 Statement[0].Condition.StringEquals.s3:RequestObjectTagKeys: `s3:RequestObjectTagKeys` may have several values, and then `StringEquals` is false (write `ForAnyValue:StringEquals` or `ForAllValues:StringEquals`)",
    },
  ];
  it.each(rows)("finds $name", checkRow);

  it("passes over own services, whose ARNs have partitions of their own", () => {
    const have = one({ Action: "orders:Read", Resource: "arn:acme:orders:*:*:order/*" });
    expect(advice(have, "identity", options).findings).toEqual([]);
  });
});
