/** What audits tell apart that is easily taken for one: tags that differ in case, variables that are known, ids of principals, owners. */
import { describe, expect, it } from "vitest";
import { diffSets } from "../../src/audit/diff.js";
import type { AccessLine } from "../../src/audit/lines.js";
import { whoCan } from "../../src/audit/who-can.js";
import { type Proved, provedSet } from "../prove/prove-kit.js";

const account = "111122223333";
const other = "444455556666";
const ann = `arn:aws:iam::${account}:user/ann`;
const object = "arn:aws:s3:::b/x";
const read = { Effect: "Allow", Action: "s3:GetObject", Resource: "*" };

function annWith(facts: object, ...statements: readonly object[]) {
  const inlinePolicies = [{ name: "own", document: { Version: "2012-10-17", Statement: statements } }];
  return { accounts: [{ id: account }, { id: other }], users: [{ arn: ann, ...facts, inlinePolicies }] };
}

function lineOf({ auditor }: Proved, resource: string, principal = ann): AccessLine["answer"] {
  const within = auditor.within({ ...auditor.terms.region, principals: [principal] });
  const [line] = whoCan(within, "s3:GetObject", [resource], true).lines;
  if (line === undefined) throw new Error("no line");
  return line.answer;
}

function changesOf(before: Proved, after: Proved): readonly string[] {
  const [old, now] = [before, after].map(({ auditor }) =>
    auditor.within({ ...auditor.terms.region, actions: ["s3:GetObject"] }),
  );
  if (old === undefined || now === undefined) throw new Error("no sets");
  return [...diffSets(old, now).lines].flatMap((lines) => lines.map(({ change, resource }) => `${change} ${resource}`));
}

describe("who-can", () => {
  it("tells times whose text a condition asks for (CTX-12)", async () => {
    for (const [condition, access] of [
      [{ "aws:CurrentTime": "2027-*" }, "sometimes"],
      [{ "aws:EpochTime": "19*" }, "sometimes"],
      // What is not found is not said to be nowhere.
      [{ "aws:CurrentTime": "????-0?-31T*" }, "unknown"],
    ] as const) {
      const proved = await provedSet(annWith({}, { ...read, Condition: { StringLike: condition } }));
      expect(lineOf(proved, object).access).toBe(access);
    }
  });

  it("tells of several actions no way by a tag that some of them do not ask for", async () => {
    const condition = { StringEquals: { "aws:ResourceTag/team": "a" } };
    const { auditor } = await provedSet(annWith({}, { ...read, Condition: condition }));
    const within = auditor.within({ ...auditor.terms.region, principals: [ann] });
    const [line] = whoCan(within, "s3:*Object", ["*"], true).lines;
    expect(line?.answer.access).toBe("sometimes");
    expect(line?.answer.when).toEqual([]);
    expect(line?.answer.reason).toBe("no list of conditions tells when: the ways differ in what `when` cannot say");
  });

  it("tells tags of a resource apart that differ in case alone (CTX-11)", async () => {
    const condition = { StringEquals: { "aws:ResourceTag/team": "a" }, StringLike: { "aws:ResourceTag/Team": "b" } };
    const proved = await provedSet(annWith({}, { ...read, Condition: condition }));
    const { access, witness } = lineOf(proved, object);
    expect(access).toBe("sometimes");
    expect(witness?.resourceTags).toEqual([
      { key: "team", value: "a" },
      { key: "Team", value: "b" },
    ]);
    // One that is missing has the value of the other.
    const missing = { StringEquals: { "aws:ResourceTag/team": "a" }, Null: { "aws:ResourceTag/Team": "true" } };
    expect(lineOf(await provedSet(annWith({}, { ...read, Condition: missing })), object).access).toBe("never");
  });

  it("takes a tag of the principal by its own spelling (CTX-11)", async () => {
    const statement = { ...read, Resource: "arn:aws:s3:::b/${aws:PrincipalTag/Team}" };
    const proved = await provedSet(annWith({ tags: { Team: "x", team: "y" } }, statement));
    expect(lineOf(proved, object).access).toBe("always");
  });

  it("puts what is known in the place of a variable where another one is open", async () => {
    const statement = { ...read, Resource: "arn:aws:s3:::b/${aws:PrincipalTag/team}/${s3:prefix}" };
    const proved = await provedSet(annWith({ tags: { team: "red" } }, statement));
    expect(lineOf(proved, "*").when.flat()).toContainEqual({
      resource: "arn:aws:s3:::b/red/${s3:prefix}",
      holds: true,
    });
    expect(lineOf(proved, "arn:aws:s3:::b/blue/*").access).toBe("never");
  });

  it("finds a request where several variables are open", async () => {
    const statement = { ...read, Resource: "arn:aws:s3:::b/${s3:prefix}/${aws:RequestTag/x}" };
    expect(lineOf(await provedSet(annWith({}, statement)), "*").access).toBe("sometimes");
  });

  it("knows whose each resource below an entry is, which a pattern of `owners` says (XACC-5)", async () => {
    const set = {
      ...annWith({}, read),
      resources: [{ arn: "arn:aws:s3:::b/a", policy: { Version: "2012-10-17", Statement: [] } }],
      owners: [
        { pattern: "arn:aws:s3:::*", account },
        { pattern: "arn:aws:s3:::b/a", account: other },
      ],
    };
    const proved = await provedSet(set);
    expect(lineOf(proved, "arn:aws:s3:::b/a").access).toBe("never");
    const { when, whenIsPartial } = lineOf(proved, "arn:aws:s3:::b/a*");
    expect(whenIsPartial).toBe(false);
    expect(when.flat()).toEqual([
      { key: "aws:ResourceAccount", operator: "StringEquals", values: [account], holds: true },
    ]);
  });
});

