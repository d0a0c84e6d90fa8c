/** Advice about condition blocks: keys, operators and values. */
import { describe, expect, it } from "vitest";
import { advice, checkRow, one, type Row, shownFinding, when } from "../kit/validate-text.js";

const mfa = "aws:MultiFactorAuthPresent";

describe("adviseDocument() on condition keys", () => {
  const rows: readonly Row[] = [
    {
      name: "a key written twice under an operator",
      have: when({ StringEquals: { "a:k": "x", "A:K": "y" } }),
      near: when({ StringEquals: { "a:k": "x" }, StringEqualsIfExists: { "A:K": "y" } }),
      at: '"A:K"',
      want: "warning COND-2 Statement[0].Condition.StringEquals.A:K: is the same key as `a:k` under the same operator: both tests must hold (write the key once, with all values in one list)",
    },
    {
      name: "a key without prefix",
      have: when({ StringEquals: { username: "x" } }),
      near: when({ StringEquals: { "saml:aud": "x" } }),
      at: '"username"',
      want: "warning LINT-CONDITION-KEY Statement[0].Condition.StringEquals.username: `username` is no condition key: it has no prefix (write `prefix:name`)",
    },
    {
      name: "a tag key that is missing",
      have: when({ StringEquals: { "aws:ResourceTag": "x" } }),
      near: when({ StringEquals: { "aws:ResourceTag/team": "x" } }),
      at: '"aws:ResourceTag"',
      want: "warning LINT-CONDITION-KEY Statement[0].Condition.StringEquals.aws:ResourceTag: `aws:ResourceTag` lacks a tag key, so that no request has it (write `aws:ResourceTag/key`)",
    },
    {
      name: "a misspelt key",
      have: when({ StringEquals: { "aws:PrincipalOrgId2": "o-1" } }),
      near: when({ StringEquals: { "AWS:principalorgid": "o-1", "aws:SomethingOfTomorrow": "x" } }),
      at: '"aws:PrincipalOrgId2"',
      want: "warning LINT-CONDITION-KEY Statement[0].Condition.StringEquals.aws:PrincipalOrgId2: there is no condition key `aws:PrincipalOrgId2` (write `aws:PrincipalOrgID`)",
    },
    {
      name: "a number operator on a text",
      have: when({ NumericLessThan: { "aws:PrincipalAccount": "5" } }),
      near: when({ NumericLessThan: { "aws:PrincipalTag/level": "5", "aws:EpochTime": "5" } }),
      at: '"aws:PrincipalAccount"',
      want: "warning LINT-TYPE-MISMATCH Statement[0].Condition.NumericLessThan.aws:PrincipalAccount: `aws:PrincipalAccount` is of type String, which `NumericLessThan` cannot read (write `StringEquals`)",
    },
    {
      name: "a text operator on an address",
      have: when({ StringLikeIfExists: { "aws:SourceIp": "203.0.113.*" } }),
      near: when({ StringLike: { "aws:PrincipalArn": "arn:aws:iam::111122223333:role/a" } }),
      at: '"aws:SourceIp"',
      want: "warning LINT-TYPE-MISMATCH Statement[0].Condition.StringLikeIfExists.aws:SourceIp: `aws:SourceIp` is of type IPAddress, which `StringLikeIfExists` compares as text (write `IpAddressIfExists`)",
    },
    {
      name: "an ARN operator on a text",
      have: when({ ArnNotLike: { "aws:userid": "arn:aws:iam::111122223333:user/a" } }),
      near: when({ ArnNotLike: { "iam:PolicyARN": "arn:aws:iam::111122223333:user/a" } }),
      at: '"aws:userid"',
      want: "warning LINT-TYPE-MISMATCH Statement[0].Condition.ArnNotLike.aws:userid: `aws:userid` is of type String, which `ArnNotLike` cannot read (use an operator for String)",
    },
  ];
  it.each(rows)("finds $name", checkRow);
});

