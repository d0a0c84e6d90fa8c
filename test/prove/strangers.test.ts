/** Strangers whom only a condition tells from others: no proof leaves them out. */
import { describe, expect, it } from "vitest";
import { provedSet } from "./prove-kit.js";

const account = "111122223333";
const stranger = "777788889999";

/** A bucket that is open to whoever passes a condition. */
function bucket(condition: object, resource = "arn:aws:s3:::b/*") {
  const statement = {
    Effect: "Allow",
    Principal: "*",
    Action: "s3:GetObject",
    Resource: resource,
    Condition: condition,
  };
  const policy = { Version: "2012-10-17", Statement: [statement] };
  return { accounts: [{ id: account }], resources: [{ arn: "arn:aws:s3:::b", account, policy }] };
}

const never = { never: "allowed", actions: ["s3:GetObject"], principals: { except: { account } } };

describe("a proof about everybody outside an account", () => {
  const strangers: readonly (readonly [title: string, condition: object, account?: string, partition?: string])[] = [
    ["a root's id", { StringEquals: { "aws:userid": stranger } }],
    ["a pattern of ids", { StringLike: { "aws:userid": "7777*" } }],
    ["a pattern of accounts", { StringLike: { "aws:PrincipalAccount": "?777*" } }],
    [
      "patterns that overlap",
      { StringLike: { "aws:PrincipalAccount": "7*" }, ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*9999:*" } },
    ],
    ["a pattern over fields", { StringLike: { "aws:PrincipalArn": "*777788889999*" } }],
    ["a pattern without fields", { StringLike: { "aws:PrincipalArn": "arn*:777788889999:root" } }],
    ["what comes before an account", { StringLike: { "aws:PrincipalArn": "arn:aws:iam:??77788889999:root" } }],
    ["a number", { NumericLessThan: { "aws:PrincipalAccount": "500000000000" } }, "400000000000"],
    ["a date", { DateLessThan: { "aws:PrincipalAccount": "500000000000" } }, "400000000000"],
    ["a partition", { StringLike: { "aws:PrincipalArn": "arn:aws-cn:*" } }, stranger, "aws-cn"],
    [
      "a key that has to be the account",
      { StringEquals: { "aws:RequestTag/x": "${aws:PrincipalAccount}", "aws:RequestTag/X": stranger } },
    ],
  ];

  it.each(
    strangers.map(([title, condition, id = stranger, partition = "aws"]) => ({ title, condition, id, partition })),
  )("does not leave out whom $title tells from others", async ({ condition, id, partition }) => {
    const { isAllowed, prove } = await provedSet(bucket(condition));
    const principal = `arn:${partition}:iam::${id}:root`;
    const context = new Map([["aws:RequestTag/x", [id]]]);
    expect(isAllowed({ principal, resource: "arn:aws:s3:::b/x", context })).toBe(true);
    const { result, counterexample } = prove(never);
    expect(result).toBe("fails");
    expect(counterexample && isAllowed(counterexample)).toBe(true);
  });

  it("says that it does not know where a resource's name holds some digits of an account", async () => {
    const { prove } = await provedSet(
      bucket({ Bool: { "aws:SecureTransport": "true" } }, "arn:aws:s3:::b/${aws:PrincipalAccount}/*"),
    );
    expect(prove({ ...never, resources: ["arn:aws:s3:::b/7777*"] }).result).toBe("unknown");
    expect(prove({ ...never, resources: [`arn:aws:s3:::b/${stranger}/x`] }).result).toBe("fails");
    expect(prove({ ...never, resources: ["arn:aws:s3:::b/x/*"] }).result).toBe("holds");
  });
});

describe("a comparison about strangers whom policies of resources name", () => {
  const bucketWith = (statement: object) => {
    const policy = {
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Principal: { AWS: stranger }, Resource: "arn:aws:s3:::b/*", ...statement },
    };
    return { accounts: [{ id: account }], resources: [{ arn: "arn:aws:s3:::b", account, policy }] };
  };
  const both = [bucketWith({ NotAction: "s3:PutObject" }), bucketWith({ Action: "s3:*" })] as const;

  it("finds what they gain, and nothing new in what was granted in other words", async () => {
    const [old, now] = [await provedSet(both[0]), await provedSet(both[1])];
    const compared = (action: string) =>
      now.prove({ noNewAccess: { than: "old" }, actions: [action], resources: ["arn:aws:s3:::b/*"] }, old.auditor);
    expect(compared("s3:GetObject").result).toBe("holds");
    expect(compared("s3:Put*")).toMatchObject({ result: "fails", counterexample: { action: "s3:PutObject" } });
    // All that they may do but this.
    expect(compared("s3:*")).toMatchObject({ result: "fails", counterexample: { action: "s3:PutObject" } });
  });
});
