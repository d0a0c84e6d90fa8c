/** Policy documents: what is refused, by which rule, in which words and where; and what is not. */
import { describe, expect, it } from "vitest";
import { allow, parse, shown, withMembers } from "../kit/policy-text.js";

describe("parsePolicyDocument()", () => {
  it("parses every element", () => {
    const text = `{
  "Version": "2012-10-17",
  "Id": "one",
  "Statement": {
    "Sid": "s",
    "Effect": "Deny",
    "NotPrincipal": {"AWS": ["111122223333", "arn:aws:iam::111122223333:user/a"]},
    "NotAction": "s3:Get*",
    "Resource": ["arn:aws:s3:::a", "*"],
    "Condition": {"ForAnyValue:StringNotLikeIfExists": {"aws:TagKeys": ["a", 10.0, true]}}
  }
}`;
    const { document, findings } = parse(text, "resource");
    const lines = text.split("\n");
    const at = (line: number, column: number) =>
      lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, column - 1);
    const source = expect.objectContaining({ file: "p.json", text });
    expect(findings).toEqual([]);
    expect(document).toEqual({
      version: "2012-10-17",
      id: "one",
      source,
      offset: at(1, 1),
      versionOffset: at(2, 3),
      statements: [
        {
          sid: "s",
          sidOffset: at(5, 12),
          effect: "Deny",
          effectOffset: at(6, 15),
          endOffset: 345,
          source,
          offset: at(4, 16),
          principal: {
            negated: true,
            offset: at(7, 5),
            entries: [
              { kind: "account", account: "111122223333" },
              { kind: "user", arn: "arn:aws:iam::111122223333:user/a" },
            ],
          },
          action: { negated: true, patterns: ["s3:Get*"], offset: at(8, 5), patternOffsets: [at(8, 18)] },
          resource: {
            negated: false,
            patterns: ["arn:aws:s3:::a", "*"],
            offset: at(9, 5),
            patternOffsets: [at(9, 18), at(9, 36)],
          },
          conditions: [
            {
              operator: { kind: "StringLike", negated: true, ifExists: true, qualifier: "ForAnyValue" },
              operatorName: "ForAnyValue:StringNotLikeIfExists",
              key: "aws:TagKeys",
              values: ["a", "10.0", "true"],
              offset: at(10, 57),
            },
          ],
        },
      ],
    });
  });

  it.each([
    { name: "no Version and no statements", have: { Statement: [] } },
    { name: "one statement without a list", have: { Version: "2008-10-17", Statement: allow } },
    { name: "empty lists that match nothing", have: withMembers({ Action: [], Resource: [] }) },
    { name: "empty conditions", have: withMembers({ Condition: { StringLike: {}, Null: { k: [] } } }) },
    { name: "all-star patterns", have: withMembers({ Action: "**", Resource: "*" }) },
    { name: "a wildcard service prefix", have: withMembers({ Action: ["*:Get*", "s?:*"] }) },
    {
      name: "an incomplete ARN in an identity policy",
      have: withMembers({ Resource: ["arn:aws:sqs", "arn:aws:s3:*"] }),
    },
    { name: "a wildcard in the first field", have: withMembers({ Resource: ["a*:aws:s3:::b", "arn*"] }) },
    {
      name: "variables in the sixth field",
      have: withMembers({ Resource: "arn:aws:s3:::${aws:username}/${*}/${k, ''}" }),
    },
    {
      name: "any ${ under 2008-10-17",
      have: withMembers(
        { Resource: "arn:aws:s3:${a}:::${", Condition: { StringLike: { k: ["${", "${}"] } } },
        "2008-10-17",
      ),
    },
    {
      name: "Sids that are absent or empty twice",
      have: { Statement: [allow, allow, { ...allow, Sid: "" }, { ...allow, Sid: "" }] },
    },
    {
      name: "set prefixes on Null and both values",
      have: withMembers({ Condition: { "ForAllValues:Null": { k: [true, "False"] } } }),
    },
    {
      name: "variables in Bool",
      have: withMembers({ Condition: { Bool: { k: ["${aws:SecureTransport}", "TRUE", false] } } }),
    },
    {
      name: "one key twice in different case",
      have: withMembers({ Condition: { StringLike: { "aws:a": "x", "AWS:A": "y" } } }),
    },
    {
      name: "names that objects inherit",
      have: '{"Statement":{"Sid":"constructor","Effect":"Allow","Action":"toString:*","Resource":"*","Condition":{"StringLike":{"__proto__":"x"}}}}',
    },
    {
      name: "ARN conditions that end in a star or are all stars",
      have: withMembers({ Condition: { ArnLike: { k: ["*", "arn:aws:*", "arn:aws:iam::${aws:x}:role/a"] } } }),
    },
    {
      name: "values of every format",
      have: withMembers({
        Condition: {
          NumericEquals: { k: [1, "-0.5"] },
          DateEquals: { k: ["2025-01-01", 0] },
          IpAddress: { k: ["::/0", "10.0.0.1/8"] },
          BinaryEquals: { k: "Zm8=" },
        },
      }),
    },
    {
      name: "decimal numbers in every spelling (NUM-3)",
      have: '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericEquals":{"k":[1e3,"1.",".5","+1E-2147483647"]}}}}',
    },
    {
      name: "dates with a sign and with any fraction (DATE-2, DATE-3)",
      have: withMembers({ Condition: { DateEquals: { k: ["+1735689600", "2025-01-01T00:00:00.123456789123"] } } }),
    },
    {
      name: "bits beyond the length of a range of IPv4 (IP-3)",
      have: withMembers({ Condition: { IpAddress: { k: ["203.0.113.77/24", "192.0.2.0/0"] } } }),
    },
    {
      name: "variables with an empty default (VAR-6)",
      have: withMembers({ Condition: { ArnLike: { k: "arn:aws:s3:::${aws:x,''}${aws:y, ''}" } } }),
    },
  ])("accepts $name", ({ have }) => {
    const { document, findings } = parse(have);
    expect(shown(findings)).toEqual([]);
    expect(document).toBeDefined();
  });

  it.each([
    { name: "a list", have: [], want: ["DOC-1 a policy document is an object, not an array"] },
    {
      name: "a misspelt member",
      have: { statement: [] },
      want: [
        "DOC-1 unknown member `statement` of a policy document (write `Statement`)",
        "DOC-3 a policy document needs the member `Statement`",
      ],
    },
    {
      name: "an unknown version",
      have: { Version: "2012-10-18", Statement: [] },
      want: ["DOC-4 Version: must be `2012-10-17` or `2008-10-17`, not `2012-10-18` (write `2012-10-17`)"],
    },
    {
      name: "a version that is no text",
      have: { Version: 2012, Statement: [] },
      want: ["DOC-4 Version: must be `2012-10-17` or `2008-10-17`, not a number (write `2012-10-17`)"],
    },
    {
      name: "an Id that is no text",
      have: { Id: 1, Statement: [] },
      want: ["DOC-5 Id: must be a string, not a number"],
    },
    {
      name: "a statement that is no object",
      have: { Statement: [allow, "x", null] },
      want: ["DOC-3 Statement[1]: must be an object, not a string", "DOC-3 Statement[2]: must be an object, not null"],
    },
    {
      name: "duplicate members",
      have: '{"Statement":[{"Effect":"Allow","Effect":"Deny"}]}',
      want: ["DOC-2 duplicate member `Effect`, first at line 1, column 16 (leave one of the two out)"],
    },
    {
      name: "a Sid of the wrong type",
      have: withMembers({ Sid: 1 }),
      want: ["DOC-6 Statement[0].Sid: must be a string, not a number"],
    },
    {
      name: "an unknown statement member",
      have: withMembers({ Conditions: {} }),
      want: ["DOC-7 Statement[0]: unknown member `Conditions` (write `Condition`)"],
    },
    {
      name: "both halves of a pair",
      have: withMembers({ NotAction: "s3:*", NotResource: "*" }),
      want: [
        "DOC-7 Statement[0]: has both `Action` and `NotAction`",
        "DOC-7 Statement[0]: has both `Resource` and `NotResource`",
      ],
    },
    {
      name: "an empty statement",
      have: { Statement: {} },
      want: [
        'DOC-7 Statement[0]: needs `Effect` (write "Effect": "Allow" or "Deny")',
        "DOC-7 Statement[0]: needs `Action` or `NotAction`",
        "TYPE-1 Statement[0]: an identity policy needs `Resource` or `NotResource`",
      ],
    },
    {
      name: "another effect",
      have: withMembers({ Effect: "allow" }),
      want: ["DOC-8 Statement[0].Effect: must be `Allow` or `Deny`, not `allow` (write `Allow`)"],
    },
    {
      name: "empty Not lists",
      have: { Statement: { Effect: "Deny", NotAction: [], NotResource: [] } },
      want: [
        "DOC-10 Statement[0].NotAction: an empty list would match everything",
        "DOC-10 Statement[0].NotResource: an empty list would match everything",
      ],
    },
    {
      name: "patterns that are no texts",
      have: withMembers({ Action: ["s3:*", 1], Resource: { a: 1 } }),
      want: [
        "DOC-11 Statement[0].Action[1]: must be a string, not a number",
        "DOC-11 Statement[0].Resource: must be a string, not an object",
      ],
    },
    {
      name: "malformed actions",
      have: withMembers({ Action: ["GetObject", ":x", "s3:", "s3:Get:x", ""] }),
      want: [
        "ACT-5 Statement[0].Action[0]: action `GetObject` has no service prefix (write `service:Name` or `*`)",
        "ACT-5 Statement[0].Action[1]: action `:x` has an empty service prefix",
        "ACT-6 Statement[0].Action[2]: action `s3:` has an empty name (write `service:*` for all its actions)",
        "ACT-6 Statement[0].Action[3]: action `s3:Get:x` has more than one colon (write one action to a string)",
        "ACT-5 Statement[0].Action[4]: action `` has no service prefix (write `service:Name` or `*`)",
      ],
    },
    {
      name: "resources that are no ARNs",
      have: withMembers({ Resource: ["depot/*", "arn", ""] }),
      want: [
        "RES-16 Statement[0].Resource[0]: resource `depot/*` is neither an ARN nor `*` (write an ARN, such as `arn:aws:s3:::bucket/key`)",
        "RES-16 Statement[0].Resource[1]: resource `arn` is neither an ARN nor `*` (write an ARN, such as `arn:aws:s3:::bucket/key`)",
        "RES-16 Statement[0].Resource[2]: resource `` is neither an ARN nor `*` (write an ARN, such as `arn:aws:s3:::bucket/key`)",
      ],
    },
    {
      name: "variables before the fifth colon",
      have: withMembers({ Resource: ["arn:aws:sqs:${aws:r}:*:x", "${k}"] }),
      want: [
        "VAR-11 Statement[0].Resource[0]: resource `arn:aws:sqs:${aws:r}:*:x` has a variable before its fifth colon",
        "VAR-11 Statement[0].Resource[1]: resource `${k}` has a variable before its fifth colon",
      ],
    },
    {
      name: "malformed variables in resources",
      have: withMembers({ Resource: "arn:aws:s3:::${}/${a b}/${c,d}/${e" }),
      want: [
        "VAR-12 Statement[0].Resource: variable `${}` has no name",
        "VAR-2 Statement[0].Resource: variable `${a b}` has a blank in its name",
        "VAR-6 Statement[0].Resource: variable `${c,d}` has a default that is not a text in single quotes",
        "VAR-12 Statement[0].Resource: variable `${e` has no closing `}` (close it behind its name, such as `${aws:username}`)",
      ],
    },
    {
      name: "an unknown operator",
      have: { Statement: [allow, allow, { ...allow, Condition: { StringLke: { k: "v" } } }] },
      want: ["COND-1 Statement[2].Condition.StringLke: unknown condition operator `StringLke` (write `StringLike`)"],
    },
    {
      name: "an operator unlike any",
      have: withMembers({ Condition: { Regex: { k: "v" } } }),
      want: ["COND-1 Statement[0].Condition.Regex: unknown condition operator `Regex`"],
    },
    {
      name: "conditions that are no objects",
      have: withMembers({ Condition: [] }),
      want: ["COND-2 Statement[0].Condition: must be an object of operators, not an array"],
    },
    {
      name: "an operator without keys",
      have: withMembers({ Condition: { Bool: "true" } }),
      want: ["COND-2 Statement[0].Condition.Bool: must be an object of condition keys, not a string"],
    },
    {
      name: "values that are no scalars",
      have: withMembers({ Condition: { StringLike: { "aws:k": [null, ["a"]], l: { m: 1 } } } }),
      want: [
        "DOC-11 Statement[0].Condition.StringLike.aws:k[0]: must be a string, boolean or number, not null",
        "DOC-11 Statement[0].Condition.StringLike.aws:k[1]: must be a string, boolean or number, not an array",
        "DOC-11 Statement[0].Condition.StringLike.l: must be a string, boolean or number, not an object",
      ],
    },
    {
      name: "Null with a suffix or another value",
      have: withMembers({ Condition: { NullIfExists: { k: "true" }, Null: { k: "yes" } } }),
      want: [
        "NULL-2 Statement[0].Condition.NullIfExists: `Null` takes no `IfExists` (write `Null`)",
        "NULL-1 Statement[0].Condition.Null.k: `yes` is not `true` or `false` (write `true` for a key that is missing, `false` for one that is there)",
      ],
    },
    {
      name: "values without their format",
      have: '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericEquals":{"k":1e2147483648},"DateLessThan":{"k":"2025-02-30"},"Bool":{"k":1},"BinaryEquals":{"k":"Zg"},"NotIpAddress":{"k":"010.0.0.1"}}}}',
      want: [
        "NUM-3 Statement[0].Condition.NumericEquals.k: `1e2147483648` is not a decimal number (write digits, such as `10` or `0.5`)",
        "DATE-4 Statement[0].Condition.DateLessThan.k: `2025-02-30` is not a date or epoch seconds (write it as `2026-12-31` or `2026-12-31T00:00:00Z`)",
        "BOOL-2 Statement[0].Condition.Bool.k: `1` is not `true` or `false` (write one of the two)",
        "BIN-2 Statement[0].Condition.BinaryEquals.k: `Zg` is not canonical base64 (write it as encoders do, such as `AQI=`)",
        "IP-6 Statement[0].Condition.NotIpAddress.k: `010.0.0.1` is not an IP address or range (write it as `203.0.113.0/24`, `203.0.113.7` or `2001:db8::/32`)",
      ],
    },
    {
      name: "base64 with bits to spare (BIN-2)",
      have: withMembers({ Condition: { BinaryEquals: { k: ["YQ==", "YR==", "YWJ="] } } }),
      want: [
        "BIN-2 Statement[0].Condition.BinaryEquals.k[1]: `YR==` is not canonical base64 (write it as encoders do, such as `AQI=`)",
        "BIN-2 Statement[0].Condition.BinaryEquals.k[2]: `YWJ=` is not canonical base64 (write it as encoders do, such as `AQI=`)",
      ],
    },
    {
      name: "ranges of IPv6 with bits beyond their length (IP-3)",
      have: withMembers({ Condition: { NotIpAddress: { k: ["2001:db8::5/64", "::/0", "2001:db8::1/0"] } } }),
      want: [
        "IP-3 Statement[0].Condition.NotIpAddress.k[0]: `2001:db8::5/64` has bits beyond its length (write `2001:db8::/64`)",
        "IP-3 Statement[0].Condition.NotIpAddress.k[2]: `2001:db8::1/0` has bits beyond its length (write `::/0`)",
      ],
    },
    {
      name: "ranges of IPv6 that end in an IPv4 address (IP-4)",
      have: withMembers({ Condition: { IpAddress: { k: ["::ffff:192.0.2.0/120", "2001:db8::192.0.2.0/120"] } } }),
      want: [
        "IP-4 Statement[0].Condition.IpAddress.k[0]: `::ffff:192.0.2.0/120` ends in an IPv4 address (write `192.0.2.0/24`)",
        "IP-4 Statement[0].Condition.IpAddress.k[1]: `2001:db8::192.0.2.0/120` ends in an IPv4 address (write `2001:db8::c000:200/120`)",
      ],
    },
    {
      name: "odd spellings of ranges (IP-6)",
      have: withMembers({ Condition: { IpAddress: { k: ["192.0.2.0/024", "192.0.2.0/+24", "2001:db8:::/32"] } } }),
      want: [
        "IP-6 Statement[0].Condition.IpAddress.k[0]: `192.0.2.0/024` is not an IP address or range (write it as `203.0.113.0/24`, `203.0.113.7` or `2001:db8::/32`)",
        "IP-6 Statement[0].Condition.IpAddress.k[1]: `192.0.2.0/+24` is not an IP address or range (write it as `203.0.113.0/24`, `203.0.113.7` or `2001:db8::/32`)",
        "IP-6 Statement[0].Condition.IpAddress.k[2]: `2001:db8:::/32` is not an IP address or range (write it as `203.0.113.0/24`, `203.0.113.7` or `2001:db8::/32`)",
      ],
    },
    {
      name: "ARN conditions that lack fields (ARN-5)",
      have: withMembers({
        Condition: {
          ArnNotEquals: { k: ["", "arn:aws:sns", "${aws:PrincipalArn}", "arn:aws:s3::${aws:x}", "arn:${*}"] },
        },
      }),
      want: [
        "k[0]: `` lacks 5",
        "k[1]: `arn:aws:sns` lacks 3",
        "k[2]: `${aws:PrincipalArn}` lacks 5",
        "k[3]: `arn:aws:s3::${aws:x}` lacks 1",
        "k[4]: `arn:${*}` lacks 4",
      ].map(
        (what) =>
          `ARN-5 Statement[0].Condition.ArnNotEquals.${what} of the six fields of an ARN (write all six fields, or end it in \`*\`)`,
      ),
    },
    {
      name: "variables where none are taken",
      have: withMembers({
        Condition: { NumericLessThan: { k: "${a}" }, Null: { k: "${a}" }, IpAddress: { k: "${a}/8" } },
      }),
      want: [
        "VAR-10 Statement[0].Condition.NumericLessThan.k: `NumericLessThan` takes no variables in `${a}`",
        "VAR-10 Statement[0].Condition.Null.k: `Null` takes no variables in `${a}`",
        "VAR-10 Statement[0].Condition.IpAddress.k: `IpAddress` takes no variables in `${a}/8`",
      ],
    },
    {
      name: "${ in numbers under 2008-10-17",
      have: withMembers({ Condition: { NumericLessThan: { k: "${a}" } } }, "2008-10-17"),
      want: [
        "NUM-3 Statement[0].Condition.NumericLessThan.k: `${a}` is not a decimal number (write digits, such as `10` or `0.5`)",
      ],
    },
    {
      name: "control characters in a name",
      have: withMembers({ Condition: { "a\n\u001b[31m": {} } }),
      want: ["COND-1 Statement[0].Condition.a\\u000a\\u001b[31m: unknown condition operator `a\\u000a\\u001b[31m`"],
    },
  ])("refuses $name", ({ have, want }) => {
    const { document, findings } = parse(have);
    expect(document).toBeUndefined();
    expect(shown(findings)).toEqual(want);
  });

  it("points at the place", () => {
    const text =
      '{"Version":"2012-10-17","Statement":[\r\n  {"Effect":"Allow","Action":["s3:*",\r\n   "s3:"],"Resource":"*",\r\n   "Condition":{"StringLke":{"a":"b"}}}]}';
    expect(parse(text).findings.map(({ rule, line, column }) => [rule, line, column])).toEqual([
      ["ACT-6", 3, 4],
      ["COND-1", 4, 17],
    ]);
  });
});
