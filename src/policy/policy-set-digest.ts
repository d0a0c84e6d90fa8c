/**
 * The digest of a policy set: SHA-256 over a canonical text of what decisions and answers depend
 * on. File names, positions, formatting, the order of members and unattached policies leave no trace.
 */

import { compareTexts } from "../text/compare-texts.js";
import type { Sha256 } from "../text/platform.js";
import type { Tag } from "../text/tag.js";
import type { ConditionTest, PolicyDocument, PrincipalEntry, Statement } from "./document/document.js";
import {
  type AccountFacts,
  accountPolicyMembers,
  type NamedPolicy,
  type PolicyLevels,
  type PolicySet,
  principalPolicyMembers,
} from "./policy-set.js";

/** What a digest covers. INVARIANT: accounts, principals, resources and endpoints are sorted. */
export type DigestedPolicySet = Omit<PolicySet, "digest" | "counts" | "groups">;

/**
 * `sha256:` and 64 hex digits. Each policy is hashed and written out once, however often it is attached; digests of documents that are
 * known already can be given.
 */
export function digestPolicySet(
  set: DigestedPolicySet,
  sha256: Sha256,
  known: ReadonlyMap<PolicyDocument, string> = new Map(),
): string {
  return `sha256:${sha256.ofTexts(linesOf(set, sha256, known))}`;
}

/** One JSON list a line. */
function* linesOf(
  set: DigestedPolicySet,
  sha256: Sha256,
  known: ReadonlyMap<PolicyDocument, string>,
): Generator<string, void> {
  const documents = new Map<PolicyDocument, string>();
  const policies = new Map<NamedPolicy, string>();
  const policy = (named: NamedPolicy | undefined): string => {
    if (named === undefined) return "null";
    const earlier = policies.get(named);
    if (earlier !== undefined) return earlier;
    const { name, document } = named;
    const digest = known.get(document) ?? documents.get(document) ?? digestDocument(document, sha256);
    documents.set(document, digest);
    const text = jsonText([name, digest]);
    policies.set(named, text);
    return text;
  };
  const pool = (named: readonly NamedPolicy[] | undefined): string => (named ? listText(named.map(policy)) : "null");
  const levels = (pools: PolicyLevels | undefined): string => (pools ? listText(pools.map(pool)) : "null");
  const carried = (named: NamedPolicy | readonly NamedPolicy[] | undefined): string =>
    named === undefined || "document" in named ? policy(named) : pool(named);
  const account = (facts: AccountFacts | undefined): string =>
    facts === undefined
      ? "null"
      : listText([
          jsonText(facts.id),
          jsonText(facts.canonicalId),
          jsonText(facts.organizationId),
          jsonText(facts.organizationPaths),
          jsonText(facts.isManagementAccount),
          ...accountPolicyMembers.map(([member]) => levels(facts[member])),
        ]);
  // Plain parts first, then those that are JSON texts by themselves.
  const line = (plain: readonly unknown[], ...texts: readonly string[]): string =>
    `${listText([...plain.map(jsonText), ...texts])}\n`;

  yield line(["verdict policy set 1", set.profile]);
  for (const facts of set.accounts) yield line(["account"], account(facts));
  for (const one of set.principals) {
    yield line(
      ["principal", one.kind, one.arn, one.account, one.issuerArn, one.uniqueId, sorted(one.tags)],
      listText([
        ...principalPolicyMembers.flatMap(([member]) => [
          carried(one[member]),
          // The tags of a session go with its policies.
          ...(member === "sessionPolicies" ? [jsonText(one.sessionTags && sorted(one.sessionTags))] : []),
        ]),
        account(one.accountFacts),
      ]),
    );
  }
  for (const one of set.resources) {
    yield line(
      ["resource", one.arn, one.account, sorted(one.tags)],
      policy(one.policy),
      jsonText(one.restrictPublicBuckets),
      account(one.accountFacts),
    );
  }
  for (const one of set.endpoints) yield line(["endpoint", one.id, one.account, one.vpc], policy(one.policy));
  for (const one of set.mandatoryResourcePolicies) yield line(["mandatory", one.action, one.resource]);
  for (const one of set.owners) yield line(["owner", one.pattern, one.account]);
}

/** What is absent is null, so that everything keeps its place in a list. */
function jsonText(value: unknown): string {
  return JSON.stringify(value) ?? "null";
}

function listText(texts: readonly string[]): string {
  return `[${texts.join(",")}]`;
}

/** The digest of one document: equal for texts that differ in formatting and order of members only. */
export function digestDocument(document: PolicyDocument, sha256: Sha256): string {
  // One flat list, every part at a fixed place or after its count: 100,000 statements take 210 ms, nested lists 260 ms (Node 20).
  const parts: Part[] = [document.version, document.id, document.statements.length];
  for (const statement of document.statements) addStatement(statement, parts);
  return sha256.ofText(JSON.stringify(parts));
}

type Part = string | number | boolean | undefined;

function addStatement(statement: Statement, parts: Part[]): void {
  const { sid, effect, principal, action, resource, conditions } = statement;
  parts.push(sid, effect);
  if (principal === undefined) parts.push(undefined);
  else addTexts(principal.negated, sortedBy(principal.entries.map(canonicalEntry), compareTexts), parts);
  addTexts(action.negated, action.patterns, parts);
  if (resource === undefined) parts.push(undefined);
  else addTexts(resource.negated, resource.patterns, parts);
  parts.push(conditions.length);
  // Conditions are members of objects, so their order in the text means nothing.
  for (const { operatorName, key, values } of sortedBy(conditions, compareTests)) {
    parts.push(operatorName, key, values.length);
    for (const value of values) parts.push(value);
  }
}

function addTexts(negated: boolean, texts: readonly string[], parts: Part[]): void {
  parts.push(negated, texts.length);
  for (const text of texts) parts.push(text);
}

function canonicalEntry(entry: PrincipalEntry): string {
  const members = Object.entries(entry).sort(([left], [right]) => compareTexts(left, right));
  return JSON.stringify(members);
}

function compareTests(left: ConditionTest, right: ConditionTest): number {
  return compareTexts(left.operatorName, right.operatorName) || compareTexts(left.key, right.key);
}

function sortedBy<T>(items: readonly T[], compare: (left: T, right: T) => number): readonly T[] {
  return items.length < 2 ? items : [...items].sort(compare);
}

function sorted(tags: readonly Tag[]): readonly (readonly [string, string])[] {
  const pairs = tags.map(({ key, value }) => [key, value] as const);
  return sortedBy(pairs, (left, right) => compareTexts(left[0], right[0]));
}
