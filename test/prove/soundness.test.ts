/** Proofs under attack: on small universes they agree with every request, and no random request contradicts one that holds. */
import { describe, expect, it } from "vitest";
import { Random } from "../kit/random.js";
import { type Proved, provedSet } from "./prove-kit.js";

const account = "111122223333";
const principals = [`arn:aws:iam::${account}:user/ann`, `arn:aws:iam::${account}:user/ben`, "anonymous"] as const;
const actions = ["s3:GetObject", "s3:PutObject", "s3:GetObjectAcl"];
const resources = ["arn:aws:s3:::b/a", "arn:aws:s3:::b/ab", "arn:aws:s3:::b/b", "arn:aws:s3:::c/a"];
const patterns = ["arn:aws:s3:::b/*", "arn:aws:s3:::b/a*", "arn:aws:s3:::?/a", "arn:aws:s3:::b/?", "*"];
const keys = [new Map(), new Map([["s3:prefix", ["x"]]]), new Map([["s3:prefix", ["y"]]])];

function statement(random: Random): object {
  const condition = random.pick([
    null,
    { StringEquals: { "s3:prefix": "x" } },
    { StringNotEquals: { "s3:prefix": "x" } },
    { Null: { "s3:prefix": "true" } },
    { StringLikeIfExists: { "s3:prefix": "x*" } },
  ]);
  return {
    Effect: random.pick(["Allow", "Allow", "Deny"]),
    Action: random.pick(["s3:GetObject", "s3:Get*", "s3:*", "s3:PutObject"]),
    Resource: random.pick(patterns),
    ...(condition === null ? {} : { Condition: condition }),
  };
}

const document = (statements: readonly object[]) => ({ Version: "2012-10-17", Statement: statements });
const some = (random: Random) => Array.from({ length: 1 + random.below(3) }, () => statement(random));

function randomSet(random: Random): object {
  return {
    accounts: [{ id: account }],
    users: principals
      .slice(0, 2)
      .map((arn) => ({ arn, inlinePolicies: [{ name: "own", document: document(some(random)) }] })),
    resources: [
      {
        arn: "arn:aws:s3:::b",
        account,
        policy: document(
          some(random).map((one) => ({
            ...one,
            Principal: random.pick<unknown>(["*", { AWS: principals[0] }, { AWS: account }]),
            Resource: random.pick(patterns.slice(0, 2)),
          })),
        ),
      },
    ],
  };
}

/** Every request of a small universe. */
function* requests(who: readonly string[]) {
  for (const principal of who) {
    for (const action of actions) {
      for (const resource of resources) {
        for (const context of keys) yield { principal, action, resource, context, resourceAccount: account };
      }
    }
  }
}

const scopeOf = (who: readonly string[]) => ({ principals: { patterns: who }, actions, resources });
const rounds = 40;

describe("proofs", () => {
  it("never and always are contradicted by no request, and what fails has a request", async () => {
    const random = new Random(20_261_130);
    const tally = { holds: 0, fails: 0, unknown: 0 };
    for (let round = 0; round < rounds; round++) {
      const set = randomSet(random);
      const proved = await provedSet(set);
      for (const who of principals) {
        const allowed = [...requests([who])].map((request) => proved.isAllowed(request));
        for (const [claim, wanted] of [
          ["never", true],
          ["always", false],
        ] as const) {
          const { result, counterexample } = proved.prove({ [claim]: "allowed", ...scopeOf([who]) });
          tally[result]++;
          const where = `${claim} ${who} ${JSON.stringify(set)}`;
          if (allowed.includes(wanted)) expect(result, where).toBe("fails");
          if (result === "fails") expect(counterexample && proved.isAllowed(counterexample), where).toBe(wanted);
        }
      }
    }
    expect(tally.unknown).toBe(0);
    expect(tally.holds).toBeGreaterThan(25);
    expect(tally.fails).toBeGreaterThan(25);
  });

  it("noNewAccess and equivalent are contradicted by no request", async () => {
    const random = new Random(20_261_131);
    const tally = { holds: 0, fails: 0, unknown: 0 };
    let before: Proved | undefined;
    for (let round = 0; round < rounds; round++) {
      const now = await provedSet(randomSet(random));
      if (before !== undefined) {
        for (const who of principals) {
          const all = [...requests([who])].map(
            (request) => [before?.isAllowed(request), now.isAllowed(request)] as const,
          );
          const gains = all.some(([one, two]) => one === false && two);
          const differs = all.some(([one, two]) => one !== two);
          const gain = now.prove({ noNewAccess: { than: "old" }, ...scopeOf([who]) }, before.auditor);
          const same = now.prove({ equivalent: { to: "old" }, ...scopeOf([who]) }, before.auditor);
          tally[gain.result]++;
          tally[same.result]++;
          if (gains) expect(gain.result).toBe("fails");
          if (differs) expect(same.result).toBe("fails");
          if (gain.counterexample !== undefined) {
            expect([before.isAllowed(gain.counterexample), now.isAllowed(gain.counterexample)]).toEqual([false, true]);
          }
        }
      }
      before = now;
    }
    expect(tally.unknown).toBe(0);
    expect(Math.min(tally.holds, tally.fails)).toBeGreaterThan(12);
  });
});
