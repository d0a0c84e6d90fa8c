/**
 * Whose policies findings are about. One export holds hundreds of documents in one file: the user, role, group, policy or resource that a
 * place lies in is read off the trees of the files, whatever found the mistake.
 */

import type { DocumentFile } from "../../policy/formats/policy-reading.js";
import { accountPolicyMembers } from "../../policy/policy-set.js";
import { baseName, folderOf, joinPath, normalPath } from "../../text/posix-path.js";
import { printable } from "../../text/quote.js";
import { itemNodes, memberNode, stringValue, type TreeNode } from "../../text/tree.js";

/** What a place lies in. */
export interface FindingSubject {
  /** For people: `inline policy own of user alice`. Accounts are named only where the files hold several; empty where the file says it. */
  readonly short: string;
  /** The same wherever and beside whatever it is written, with ARNs: `inline policy own of arn:aws:iam::111122223333:user/alice`. */
  readonly full: string;
}

/** Gives the innermost subject at an offset of a file. */
export type SubjectAt = (file: string, offset: number) => FindingSubject | undefined;

interface Area {
  readonly offset: number;
  readonly endOffset: number;
  readonly subject: Named;
}

/** A subject before it is known whether its account has to be told. */
interface Named {
  readonly full: string;
  readonly name: string;
  readonly account: string;
}

/** Reads the subjects of files. */
export function findingSubjects(files: readonly DocumentFile[]): SubjectAt {
  const areas = new Map<string, Area[]>();
  const named = new Map<string, Named>();
  for (const file of files) areas.set(file.source.file, areasOf(file, named));
  const accounts = new Set([...areas.values()].flat().map(({ subject }) => subject.account));
  accounts.delete("");
  const short = ({ name, account }: Named): string =>
    accounts.size > 1 && account !== "" ? `${name} (${account})` : name;
  // A document by itself is told by its file.
  const isAlone = files.length === 1;
  return (file, offset) => {
    const inside = innermostAt(areas.get(file) ?? [], offset)?.subject;
    const found = inside ?? named.get(normalPath(file));
    return found && { short: inside === undefined && isAlone ? "" : short(found), full: found.full };
  };
}

/** INVARIANT: areas are in the order of their offsets, each before what lies in it; the last one that holds the place is the innermost. */
function innermostAt(areas: readonly Area[], offset: number): Area | undefined {
  let low = 0;
  let high = areas.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((areas[middle]?.offset ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  for (let at = low - 1; at >= 0; at--) {
    const area = areas[at];
    if (area !== undefined && offset < area.endOffset) return area;
  }
  return undefined;
}

/** The lists of entities, in Verdict files and in AWS's exports. */
const entityKinds: ReadonlyMap<string, string> = new Map(
  Object.entries({
    users: "user",
    roles: "role",
    groups: "group",
    federatedUsers: "federated user",
    policies: "policy",
    resources: "resource",
    endpoints: "endpoint",
    accounts: "account",
    UserDetailList: "user",
    RoleDetailList: "role",
    GroupDetailList: "group",
    Policies: "policy",
  }),
);

/** The lists of policies that are written where they are attached. */
const inlineLists: ReadonlySet<string> = new Set([
  "inlinePolicies",
  "managedPolicies",
  ...accountPolicyMembers.map(([member]) => member),
  "UserPolicyList",
  "GroupPolicyList",
  "RolePolicyList",
]);

/** Members that are a policy of what they stand in. */
const ownPolicies: ReadonlyMap<string, string> = new Map([
  ["trustPolicy", "trust policy"],
  ["AssumeRolePolicyDocument", "trust policy"],
  ["policy", "policy"],
]);

function areasOf({ source, node }: DocumentFile, named: Map<string, Named>): Area[] {
  const areas: Area[] = [];
  if (node === undefined) return areas;
  if (isDocument(node)) {
    const name = baseName(source.file).replace(/\.[^.]*$/, "");
    named.set(normalPath(source.file), named.get(normalPath(source.file)) ?? subjectOf("policy", name));
    return areas;
  }
  const add = ({ offset, endOffset }: TreeNode, subject: Named): void => {
    areas.push({ offset, endOffset, subject });
  };
  const visitParts = (one: TreeNode, subject: Named): void => {
    const documentFile = stringValue(memberNode(one, "documentFile"));
    if (documentFile !== undefined) named.set(joinPath(folderOf(source.file), documentFile), subject);
    if (one.kind !== "object") return;
    for (const { key, value } of one.members) {
      const what = ownPolicies.get(key);
      if (what !== undefined) {
        add(value, partOf(what, subject));
        visitParts(value, partOf(what, subject));
      }
      if (inlineLists.has(key)) for (const item of itemNodes(value)) visitInline(item, subject);
      if (key === "units") for (const item of itemNodes(value)) visitUnit(item);
    }
  };
  const visitInline = (item: TreeNode, owner: Named): void => {
    const name = stringValue(memberNode(item, "name", "PolicyName"));
    if (item.kind !== "object" || name === undefined) return;
    const policy = partOf(`inline policy ${name}`, owner);
    add(item, policy);
    visitParts(item, policy);
  };
  const visitUnit = (unit: TreeNode): void => {
    const subject = subjectOf(
      "unit",
      stringValue(memberNode(unit, "id")) ?? stringValue(memberNode(unit, "name")) ?? "",
    );
    add(unit, subject);
    visitParts(unit, subject);
  };
  for (const page of node.kind === "array" ? node.items : [node]) {
    if (page.kind !== "object") continue;
    for (const { key, value } of page.members) {
      const kind = entityKinds.get(key);
      if (kind !== undefined) {
        for (const item of itemNodes(value)) {
          const subject = entityOf(kind, item);
          if (subject === undefined) continue;
          add(item, subject);
          visitParts(item, subject);
        }
      }
      const root = key === "organization" ? memberNode(value, "root") : undefined;
      if (root !== undefined) visitUnit(root);
    }
  }
  return areas;
}

function entityOf(kind: string, item: TreeNode): Named | undefined {
  const arn = stringValue(memberNode(item, "arn", "Arn"));
  if (arn === undefined) {
    const name = stringValue(memberNode(item, "id", "name", "UserName", "RoleName", "GroupName", "PolicyName"));
    return name === undefined ? undefined : subjectOf(kind, name);
  }
  const [, , , , account = "", ...rest] = arn.split(":");
  // A resource has no name but its ARN.
  if (kind === "resource") return { full: printable(arn), name: `resource ${printable(arn)}`, account: "" };
  const name = rest.join(":");
  const path = name === "" ? arn : name.slice(name.indexOf("/") + 1);
  return { full: printable(arn), name: `${kind} ${printable(path)}`, account: printable(account) };
}

function subjectOf(kind: string, name: string): Named {
  const text = `${kind} ${printable(name)}`;
  return { full: text, name: text, account: "" };
}

function partOf(what: string, owner: Named): Named {
  const part = printable(what);
  return { full: `${part} of ${owner.full}`, name: `${part} of ${owner.name}`, account: owner.account };
}

/** Also what AWS's commands wrap around one. */
function isDocument(node: TreeNode): boolean {
  return memberNode(node, "Statement", "PolicyVersion", "PolicyDocument", "Policy") !== undefined;
}
