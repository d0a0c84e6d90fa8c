/** Who is answered alike: whom nothing that has a say in a request tells apart, and nobody else. */
import { describe, expect, it } from "vitest";
import { Auditor } from "../../src/audit/auditor.js";
import { single } from "../../src/audit/candidates.js";
import type { AccessLine } from "../../src/audit/lines.js";
import { whoCan } from "../../src/audit/who-can.js";
import { provedSet } from "../prove/prove-kit.js";

const account = "111122223333";
const read = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*" };

function user(name: string, team: string | undefined, ...statements: readonly object[]) {
  return {
    arn: `arn:aws:iam::${account}:user/${name}`,
    tags: team === undefined ? {} : { team },
    inlinePolicies: [{ name: "own", document: { Version: "2012-10-17", Statement: statements } }],
  };
}

async function keysOf(...users: readonly ReturnType<typeof user>[]): Promise<readonly (string | undefined)[]> {
  const { auditor } = await provedSet({ accounts: [{ id: account }], users });
  return auditor.askers({ principals: ["*:user/*"], outside: false }).map((asker) => {
    return auditor.keyOf(asker, ["s3:GetObject"], ["*"], true);
  });
}

describe("the key of an answer", () => {
  const inTeam = (values: string | readonly string[]) => ({
    ...read,
    Condition: { StringLike: { "aws:PrincipalTag/team": values } },
  });

  it("is the same for values of which a test makes the same", async () => {
    const [a, b, c, none] = await keysOf(
      user("a", "red-1", inTeam("red-*")),
      user("b", "red-2", inTeam("red-*")),
      user("c", "blue", inTeam("red-*")),
      user("d", undefined, inTeam("red-*")),
    );
    expect(a).toBe(b);
    expect(new Set([a, c, none]).size).toBe(3);
  });

  it("is another one for other statements, and for values that a variable reads", async () => {
    const [a, b, c] = await keysOf(
      user("a", "x", inTeam("x")),
      user("b", "x", inTeam(["x", "y"])),
      user("c", "x", inTeam("x")),
    );
    expect(a).toBe(c);
    expect(a).not.toBe(b);
    const own = { ...read, Resource: "arn:aws:s3:::b/${aws:PrincipalTag/team}/*" };
    const [one, other] = await keysOf(user("a", "x", own), user("b", "y", own));
    expect(one).not.toBe(other);
  });
});

describe("what nobody grants", () => {
  const arn = `arn:aws:iam::${account}:user/a`;
  const document = (statement: object) => ({ Version: "2012-10-17", Statement: [statement] });
  const hidden = async (action: string, set: object): Promise<boolean> => {
    const { auditor } = await provedSet({ accounts: [{ id: account }], ...set });
    const asker = auditor.asker(single(arn));
    if (asker === undefined) throw new Error("nobody asks");
    const found = auditor.find(asker, [action], ["*"], { tellsNever: false });
    // The same is found with all that is looked for otherwise.
    expect(found.answer.access).toBe(auditor.answer(asker, action, ["*"]).access);
    return found.isHidden === true;
  };

  it("is what no Allow of the user, its groups or any resource is about", async () => {
    const deny = { ...read, Effect: "Deny", Action: "s3:*" };
    expect(await hidden("s3:GetObject", { users: [user("a", "x", deny)] })).toBe(true);
    expect(await hidden("s3:PutObject", { users: [user("a", "x", read)] })).toBe(true);
    expect(await hidden("s3:getobject", { users: [user("a", "x", read)] })).toBe(false);
    expect(await hidden("s3:PutObject", { users: [user("a", "x", { ...read, Action: "s3:*Object" })] })).toBe(false);
    const { Action: _, ...rest } = read;
    const allBut = { ...rest, NotAction: "s3:GetObject" };
    expect(await hidden("s3:PutObject", { users: [user("a", "x", allBut)] })).toBe(false);
    expect(await hidden("s3:GetObject", { users: [user("a", "x", allBut)] })).toBe(true);
  });

  it("is not what a group, a bucket policy or a trust policy allows, nor what needs no policy (SVC-7)", async () => {
    const alone = { users: [user("a", "x")] };
    const groups = [
      { arn: `arn:aws:iam::${account}:group/g`, inlinePolicies: [{ name: "own", document: document(read) }] },
    ];
    expect(await hidden("s3:GetObject", { users: [{ ...user("a", "x"), groups: ["g"] }], groups })).toBe(false);
    const everybody = document({ ...read, Principal: "*" });
    const bucket = { arn: "arn:aws:s3:::b", account, policy: everybody };
    expect(await hidden("s3:GetObject", { ...alone, resources: [bucket] })).toBe(false);
    expect(await hidden("s3:PutObject", { ...alone, resources: [bucket] })).toBe(true);
    const trust = document({ Effect: "Allow", Principal: { AWS: arn }, Action: "sts:AssumeRole" });
    const roles = [{ arn: `arn:aws:iam::${account}:role/r`, trustPolicy: trust }];
    expect(await hidden("sts:AssumeRole", { ...alone, roles })).toBe(false);
    expect(await hidden("sts:GetCallerIdentity", alone)).toBe(false);
  });
});

describe("whoCan()", () => {
  it("answers everybody of a class as by themselves", async () => {
    const deny = { ...read, Effect: "Deny", Condition: { StringNotEquals: { "aws:PrincipalTag/team": "t1" } } };
    const users = Array.from({ length: 12 }, (_, index) => user(`u${index}`, `t${index % 3}`, read, deny));
    const { auditor } = await provedSet({ accounts: [{ id: account }], users });
    const linesOf = (one: Auditor): ReadonlyMap<string, AccessLine> => {
      const { lines } = whoCan(one, "s3:GetObject", ["arn:aws:s3:::b/x", "arn:aws:s3:::b/*", "*"], true);
      return new Map(
        [...lines].flatMap((line) => (line === undefined ? [] : [[`${line.principal} ${line.resource}`, line]])),
      );
    };
    const together = linesOf(auditor);
    expect(together.size).toBe(3 * 13);
    const { set, region } = auditor.terms;
    const { decide, nowMs, budget, catalogue } = auditor.terms;
    for (const { arn } of users) {
      // Another one, which has answered nobody, decides nobody together, and asks for reasons always.
      const alone = linesOf(
        new Auditor({ set, decide, nowMs, budget, catalogue, region: { ...region, principals: [arn] } }),
      );
      expect(alone.size).toBe(3);
      for (const [name, line] of alone) expect(together.get(name)).toEqual(line);
    }
    const told = [...together.values()].map(({ answer }) => answer);
    expect(new Set(told.map(({ access }) => access))).toEqual(new Set(["always", "sometimes", "never"]));
    expect(told.some(({ decidedBy }) => decidedBy.length > 0)).toBe(true);
  });
});
