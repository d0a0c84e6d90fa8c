/** Each kind of assertion both ways; every counterexample is decided again. */
import { describe, expect, it } from "vitest";
import type { ProofResult } from "../../src/prove/result.js";
import { type Proved, provedSet } from "./prove-kit.js";

const account = "111122223333";
const ann = `arn:aws:iam::${account}:user/ann`;
const admin = `arn:aws:iam::${account}:role/Admin`;
const version = "2012-10-17";

function setWith(
  statement: object,
  { bucket, trust, organization }: { bucket?: object; trust?: object; organization?: boolean } = {},
): object {
  return {
    ...(organization === true
      ? {
          organization: {
            id: "o-aaaaaaaaaa",
            managementAccount: "999900009999",
            root: { id: "r-aaaa", accounts: [account, "999900009999"] },
          },
        }
      : {}),
    accounts: [{ id: account }, ...(organization === true ? [{ id: "999900009999" }] : [])],
    users: [{ arn: ann, inlinePolicies: [{ name: "own", document: { Version: version, Statement: statement } }] }],
    ...(trust === undefined ? {} : { roles: [{ arn: admin, trustPolicy: { Version: version, Statement: trust } }] }),
    resources:
      bucket === undefined ? [] : [{ arn: "arn:aws:s3:::b", account, policy: { Version: version, Statement: bucket } }],
  };
}

const reads = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*" };

/** The counterexample is decided as told. */
function expectFails({ result, counterexample }: ProofResult, proved: Proved, isAllowed = true): void {
  expect(result).toBe("fails");
  expect(counterexample && proved.isAllowed(counterexample)).toBe(isAllowed);
}

describe("counterexamples", () => {
  it("are about what the action is about, whatever else the set knows", async () => {
    const set = {
      ...setWith({ Effect: "Allow", Action: "*", Resource: "*" }),
      owners: [{ pattern: "arn:acme:orders:*:*:*", account: "444455556666" }],
      resources: [{ arn: "arn:acme:orders:eu:t7:order", account }],
    };
    const proved = await provedSet(set);
    for (const [action, kind] of [
      ["sqs:SendMessage", /^arn:aws:sqs:[^:]*:[^:]*:./],
      ["s3:GetObject", /^arn:aws:s3:::.+/],
      ["own:Act", /^arn:/],
    ] as const) {
      const proof = proved.prove({ never: "allowed", principals: { patterns: [ann] }, actions: [action] });
      expectFails(proof, proved);
      expect(proof.counterexample?.resource).toMatch(kind);
    }
  });

  it("are of what AWS allows to everybody only where there are no others, and say what helps", async () => {
    const free = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*" };
    const principals = { patterns: [ann, admin] };
    const assertion = { never: "allowed", principals, resources: ["arn:aws:s3:::b/*"] };
    const trust = { Effect: "Allow", Principal: { AWS: ann }, Action: "sts:AssumeRole" };
    const both = await provedSet(setWith(free, { trust }));
    const granted = both.prove(assertion);
    expectFails(granted, both);
    expect(granted.counterexample?.action).toBe("s3:GetObject");
    const nobody = await provedSet(setWith({ ...free, Effect: "Deny" }, { trust }));
    const needless = nobody.prove(assertion);
    expectFails(needless, nobody);
    expect(needless.counterexample?.action).toBe("sts:GetCallerIdentity");
    expect(needless.reason).toMatch(
      /is allowed, which needs no grant \(SVC-7\): name `actions` to leave out what AWS allows to everybody$/,
    );
  });

  it("are about resources as people know them where it does not matter which", async () => {
    const anywhere = { ...reads, Action: ["s3:*", "new:*"], Resource: "*" };
    const denied = { ...anywhere, Effect: "Deny", Resource: "arn:aws:s3:::example/*" };
    const shownFor = async (statement: object | readonly object[], actions: string[], resources = ["*"]) => {
      const proved = await provedSet(setWith(statement));
      const proof = proved.prove({ never: "allowed", principals: { patterns: [ann] }, actions, resources });
      expectFails(proof, proved);
      return proof.counterexample?.resource;
    };
    expect(await shownFor(anywhere, ["s3:DeleteBucket"])).toBe("arn:aws:s3:::example");
    expect(await shownFor(anywhere, ["s3:GetObject"], ["arn:aws:s3:::b/*"])).toBe("arn:aws:s3:::b/example");
    expect(await shownFor(anywhere, ["s3:GetObject"], ["arn:aws:s3:::b/"])).toBe("arn:aws:s3:::b/");
    expect(await shownFor([reads, { ...denied, Resource: "arn:aws:s3:::b/example" }], ["s3:GetObject"])).toBe(
      "arn:aws:s3:::b/",
    );
    // Nor where it is denied, or where the catalogue does not know the action.
    expect(await shownFor([anywhere, denied], ["s3:PutObject"])).not.toBe("arn:aws:s3:::example/example");
    expect(await shownFor(anywhere, ["new:Thing"])).toBe("arn:::::");
    expect(await shownFor(anywhere, ["s3:ListAllMyBuckets"])).toBe("*");
    expect(await shownFor(anywhere, ["s3:ListAllMyBuckets"], ["arn:aws:s3:::b"])).toBe("arn:aws:s3:::b");
    expect(await shownFor({ ...anywhere, Resource: "arn:aws:s3:::b" }, ["s3:ListAllMyBuckets"])).toBe("arn:aws:s3:::b");
  });

  it("say whose the resource is and how it is tagged, where a decision turns on it", async () => {
    const tagged = { ...reads, Condition: { StringEquals: { "aws:ResourceTag/env": "dev" } } };
    const proof = (await provedSet(setWith(tagged))).prove({ never: "allowed", principals: { patterns: [ann] } });
    expect(proof.reason).toMatch(/^s3:GetObject on arn:aws:s3:::b\/\S* \(tagged env=dev\) by arn:/);
  });
});