describe("adviseDocument() on set operators", () => {
  const rows: readonly Row[] = [
    {
      name: "a plain operator on a list (COND-9)",
      have: when({ StringEquals: { "aws:TagKeys": "team" } }),
      near: when({ "ForAnyValue:StringEquals": { "aws:TagKeys": "team" }, Null: { "aws:TagKeys": "false" } }),
      at: '"aws:TagKeys"',
      want: "warning COND-9 Statement[0].Condition.StringEquals.aws:TagKeys: `aws:TagKeys` is a list, for which `StringEquals` is false (write `ForAnyValue:StringEquals` or `ForAllValues:StringEquals`)",
    },
    {
      name: "a Deny with a negated operator on a list (COND-9)",
      have: when({ StringNotLike: { "aws:CalledVia": "a.amazonaws.com" } }, { Effect: "Deny" }),
      near: when({ StringNotLike: { "aws:CalledViaLast": "a.amazonaws.com" } }, { Effect: "Deny" }),
      at: '"aws:CalledVia"',
      want: "securityWarning COND-9 Statement[0].Condition.StringNotLike.aws:CalledVia: `aws:CalledVia` is a list, for which `StringNotLike` is false, so this Deny does not fire (write `ForAnyValue:StringNotLike` or `ForAllValues:StringNotLike`)",
    },
    {
      name: "a Deny with a plain operator on a list (COND-9)",
      have: when({ StringEqualsIfExists: { "sts:TransitiveTagKeys": "team" } }, { Effect: "Deny" }),
      near: when({ "ForAnyValue:StringEquals": { "sts:TransitiveTagKeys": "team" } }, { Effect: "Deny" }),
      at: '"sts:TransitiveTagKeys"',
      want: "securityWarning COND-9 Statement[0].Condition.StringEqualsIfExists.sts:TransitiveTagKeys: `sts:TransitiveTagKeys` is a list, for which `StringEqualsIfExists` is false, so this Deny does not fire (write `ForAnyValue:StringEqualsIfExists` or `ForAllValues:StringEqualsIfExists`)",
    },
    {
      name: "ForAllValues without a guard",
      have: when({ "ForAllValues:StringEquals": { "aws:TagKeys": "team" } }),
      near: when({ "ForAllValues:StringEquals": { "aws:TagKeys": "team" }, Null: { "AWS:tagkeys": "false" } }),
      at: '"aws:TagKeys"',
      want: 'securityWarning SET-2 Statement[0].Condition.ForAllValues:StringEquals.aws:TagKeys: allows requests that lack `aws:TagKeys`: `ForAllValues` is true for them (add "Null": {"aws:TagKeys": "false"})',
    },
    {
      name: "ForAllValues on a key of one value",
      have: when({ "ForAllValues:StringEquals": { "aws:PrincipalOrgID": "o-1" } }),
      near: when({ "ForAllValues:StringEquals": { "x:unknown": "o-1" } }),
      at: '"aws:PrincipalOrgID"',
      want: "securityWarning SET-6 Statement[0].Condition.ForAllValues:StringEquals.aws:PrincipalOrgID: allows requests that lack `aws:PrincipalOrgID`: `ForAllValues` is true for them (write `StringEquals`)",
    },
    {
      name: "ForAllValues on a key of one value in a Deny",
      have: when({ "ForAllValues:StringEquals": { "aws:PrincipalOrgID": "o-1" } }, { Effect: "Deny" }),
      near: when({ "ForAllValues:StringEquals": { "aws:TagKeys": "o-1" } }, { Effect: "Deny" }),
      at: '"aws:PrincipalOrgID"',
      want: "warning SET-6 Statement[0].Condition.ForAllValues:StringEquals.aws:PrincipalOrgID: `aws:PrincipalOrgID` has one value: `ForAllValues` is for keys with several, and is true for requests that lack it (write `StringEquals`)",
    },
    {
      name: "ForAnyValue on a key of one value",
      have: when({ "ForAnyValue:StringEquals": { "aws:PrincipalOrgID": "o-1" } }),
      near: when({ "ForAnyValue:StringEquals": { "aws:PrincipalOrgPaths": "o-1/" } }),
      at: '"aws:PrincipalOrgID"',
      want: "suggestion SET-6 Statement[0].Condition.ForAnyValue:StringEquals.aws:PrincipalOrgID: `aws:PrincipalOrgID` has one value: `ForAnyValue` is for keys with several (write `StringEquals`)",
    },
    {
      name: "a prefix on Null",
      have: when({ "ForAnyValue:Null": { "a:k": "true" } }),
      near: when({ Null: { "a:k": "true" } }),
      at: '"a:k"',
      want: "suggestion NULL-2 Statement[0].Condition.ForAnyValue:Null.a:k: `ForAnyValue` changes nothing with `Null` (write `Null`)",
    },
    {
      name: "Null with both values",
      have: when({ Null: { "a:k": ["true", "FALSE"] } }),
      near: when({ Null: { "a:k": ["true", "TRUE"] } }),
      at: '"a:k"',
      want: "warning NULL-2 Statement[0].Condition.Null.a:k: has both values: always true (list one of the two)",
    },
    {
      name: "Bool with both values",
      have: when({ Bool: { "a:k": [true, false] } }),
      near: when({ Bool: { "a:k": [true] } }),
      at: '"a:k"',
      want: "warning BOOL-4 Statement[0].Condition.Bool.a:k: has both values: true for either (list one of the two)",
    },
    {
      name: "a Deny that misses long-term access keys",
      have: when({ Bool: { [mfa]: "false" } }, { Effect: "Deny" }),
      near: when({ BoolIfExists: { [mfa]: "false" } }, { Effect: "Deny" }),
      at: `"${mfa}"`,
      want: `securityWarning BOOL-3 Statement[0].Condition.Bool.${mfa}: does not fire for long-term access keys, whose requests lack the key (write \`BoolIfExists\`)`,
    },
    {
      name: "a Deny whose gap no other Deny fills",
      have: when({ Bool: { [mfa]: "false" } }, { Effect: "Deny" }),
      near: {
        Version: "2012-10-17",
        Statement: ["Bool", "Null"].map((operator) => ({
          Effect: "Deny",
          Action: "s3:GetObject",
          Resource: "*",
          Condition: { [operator]: { [mfa]: String(operator === "Null") } },
        })),
      },
      at: `"${mfa}"`,
      want: `securityWarning BOOL-3 Statement[0].Condition.Bool.${mfa}: does not fire for long-term access keys, whose requests lack the key (write \`BoolIfExists\`)`,
    },
    {
      name: "an Allow that demands MFA of nobody without the key",
      have: when({ BoolIfExists: { [mfa]: "true" } }),
      near: when({ Bool: { [mfa]: "true" } }),
      at: `"${mfa}"`,
      want: `securityWarning LINT-IFEXISTS-MFA Statement[0].Condition.BoolIfExists.${mfa}: is true for long-term access keys, whose requests lack the key: no MFA is demanded of them (write \`Bool\`)`,
    },
    {
      name: "a fence that hits services",
      type: "rcp",
      have: when({ StringNotEqualsIfExists: { "aws:PrincipalOrgID": "o-1" } }, { Effect: "Deny", Principal: "*" }),
      near: when(
        {
          StringNotEqualsIfExists: { "aws:PrincipalOrgID": "o-1" },
          BoolIfExists: { "aws:PrincipalIsAWSService": "false" },
        },
        { Effect: "Deny", Principal: "*" },
      ),
      at: '{\n      "Effect"',
      want: 'warning RCP-3 Statement[0]: denies AWS services too: their requests lack the keys that the condition tests (add "BoolIfExists": {"aws:PrincipalIsAWSService": "false"})',
    },
  ];
  it.each(rows)("finds $name", checkRow);
});

