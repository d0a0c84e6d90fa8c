/** Files of assertions, odd and legal, through the schema and through the reader: what a schema can say it says, and no more than the reader. */
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { schemaOf } from "../../src/schemas/schemas.js";
import { read } from "../prove/prove-kit.js";

const validate = new Ajv({
  strict: true,
  strictRequired: false,
  strictTypes: false,
  allowMatchingProperties: true,
}).compile(schemaOf("assertions"));

const never = (more: object) => ({ assertions: [{ id: "a", never: "allowed", ...more }] });
const claimed = (claim: object) => ({ assertions: [{ id: "a", ...claim }] });
const fixed = (key: string, value: unknown) => never({ context: { [key]: value } });

/** Both take them. */
const legal: readonly object[] = [
  ...["*", "***", "s3:GetObject", "s3:*", "*:*", "s?:Get*", "S3:getobject", "orders:Refund/all"].map((action) =>
    never({ actions: [action] }),
  ),
  ...["*", "**", "arn:*", "arn:aws:s3:::*", "arn:aws:s3*", "arn:::::", "arn:*:*:*:*:x", "arn:aws:sqs:eu:1:a\nb"].map(
    (resource) => never({ resources: [resource] }),
  ),
  ...["111111111111", "acme", "tenant-7", "1"].map((account) => never({ principals: { account } })),
  never({ principals: { except: { except: { outside: "account", patterns: ["bob", "*"] } } } }),
  claimed({ notPublic: ["*"], actions: ["s3:*"], context: {} }),
  claimed({ notGranted: { actions: ["*"], resources: ["*"] }, principals: "everyone", context: { closed: false } }),
  claimed({ noNewAccess: { than: "x", actions: ["*"] }, resources: ["*"], principals: "anonymous" }),
  claimed({ equivalent: { to: "x", resources: ["*"] }, actions: ["*"], context: { closed: true } }),
  ...["aws:SourceIp", "s3:prefix", "a:b:c", "acme:Anything at all", "a::", "sts:ſ"].map((key) =>
    fixed(key, ["x"].slice(1)),
  ),
  fixed("aws:currenttime", "2026-03-01T09:00:00Z"),
  ...["2026-03", "2026-02-28", "2026-03-01T09:00", "2026-12-31T23:59:59.123456+0530", "2026", "-1", "+1772355600"].map(
    (date) => fixed("AWS:CurrentTime", [date]),
  ),
  ...[0, 253_402_300_799, -62_167_219_200].map((date) => fixed("aws:EpochTime", date)),
  ...["8.8.8.8", "010.000.0.255", "::1", "2001:DB8::", ":1:2:3:4:5:6:7", "::ffff:1.2.3.4", "fe80:::1"].map((address) =>
    fixed("aws:SourceIp", [address, "1.1.1.1"]),
  ),
  fixed("aws:VpcSourceIp", []),
  fixed("aws:SourceIp", null),
  fixed("aws:CurrentTime", null),
  fixed("aws:PrincipalArn", "arn:aws:iam::111111111111:user/alice"),
  never({ context: { without: ["aws:ResourceTag/team", "aws:SourceIp", "aws:PrincipalTagged"] } }),
];