describe("diff", () => {
  it("finds another value of a tag in a pattern that is open for another reason", async () => {
    const statement = { ...read, Resource: "arn:aws:s3:::b/${aws:PrincipalTag/team}/${s3:prefix}" };
    const [before, after] = [
      await provedSet(annWith({ tags: { team: "red" } }, statement)),
      await provedSet(annWith({ tags: { team: "blue" } }, statement)),
    ];
    expect(changesOf(before, after)).toEqual(["gained arn:aws:s3:::b/blue/*", "lost arn:aws:s3:::b/red/*"]);
    expect(after.prove({ equivalent: { to: "old" }, principals: { patterns: [ann] } }, before.auditor).result).toBe(
      "fails",
    );
  });

  it("finds another unique id in a principal element (PRN-10)", async () => {
    const set = (id: string) => ({
      ...annWith({ id: "AIDAANN" }),
      resources: [
        {
          arn: "arn:aws:s3:::b",
          account,
          policy: {
            Version: "2012-10-17",
            Statement: [{ ...read, Principal: { AWS: id }, Resource: "arn:aws:s3:::b/*" }],
          },
        },
      ],
    });
    expect(changesOf(await provedSet(set("AIDAANN")), await provedSet(set("AIDABEN")))).toEqual([
      "lost arn:aws:s3:::b/*",
    ]);
  });

  it("finds that a role was made anew, whom a policy names by its unique id (PRN-10)", async () => {
    const Statement = [{ ...read, Principal: { AWS: "AROAOLD" }, Resource: "arn:aws:s3:::b/*" }];
    const set = (id: string) => ({
      accounts: [{ id: account }],
      roles: [{ arn: `arn:aws:iam::${account}:role/app`, id, inlinePolicies: [] }],
      resources: [{ arn: "arn:aws:s3:::b", account, policy: { Version: "2012-10-17", Statement } }],
    });
    const changes = changesOf(await provedSet(set("AROAOLD")), await provedSet(set("AROANEW")));
    expect(changes).toEqual(["lost arn:aws:s3:::b/*"]);
  });
});
