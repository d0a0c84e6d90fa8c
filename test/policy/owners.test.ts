// Whose resources are, said by pattern (XACC-5): reading, order, overlaps, and what the matcher makes of them.

import { beforeAll, describe, expect, it } from "vitest";
import { nodePlatform } from "../../src/files/node-platform.js";
import { encodePolicySet, PolicySetArchive } from "../../src/image/policy-set-archive.js";
import { buildPolicySet } from "../../src/policy/formats/load-policy-set.js";
import { orderOwners, ownerOf } from "../../src/policy/owner-patterns.js";
import { Simulator } from "../../src/simulate/simulator.js";
import { sourceText } from "../../src/text/source-text.js";
import { build } from "../differential/evaluators.js";
import { evaluate } from "../oracle/evaluate.js";
import type { SimulationCase } from "../oracle/simulation-case.js";

const owner = (pattern: string, account = "222222222222") => ({ pattern, account });

function load(...files: readonly (readonly [string, string])[]) {
  return buildPolicySet(files.map(([name, text]) => sourceText(name, text)));
}

function errors(...owners: readonly object[]): readonly string[] {
  const result = load(["a.json", JSON.stringify({ owners })]);
  return result.findings.map(({ line, column, rule, message }) => `${line}:${column} ${rule} ${message}`);
}

describe("owners", () => {
  it("come from YAML and JSON, the most specific first, and count", () => {
    const have = load(
      ["a.yaml", "owners:\n  - { pattern: 'arn:acme:orders:*:*:*', account: '222222222222' }\n"],
      ["b.json", JSON.stringify({ owners: [owner("arn:acme:orders:*:tenant-9:*", "333333333333")] })],
    );
    expect(have.ok && have.policySet.owners).toEqual([
      owner("arn:acme:orders:*:tenant-9:*", "333333333333"),
      owner("arn:acme:orders:*:*:*"),
    ]);
    expect(have.ok && have.policySet.counts.owners).toBe(2);
  });

  it("change the digest, in whatever file they stand", () => {
    const digest = (...files: readonly (readonly [string, string])[]) => {
      const result = load(...files);
      return result.ok ? result.policySet.digest : "refused";
    };
    const [one, other] = [owner("arn:acme:a:*:*:*"), owner("arn:acme:b:*:*:*")];
    const together = digest(["a.json", JSON.stringify({ owners: [one, other] })]);
    expect(digest(["a.json", JSON.stringify({ owners: [other] })], ["b.json", JSON.stringify({ owners: [one] })])).toBe(
      together,
    );
    expect(digest(["a.json", JSON.stringify({ owners: [one] })])).not.toBe(together);
  });

  it.each<[string, object[], string]>([
    [
      "a text that is no ARN",
      [owner("orders:*")],
      "1:23 SET-FORMAT owners[0].pattern: `orders:*` is not an ARN pattern: write six fields, as in `arn:acme:orders:*:*:*`",
    ],
    [
      "a star for several fields",
      [owner("arn:acme:orders:*")],
      "1:23 SET-FORMAT owners[0].pattern: `arn:acme:orders:*` is not an ARN pattern: write six fields, as in `arn:acme:orders:*:*:*`",
    ],
    [
      "no resource",
      [owner("arn:acme:orders:*:*:")],
      "1:23 SET-FORMAT owners[0].pattern: `arn:acme:orders:*:*:` names no resource: end it in `*` for all of them",
    ],
    [
      "a slash at the end",
      [owner("arn:acme:orders:*:*:order/")],
      "1:23 SET-FORMAT owners[0].pattern: `arn:acme:orders:*:*:order/` matches nothing below it: end it in `/*`",
    ],
    [
      "a variable",
      [owner(`arn:acme:orders:*:*:${"$"}{aws:username}`)],
      `1:23 SET-FORMAT owners[0].pattern: \`arn:acme:orders:*:*:${"$"}{aws:username}\` has a variable: owners are known before anybody asks`,
    ],
    ["no account", [{ pattern: "arn:acme:orders:*:*:*" }], "1:12 SET-FORMAT owners[0]: missing member `account`"],
    [
      "an account that is none",
      [owner("arn:acme:orders:*:*:*", "a b")],
      "1:57 SET-FORMAT owners[0].account: `a b` is not an account id",
    ],
    [
      "the same pattern twice",
      [owner("arn:acme:orders:*:*:?*"), owner("arn:acme:orders:*:*:*?")],
      "1:85 SET-DUPLICATE owners[1].pattern: `arn:acme:orders:*:*:?*` is declared twice: first at a.json:1:23",
    ],
    [
      "patterns of which neither is more specific",
      [owner("arn:acme:orders:eu:*:*"), owner("arn:acme:orders:*:tenant-7:*", "333333333333")],
      "1:85 SET-FORMAT owners[1].pattern: `arn:acme:orders:*:tenant-7:*` and `arn:acme:orders:eu:*:*` (a.json:1:23) match some of the same resources and neither is more specific: narrow one of them",
    ],
  ])("refuse %s", (_name, owners, want) => {
    expect(errors(...owners)).toEqual([want]);
  });

  it("refuse more than can be looked through for every question", () => {
    const many = Array.from({ length: 1001 }, (_, index) => owner(`arn:acme:s${index}:*:*:*`));
    const have = errors(...many);
    expect(have).toHaveLength(1);
    expect(have[0]).toMatch(/^1:\d+ SET-FORMAT owners\[1000\]\.pattern: a policy set has at most 1000 owner patterns$/);
  });

  it("refuse patterns made to be hard to compare instead of comparing them", () => {
    const many = Array.from({ length: 400 }, (_, index) => owner(`arn:acme:s:*:*:${"*a".repeat(200)}${index}`));
    const [conflict] = orderOwners(many).conflicts.filter(({ kind }) => kind === "tooAlike");
    expect(conflict).toBeDefined();
  });

  it("keep their stars inside the fields", () => {
    const owners = [owner("arn:acme:orders:*:tenant-7:*")];
    expect(ownerOf(owners, "arn:acme:orders:eu:tenant-7:order/1:2/3")).toEqual(owners[0]);
    expect(ownerOf(owners, "arn:acme:orders:eu:x:tenant-7:order")).toBeUndefined();
    expect(ownerOf(owners, "*")).toBeUndefined();
  });

  it("go with the set to simulations over it", () => {
    const have = load(["a.json", JSON.stringify({ owners: [owner("arn:acme:orders:*:*:*")] })]);
    if (!have.ok) throw new Error("refused");
    const archive = new PolicySetArchive(encodePolicySet(have.policySet, nodePlatform.deflate), nodePlatform.deflate);
    expect(archive.ownerByPattern("arn:acme:orders:eu:tenant-7:order/124")).toBe("222222222222");
    expect(archive.part([], ["arn:acme:orders:eu:t:o"]).owners).toEqual(have.policySet.owners);
  });
});