/** Neither takes them. */
const odd: readonly object[] = [
  ...[
    "",
    "s3",
    "GetObject",
    "s3:",
    ":GetObject",
    "s3:Get:Object",
    "s3:Get Object",
    "s3: GetObject",
    "*s3",
    "s3:\n",
    "?",
  ].map((action) => never({ actions: [action] })),
  ...[
    "",
    "bucket",
    "*/x",
    "?",
    "arn",
    "arn*",
    "arn:",
    "arn:aws:s3",
    "arn:aws:s3::",
    "ARN:aws:s3:::b",
    "a*",
    " arn:*",
  ].map((resource) => never({ resources: [resource] })),
  claimed({ notPublic: ["bucket"] }),
  claimed({ notPublic: [] }),
  claimed({ notGranted: { actions: ["PassRole"], resources: ["*"] } }),
  claimed({ notGranted: { actions: ["*"], resources: ["b"] } }),
  claimed({ noNewAccess: { than: "x", resources: ["b"] } }),
  ...["", "1111 2222 3333", "1111,2222", "arn:aws:iam::111111111111:root", "*", "11111111111\n", "tenant_7"].map(
    (account) => never({ principals: { account } }),
  ),
  never({ principals: { except: { account: "*" } } }),
  never({ principals: { account: 111_111_111_111 } }),
  never({ principals: {} }),
  never({ principals: ["arn:aws:iam::111111111111:root"] }),
  never({ principals: { patterns: [] } }),
  never({ principals: { patterns: "*" } }),
  never({ principals: { outside: "Organization" } }),
  never({ principals: { anonymous: true } }),
  ...["principals", "resources"].map((name) =>
    claimed({ notPublic: ["*"], [name]: name === "principals" ? "everyone" : ["*"] }),
  ),
  ...["actions", "resources"].map((name) =>
    claimed({ notGranted: { actions: ["*"], resources: ["*"] }, [name]: ["*"] }),
  ),
  claimed({ notGranted: { resources: ["*"] }, actions: ["*"] }),
  ...Object.entries({ principals: "everyone", actions: ["*"], resources: ["*"], context: {} }).flatMap(
    ([name, value]) => [
      claimed({ noNewAccess: { than: "x", [name]: value }, [name]: value }),
      claimed({ equivalent: { to: "x", [name]: value }, [name]: value }),
    ],
  ),
  ...["MFA", "", "aws", ":x", "aws:", "aws:\n", "Without"].map((key) => fixed(key, "x")),
  ...["", "yesterday", "2026-3-1", "2026-13-01", "2026-00-01", "2026-01-32", "2026-01-00", "2026-03-01T24:00"].map(
    (date) => fixed("aws:CurrentTime", date),
  ),
  ...["2026-03-01T09:60", "2026-03-01T09", "2026-03-01 09:00:00Z", "1e9", "1.5", "-9999999999999"].map((date) =>
    fixed("aws:epochtime", date),
  ),
  ...[true, [], [true], 1.5, 253_402_300_800, ["2026-03-01", "2026-03-02"], ["now"]].map((date) =>
    fixed("aws:CurrentTime", date),
  ),
  ...[
    "",
    "everywhere",
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "10.0.0.0/8",
    "1.2.3.x",
    "g::1",
    true,
    8,
    ["1.1.1.1", "x"],
  ].map((address) => fixed("aws:sourceIP", address)),
  fixed("aws:VpcSourceIp", "10.0.0.0/8"),
  fixed("aws:TagKeys", {}),
  fixed("aws:TagKeys", [null]),
  fixed("aws:PrincipalArn", null),
  fixed("AWS:principaltag/team", null),
  never({ context: [] }),
  never({ context: { without: [] } }),
  never({ context: { without: "aws:SourceIp" } }),
  ...[
    "aws:PrincipalArn",
    "aws:username",
    "AWS:UserId",
    "aws:PrincipalTag/team",
    "aws:ResourceAccount",
    "aws:resourceorgid",
  ].map((key) => never({ context: { without: [key] } })),
  never({ context: { closed: "yes" } }),
  never({ always: "allowed" }),
  claimed({ never: "denied" }),
  claimed({ always: true }),
  claimed({}),
  claimed({ never: "allowed", why: "" }),
  claimed({ Never: "allowed" }),
  { assertions: [{ never: "allowed" }] },
  { assertions: {} },
  { assertions: [null] },
  {},
  { assertions: [{ id: "a", never: "allowed" }], version: 1 },
];

/** The reader alone refuses them: no schema compares texts with one another, or knows a calendar. */
const unsayable: readonly object[] = [
  { assertions: ["never", "always"].map((claim) => ({ id: "a", [claim]: "allowed" })) },
  never({ context: { "aws:SourceIp": "1.1.1.1", "AWS:sourceip": "1.1.1.1" } }),
  never({ context: { "aws:SourceIp": "1.1.1.1", without: ["AWS:sourceip"] } }),
  fixed("aws:CurrentTime", "2026-02-30"),
  fixed("aws:CurrentTime", "0000-01-01T00:00+01:00"),
  fixed("aws:SourceIp", "1:2"),
];

const rows = (files: readonly object[]) => files.map((file) => [JSON.stringify(file), file] as const);

describe("the schema of assertions", () => {
  it.each(rows(legal))("takes what the reader takes: %s", (_, file) => {
    expect(read(file).findings).toEqual([]);
    expect(validate(file), JSON.stringify(validate.errors)).toBe(true);
  });

  it.each(rows(odd))("refuses what the reader refuses: %s", (_, file) => {
    expect(read(file).assertions).toBeUndefined();
    expect(validate(file)).toBe(false);
  });

  it.each(rows(unsayable))("leaves to the reader what no schema says: %s", (_, file) => {
    expect(read(file).assertions).toBeUndefined();
    expect(validate(file)).toBe(true);
  });
});
