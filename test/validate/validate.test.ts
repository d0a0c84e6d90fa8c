/** Advice about documents, statements and actions. */
import { describe, expect, it } from "vitest";
import { advice, checkRow, forPrincipal, one, type Row } from "../kit/validate-text.js";

const allow = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*" };
const deny = { ...allow, Effect: "Deny" };
const everyone = { Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*" };
const arns = (count: number) => Array.from({ length: count }, (_, at) => `arn:aws:s3:::bucket-${at}/*`);

describe("adviseDocument() on documents", () => {
  const rows: readonly Row[] = [
    {
      name: "no statements",
      have: { Version: "2012-10-17", Statement: [] },
      near: one({}),
      at: "{",
      want: "warning DOC-3 Statement: the document says nothing",
    },
    {
      name: "a missing version",
      have: { Statement: [allow] },
      near: one({}),
      at: "{",
      want: 'suggestion DOC-4 Version: missing, so 2008-10-17: that version has no policy variables (write "Version": "2012-10-17")',
    },
    {
      name: "the old version",
      have: one({}, "2008-10-17"),
      near: one({}),
      at: '"Version"',
      want: 'suggestion DOC-4 Version: 2008-10-17: that version has no policy variables (write "Version": "2012-10-17")',
    },
    {
      name: "a variable that the version does not have",
      have: one({ Resource: "arn:aws:s3:::b/${aws:username}/*" }, "2008-10-17"),
      near: one({ Resource: "arn:aws:s3:::b/${aws:username}/*" }),
      at: '"arn:aws:s3:::b/${aws:username}/*"',
      want: 'warning VAR-1 Statement[0].Resource: `arn:aws:s3:::b/${aws:username}/*` holds no variable in version 2008-10-17: `${` is ordinary text (write "Version": "2012-10-17")',
    },
    {
      name: "a Sid used twice",
      type: "resource",
      have: {
        Version: "2012-10-17",
        Statement: [
          { ...everyone, Effect: "Deny", Sid: "a" },
          { ...everyone, Effect: "Deny", Sid: "a", Action: "s3:PutObject" },
        ],
      },
      near: {
        Version: "2012-10-17",
        Statement: [
          { ...everyone, Effect: "Deny", Sid: "a" },
          { ...everyone, Effect: "Deny", Sid: "A", Action: "s3:PutObject" },
        ],
      },
      at: '"a"',
      last: true,
      want: "warning DOC-6 Statement[1].Sid: `a` is already the Sid of Statement[0]",
    },
    {
      name: "an empty Sid",
      have: one({ Sid: "" }),
      near: one({ Sid: "a" }),
      at: '""',
      want: "suggestion DOC-6 Statement[0].Sid: is empty (leave it out)",
    },
    {
      name: "a control character",
      have: one({ Resource: "arn:aws:s3:::b/\u0007" }),
      near: one({ Resource: "arn:aws:s3:::b/\t" }),
      at: '"arn:aws:s3:::b/\\u0007"',
      want: "warning DOC-13 `arn:aws:s3:::b/\\u0007` holds the control character U+0007",
    },
    {
      name: "a character that AWS does not store",
      have: one({ Resource: "arn:aws:s3:::b/\u0100" }),
      near: one({ Resource: "arn:aws:s3:::b/\u00ff" }),
      at: '"arn:aws:s3:::b/\u0100"',
      want: "warning DOC-13 `arn:aws:s3:::b/\u0100` holds U+0100: AWS stores characters up to U+00FF",
    },
    {
      name: "a managed policy that is too large without its white space",
      have: one({ Resource: arns(300) }),
      near: one({ Resource: arns(200) }),
      at: "{",
      want: "error TYPE-3 a managed policy has at most 6144, this has 8384 without white space (split it into several policies)",
    },
    {
      name: "a service control policy that is too large as it is written",
      type: "scp",
      have: one({ Resource: arns(150) }),
      near: JSON.stringify(one({ Resource: arns(150) })),
      at: "{",
      want: "warning TYPE-3 a service control policy has at most 5120, this has 5587 as written (store it without white space)",
    },
    {
      name: "too many actions in a queue policy",
      type: "resource",
      options: { resourceArn: "arn:aws:sqs:eu-west-1:111122223333:q" },
      have: forPrincipal({ Action: Array.from("abcdefgh", (name) => `sqs:${name}`) }),
      near: forPrincipal({ Action: Array.from("abcdefg", (name) => `sqs:${name}`) }),
      at: '{\n      "Effect"',
      want: "error TYPE-3 Statement[0]: a queue policy has at most 7 actions in a statement, this has 8 (split it, or leave some out)",
    },
  ];
  it.each(rows)("finds $name", checkRow);

  it("does not ask the generic profile for AWS's characters and sizes", () => {
    expect(
      advice(one({ Resource: [...arns(300), "arn:aws:s3:::b/\u0100"] }), "identity", { profile: "generic" }).findings,
    ).toEqual([]);
  });

  it("gives security warnings only for what AWS manages", () => {
    const have = one({ Sid: "", Action: "*", Resource: "*" });
    const { findings } = advice(have, "identity", { name: "arn:aws:iam::aws:policy/AdministratorAccess" });
    expect(findings.map(({ rule }) => rule)).toEqual(["LINT-ADMIN"]);
  });
});

describe("adviseDocument() on statements", () => {
  const two = (first: object, second: object) => ({ Version: "2012-10-17", Statement: [first, second] });
  const rows: readonly Row[] = [
    {
      name: "a statement that a wider one covers",
      have: two({ ...allow, Action: "s3:Get*" }, { ...allow, Condition: { Bool: { "aws:SecureTransport": "true" } } }),
      near: two({ ...allow, Action: "s3:Get*", Condition: { Bool: { "aws:SecureTransport": "true" } } }, allow),
      at: '{\n      "Effect": "Allow",\n      "Action": "s3:GetObject"',
      want: "suggestion LINT-REDUNDANT-STATEMENT Statement[1]: all that it covers is covered by Statement[0] (leave it out)",
    },
    {
      name: "the later of two equal statements",
      have: two(allow, { ...allow, Resource: ["arn:aws:s3:::b/*"] }),
      near: two(allow, deny),
      at: '{\n      "Effect": "Allow",\n      "Action": "s3:GetObject",\n      "Resource": [',
      want: "suggestion LINT-REDUNDANT-STATEMENT Statement[1]: all that it covers is covered by Statement[0] (leave it out)",
    },
    {
      name: "an Allow that a Deny takes away",
      have: two(allow, { ...deny, Action: "s3:*" }),
      near: two(allow, { ...deny, Action: "s3:*", Resource: "arn:aws:s3:::b/secret/*" }),
      at: '{\n      "Effect": "Allow"',
      want: "warning LINT-SHADOWED Statement[0]: all that it allows is denied by Statement[1] (leave one of the two out)",
    },
    {
      name: "tests that ask for a missing and for a present key",
      have: one({
        Effect: "Deny",
        Condition: { Null: { "aws:SourceVpc": "true" }, StringEquals: { "AWS:sourcevpc": "vpc-1" } },
      }),
      near: one({
        Effect: "Deny",
        Condition: { Null: { "aws:SourceVpc": "true" }, StringNotEquals: { "AWS:sourcevpc": "vpc-1" } },
      }),
      at: '"AWS:sourcevpc"',
      want: "securityWarning LINT-NEVER Statement[0].Condition.StringEquals.AWS:sourcevpc: this Deny never fires: the test contradicts `Null` on `aws:SourceVpc` (split the tests into two statements)",
    },
    {
      name: "tests that no value passes",
      have: one({
        Condition: {
          StringEquals: { "aws:username": ["a", "b"] },
          StringNotEquals: { "aws:username": ["b", "a", "c"] },
        },
      }),
      near: one({
        Condition: { StringEquals: { "aws:username": ["a", "b"] }, StringNotEquals: { "aws:username": ["b", "c"] } },
      }),
      at: '"aws:username": [\n            "b",\n            "a"',
      want: "warning LINT-NEVER Statement[0].Condition.StringNotEquals.aws:username: the statement never applies: the test contradicts `StringEquals` on `aws:username` (split the tests into two statements)",
    },
    {
      name: "a range that is empty",
      have: one({
        Condition: {
          DateGreaterThan: { "aws:CurrentTime": "2026-01-01" },
          DateLessThan: { "aws:CurrentTime": "2025-01-01" },
        },
      }),
      near: one({
        Condition: {
          DateGreaterThan: { "aws:CurrentTime": "2025-01-01" },
          DateLessThan: { "aws:CurrentTime": "2026-01-01" },
        },
      }),
      at: '"aws:CurrentTime": "2025-01-01"',
      want: "warning LINT-NEVER Statement[0].Condition.DateLessThan.aws:CurrentTime: the statement never applies: the test contradicts `DateGreaterThan` on `aws:CurrentTime` (split the tests into two statements)",
    },
  ];
  it.each(rows)("finds $name", checkRow);

  it.each([
    {
      name: "both with IfExists",
      condition: { StringEqualsIfExists: { k: "a" }, "ForAllValues:StringEquals": { K: "b" } },
    },
    {
      name: "texts that differ in case",
      condition: { StringEqualsIgnoreCase: { "a:k": "A" }, StringEquals: { "a:k": "a" } },
    },
    { name: "patterns", condition: { StringLike: { "a:k": "a*" }, StringEquals: { "a:k": "ab" } } },
    {
      name: "touching bounds",
      condition: { NumericGreaterThanEquals: { "a:k": "5" }, NumericLessThanEquals: { "a:k": "5.0" } },
    },
  ])("sees no contradiction in $name", ({ condition }) => {
    const { findings } = advice(one({ Condition: condition }));
    expect(findings.filter(({ rule }) => rule === "LINT-NEVER")).toEqual([]);
  });
});

describe("adviseDocument() on actions", () => {
  const rows: readonly Row[] = [
    {
      name: "an empty list",
      have: one({ Effect: "Deny", Action: [] }),
      near: one({ Effect: "Deny" }),
      at: '"Action"',
      want: "warning DOC-10 Statement[0].Action: is empty: the statement applies to nothing (name actions, or leave the statement out)",
    },
    {
      name: "a wildcard in the service prefix",
      have: one({ Action: "*:Get*" }),
      near: one({ Action: "s3:*" }),
      at: '"*:Get*"',
      want: "warning ACT-5 Statement[0].Action: `*:Get*` has a wildcard in its service prefix, which is outside of the grammar (name the service)",
    },
    {
      name: "a blank in an action",
      have: one({ Action: ["s3:GetObject ", "s3:PutObject"] }),
      near: one({ Action: ["s3:GetObject", "s3:PutObject"] }),
      at: '"s3:GetObject "',
      want: "warning ACT-6 Statement[0].Action[0]: `s3:GetObject ` matches no action: blanks are part of the name (write one action to a string, without blanks)",
    },
    {
      name: "a variable in an action",
      have: one({ Action: "s3:${username}" }),
      near: one({ Action: "s3:$" }),
      at: '"s3:${username}"',
      want: "warning ACT-10 Statement[0].Action: `s3:${username}` matches no action: `${` is ordinary text here (name the action)",
    },
    {
      name: "an action that another one covers",
      have: one({ Action: ["s3:GetObject", "S3:get*"] }),
      near: one({ Action: ["s3:PutObject", "S3:get*"] }),
      at: '"s3:GetObject"',
      want: "suggestion LINT-REDUNDANT-ACTION Statement[0].Action[0]: `s3:GetObject` is covered by `S3:get*` (leave it out)",
    },
    {
      name: "an action listed twice",
      have: one({ NotAction: ["s3:Get?", "S3:GET?"], Effect: "Deny", Action: undefined }),
      near: one({ NotAction: ["s3:Get?", "S3:PUT?"], Effect: "Deny", Action: undefined }),
      at: '"S3:GET?"',
      want: "suggestion LINT-REDUNDANT-ACTION Statement[0].NotAction[1]: `S3:GET?` is listed twice (leave it out)",
    },
    {
      name: "an Allow of everything",
      have: one({ Action: ["*"], Resource: "*" }),
      near: one({ Action: ["*"], Resource: "*", Condition: { Bool: { "aws:SecureTransport": "true" } } }),
      at: '"*"\n      ]',
      want: "securityWarning LINT-ADMIN Statement[0].Action: allows every action on every resource (name the actions and resources that are needed)",
    },
    {
      name: "an Allow of everything next to a Deny",
      have: { Version: "2012-10-17", Statement: [{ ...allow, Action: "*", Resource: "*" }, deny] },
      near: {
        Version: "2012-10-17",
        Statement: [
          { ...allow, Action: "*", Resource: "*" },
          { ...deny, Action: "*", Resource: "*" },
        ],
      },
      at: '"*"',
      want: "securityWarning LINT-ADMIN Statement[0].Action: allows every action on every resource that no other statement denies (name the actions and resources that are needed)",
    },
    {
      name: "an Allow with NotAction",
      have: one({ Action: undefined, NotAction: "iam:*" }),
      near: one({ Action: undefined, NotAction: "iam:*", Effect: "Deny" }),
      at: '"NotAction"',
      want: "securityWarning LINT-NOT-ACTION Statement[0].NotAction: allows every action that it does not list, those of services to come included (list what to allow in `Action`)",
    },
    {
      name: "PassRole on every role",
      have: one({ Action: ["s3:GetObject", "iam:Pass*"], Resource: ["arn:aws:iam::*:role/*"] }),
      near: one({ Action: ["s3:GetObject", "iam:Pass*"], Resource: ["arn:aws:iam::*:role/app/*"] }),
      at: '"iam:Pass*"',
      want: "securityWarning LINT-PASSROLE Statement[0].Action[1]: allows to pass every role that `arn:aws:iam::*:role/*` covers to every service (name the roles in `Resource`, and the services in a condition on `iam:PassedToService`)",
    },
    {
      name: "PassRole that NotAction leaves open",
      have: one({ Action: undefined, NotAction: "s3:*", Resource: "*" }),
      near: one({ Action: undefined, NotAction: "iam:*", Resource: "*" }),
      at: '"NotAction"',
      want: "securityWarning LINT-PASSROLE Statement[0].NotAction: allows to pass every role that `*` covers to every service (name the roles in `Resource`, and the services in a condition on `iam:PassedToService`)",
    },
    {
      name: "PassRole that nothing denies",
      have: {
        Version: "2012-10-17",
        Statement: [
          { ...allow, Action: "iam:*", Resource: "*" },
          { ...deny, Action: "iam:Get*" },
        ],
      },
      near: {
        Version: "2012-10-17",
        Statement: [
          { ...allow, Action: "iam:*", Resource: "*" },
          { ...deny, Action: "iam:Pass*", Resource: "*" },
        ],
      },
      at: '"iam:*"',
      want: "securityWarning LINT-PASSROLE Statement[0].Action: allows to pass every role that `*` covers to every service (name the roles in `Resource`, and the services in a condition on `iam:PassedToService`)",
    },
  ];
  it.each(rows)("finds $name", checkRow);
});