describe("resources", () => {
  it.each([
    ["arn:acme:orders:eu:tenant-7:order/", "arn:acme:orders:eu:tenant-7:order"],
    ["arn:acme:orders:eu:tenant-7:order:", "arn:acme:orders:eu:tenant-7:order"],
    ["arn:aws:s3:::reports//", "arn:aws:s3:::reports"],
  ])("are refused with a separator at the end: %s", (arn, bare) => {
    const result = load(["a.json", JSON.stringify({ resources: [{ arn }] })]);
    expect(result.findings.map(({ message }) => message)).toEqual([
      `resources[0].arn: \`${arn}\` covers nothing below it: write \`${bare}\`, which covers all that lies below it`,
    ]);
  });
});

describe("a decision", () => {
  const allow = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "orders:*", Resource: "*" }] };
  const asked = (resource: string, owners: readonly object[], more: object = {}): SimulationCase =>
    ({
      id: "c",
      policies: { identity: [{ name: "p", document: allow }] },
      request: { principal: "arn:aws:iam::222222222222:user/alice", action: "orders:Get", resource, ...more },
      owners,
    }) as unknown as SimulationCase;
  const order = "arn:acme:orders:eu:tenant-7:order/124";
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await Simulator.start();
  });

  it.each<[string, SimulationCase, object | undefined]>([
    ["the ARN", asked(order, []), { resourceAccount: "tenant-7", resourceAccountFrom: "arn" }],
    [
      "a pattern",
      asked(order, [owner("arn:acme:*:*:*:*", "333333333333")]),
      { resourceAccount: "333333333333", resourceAccountFrom: "owners", namedBy: "arn:acme:*:*:*:*" },
    ],
    [
      "the question",
      asked(order, [], { resourceAccount: "444444444444" }),
      { resourceAccount: "444444444444", resourceAccountFrom: "question" },
    ],
    ["nobody within one account", asked(order, [owner("arn:acme:*:*:*:*")]), undefined],
  ])("says with an explanation which accounts differ by %s (XACC-1)", (_name, one, want) => {
    const read = build(one);
    if ("error" in read) throw new Error(read.error);
    const explained = simulator.decide(read.built, "explain");
    const full = want && { principalAccount: "222222222222", ...want };
    expect("error" in explained ? explained.error : explained.crossAccount).toEqual(full);
    expect(simulator.decide(read.built, "reason")).not.toHaveProperty("crossAccount");
  });

  it.each<[string, SimulationCase, string]>([
    ["is across accounts without a pattern (XACC-1)", asked(order, []), "implicitDeny"],
    ["is within one account with it (XACC-5)", asked(order, [owner("arn:acme:orders:*:*:*")]), "allowed"],
    [
      "takes the most specific pattern",
      asked(order, [owner("arn:acme:orders:*:*:*"), owner("arn:acme:orders:*:tenant-7:*", "333333333333")]),
      "implicitDeny",
    ],
    [
      "takes the account that is told before any pattern",
      asked(order, [owner("arn:acme:orders:*:*:*")], { resourceAccount: "333333333333" }),
      "implicitDeny",
    ],
    [
      "takes the pattern before the account of the ARN",
      asked("arn:acme:orders:eu:222222222222:order/1", [owner("arn:acme:*:*:*:*", "333333333333")]),
      "implicitDeny",
    ],
    ["asks no pattern about a question without resource (RES-9)", asked("*", [owner("arn:*:*:*:*:*", "3")]), "allowed"],
  ])("%s", (_name, one, want) => {
    const read = build(one);
    if ("error" in read) throw new Error(read.error);
    const decision = simulator.decide(read.built, "reason");
    expect("error" in decision ? decision.error : decision.decision).toBe(want);
    expect(evaluate(one, { nowMs: 0 }).decision).toBe(want);
  });
});
