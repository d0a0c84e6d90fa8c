/** Texts with a format inside policies: operators, variables, numbers, dates, addresses, base64, ARNs. */
import { describe, expect, it } from "vitest";
import {
  coversSixFields,
  isAllStars,
  looksLikeArnPattern,
  parseArn,
  splitArnFields,
} from "../../src/policy/document/arn.js";
import { parseBase64 } from "../../src/policy/document/base64.js";
import { compareInstants, parseDate } from "../../src/policy/document/date.js";
import { compareDecimals, parseDecimal } from "../../src/policy/document/decimal.js";
import { parseIpAddress, parseIpRange } from "../../src/policy/document/ip-address.js";
import { parseOperator, suggestOperator } from "../../src/policy/document/operator.js";
import { parseTemplate, type TemplateProblem } from "../../src/policy/document/template.js";
import { closestName } from "../../src/text/closest-name.js";

describe("splitArnFields()", () => {
  it.each([
    { name: "six fields", have: "arn:aws:s3:::b/k", want: ["arn", "aws", "s3", "", "", "b/k"] },
    { name: "colons in the sixth", have: "arn:a:b:c:d:e:f:g", want: ["arn", "a", "b", "c", "d", "e:f:g"] },
    { name: "fewer than six", have: "arn:aws:s3", want: ["arn", "aws", "s3"] },
    { name: "the empty text", have: "", want: [""] },
  ])("splits $name", ({ have, want }) => {
    expect(splitArnFields(have)).toEqual(want);
  });

  it("makes ARNs of six fields that begin with arn", () => {
    expect(parseArn("arn:corp:ledger:eu:A:book/1:2")).toEqual({
      partition: "corp",
      service: "ledger",
      region: "eu",
      account: "A",
      rest: "book/1:2",
    });
    expect(parseArn("ARN:aws:s3:::b")).toBeUndefined();
    expect(parseArn("arn:aws:s3::b")).toBeUndefined();
  });

  it("knows all-star texts and complete patterns", () => {
    expect(["*", "***", "", "*a", "?"].map(isAllStars)).toEqual([true, true, false, false, false]);
    expect(["arn:aws:s3:::b", "arn:aws:s3:*", "arn:aws:sqs", "arn:aws:s3:*:x"].map(coversSixFields)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it.each([
    { have: "arn:aws:s3:::b", want: true },
    { have: "arn:aws", want: true },
    { have: "a*:aws:s3:::b", want: true },
    { have: "?rn:aws:s3:::b", want: true },
    { have: "arn*", want: true },
    { have: "*rn*", want: true },
    { have: "arn", want: false },
    { have: "arn?", want: false },
    { have: "depot/*", want: false },
    { have: "*/secret", want: false },
    { have: "s3:::b", want: false },
    { have: "ARN:aws:s3:::b", want: false },
    { have: "", want: false },
  ])("tells whether $have can be an ARN", ({ have, want }) => {
    expect(looksLikeArnPattern(have)).toBe(want);
  });
});

describe("closestName()", () => {
  it.each([
    ["StringLke", "StringLike"],
    ["ec", "ec2"],
    ["S3", "s3"],
    ["a", undefined],
    ["Q", "q"],
    ["", undefined],
  ])("takes %j for %j", (name, want) => {
    expect(closestName(name, ["StringEquals", "StringLike", "s3", "ec2", "q"])).toBe(want);
  });
});

describe("parseOperator()", () => {
  const plain = { negated: false, ifExists: false, qualifier: "none" };
  it.each([
    { have: "StringLike", want: { ...plain, kind: "StringLike" } },
    { have: "stringnotequals", want: { ...plain, kind: "StringEquals", negated: true } },
    { have: "ArnEquals", want: { ...plain, kind: "ArnLike" } },
    { have: "ArnNotEqualsIfExists", want: { ...plain, kind: "ArnLike", negated: true, ifExists: true } },
    { have: "NotIpAddress", want: { ...plain, kind: "IpAddress", negated: true } },
    {
      have: "FORALLVALUES:DateNotEquals",
      want: { ...plain, kind: "DateEquals", negated: true, qualifier: "ForAllValues" },
    },
    {
      have: "ForAnyValue:StringNotLikeIfExists",
      want: { kind: "StringLike", negated: true, ifExists: true, qualifier: "ForAnyValue" },
    },
    { have: "ForAnyValue:Null", want: { ...plain, kind: "Null", qualifier: "ForAnyValue" } },
    { have: "NullIfExists", want: undefined },
    { have: "NotBool", want: undefined },
    { have: "BinaryNotEquals", want: undefined },
    { have: "ForSomeValues:StringLike", want: undefined },
    { have: "ForAllValues:ForAnyValue:StringLike", want: undefined },
    { have: " StringLike", want: undefined },
    { have: "IfExists", want: undefined },
    { have: "StringLi\u212Ae", want: undefined },
    { have: "__proto__", want: undefined },
    { have: "", want: undefined },
  ])("takes $have apart", ({ have, want }) => {
    expect(parseOperator(have)).toEqual(want);
  });

  it.each([
    { have: "StringLke", want: "StringLike" },
    { have: "StringEqual", want: "StringEquals" },
    { have: "IpAdress", want: "IpAddress" },
    { have: "forAnyValues:StringLikeIfExists", want: "ForAnyValue:StringLikeIfExists" },
    { have: "ForAllValues:StringLiek", want: "ForAllValues:StringLike" },
    { have: "BinaryNotEquals", want: undefined },
    { have: "NotBool", want: undefined },
    { have: "Matches", want: undefined },
    { have: "x".repeat(1_000_000), want: undefined },
  ])("suggests a name for a misspelt one: $want", ({ have, want }) => {
    expect(suggestOperator(have)).toBe(want);
  });
});

describe("parseTemplate()", () => {
  const text = (value: string) => ({ kind: "text", text: value });
  it.each([
    { name: "no variables", have: "a*$b{c}", want: [text("a*$b{c}")] },
    { name: "the empty text", have: "", want: [] },
    {
      name: "a variable between texts",
      have: "a/${aws:username}/*",
      want: [text("a/"), { kind: "variable", key: "aws:username" }, text("/*")],
    },
    {
      name: "neighbours",
      have: "${a}${b}",
      want: [
        { kind: "variable", key: "a" },
        { kind: "variable", key: "b" },
      ],
    },
    {
      name: "escapes",
      have: "${*}${?}${$}{x}",
      want: [
        { kind: "literal", text: "*" },
        { kind: "literal", text: "?" },
        { kind: "literal", text: "$" },
        text("{x}"),
      ],
    },
    {
      name: "a default",
      have: "${aws:PrincipalTag/team, 'a, ${b'}",
      want: [{ kind: "variable", key: "aws:PrincipalTag/team", default: "a, ${b" }],
    },
    { name: "an empty default without a blank", have: "${k,''}", want: [{ kind: "variable", key: "k", default: "" }] },
    { name: "a dollar before a variable", have: "$${k}", want: [text("$"), { kind: "variable", key: "k" }] },
  ])("reads $name", ({ have, want }) => {
    const problems: TemplateProblem[] = [];
    expect(parseTemplate(have, "2012-10-17", problems)).toEqual(want);
    expect(problems).toEqual([]);
  });

  it("reads one text, whatever is in it, under 2008-10-17", () => {
    const problems: TemplateProblem[] = [];
    expect(parseTemplate("${*}${", "2008-10-17", problems)).toEqual([text("${*}${")]);
    expect(problems).toEqual([]);
  });

  it.each([
    { have: "a${b", want: ["VAR-12 at 1: variable `${b` has no closing `}`"] },
    { have: "${}", want: ["VAR-12 at 0: variable `${}` has no name"] },
    { have: "${, 'x'}", want: ["VAR-12 at 0: variable `${, 'x'}` has no name"] },
    { have: "${a${b}}", want: ["VAR-12 at 0: variable `${a${b}` has another variable in its name"] },
    { have: "${ a}", want: ["VAR-2 at 0: variable `${ a}` has a blank in its name"] },
    {
      have: "x${a b}${c }",
      want: [
        "VAR-2 at 1: variable `${a b}` has a blank in its name",
        "VAR-2 at 7: variable `${c }` has a blank in its name",
      ],
    },
    { have: "${a , 'b'}", want: ["VAR-6 at 0: variable `${a , 'b'}` has a blank before the comma of its default"] },
    { have: "${a, b}", want: ["VAR-6 at 0: variable `${a, b}` has a default that is not a text in single quotes"] },
    {
      have: "${a, 'b' }",
      want: ["VAR-6 at 0: variable `${a, 'b' }` has a default that is not a text in single quotes"],
    },
    {
      have: "${a, 'b'c'}",
      want: ["VAR-6 at 0: variable `${a, 'b'c'}` has a default that is not a text in single quotes"],
    },
    { have: "${a, '}", want: ["VAR-6 at 0: variable `${a, '}` has a default that is not a text in single quotes"] },
  ])("finds what is wrong with $have", ({ have, want }) => {
    const problems: TemplateProblem[] = [];
    parseTemplate(have, "2012-10-17", problems);
    expect(problems.map(({ rule, at, message }) => `${rule} at ${at}: ${message}`)).toEqual(want);
  });
});

describe("parseDecimal()", () => {
  it.each([
    { have: "10", want: [false, "1", 2] },
    { have: "+010.00", want: [false, "1", 2] },
    { have: "-0.0", want: [false, "", 0] },
    { have: "0e2147483647", want: [false, "", 0] },
    { have: "-0.50", want: [true, "5", 0] },
    { have: ".05", want: [false, "5", -1] },
    { have: "1.", want: [false, "1", 1] },
    { have: "-.5e1", want: [true, "5", 1] },
    { have: "1e0", want: [false, "1", 1] },
    { have: "12.50E+002", want: [false, "125", 4] },
    { have: "0.001e-3", want: [false, "1", -5] },
    { have: "1e2147483647", want: [false, "1", 2147483648] },
    { have: "1e-2147483647", want: [false, "1", -2147483646] },
    {
      have: "100000000000000000000.000000000000000000001",
      want: [false, "100000000000000000000000000000000000000001", 21],
    },
  ])("normalises $have (NUM-1, NUM-3)", ({ have, want }) => {
    expect(parseDecimal(have)).toEqual({ negative: want[0], digits: want[1], exponent: want[2] });
  });

  it.each([
    ["", "+", "-", ".", "-.", "e5", ".e5", "1e", "1e+", "1e1.5", "1e5e5", "1 e5", "1e 5"],
    ["0x1F", "1p3", " 1", "1 ", "1,000", "1_000", "1.2.3", "--1", "+-1", "NaN", "Infinity", "1d", "1f", "١", "1\n"],
    ["1e2147483648", "1e-2147483648", "0e2147483648", "1e99999999999999999999"],
  ])("refuses what is no decimal number, row %# (NUM-3)", (...row) => {
    for (const have of row) expect(parseDecimal(have), have).toBeUndefined();
  });

  it("orders by value, also between exponents too large to write out (NUM-4)", () => {
    const ordered = [
      "-1e2147483647",
      "-10.5",
      "-10",
      "-9",
      "-.1",
      "-1e-2147483647",
      "0",
      "9e-2147483647",
      "0.09",
      "1e-1",
      "0.15",
      "9.",
      "1e1",
      "10.000000000000000000001",
      "9999e9995",
      "1e9999",
      "10.1e9998",
      "1e2147483647",
      "1.1e2147483647",
    ];
    for (const [left, leftText] of ordered.entries()) {
      for (const [right, rightText] of ordered.entries()) {
        const [a, b] = [parseDecimal(leftText), parseDecimal(rightText)];
        if (a === undefined || b === undefined) throw new Error("unparsable row");
        expect(Math.sign(compareDecimals(a, b)), `${leftText} ? ${rightText}`).toBe(Math.sign(left - right));
      }
    }
  });
});

describe("parseDate()", () => {
  it.each([
    { name: "digits as epoch seconds", have: "1735689600", seconds: 1735689600n },
    { name: "four digits as epoch seconds", have: "2025", seconds: 2025n },
    { name: "a negative epoch", have: "-1", seconds: -1n },
    { name: "an epoch with a plus", have: "+2025", seconds: 2025n },
    { name: "twenty digits", have: "99999999999999999999", seconds: 99999999999999999999n },
    { name: "a month", have: "2025-02", seconds: 1738368000n },
    { name: "a day", have: "2025-01-01", seconds: 1735689600n },
    { name: "minutes", have: "2025-01-01T00:01Z", seconds: 1735689660n },
    { name: "seconds without a zone", have: "2025-01-01T00:00:01", seconds: 1735689601n },
    { name: "an offset with a colon", have: "2025-01-01T01:00:00+01:00", seconds: 1735689600n },
    { name: "an offset without", have: "2024-12-31T16:30:00-0730", seconds: 1735689600n },
    { name: "a fraction", have: "2025-01-01T00:00:00.1230Z", seconds: 1735689600n, fraction: "123" },
    { name: "a fraction before the epoch", have: "1969-12-31T23:59:59.9Z", seconds: -1n, fraction: "9" },
    {
      name: "milliseconds of a long fraction",
      have: "2025-01-01T00:00:00.12399999Z",
      seconds: 1735689600n,
      fraction: "123",
    },
    { name: "a fraction below milliseconds", have: "1969-12-31T23:59:59.0009", seconds: -1n },
    { name: "a leap day", have: "2000-02-29", seconds: 951782400n },
    { name: "the first year", have: "0000-01-01T00:00:00Z", seconds: -62167219200n },
    { name: "the last year", have: "9999-12-31T23:59:59Z", seconds: 253402300799n },
  ])("reads $name", ({ have, seconds, fraction }) => {
    expect(parseDate(have)).toEqual({ seconds, fraction: fraction ?? "" });
  });

  it.each([
    [
      "",
      "-",
      "--1",
      "+-1",
      "+",
      "1.5",
      "2025-",
      "2025-1",
      "2025-13",
      "2025-00",
      "2025-02-30",
      "2025-04-31",
      "2100-02-29",
      "2025-01-00",
    ],
    [
      "2025-01-01T",
      "2025-01-01T00",
      "2025-01-01T24:00:00Z",
      "2025-01-01T00:60Z",
      "2016-12-31T23:59:60Z",
      "2025-01-01T00:00:00.Z",
    ],
    [
      "2025-01-01T00:00:00+24:00",
      "2025-01-01T00:00:00+00:60",
      "2025-01-01T00:00:00+01",
      "2025-01-01t00:00:00Z",
      "2025-01-01T00:00:00z",
    ],
    [
      "2025-01-01 00:00:00Z",
      "2025-01-01Z",
      "25-01-01",
      "12025-01-01",
      "-2025-01-01",
      " 2025-01-01",
      "2025-01-01\n",
      "٢٠٢٥-01-01",
    ],
  ])("refuses impossible and foreign spellings, row %#", (...row) => {
    for (const have of row) expect(parseDate(have), have).toBeUndefined();
  });

  it("agrees with the calendar of the host on every day of four centuries", () => {
    for (let day = 0; day < 146_097; day++) {
      const text = new Date((day - 10_957) * 86_400_000).toISOString();
      expect(parseDate(text)?.seconds).toBe(BigInt((day - 10_957) * 86_400));
    }
  });

  it("orders instants", () => {
    const ordered = [
      "-2",
      "1969-12-31T23:59:58.5Z",
      "-1",
      "0",
      "1970-01-01T00:00:00.05Z",
      "1970-01-01T00:00:00.1Z",
      "1",
    ];
    const instants = ordered.map(parseDate).filter((instant) => instant !== undefined);
    for (const [left, a] of instants.entries()) {
      for (const [right, b] of instants.entries()) expect(compareInstants(a, b)).toBe(Math.sign(left - right));
    }
  });
});

describe("parseIpRange()", () => {
  it.each([
    { have: "203.0.113.77", want: [4, "203.0.113.77", 32] },
    { have: "203.0.113.77/24", want: [4, "203.0.113.0", 24] },
    { have: "255.255.255.255/1", want: [4, "128.0.0.0", 1] },
    { have: "0.0.0.0/0", want: [4, "0.0.0.0", 0] },
    { have: "10.1.255.1/19", want: [4, "10.1.224.0", 19] },
    { have: "::/0", want: [6, "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0", 0] },
    { have: "2001:DB8::1", want: [6, "32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1", 128] },
    { have: "2001:db8:0:0:0:0:0:0/32", want: [6, "32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.0", 32] },
    { have: "1:2:3:4:5:6:7::", want: [6, "0.1.0.2.0.3.0.4.0.5.0.6.0.7.0.0", 128] },
    { have: "::ffff:a00:0/104", want: [6, "0.0.0.0.0.0.0.0.0.0.255.255.10.0.0.0", 104] },
    { have: "2001:db8::4/127", want: [6, "32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.4", 127] },
  ])("reads $have", ({ have, want }) => {
    const range = parseIpRange(have);
    expect([range?.family, range?.bytes.join("."), range?.prefixLength]).toEqual(want);
  });

  it.each([
    [
      "",
      "10.0.0",
      "10.0.0.0.1",
      "256.0.0.1",
      "010.0.0.1",
      "00.0.0.0",
      "10.0.0.1 ",
      "10.0.0.-1",
      "1e1.0.0.1",
      "0x0a.0.0.1",
      "10..0.1",
    ],
    [
      "10.0.0.0/33",
      "10.0.0.0/",
      "10.0.0.0/08",
      "10.0.0.0/-1",
      "10.0.0.0/8/8",
      "10.0.0.0/255.0.0.0",
      "/8",
      "10.0.0.0/+8",
      "10.0.0.0/ 8",
    ],
    [
      ":",
      ":::",
      "1::2::3",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "1:2:3:4:5:6:7:8::",
      "::1:2:3:4:5:6:7:8",
      ":1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:",
    ],
    [
      "12345::",
      "g::",
      "fe80::1%eth0",
      "[::1]",
      "::/129",
      "::1.2.3",
      "::1.2.3.04",
      "1.2.3.4::",
      "::1.2.3.4:5",
      "1:2:3:4:5:6:7:1.2.3.4",
    ],
    ["2001:db8::5/64", "2001:db8::5/127", "::1/0", "::ffff:10.0.0.1", "::ffff:10.0.0.0/104", "1:2:3:4:5:6:1.2.3.4"],
    ["2001:db8:::1", "2001:db8::1:", ":2001:db8::1", ":::/0"],
  ])("refuses what two programs could read differently, row %#", (...row) => {
    for (const have of row) expect(parseIpRange(have), have).toBeUndefined();
  });

  it("reads request addresses without a length, mapped ones as IPv4", () => {
    expect(parseIpAddress("::ffff:10.0.0.1")).toEqual(parseIpRange("10.0.0.1"));
    expect(parseIpAddress("::FFFF:a00:1")).toEqual(parseIpRange("10.0.0.1"));
    expect(parseIpAddress("10.0.0.1/32")).toBeUndefined();
  });

  it.each([
    { have: "192.000.002.1", want: "192.0.2.1" },
    { have: "010.8.09.1", want: "10.8.9.1" },
    { have: "::ffff:192.000.2.1", want: "192.0.2.1" },
    { have: "0:0:0:0:0:ffff:192.0.2.1", want: "192.0.2.1" },
    { have: "2001:db8:::1", want: "2001:db8::1" },
    { have: ":::", want: "::" },
    { have: "2001:db8::1:", want: "2001:db8::1" },
    { have: "1:2:3:4:5:6:7:8:", want: "1:2:3:4:5:6:7:8" },
    { have: ":2001:db8::1", want: "0:2001:db8::1" },
  ])("reads $have in a request as $want (IP-4, IP-6)", ({ have, want }) => {
    expect(parseIpAddress(have)).toEqual(parseIpRange(want));
  });

  it.each([
    ["", ":", "::::", "2001:db8::::1", "2001::db8::1", "2001::db8:::1", "::ffff:::192.0.2.1", "fe80::1%eth0"],
    ["::192.0.2.1", "2001:db8::192.0.2.1", "1:2:3:4:5:6:1.2.3.4", "::ffff:1.2.3", "::ffff:1.2.3.4.5"],
    ["192.0.513", "3221225985", "256.0.0.1", "0400.0.0.1", "10.0.0.1:443", "192.0.2.1 ", "+1.0.0.1", "no-address"],
  ])("takes other spellings of a request for no address, row %# (IP-4, IP-6)", (...row) => {
    for (const have of row) expect(parseIpAddress(have), have).toBeUndefined();
  });
});

describe("parseBase64()", () => {
  it.each(["", "f", "fo", "foo", "foob", "\xff\xfe\xfd\0"])("decodes %j", (have) => {
    const bytes = Buffer.from(have, "latin1");
    expect([...(parseBase64(bytes.toString("base64")) ?? [1])]).toEqual([...bytes]);
  });

  it.each(["Zm9=", "Zh==", "YR==", "Z/==", "//9=", "Zm9vZh=="])(
    "refuses %j, whose unused bits are not zero (BIN-2)",
    (have) => {
      expect(parseBase64(have)).toBeUndefined();
    },
  );

  it.each(["Z", "Zg", "Zg=", "Zg===", "=", "====", "Zg==Zg==", "Z===", "Zm9v\n", "Zm 9", "_-8=", "Zm9é"])(
    "refuses %j",
    (have) => {
      expect(parseBase64(have)).toBeUndefined();
    },
  );
});
