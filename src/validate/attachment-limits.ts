/** AWS's limits on what is attached to one entity or one node of an organization (TYPE-3), read off the files of a set. */

import type { DocumentFile } from "../policy/formats/policy-reading.js";
import { accountPolicyMembers } from "../policy/policy-set.js";
import { controlTypes } from "../question/layers.js";
import type { Finding, SourcePosition } from "../text/finding.js";
import type { SourceText } from "../text/source-text.js";
import { itemNodes, memberNode, type TreeNode } from "../text/tree.js";
import { originAt } from "./document-origins.js";
import { adviseInlineSizes } from "./size-limits.js";

type EntityKind = "user" | "group" | "role";

/** Where the lists of an entity stand: in AWS exports and in Verdict files. */
const shapes: readonly { readonly list: string; readonly kind: EntityKind; readonly inline: string }[] = [
  { list: "UserDetailList", kind: "user", inline: "UserPolicyList" },
  { list: "GroupDetailList", kind: "group", inline: "GroupPolicyList" },
  { list: "RoleDetailList", kind: "role", inline: "RolePolicyList" },
  { list: "users", kind: "user", inline: "inlinePolicies" },
  { list: "groups", kind: "group", inline: "inlinePolicies" },
  { list: "roles", kind: "role", inline: "inlinePolicies" },
];

/** Adds an error for every list that AWS would not store, and a warning for what it stores on request only. */
export function adviseAttachments(files: readonly DocumentFile[], findings: Finding[]): void {
  for (const { source, node } of files) {
    for (const page of node?.kind === "array" ? node.items : [node]) {
      for (const { list, kind, inline } of shapes) {
        for (const entity of itemNodes(memberNode(page, list))) adviseEntity(source, entity, kind, inline, findings);
      }
      for (const account of itemNodes(memberNode(page, "accounts"))) adviseNode(source, account, findings);
      adviseNode(source, memberNode(memberNode(page, "organization"), "root"), findings);
    }
  }
}

function adviseEntity(
  source: SourceText,
  entity: TreeNode,
  kind: EntityKind,
  inlineName: string,
  findings: Finding[],
): void {
  const managed = memberNode(entity, "AttachedManagedPolicies", "managedPolicies");
  const groups = kind === "user" ? memberNode(entity, "GroupList", "groups") : undefined;
  const isTooMany = itemNodes(managed).length > 20;
  const most = `a ${kind} has at most 10 managed policies by default, and 20 at all`;
  limit(source, managed, 10, most, findings, isTooMany ? "error" : "warning");
  limit(source, groups, 10, "a user is in at most 10 groups", findings);
  const inline = memberNode(entity, inlineName);
  const origins = itemNodes(inline).flatMap((item) => {
    const document = memberNode(item, "PolicyDocument", "document");
    return (document && originAt(source, document)) ?? [];
  });
  if (inline !== undefined) adviseInlineSizes(kind, origins, { source, node: inline }, findings);
}

function adviseNode(source: SourceText, node: TreeNode | undefined, findings: Finding[]): void {
  for (const [member, type] of accountPolicyMembers) {
    const { mostOfNode, denialNoun } = controlTypes[type];
    const most = `a node of an organization has at most ${mostOfNode} ${denialNoun.replace(/y$/, "ies")}`;
    limit(source, memberNode(node, member), mostOfNode, most, findings);
  }
  for (const unit of itemNodes(memberNode(node, "units"))) adviseNode(source, unit, findings);
}

function limit(
  source: SourceText,
  list: TreeNode | undefined,
  most: number,
  message: string,
  findings: Finding[],
  severity: Finding["severity"] = "error",
): void {
  const count = itemNodes(list).length;
  if (list === undefined || count <= most) return;
  const position: SourcePosition = source.positionAt(list.offset);
  findings.push({ ...position, rule: "TYPE-3", severity, message: `${message}, this has ${count}` });
}
