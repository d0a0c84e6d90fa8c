/**
 * `Principal` and `NotPrincipal` (section 6 of the semantics): each entry by the form it was written
 * in. A text that could name nobody is refused, because it would silently disarm a Deny.
 */

import { closestName } from "../../text/closest-name.js";
import { below, type ElementPath, itemOf } from "../../text/element-path.js";
import { quote } from "../../text/quote.js";
import type { TreeMember, TreeNode } from "../../text/tree.js";
import { hasWildcard } from "./arn.js";
import { parseAwsPrincipal } from "./aws-principal.js";
import type { PrincipalElement, PrincipalEntry } from "./document.js";
import { addError, type DocumentReading, describeNode, listItems } from "./document-reading.js";

/** The members of a principal element (PRN-1). */
export const principalMembers = ["AWS", "Service", "Federated", "CanonicalUser"] as const;

type MemberName = (typeof principalMembers)[number];

/** Parses the member `Principal` or `NotPrincipal` of a statement. */
export function parsePrincipal(member: TreeMember, path: ElementPath, reading: DocumentReading): PrincipalElement {
  const elementPath = below(path, member.key);
  const negated = member.key === "NotPrincipal";
  const offset = member.keyOffset;
  const node = member.value;
  if (node.kind === "object") return { negated, entries: parseEntries(node.members, elementPath, reading), offset };
  if (node.kind !== "string" || node.value !== "*") {
    const found = node.kind === "string" ? quote(node.value) : describeNode(node);
    const fix = node.kind === "string" ? `write {"AWS": …} around it, or {"Service": …} for a service` : undefined;
    addError(reading, "PRN-1", node.offset, elementPath, `must be \`*\` or an object, not ${found}`, fix);
  }
  // Also the stand-in for a broken element: the one form that no policy type refuses.
  return { negated, entries: [{ kind: "everyone" }], offset, bareStar: true };
}

function parseEntries(
  members: readonly TreeMember[],
  path: ElementPath,
  reading: DocumentReading,
): readonly PrincipalEntry[] {
  const entries: PrincipalEntry[] = [];
  for (const member of members) {
    const name = principalMembers.find((known) => known === member.key);
    if (name === undefined) {
      const meant = closestName(member.key, principalMembers);
      const fix = meant === undefined ? undefined : `write \`${meant}\``;
      addError(reading, "PRN-1", member.keyOffset, path, `unknown member ${quote(member.key)}`, fix);
      continue;
    }
    const listPath = below(path, name);
    if (name === "CanonicalUser" && reading.profile === "generic") {
      addError(reading, "PRN-11", member.keyOffset, listPath, "exists in the AWS profile only");
      continue;
    }
    const items = listItems(member.value);
    for (const [index, item] of items.entries()) {
      const entry = parseEntry(name, item, itemOf(listPath, index, items.length), reading);
      if (entry !== undefined) entries.push(entry);
    }
  }
  return entries;
}

function parseEntry(
  name: MemberName,
  node: TreeNode,
  path: ElementPath,
  reading: DocumentReading,
): PrincipalEntry | undefined {
  if (node.kind !== "string") {
    addError(reading, "DOC-11", node.offset, path, `must be a string, not ${describeNode(node)}`);
    return undefined;
  }
  const { value } = node;
  if (value === "*") {
    if (name === "AWS") return { kind: "everyone" };
    addError(
      reading,
      "PRN-3",
      node.offset,
      path,
      "`*` is accepted in `AWS` only",
      'write "Principal": "*" for everyone',
    );
    return undefined;
  }
  if (hasWildcard(value) || value.includes("${")) {
    const cause = `principal ${quote(value)} has a wildcard or a variable`;
    const fix = "write the full ARN, or `*` with a condition on `aws:PrincipalArn`";
    addError(reading, "PRN-8", node.offset, path, cause, fix);
    return undefined;
  }
  if (name === "AWS") {
    const parsed = parseAwsPrincipal(value, reading.accountIds);
    if (!("rule" in parsed)) return parsed;
    addError(reading, parsed.rule, node.offset, path, parsed.cause);
    return undefined;
  }
  if (value === "") {
    addError(reading, "PRN-1", node.offset, path, "must not be empty");
    return undefined;
  }
  if (name === "Service") return { kind: "service", name: value };
  return name === "Federated" ? { kind: "federated", name: value } : { kind: "canonicalUser", id: value };
}