describe("never", () => {
  it("holds where nothing grants, and says over what", async () => {
    const { prove } = await provedSet(setWith(reads));
    const proof = prove({ never: "allowed", principals: { patterns: [ann] }, actions: ["s3:PutObject"] });
    expect(proof).toMatchObject({
      result: "holds",
      decidedBy: [],
      over: { principals: 1, strangers: 0, keys: "open" },
    });
    expect(proof.reason).toBe("no statement grants it to them, so none has to deny it");
  });

  it("holds by the denials without which it would fail, and by no other", async () => {
    const { prove } = await provedSet(
      setWith([
        reads,
        { Sid: "Needed", Effect: "Deny", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/secret/*" },
        { Sid: "Idle", Effect: "Deny", Action: "s3:GetObject", Resource: "arn:aws:s3:::other/*" },
      ]),
    );
    const scope = { principals: { patterns: [ann] }, actions: ["s3:*"], resources: ["arn:aws:s3:::b/secret/*"] };
    const proof = prove({ never: "allowed", ...scope });
    expect(proof.result).toBe("holds");
    expect(proof.decidedBy.map(({ sid }) => sid)).toEqual(["Needed"]);
  });

  it("fails with a request that is allowed", async () => {
    const proved = await provedSet(setWith(reads));
    expectFails(proved.prove({ never: "allowed", principals: { patterns: [ann] }, actions: ["s3:*"] }), proved);
  });

  it("is unknown where nobody is meant, and says so", async () => {
    const { prove } = await provedSet(setWith(reads));
    const { result, reason } = prove({
      never: "allowed",
      principals: { patterns: ["arn:aws:iam::111122223333:role/Nobody*"] },
    });
    expect([result, reason]).toEqual(["unknown", "nobody is asked about: no principal of the assertion is there"]);
  });

  it("is unknown beyond the budget, and says what helps", async () => {
    const conditions = ["a", "b", "c", "d"].map((key) => ({
      ...reads,
      Condition: { StringLike: { [`aws:RequestTag/${key}`]: `${key}*` }, NumericLessThan: { "s3:max-keys": "5" } },
    }));
    const { prove } = await provedSet(setWith(conditions), 3);
    const { result, reason } = prove({ never: "allowed", principals: { patterns: [ann] }, actions: ["s3:*"] });
    expect(result).toBe("unknown");
    expect(reason).toBe("the budget was used up: give more with --budget, or narrow the assertion");
  });

  it("is about identity providers, those that no policy names among them (SVC-6)", async () => {
    const scope = { actions: ["sts:Assume*"], resources: [admin] };
    const provider = "token.actions.githubusercontent.com";
    const unnamed = "arn:aws:iam::999999999999:oidc-provider/verdict-audit.example";
    for (const [principal, principals, want] of [
      [{ Federated: provider }, { outside: "organization" }, provider],
      ["*", { patterns: ["arn:aws:iam::*:oidc-provider/*"] }, unnamed],
    ] as const) {
      const trust = { Effect: "Allow", Principal: principal, Action: "sts:AssumeRoleWithWebIdentity" };
      const proved = await provedSet(setWith(reads, { trust, organization: true }));
      const proof = proved.prove({ never: "allowed", principals, ...scope });
      expectFails(proof, proved);
      expect(proof.counterexample?.principal).toBe(want);
      const others = { ...scope, actions: ["sts:AssumeRole", "sts:AssumeRoleWithSAML"] };
      expect(proved.prove({ never: "allowed", principals, ...others }).result).toBe("holds");
    }
  });

  it("is about a stranger of an account that only a condition names", async () => {
    const bucket = {
      Effect: "Allow",
      Principal: "*",
      Action: "s3:GetObject",
      Resource: "arn:aws:s3:::b/*",
      Condition: { StringEquals: { "aws:PrincipalAccount": "555566667777" } },
    };
    const proved = await provedSet(setWith(reads, { bucket }));
    const proof = proved.prove({ never: "allowed", principals: { except: { account } }, actions: ["s3:GetObject"] });
    expectFails(proof, proved);
    expect(proof.counterexample?.principal).toBe("arn:aws:iam::555566667777:root");
  });

  it("is about a stranger whose organization a condition names, who then tells it", async () => {
    const bucket = {
      Effect: "Allow",
      Principal: "*",
      Action: "s3:GetObject",
      Resource: "arn:aws:s3:::b/*",
      Condition: { StringEquals: { "aws:PrincipalOrgID": "o-bbbbbbbbbb" } },
    };
    const proved = await provedSet(setWith(reads, { bucket, organization: true }));
    const proof = proved.prove({ never: "allowed", principals: { outside: "organization" }, actions: ["s3:*"] });
    expectFails(proof, proved);
    expect(proof.counterexample?.whatIf).toBe(true);
    expect(proof.counterexample?.context.get("aws:PrincipalOrgID")).toEqual(["o-bbbbbbbbbb"]);
  });

  it("holds for whoever is outside where only members are let in", async () => {
    const trust = {
      Effect: "Allow",
      Principal: { AWS: "*" },
      Action: "sts:AssumeRole",
      Condition: { StringEquals: { "aws:PrincipalOrgID": "o-aaaaaaaaaa" } },
    };
    const { prove } = await provedSet(setWith(reads, { trust, organization: true }));
    const scope = { actions: ["sts:AssumeRole*"], resources: ["arn:aws:iam::*:role/Admin*"] };
    expect(prove({ never: "allowed", principals: { outside: "organization" }, ...scope }).result).toBe("holds");
    expect(prove({ never: "allowed", ...scope }).result).toBe("fails");
  });

  it("says what is up to a stranger's own account", async () => {
    const trust = {
      Effect: "Allow",
      Principal: { AWS: "arn:aws:iam::555566667777:role/partner" },
      Action: "sts:AssumeRole",
    };
    const { prove } = await provedSet(setWith(reads, { trust }));
    const { result, caveats } = prove({
      never: "allowed",
      principals: { except: { account } },
      actions: ["sts:AssumeRole"],
      resources: [admin],
    });
    expect(result).toBe("holds");
    expect(caveats).toHaveLength(1);
    expect(caveats[0]).toContain("by arn:aws:iam::555566667777:role/partner");
  });
});

describe("always", () => {
  it("fails for strangers on a resource of which nobody knows whose it is", async () => {
    const proved = await provedSet(setWith(reads, { bucket: { ...reads, Principal: "*" } }));
    const scope = { principals: "anonymous", actions: ["s3:GetObject"] };
    expect(proved.prove({ always: "allowed", ...scope, resources: ["arn:aws:s3:::b/a"] }).result).toBe("holds");
    const proof = proved.prove({ always: "allowed", ...scope, resources: ["arn:aws:s3:::b/a", "arn:aws:s3:::c/a"] });
    expectFails(proof, proved, false);
    expect(proof.counterexample).toMatchObject({ resource: "arn:aws:s3:::c/a", resourceAccount: "999999999999" });
  });

  const scope = { principals: { patterns: [ann] }, actions: ["s3:GetObject"], resources: ["arn:aws:s3:::b/*"] };

  it("holds by the grants that carry it", async () => {
    const { prove } = await provedSet(setWith([{ ...reads, Sid: "Carries" }]));
    const { result, decidedBy } = prove({ always: "allowed", ...scope });
    expect([result, decidedBy.map(({ sid }) => sid)]).toEqual(["holds", ["Carries"]]);
  });

  it("fails with a request that is refused", async () => {
    const proved = await provedSet(
      setWith([
        reads,
        {
          Effect: "Deny",
          Action: "*",
          Resource: "*",
          Condition: { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } },
        },
      ]),
    );
    expectFails(proved.prove({ always: "allowed", ...scope }), proved, false);
  });
});

describe("notGranted", () => {
  const claim = { notGranted: { actions: ["s3:Put*"], resources: ["*"] } };

  it("leaves out roots, which need no grant", async () => {
    expect((await provedSet(setWith(reads))).prove(claim).result).toBe("holds");
  });

  it("fails with whoever has it", async () => {
    const proved = await provedSet(setWith({ ...reads, NotAction: "s3:GetObject", Action: undefined }));
    expectFails(proved.prove(claim), proved);
  });
});

describe("notPublic", () => {
  const open = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*" };
  const claim = { notPublic: ["arn:aws:s3:::*"] };

  it.each([
    ["an Allow for everybody", open, "fails"],
    ["an Allow for an account", { ...open, Principal: { AWS: "555566667777" } }, "holds"],
    [
      "an Allow for a service's calls of an account",
      { ...open, Condition: { StringEquals: { "aws:SourceAccount": account } } },
      "holds",
    ],
    [
      "an Allow for an organization",
      { ...open, Condition: { StringEquals: { "aws:PrincipalOrgID": "o-aaaaaaaaaa" } } },
      "holds",
    ],
    [
      "an Allow for every organization",
      { ...open, Condition: { StringLike: { "aws:PrincipalOrgID": "o-*" } } },
      "fails",
    ],
    [
      "an Allow for a network, which anybody can claim",
      { ...open, Condition: { IpAddress: { "aws:SourceIp": "203.0.113.0/24" } } },
      "fails",
    ],
  ])("is told of %s", async (_, bucket, result) => {
    const proved = await provedSet(setWith(reads, { bucket }));
    const proof = proved.prove(claim);
    expect(proof.result).toBe(result);
    if (result === "fails") expectFails(proof, proved);
  });
});

describe("noNewAccess and equivalent", () => {
  const wider = { ...reads, Action: ["s3:GetObject", "s3:GetObjectTagging"] };

  it("hold between sets that decide alike, however they are written", async () => {
    const old = await provedSet(setWith([reads, wider]));
    const { prove } = await provedSet(setWith(wider));
    expect(prove({ equivalent: { to: "old" } }, old.auditor).result).toBe("holds");
  });

  it("tell a gain from a loss", async () => {
    const old = await provedSet(setWith(reads));
    const now = await provedSet(setWith(wider));
    const gain = now.prove({ noNewAccess: { than: "old" } }, old.auditor);
    expectFails(gain, now);
    expect(gain.counterexample && old.isAllowed(gain.counterexample)).toBe(false);
    expect(old.prove({ noNewAccess: { than: "new" } }, now.auditor).result).toBe("holds");
    const loss = old.prove({ equivalent: { to: "new" } }, now.auditor);
    expect(loss.result).toBe("fails");
    expect(loss.counterexample && [now.isAllowed(loss.counterexample), old.isAllowed(loss.counterexample)]).toEqual([
      true,
      false,
    ]);
  });

  it("see what tags give for which the other set does not ask", async () => {
    const tagged = { ...reads, Condition: { StringEquals: { "aws:ResourceTag/env": "dev" } } };
    const [old, now] = [await provedSet(setWith([])), await provedSet(setWith(tagged))];
    expectFails(now.prove({ noNewAccess: { than: "old" } }, old.auditor), now);
    expect(old.prove({ equivalent: { to: "new" } }, now.auditor).result).toBe("fails");
  });

  it("see a bucket that is opened to strangers and was not listed before", async () => {
    const bucket = { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*" };
    const old = await provedSet(setWith(reads));
    const now = await provedSet(setWith(reads, { bucket }));
    expectFails(now.prove({ noNewAccess: { than: "old", principals: "anonymous" } }, old.auditor), now);
    expect(now.prove({ noNewAccess: { than: "old", principals: { except: { account } } } }, old.auditor).result).toBe(
      "fails",
    );
  });

  it("are unknown, with why, where a policy names what no request can hold", async () => {
    const long = { ...reads, Resource: `arn:aws:s3:::b/${"a".repeat(70_000)}` };
    const [old, now] = [await provedSet(setWith([])), await provedSet(setWith(long))];
    const principals = { patterns: ["arn:aws:iam::*:user/*"] };
    const have = [
      now.prove({ noNewAccess: { than: "old", principals } }, old.auditor),
      now.prove({ never: "allowed", principals, actions: ["s3:GetObject"], resources: ["arn:aws:s3:::b/aaa*"] }),
    ];
    const reason = "what would show it is larger than a request may be (resource: longer than 65536 bytes)";
    for (const one of have) expect(one).toMatchObject({ result: "unknown", reason });
  });
});
