// Requests against what `checkNoNewAccess` found to give nothing new: not one may be allowed by the new document alone. Half are random;
// half are made of the documents' own patterns and constants, so that they pass and fail their tests by a hair. Part of
// `npm run bench:prove`; a request that contradicts a proof ends it.

import { Engine } from "../../src/engine/engine.js";
import type { PolicyDocument } from "../../src/policy/document/document.js";
import { decidingSet, documentAskers, documentSide, ownerAccount } from "../../src/prove/document-worlds.js";
import { hasPrincipals } from "../../src/prove/lone-set.js";
import type { AuthorizationQuestion } from "../../src/question/authorization-question.js";
import type { PolicyType } from "../../src/question/layers.js";
import { lowerAscii } from "../../src/text/fold.js";
import type { Below } from "./mutated-pairs.js";

const plainActions = ["ec2:RunInstances", "iam:PassRole", "s3:GetObject", "s3:NotYetInvented", "sqs:SendMessage"];
const stsActions = ["sts:AssumeRole", "sts:TagSession", "sts:AssumeRoleWithSAML"];
const plainResources = [
  "*",
  "arn:aws:ec2:eu-west-1:123456789012:instance/i-1",
  "arn:aws:ec2:us-east-1:123456789012:subnet/subnet-1",
  "arn:aws:iam::123456789012:role/app-web",
  "arn:aws:s3:::bucket",
  "arn:aws:s3:::bucket/home/alice/a",
  "arn:aws:s3:::bucket/home//a",
  "arn:aws:s3:::other/a",
];
const fillings = ["", "a", "x", "Get", "home/alice", "alice", "a:b", "1", "é"];
const plainKeys: readonly (readonly [key: string, values: readonly (readonly string[])[]])[] = [
  ["aws:SourceIp", [["203.0.113.9"], ["10.0.0.1"], ["2001:db8::1"]]],
  ["aws:MultiFactorAuthPresent", [["true"], ["false"]]],
  ["aws:TagKeys", [["cost"], ["x"], ["cost1", "x"]]],
  ["aws:RequestedRegion", [["us-east-1"], ["eu-west-1"]]],
  ["aws:username", [["alice"], ["bob"]]],
];

/** A proof: what was compared. */
export type Proved = readonly [old: PolicyDocument, now: PolicyDocument];

/** What requests about two documents are made of. */
interface Pool {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly keys: readonly (readonly [key: string, values: readonly (readonly string[])[]])[];
}

/** Throws at the first request that contradicts a proof. Gives the number of requests. */
export async function attack(
  proved: readonly Proved[],
  requests: number,
  below: Below,
  type: PolicyType = "identity",
): Promise<number> {
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T;
  const engine = await Engine.start({ workers: 0, allowWhatIf: true, briefSets: true });
  const each = Math.ceil(requests / Math.max(1, proved.length));
  let asked = 0;
  for (const documents of proved) {
    const sides = documents.map((document, index) => documentSide(document, type, index === 0 ? "old" : "new"));
    const pools = [plainPool, poolOf(documents, below)];
    const { askers } = documentAskers(sides);
    const pickResource = (): string => {
      if (type === "trust") return `arn:aws:iam::${ownerAccount}:role/verdict`;
      return pick(pick(pools).resources);
    };
    for (const asker of askers) {
      const [first] = sides;
      if (first === undefined) continue;
      const { principal } = asker.facts(first);
      // The policy of a resource decides about it alone.
      const fixed = hasPrincipals(type) ? [pickResource(), pickResource(), pickResource()] : [undefined];
      for (const resource of fixed) {
        for (const side of sides) {
          const set = decidingSet(side, asker.facts(side), resource ?? "*");
          engine.publish(set, side.policy.name);
        }
        for (let count = 0; count < each / askers.length / fixed.length; count++) {
          const pool = pick(pools);
          const context = new Map<string, readonly string[]>();
          for (const [key, values] of pool.keys) {
            const isOfUsers = lowerAscii(key) === "aws:username";
            if (below(3) === 0 || (principal.kind === "role" && isOfUsers)) continue;
            context.set(key, pick(values));
          }
          const question: AuthorizationQuestion = {
            principal: principal.arn,
            action: pick(type === "trust" ? stsActions : pool.actions),
            resource: resource ?? pick(pool.resources),
            context: new Map([...context].filter(([key]) => !isTag(key))),
            resourceTags: tagsOf(context),
            sessionPolicies: [],
            sessionTags: [],
            whatIf: true,
          };
          const [before, after] = ["old", "new"].map((policySet) => {
            const decision = engine.decide(question, { policySet });
            if ("error" in decision) throw new Error(`${decision.error}: ${told(question, documents)}`);
            return decision.allowed;
          });
          asked++;
          if (after === true && before === false) throw new Error(`a proof is wrong: ${told(question, documents)}`);
        }
      }
    }
  }
  await engine.close();
  return asked;
}