describe("adviseDocument() on condition values", () => {
  const role = "arn:aws:iam::111122223333:role/a";
  const rows: readonly Row[] = [
    {
      name: "an empty block",
      have: when({}),
      near: one({}),
      at: "{}",
      want: "suggestion DOC-10 Statement[0].Condition: is empty, which is always true (leave it out)",
    },
    {
      name: "an operator without keys",
      have: when({ StringEquals: {} }),
      near: when({ StringEquals: { "a:k": "x" } }),
      at: "{}",
      want: "suggestion DOC-10 Statement[0].Condition.StringEquals: is empty, which is always true (leave it out)",
    },
    {
      name: "wildcards under StringEquals",
      have: when({ StringEquals: { "s3:prefix": ["home", "home/*"] } }),
      near: when({ StringEquals: { "s3:prefix": ["home", "home/${*}", "https://a/?x=1"] } }),
      at: '"home/*"',
      want: "warning STR-2 Statement[0].Condition.StringEquals.s3:prefix[1]: the wildcards of `home/*` are ordinary characters under `StringEquals` (write `StringLike`)",
    },
    {
      name: "StringLike without wildcards",
      have: when({ "ForAnyValue:StringNotLike": { "a:k": ["x", "y"] } }),
      near: when({ "ForAnyValue:StringNotLike": { "a:k": ["x", "y?"] } }),
      at: '"a:k"',
      want: "suggestion LINT-LIKE-PLAIN Statement[0].Condition.ForAnyValue:StringNotLike.a:k: no value has a wildcard, so that it compares like StringEquals (write `ForAnyValue:StringNotEquals`)",
    },
    {
      name: "an identifier compared with a pattern",
      have: when({ StringLike: { "aws:PrincipalOrgID": "o-*" } }),
      near: when({ StringLike: { "aws:PrincipalTag/team": "o-*" } }),
      at: '"o-*"',
      want: "warning CTX-15 Statement[0].Condition.StringLike.aws:PrincipalOrgID: `aws:PrincipalOrgID` is compared with the pattern `o-*`: it fences by identifier (write the identifiers in full)",
    },
    {
      name: "an ARN compared as text",
      have: when({ StringLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/a" } }),
      near: when({ ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/a" } }),
      at: '"arn:aws:iam::*:role/a"',
      want: "suggestion LINT-STRING-ARN Statement[0].Condition.StringLike.aws:PrincipalArn: the wildcards of `arn:aws:iam::*:role/a` also match colons under `StringLike` (write `ArnLike`)",
    },
    {
      name: "a lone star as ARN",
      have: when({ ArnEquals: { "aws:SourceArn": "*" } }),
      near: when({ ArnEquals: { "aws:SourceArn": role } }),
      at: '"*"',
      want: 'suggestion ARN-5 Statement[0].Condition.ArnEquals.aws:SourceArn: `*` matches every ARN (use "Null" to ask for the key alone)',
    },
    {
      name: "a short ARN that ends in a star",
      have: when({ ArnLike: { "aws:SourceArn": [role, "arn:aws:sns:*"] } }),
      near: when({ ArnLike: { "aws:SourceArn": [role, "arn:aws:sns:*:*:*"] } }),
      at: '"arn:aws:sns:*"',
      want: "warning ARN-5 Statement[0].Condition.ArnLike.aws:SourceArn[1]: `arn:aws:sns:*` has 4 fields of six: the missing ones match everything (write all six fields)",
    },
    {
      name: "a session under a key that holds roles",
      have: when({ ArnEquals: { "aws:PrincipalArn": "arn:aws:sts::111122223333:assumed-role/a/s" } }),
      near: when({ ArnEquals: { "aws:PrincipalArn": "arn:aws:sts::111122223333:federated-user/a" } }),
      at: '"arn:aws:sts::111122223333:assumed-role/a/s"',
      want: "warning CTX-4 Statement[0].Condition.ArnEquals.aws:PrincipalArn: `arn:aws:sts::111122223333:assumed-role/a/s` is the ARN of a session: this key holds the ARN of its role (write the ARN of the role, with its path)",
    },
    {
      name: "an organization path without its slash",
      have: when({ "ForAnyValue:StringEquals": { "aws:PrincipalOrgPaths": "o-1/r-1/ou-1" } }),
      near: when({ "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": ["o-1/r-1/ou-1/", "o-1/r-1/ou-1*"] } }),
      at: '"o-1/r-1/ou-1"',
      want: "warning CTX-9 Statement[0].Condition.ForAnyValue:StringEquals.aws:PrincipalOrgPaths: `o-1/r-1/ou-1` does not end in a slash, as organization paths do (write `o-1/r-1/ou-1/*` with `ForAnyValue:StringLike`)",
    },
    {
      name: "an identifier of the wrong form",
      have: when({ StringEquals: { "aws:SourceVpce": "vpc-0123" } }),
      near: when({
        StringEquals: {
          "aws:SourceVpce": "vpce-0123",
          "aws:PrincipalAccount": ["anonymous", "${aws:ResourceAccount}"],
        },
      }),
      at: '"vpc-0123"',
      want: "warning LINT-ID-FORMAT Statement[0].Condition.StringEquals.aws:SourceVpce: `vpc-0123` is not the id of a VPC endpoint, so that nothing equals it (write it as `vpce-0123456789abcdef0`)",
    },
    {
      name: "a kind of principal that does not exist (CTX-6)",
      have: when({ StringEquals: { "aws:PrincipalType": ["User", "Role"] } }),
      near: when({ StringEquals: { "aws:PrincipalType": ["User", "AssumedRole"] } }),
      at: '"Role"',
      want: "warning LINT-VALUE Statement[0].Condition.StringEquals.aws:PrincipalType[1]: `Role` is no value of `aws:PrincipalType`, so that nothing equals it (write `AssumedRole`)",
    },
    {
      name: "a listed value in another case",
      have: when({ StringNotEquals: { "AWS:principaltype": "user" } }),
      near: when({ StringNotEqualsIgnoreCase: { "AWS:principaltype": "user" } }),
      at: '"user"',
      want: "warning LINT-VALUE Statement[0].Condition.StringNotEquals.AWS:principaltype: `user` is no value of `AWS:principaltype`, so that nothing equals it (write `User`)",
    },
    {
      name: "a pattern that no listed value matches",
      have: when({ StringLike: { "aws:PrincipalType": "Session*" } }),
      near: when({ StringLike: { "aws:PrincipalType": ["*Role", "${aws:PrincipalTag/kind}"] } }),
      at: '"Session*"',
      want: "warning LINT-VALUE Statement[0].Condition.StringLike.aws:PrincipalType: `Session*` is no value of `aws:PrincipalType`, so that nothing matches it (write one of `Account`, `User`, `AssumedRole`, `FederatedUser`, `Service`, `Anonymous`)",
    },
    {
      name: "a misspelt region",
      have: when({ StringEquals: { "aws:RequestedRegion": ["eu-west-1", "eu-wset-1"] } }),
      near: when({ StringEquals: { "aws:RequestedRegion": ["eu-west-9", "xy-central-1", "somewhere-else"] } }),
      at: '"eu-wset-1"',
      want: "warning LINT-VALUE Statement[0].Condition.StringEquals.aws:RequestedRegion[1]: `eu-wset-1` is no value of `aws:RequestedRegion`, so that nothing equals it (write `eu-west-1`)",
    },
    {
      name: "a zone for a region",
      have: when({ StringEqualsIfExists: { "ec2:Region": "us-east-1a" } }),
      near: when({ StringLikeIfExists: { "ec2:Region": "us-east-?" } }),
      at: '"us-east-1a"',
      want: "warning LINT-VALUE Statement[0].Condition.StringEqualsIfExists.ec2:Region: `us-east-1a` is no value of `ec2:Region`, so that nothing equals it (write `us-east-1`)",
    },
    {
      name: "a misspelt canned ACL",
      have: when({ StringEquals: { "s3:x-amz-acl": "bucket-owner-full-controll" } }),
      near: when({ StringEquals: { "s3:x-amz-acl": ["bucket-owner-full-control", "private"] } }),
      at: '"bucket-owner-full-controll"',
      want: "warning LINT-VALUE Statement[0].Condition.StringEquals.s3:x-amz-acl: `bucket-owner-full-controll` is no value of `s3:x-amz-acl`, so that nothing equals it (write `bucket-owner-full-control`)",
    },
    {
      name: "a misspelt encryption",
      have: when({ StringNotEquals: { "s3:x-amz-server-side-encryption": "AWS:KMS" } }, { Effect: "Deny" }),
      near: when({ StringNotEquals: { "s3:x-amz-server-side-encryption": ["AES256", "aws:of-tomorrow"] } }),
      at: '"AWS:KMS"',
      want: "warning LINT-VALUE Statement[0].Condition.StringNotEquals.s3:x-amz-server-side-encryption: `AWS:KMS` is no value of `s3:x-amz-server-side-encryption`, so that nothing equals it (write `aws:kms`)",
    },
    {
      name: "a year that is seconds",
      have: when({ DateLessThan: { "aws:CurrentTime": "2027" } }),
      near: when({ DateLessThan: { "aws:CurrentTime": ["2027-01", "1798761600"] } }),
      at: '"2027"',
      want: "warning DATE-3 Statement[0].Condition.DateLessThan.aws:CurrentTime: `2027` is epoch seconds, not a year (write `2027-01-01T00:00:00Z`)",
    },
    {
      name: "a range of everything",
      have: when({ IpAddress: { "aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/0"] } }),
      near: when({ IpAddress: { "aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/1"] } }),
      at: '"0.0.0.0/0"',
      want: "warning IP-1 Statement[0].Condition.IpAddress.aws:SourceIp[1]: `0.0.0.0/0` covers every IPv4 address (write the range that is meant)",
    },
    {
      name: "bits beyond the length",
      have: when({ IpAddress: { "aws:SourceIp": "203.0.113.77/24" } }),
      near: when({ IpAddress: { "aws:SourceIp": ["2001:db8::/32", "203.0.113.77"] } }),
      at: '"203.0.113.77/24"',
      want: "suggestion IP-3 Statement[0].Condition.IpAddress.aws:SourceIp: `203.0.113.77/24` has bits beyond its length, which are ignored (write `203.0.113.0/24`)",
    },
    {
      name: "a range of IPv4 addresses inside IPv6",
      have: when({ IpAddress: { "aws:SourceIp": ["::ffff:a00:0/104", "203.0.113.0/24"] } }),
      near: when({ IpAddress: { "aws:SourceIp": ["::/80", "::fffe:a00:0/104", "203.0.113.0/24"] } }),
      at: '"::ffff:a00:0/104"',
      want: "warning IP-5 Statement[0].Condition.IpAddress.aws:SourceIp[0]: `::ffff:a00:0/104` matches nothing: an IPv4 address inside an IPv6 one counts as the IPv4 address (write `10.0.0.0/8`)",
    },
    {
      name: "an IPv4 address inside IPv6 that is excluded",
      have: when({ NotIpAddress: { "aws:SourceIp": "::FFFF:cb00:7107" } }),
      near: when({ NotIpAddress: { "aws:SourceIp": "203.0.113.7" } }),
      at: '"::FFFF:cb00:7107"',
      want: "warning IP-5 Statement[0].Condition.NotIpAddress.aws:SourceIp: `::FFFF:cb00:7107` excludes nothing: an IPv4 address inside an IPv6 one counts as the IPv4 address (write `203.0.113.7/32`)",
    },
    {
      name: "a private address",
      have: when({ IpAddress: { "aws:SourceIp": "172.16.4.0/24" } }),
      near: when({ IpAddress: { "aws:SourceIp": "172.32.4.0/24", "aws:VpcSourceIp": "10.0.0.0/8" } }),
      at: '"172.16.4.0/24"',
      want: "suggestion LINT-PRIVATE-IP Statement[0].Condition.IpAddress.aws:SourceIp: `172.16.4.0/24` is private: AWS gives `aws:SourceIp` public addresses only (use `aws:VpcSourceIp` for calls through VPC endpoints)",
    },
    {
      name: "a value listed twice",
      have: when({ StringEquals: { "a:k": ["x", "y", "x"] } }),
      near: when({ StringEquals: { "a:k": ["x", "y", "X"] } }),
      at: '"x"\n',
      want: "suggestion COND-3 Statement[0].Condition.StringEquals.a:k[2]: `x` is listed twice (leave it out)",
    },
    {
      name: "a value that a pattern covers",
      have: when({ StringLike: { "a:k": ["x*", "xy?"] } }),
      near: when({ StringLike: { "a:k": ["x?", "xy*"] } }),
      at: '"xy?"',
      want: "suggestion COND-3 Statement[0].Condition.StringLike.a:k[1]: `xy?` is covered by `x*` (leave it out)",
    },
    {
      name: "a variable of several values",
      have: when({ StringEquals: { "a:k": "${aws:TagKeys}" } }),
      near: when({ StringEquals: { "a:k": "${aws:username}" } }),
      at: '"${aws:TagKeys}"',
      want: "warning VAR-9 Statement[0].Condition.StringEquals.a:k: `${aws:TagKeys}` never has a value: its key is a list (use a key with one value)",
    },
  ];
  it.each(rows)("finds $name", checkRow);

  it.each([
    { operator: "StringEquals", want: "the test is never true" },
    { operator: "StringNotEquals", want: "the test is always true" },
    { operator: "StringEqualsIfExists", want: "the test is true only when the key is missing" },
    { operator: "ForAllValues:StringLike", want: "the test is true only when the key is missing" },
    { operator: "ForAllValues:StringNotLike", want: "the test is always true" },
    { operator: "ForAnyValue:StringEquals", want: "the test is never true" },
    { operator: "ForAnyValue:StringEqualsIfExists", want: "the test is true only when the key is missing" },
    { operator: "ForAnyValue:StringNotEquals", want: "the test is true whenever the key is present" },
    { operator: "Null", want: "the test is never true" },
  ])("tells what an empty list means under $operator", ({ operator, want }) => {
    const { findings } = advice(when({ [operator]: { "a:k": [] } }, { Effect: "Deny" }));
    expect(findings.filter(({ rule }) => rule === "DOC-10").map(shownFinding)).toEqual([
      `warning DOC-10 Statement[0].Condition.${operator}.a:k: has no values: ${want} (list values)`,
    ]);
  });
});
