/** Which resource holds which role, and which versions of policies are not in force, out of evidence. */
import type { Holders, Inventory, PolicyVersion } from "../../escalation/inventory.js";
import type { PolicyDocument } from "../../policy/document/document.js";
import { parsePolicyDocument } from "../../policy/document/parse-document.js";
import { parseSource } from "../../policy/formats/build-policy-set.js";
import { compareUtf8 } from "../../text/compare-texts.js";
import type { Finding } from "../../text/finding.js";
import { sourceText } from "../../text/source-text.js";
import type { Evidence, ResourceFact } from "./evidence.js";
import { documentIn, objectsOf, textOf } from "./recognised.js";

/** An inventory, and what it tells in sentences. */
export interface ToldInventory extends Inventory {
  readonly notes: readonly string[];
}

/** The inventory that evidence tells. */
export function inventoryOf(evidence: Evidence): ToldInventory {
  const { holders, notes } = holdersOf(evidence);
  const policies = policyDetails(evidence);
  const versions = new Map<string, readonly PolicyVersion[] | undefined>();
  return {
    notes,
    holders: (type, account) => holders.get(`${type} ${account}`),
    versions(policy) {
      if (!versions.has(policy)) versions.set(policy, versionsOf(policies.get(policy)));
      return versions.get(policy);
    },
  };
}

/** What an instance profile is for: not what runs as a role. */
const profileType = "AWS::IAM::InstanceProfile";

function holdersOf(evidence: Evidence): {
  readonly holders: ReadonlyMap<string, Holders>;
  readonly notes: readonly string[];
} {
  const roles = rolesOf(evidence);
  const incomplete = new Set(evidence.problems.flatMap(({ kind, file }) => (kind === "incomplete" ? [file] : [])));
  const groups = new Map<string, { byRole: Map<string, string[]>; isWhole: boolean; seen: Set<string> }>();
  const unclear = new Map<string, Set<string>>();
  for (const fact of evidence.resources) {
    const { type, account, arn, file } = fact;
    if (type === undefined || type === profileType || account === undefined || fact.roles === undefined) continue;
    const id = `${type} ${account}`;
    const group = groups.get(id) ?? { byRole: new Map<string, string[]>(), isWhole: true, seen: new Set<string>() };
    groups.set(id, group);
    if (incomplete.has(file)) group.isWhole = false;
    if (group.seen.has(arn)) continue;
    group.seen.add(arn);
    for (const text of new Set(fact.roles)) {
      const found = roles(text, account, /^AWS::(?:EC2|AutoScaling)::/.test(type) ? "profile" : "role");
      for (const role of found ?? []) group.byRole.set(role, [...(group.byRole.get(role) ?? []), arn]);
      if (found !== undefined) continue;
      group.isWhole = false;
      unclear.set(text, (unclear.get(text) ?? new Set()).add(arn));
    }
  }
  const notes = [...groups].map(([id, { byRole, seen, isWhole }]) => {
    const [type, account] = id.split(" ");
    const open = isWhole ? "" : "; there may be more";
    return `${account}: ${seen.size} of ${type}, with ${byRole.size} ${byRole.size === 1 ? "role" : "roles"}${open}`;
  });
  for (const [text, arns] of unclear) {
    const [first = ""] = arns;
    const more = arns.size === 1 ? "" : ` and ${arns.size - 1} more`;
    notes.push(`which role ${text} stands for is in no input: ${first}${more} may run as any`);
  }
  const holders = new Map(
    [...groups].map(([id, { byRole, isWhole }]) => {
      for (const list of byRole.values()) list.sort(compareUtf8);
      return [id, { byRole, isWhole }] as const;
    }),
  );
  return { holders, notes };
}

/** What a role's or an instance profile's ARN or name stands for; undefined if no input has it. */
function rolesOf({
  pages,
  resources,
}: Evidence): (text: string, account: string, kind: "role" | "profile") => readonly string[] | undefined {
  const byName = new Map<string, readonly string[]>();
  const put = (
    kind: string,
    account: string,
    names: readonly (string | undefined)[],
    roles: readonly string[],
  ): void => {
    for (const name of names) {
      if (name === undefined) continue;
      const id = `${kind} ${account} ${name}`;
      byName.set(id, [...new Set([...(byName.get(id) ?? []), ...roles])]);
    }
  };
  for (const { page } of pages) {
    for (const detail of objectsOf(page.RoleDetailList) ?? []) {
      const arn = textOf(detail.Arn);
      const account = arn?.split(":")[4];
      if (arn === undefined || account === undefined) continue;
      put("role", account, [arn.slice(arn.lastIndexOf("/") + 1)], [arn]);
      for (const profile of objectsOf(detail.InstanceProfileList) ?? [])
        put("profile", account, [textOf(profile.Arn), textOf(profile.InstanceProfileName)], [arn]);
    }
  }
  const named = (text: string, account: string): readonly string[] | undefined =>
    /^arn:[^:]*:iam::[^:]*:role\//.test(text) ? [text] : byName.get(`role ${account} ${text}`);
  for (const { type, arn, account, roles = [] } of resources.filter(isProfile)) {
    const found = roles.map((role) => named(role, account ?? ""));
    if (type === undefined || account === undefined || found.includes(undefined)) continue;
    put(
      "profile",
      account,
      [arn, arn.slice(arn.lastIndexOf("/") + 1)],
      found.flatMap((one) => one ?? []),
    );
  }
  return (text, account, kind) => (kind === "role" ? named(text, account) : byName.get(`profile ${account} ${text}`));
}

function isProfile({ type }: ResourceFact): boolean {
  return type === profileType;
}

/** The newest detail of each managed policy. */
function policyDetails({ pages }: Evidence): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  const found = new Map<string, Readonly<Record<string, unknown>>>();
  for (const { page } of [...pages].sort((left, right) => left.at - right.at)) {
    for (const detail of objectsOf(page.Policies) ?? []) {
      const arn = textOf(detail.Arn);
      if (arn !== undefined) found.set(arn, detail);
    }
  }
  return found;
}

/** Undefined if somebody has not told all of them. */
function versionsOf(detail: Readonly<Record<string, unknown>> | undefined): readonly PolicyVersion[] | undefined {
  const list = objectsOf(detail?.PolicyVersionList);
  if (detail === undefined || list === undefined || list.length === 0) return undefined;
  const others: PolicyVersion[] = [];
  for (const version of list) {
    const id = textOf(version.VersionId);
    if (version.IsDefaultVersion === true || id === detail.DefaultVersionId) continue;
    const document = documentOf(version.Document);
    if (id === undefined || document === undefined) return undefined;
    others.push({ id, document });
  }
  return others;
}

function documentOf(value: unknown): PolicyDocument | undefined {
  const content = documentIn(value);
  if (content === undefined) return undefined;
  const source = sourceText("version.json", JSON.stringify(content));
  const findings: Finding[] = [];
  const node = parseSource(source, findings);
  return node && parsePolicyDocument(node, source, "identity", findings);
}
