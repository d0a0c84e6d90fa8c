/** Rights that overlap: as many answers as there are ways to be allowed, not as many as there are ways to miss the rest. */
import { describe, expect, it } from "vitest";
import { diffSets } from "../../src/audit/diff.js";
import { whoCan } from "../../src/audit/who-can.js";
import { type Proved, provedSet } from "../prove/prove-kit.js";

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

async function setOf(...more: readonly object[]): Promise<Proved> {
  const inlinePolicies = [{ name: "own", document: { Version: "2012-10-17", Statement: [...allows, ...more] } }];
  return await provedSet({ accounts: [{ id: "111122223333" }], users: [{ arn: ann, inlinePolicies }] });
}

function answerOf({ auditor }: Proved, resource = "*") {
  const within = auditor.within({ ...auditor.terms.region, principals: [ann] });
  const [line] = whoCan(within, "s3:GetObject", [resource], true).lines;
  if (line === undefined) throw new Error("no line");
  return line.answer;
}

describe("rights that overlap", () => {
  it("are told one by one, all of them", async () => {
    const { access, when, whenIsPartial } = answerOf(await setOf(deny));
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

  it("are never, where a Deny has all of them, which is proved", async () => {
    const set = await setOf({ ...deny, Resource: "arn:aws:s3:::*/in/*" });
    expect(answerOf(set).access).toBe("never");
    const assertion = { principals: { patterns: [ann] }, actions: ["s3:GetObject"] };
    expect(set.prove({ never: "allowed", ...assertion }).result).toBe("holds");
    const { result, counterexample } = (await setOf(deny)).prove({ never: "allowed", ...assertion });
    expect(result).toBe("fails");
    expect(counterexample?.resource).toMatch(/^arn:aws:s3:::.*-part0-.*\/in\//);
  });

  it("are refused on what is denied, and always there on what one of them holds without a condition", async () => {
    expect(answerOf(await setOf(deny), "arn:aws:s3:::a-part1-b/in/secret/x").access).toBe("never");
    const everything = { Effect: "Allow", Action: "s3:*", Resource: "*" };
    const set = await setOf(everything);
    expect(answerOf(set, "arn:aws:s3:::b/*").access).toBe("always");
    const assertion = { principals: { patterns: [ann] }, actions: ["s3:GetObject"], resources: ["arn:aws:s3:::b/*"] };
    expect(set.prove({ always: "allowed", ...assertion }).result).toBe("holds");
  });

  it("are compared, to the last of them", async () => {
    const region = { principals: [ann], actions: ["s3:GetObject"] };
    const [before, reordered, changed] = (
      await Promise.all([
        setOf(deny),
        setOf(deny, allows[7] ?? {}, { ...deny, Sid: "Again" }),
        setOf(deny, { ...allows[7], Condition: { Null: { "aws:RequestTag/part7": "false" } } }),
      ])
    ).map(({ auditor }) => auditor.within({ ...auditor.terms.region, ...region }));
    if (before === undefined || reordered === undefined || changed === undefined) throw new Error("no sets");
    const changesOf = (after: typeof before) => [...diffSets(before, after).lines].flat();
    expect(changesOf(reordered)).toEqual([]);
    const lines = changesOf(changed);
    expect(new Set(lines.map(({ change, loses }) => `${change} ${loses === undefined}`))).toEqual(
      new Set(["conditions true"]),
    );
    expect(lines[0]?.gains?.resource).toMatch(/-part7-/);
  });
});
