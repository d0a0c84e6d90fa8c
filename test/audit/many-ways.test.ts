/** Rights that overlap: as many answers as there are ways to be allowed, not as many as there are ways to miss the rest. */
import { describe, expect, it } from "vitest";
import { whoCan } from "../../src/audit/who-can.js";
import { provedSet } from "../prove/prove-kit.js";

const ann = "arn:aws:iam::111122223333:user/ann";
const count = 24;
const names = Array.from({ length: count }, (_, index) => `part${index}`);

/** Whatever is told of a bucket, all these patterns can meet. */
const allows = names.map((name) => ({
  Effect: "Allow",
  Action: "s3:GetObject",
  Resource: `arn:aws:s3:::*-${name}-*/in/*`,
  Condition: { StringEquals: { [`aws:RequestTag/${name}`]: "yes" } },
}));
const deny = { Effect: "Deny", Action: "s3:*", Resource: "arn:aws:s3:::*/in/secret/*" };

async function lineOf(more: object = {}, resource = "*") {
  const inlinePolicies = [{ name: "own", document: { Version: "2012-10-17", Statement: [...allows, deny] } }];
  const set = { accounts: [{ id: "111122223333" }], users: [{ arn: ann, inlinePolicies, ...more }] };
  const { auditor } = await provedSet(set);
  const [line] = whoCan(
    auditor.within({ ...auditor.terms.region, principals: [ann] }),
    "s3:GetObject",
    [resource],
    true,
  ).lines;
  if (line === undefined) throw new Error("no line");
  return line.answer;
}

describe("rights that overlap", () => {
  it("are told one by one, all of them", async () => {
    const { access, when, whenIsPartial } = await lineOf();
    expect({ access, whenIsPartial }).toEqual({ access: "sometimes", whenIsPartial: false });
    expect(when).toHaveLength(count);
    for (const way of when) {
      const told = way.flatMap((entry) => ("resource" in entry && entry.holds ? entry.resource : []));
      const [name = ""] = names.filter((one) => told[0] === `arn:aws:s3:::*-${one}-*/in/*`);
      expect(way).toEqual(
        [
          { key: `aws:RequestTag/${name}`, operator: "StringEquals", values: ["yes"], holds: true },
          { resource: `arn:aws:s3:::*-${name}-*/in/*`, holds: true },
          { resource: "arn:aws:s3:::*/in/secret/*", holds: false },
        ].sort((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1)),
      );
    }
  });

  it("are never, where a boundary has none of them", async () => {
    const document = { Version: "2012-10-17", Statement: [{ ...allows[0], Action: "s3:PutObject" }] };
    const set = { permissionsBoundary: "arn:aws:iam::111122223333:policy/limit" };
    const policies = [{ arn: set.permissionsBoundary, document }];
    const inlinePolicies = [{ name: "own", document: { Version: "2012-10-17", Statement: allows } }];
    const { auditor } = await provedSet({
      accounts: [{ id: "111122223333" }],
      policies,
      users: [{ arn: ann, inlinePolicies, ...set }],
    });
    const [line] = whoCan(
      auditor.within({ ...auditor.terms.region, principals: [ann] }),
      "s3:GetObject",
      ["*"],
      true,
    ).lines;
    expect(line?.answer.access).toBe("never");
  });

  it("are all refused on what is denied, and always there on what one of them holds without a condition", async () => {
    expect((await lineOf({}, "arn:aws:s3:::a-part1-b/in/secret/x")).access).toBe("never");
    const everything = { Effect: "Allow", Action: "s3:*", Resource: "*" };
    const inlinePolicies = [{ name: "own", document: { Version: "2012-10-17", Statement: [...allows, everything] } }];
    expect((await lineOf({ inlinePolicies }, "arn:aws:s3:::b/*")).access).toBe("always");
  });
});
