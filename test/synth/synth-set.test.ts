// Synthesised sets: sizes met, bytes repeated, limits kept, decided as any other set.
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { forEachAttached, type NamedPolicy, type PolicySet } from "../../src/policy/policy-set.js";
import { synthFile, synthFiles } from "../../src/synth/synth-files.js";
import type { SynthOptions } from "../../src/synth/synth-options.js";
import { planSynth, type SynthPlan } from "../../src/synth/synth-plan.js";
import { sourceText } from "../../src/text/source-text.js";

const small: SynthOptions = {
  statements: 300,
  seed: 1,
  principals: 30,
  accounts: 2,
  roles: 60,
  groups: 3,
  inline: 20,
  boundaries: 20,
  denies: 10,
  wildcards: 70,
  conditions: 30,
  variables: 5,
  exclusions: 5,
  depth: 2,
  scps: 1,
  rcps: 1,
  resourcePolicies: 10,
};

const shapes: readonly (readonly [string, Partial<SynthOptions>])[] = [
  ["the smallest", { statements: 100, principals: 4, accounts: 1, depth: 1 }],
  ["ordinary ones", {}],
  ["no organization and nothing but users", { depth: 0, roles: 0 }],
  ["nothing but roles", { roles: 100, boundaries: 100 }],
  ["as few principals as may be", { statements: 1000, principals: 12, accounts: 1, depth: 0, groups: 0, inline: 0 }],
  [
    "everything at once",
    { denies: 100, wildcards: 100, conditions: 100, variables: 100, exclusions: 100, inline: 100 },
  ],
  ["a deep organization", { statements: 2000, accounts: 40, principals: 80, depth: 5, scps: 4, rcps: 4 }],
  ["policies of resources", { statements: 2000, resourcePolicies: 90 }],
];

describe("planSynth()", () => {
  it.each(shapes)("plans sets that load and have every statement: %s", (_, given) => {
    const options = { ...small, ...given };
    const set = load(planned(options));
    expect(statementsOf(set)).toBe(options.statements);
    const { users, roles, accounts } = set.counts;
    expect(users + roles).toBe(options.principals);
    expect(accounts).toBe(options.accounts + (options.depth === 0 ? 0 : 1));
  });

  it("says why there is no such set", () => {
    expect(planSynth({ ...small, accounts: 31 })).toBe("31 accounts need as many principals: 30 are too few");
    expect(planSynth({ ...small, statements: 5000, principals: 4, groups: 0 })).toMatch(
      /^4 principals are too few for 5000 statements: each carries 10 managed policies of 6,144 characters at most \(TYPE-3\): \d+ are enough$/,
    );
    expect(planSynth({ ...small, statements: 100, accounts: 9, depth: 5, scps: 4 })).toMatch(
      /^100 statements are too few: the SCPs and RCPs of \d+ nodes and 9 accounts take \d+$/,
    );
    expect(planSynth({ ...small, principals: 290, roles: 100 })).toMatch(
      /^account 200000000000 has \d+ statements, but trust policies, boundaries, inline and resource policies take \d+ of them: /,
    );
  });

  it("names a number of principals that is enough", () => {
    const options = { ...small, statements: 5000, principals: 4, groups: 0 };
    const enough = /(\d+) are enough$/.exec(String(planSynth(options)))?.[1];
    expect(planSynth({ ...options, principals: Number(enough) })).toMatchObject({ options: { statements: 5000 } });
  });
});

describe("synthFiles()", () => {
  it("makes the same bytes of the same seed, and others of another", () => {
    const digest = (seed: number) => {
      const hash = createHash("sha256");
      for (const { pieces } of synthFiles(planned({ ...small, seed }))) for (const piece of pieces) hash.update(piece);
      return hash.digest("hex").slice(0, 16);
    };
    expect(digest(1)).toBe(digest(1));
    expect(digest(2)).not.toBe(digest(1));
    // Changes with the generator: say so in CHANGELOG.md, since experiments of two versions do not compare any more.
    expect(digest(1)).toBe("5a6e1f6ec58fa349");
  });

  it("makes the same set of a folder and of a file", () => {
    const plan = planned(small);
    const files = [...synthFiles(plan)].map(({ name, pieces }) => sourceText(name, [...pieces].join("")));
    const folder = buildPolicySet(files);
    if (!folder.ok) throw new Error("refused");
    expect(folder.policySet.digest).toBe(load(plan).digest);
  });

  it("keeps every document within the size that AWS stores (TYPE-3)", () => {
    const plan = planned({ ...small, statements: 1000, principals: 12, accounts: 1, groups: 0, conditions: 100 });
    const documents = [...synthFile(plan).pieces]
      .join("")
      .match(/\{"Version":"2012-10-17","Statement":\[\n[\s\S]*?\n\]\}/g);
    const sizes = documents?.map((text) => text.replace(/\s/g, "").length) ?? [];
    expect(Math.max(...sizes)).toBeLessThanOrEqual(6144);
    // Where principals are few, policies are filled.
    expect(Math.max(...sizes)).toBeGreaterThan(5000);
  });

  it("attaches every policy, and no more than AWS does (TYPE-3)", () => {
    const text = [...synthFile(planned(small)).pieces].join("");
    const file = JSON.parse(text) as {
      policies: { arn: string }[];
      users: { managedPolicies: string[]; groups?: string[] }[];
    } & Record<"roles" | "groups", { managedPolicies: string[] }[]>;
    const carriers = [...file.users, ...file.roles, ...file.groups];
    const attached = new Set(carriers.flatMap(({ managedPolicies }) => managedPolicies));
    const own = file.policies.map(({ arn }) => arn).filter((arn) => arn.includes("policy/policy-"));
    expect(own.filter((arn) => !attached.has(arn))).toEqual([]);
    expect(Math.max(...carriers.map(({ managedPolicies }) => managedPolicies.length))).toBeLessThanOrEqual(10);
    expect(Math.max(...file.users.map(({ groups = [] }) => groups.length))).toBeLessThanOrEqual(10);
  });
});

function planned(options: SynthOptions): SynthPlan {
  const plan = planSynth(options);
  if (typeof plan === "string") throw new Error(plan);
  return plan;
}

function load(plan: SynthPlan): PolicySet {
  const { name, pieces } = synthFile(plan);
  const loaded = buildPolicySet([sourceText(name, [...pieces].join(""))]);
  if (!loaded.ok) throw new Error(loaded.findings.map(({ line, message }) => `${line}: ${message}`).join("\n"));
  expect(loaded.findings).toEqual([]);
  return loaded.policySet;
}

/** Every document that is attached somewhere, but for AWS's own. */
function documentsOf(set: PolicySet): ReadonlySet<NamedPolicy> {
  const policies = new Map<unknown, NamedPolicy>();
  forEachAttached(set, (policy) => {
    if (policy.name !== "FullAWSAccess") policies.set(policy.document, policy);
  });
  return new Set(policies.values());
}

function statementsOf(set: PolicySet): number {
  return [...documentsOf(set)].reduce((sum, { document }) => sum + document.statements.length, 0);
}
