/** What two documents say alike of an action is told without a search, and only that. */
import { describe, expect, it } from "vitest";
import { addsNothing } from "../../src/prove/adds-nothing.js";
import { parse } from "../kit/policy-text.js";

const read = { Effect: "Allow", Action: "s3:Get*", Resource: "arn:aws:s3:::b/*" };
const write = { Effect: "Allow", Action: "s3:PutObject", Resource: "*" };
const fence = {
  Effect: "Deny",
  Action: "s3:*",
  Resource: "*",
  Condition: { Bool: { "aws:SecureTransport": "false" } },
};

function says(
  existing: readonly object[],
  updated: readonly object[],
  action = "s3:getobject",
  version?: string,
): boolean {
  return addsNothing(documentOf(existing), documentOf(updated, version), action);
}

function documentOf(statements: readonly object[], version = "2012-10-17") {
  const { document } = parse({ Version: version, Statement: statements });
  if (document === undefined) throw new Error("no document");
  return document;
}

describe("a document adds nothing to another", () => {
  it("whose Allows it repeats, in any order and under any name, list of actions and Sid", () => {
    const again = { ...read, Sid: "Again", Action: ["ec2:*", "s3:GetObject"] };
    expect(says([read, fence], [fence, again, { ...again, Sid: "Twice" }])).toBe(true);
    expect(says([read, write], [read])).toBe(true);
    expect(says([], [])).toBe(true);
    expect(says([], [write])).toBe(true);
    expect(says([read], [read, fence])).toBe(true);
  });

  it("but where an Allow is another, a Deny is gone, or the version is another", () => {
    expect(says([], [read])).toBe(false);
    expect(says([read], [{ ...read, Resource: "*" }])).toBe(false);
    expect(says([read], [{ ...read, Condition: { Null: { "aws:TagKeys": "true" } } }])).toBe(false);
    expect(says([read, fence], [read])).toBe(false);
    expect(says([read, fence], [read, { ...fence, Action: "s3:Put*" }])).toBe(false);
    expect(says([read], [read], "s3:getobject", "2008-10-17")).toBe(false);
    expect(says([read], [read, write], "s3:putobject")).toBe(false);
  });

  it("and says so of either list of actions", () => {
    const { Action: _, ...rest } = read;
    expect(says([{ ...rest, NotAction: "iam:*" }], [read])).toBe(true);
    expect(says([{ ...rest, NotAction: "s3:*" }], [read])).toBe(false);
  });
});
