// What the context of a question holds that no operator for its key can read.
import { describe, expect, it } from "vitest";
import { loadCatalogue } from "../../src/validate/catalogue/load-catalogue.js";
import { adviseActionAsked, adviseContext, servicePrefixes } from "../../src/validate/request-values.js";

const adviceOf = (key: string, ...values: readonly string[]) => adviseContext(new Map([[key, values]]), undefined);

describe("advice about a question", () => {
  it.each([
    ["aws:SourceIp", "10.1.2.300", "is no IP address: write it as `203.0.113.7` or `2001:db8::7`"],
    ["aws:sourceip", "10.0.0.0/8", "is no IP address: write it as `203.0.113.7` or `2001:db8::7`"],
    ["aws:MultiFactorAuthAge", "ten", "is not a decimal number: write digits, such as `10` or `0.5`"],
    [
      "aws:CurrentTime",
      "31/12/2026",
      "is not a date or epoch seconds: write it as `2026-12-31` or `2026-12-31T00:00:00Z`",
    ],
    ["aws:SecureTransport", "yes", "is not `true` or `false`: write one of the two"],
    ["aws:SourceArn", "bucket", "is no ARN: write `arn:` and all six fields"],
  ])("tells a value of %s that is none (IP-6, NUM-3, DATE-4, BOOL-1, ARN-3)", (key, value, want) => {
    expect(adviceOf(key, value)).toEqual([`${key}: \`${value}\` ${want}`]);
  });

  it("is silent about what can be read, about texts and about keys of teams", () => {
    const good = new Map([
      ["aws:SourceIp", ["10.1.2.3", "2001:db8::7", "::ffff:10.0.0.1"]],
      ["aws:MultiFactorAuthAge", ["10", "-0.5", "1e3"]],
      ["aws:EpochTime", ["1767225600", "2026-01-01T00:00:00Z"]],
      ["aws:SecureTransport", ["true", "False"]],
      ["aws:SourceArn", ["arn:aws:s3:::reports"]],
      ["aws:PrincipalTag/team", ["10.1.2.300"]],
      ["orders:Amount", ["ten"]],
      ["aws:YoungerThanThisTable", ["x"]],
      ["plain", ["x"]],
    ]);
    expect(adviseContext(good, undefined)).toEqual([]);
  });

  it.each([
    ["aws:SorceIp", "aws:SorceIp: AWS has no such condition key: did you mean `aws:SourceIp`?"],
    [
      "aws:PrincipalTagg/team",
      "aws:PrincipalTagg/team: AWS has no such condition key: did you mean `aws:PrincipalTag/team`?",
    ],
  ])("says what was meant by %s", (key, want) => {
    expect(adviceOf(key, "10.1.2.3")).toEqual([want]);
  });

  it.each([
    ["aws:RequestedRegion", "eu-wset-1", ": did you mean `eu-west-1`?"],
    ["aws:RequestedRegion", "EU-West-1", ": did you mean `eu-west-1`?"],
    [
      "aws:PrincipalType",
      "Machine",
      ": write one of `Account`, `User`, `AssumedRole`, `FederatedUser`, `Service`, `Anonymous`",
    ],
  ])("says what was meant by a value of %s that AWS does not give it", (key, value, want) => {
    expect(adviceOf(key, value)).toEqual([`${key}: \`${value}\` is no value that AWS gives it${want}`]);
    expect(adviceOf("aws:RequestedRegion", "eu-south-9")).toEqual([]);
  });

  it.each([
    ["s3:DeleteBuckett", "the catalogue knows no action `s3:DeleteBuckett`: did you mean `s3:DeleteBucket`?"],
    ["S3:Nothing-Like-It", "the catalogue knows no action `S3:Nothing-Like-It`"],
    ["s3:Delte*", "the catalogue knows no action `s3:Delte*`"],
    ["s3:delete*", undefined],
    ["s3:DELETEBUCKET", undefined],
    ["orders:Read", undefined],
  ])("knows whether AWS has the action %s", async (action, want) => {
    expect(adviseActionAsked(action, await loadCatalogue(["s3", "orders"]))).toBe(want);
    expect(adviseActionAsked(action, undefined)).toBeUndefined();
  });

  it("knows the keys of services from the catalogue", async () => {
    const context = new Map([
      ["s3:max-keys", ["many"]],
      ["s3:prefix", ["x"]],
      ["aws:SourceIp", ["10.1.2.3"]],
    ]);
    expect(servicePrefixes(context)).toEqual(["s3"]);
    expect(adviseContext(context, await loadCatalogue(["s3"]))).toEqual([
      "s3:max-keys: `many` is not a decimal number: write digits, such as `10` or `0.5`",
    ]);
  });
});