const plainPool: Pool = { actions: plainActions, resources: plainResources, keys: plainKeys };

/** Actions, resources and values that the patterns and constants of documents spell, and such as they just do not. */
function poolOf(documents: readonly PolicyDocument[], below: Below): Pool {
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T;
  const spelt = (pattern: string): string =>
    pattern
      .replaceAll(/\$\{([*?$])\}/g, "$1")
      .replaceAll(/\$\{[^}]*\}/g, () => pick(["alice", "bob", "x"]))
      .replaceAll(/[*?]/g, (wildcard) => (wildcard === "?" ? pick(["a", "x", "1"]) : pick(fillings)));
  const statements = documents.flatMap((one) => one.statements);
  const actions = statements.flatMap(({ action }) =>
    action.patterns.map((one) => (/^\*+$/.test(one) ? "s3:x" : spelt(one))),
  );
  const resources = statements.flatMap(
    ({ resource }) => resource?.patterns.flatMap((one) => [spelt(one), spelt(one)]) ?? [],
  );
  const values = new Map<string, (readonly string[])[]>();
  for (const { key, values: constants } of statements.flatMap(({ conditions }) => conditions)) {
    const own = values.get(key) ?? [["x"], [""], ["true"], ["false"]];
    for (const constant of constants.map(String)) {
      const one = spelt(constant.replace(/\/\d+$/, ""));
      own.push([one], [`${one}x`], [one.slice(0, -1)], [one, "x"], [one.toUpperCase()]);
      if (/^-?\d+$/.test(one)) own.push([String(Number(one) + 1)], [String(Number(one) - 1)]);
    }
    values.set(key, own);
  }
  // An action has a name and a service (ACT-1), a resource is an ARN or `*`.
  const named = actions.map((one) => one.replaceAll(/[^:A-Za-z0-9-]/g, "x")).filter((one) => /^[^:]+:[^:]+$/.test(one));
  const whole = resources.map((one) => (one.split(":").length < 6 ? `arn:aws:s3:::${one.replaceAll(":", "")}` : one));
  return { actions: [...named, ...plainActions.slice(-2)], resources: [...whole, "*"], keys: [...values] };
}

function isTag(key: string): boolean {
  return lowerAscii(key).startsWith("aws:resourcetag/");
}

function tagsOf(context: ReadonlyMap<string, readonly string[]>): AuthorizationQuestion["resourceTags"] {
  return [...context].flatMap(([key, [value = ""]]) =>
    isTag(key) ? [{ key: key.slice("aws:resourcetag/".length), value }] : [],
  );
}

function told(question: AuthorizationQuestion, documents: Proved): string {
  const statements = documents.map((one) =>
    one.statements.map(({ effect, action, resource, conditions }) => [
      effect,
      action,
      resource,
      conditions.map(({ operatorName, key, values }) => [operatorName, key, values]),
    ]),
  );
  return JSON.stringify([{ ...question, context: [...question.context] }, statements]);
}
