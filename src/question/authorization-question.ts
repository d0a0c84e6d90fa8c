/**
 * One question as JSON: from a tree to exact types. Shapes are checked here;
 * whether the texts make sense (IN-6) is for whoever decides.
 */
import type { Finding } from "../text/finding.js";
import type { SourceText } from "../text/source-text.js";
import type { Tag } from "../text/tag.js";
import type { TreeNode } from "../text/tree.js";
import type { Members, TreePlace } from "../text/tree-place.js";
import {
  readBoolean,
  readEntries,
  readItems,
  readMembers,
  readTags,
  readText,
  requireMember,
  wrongKind,
} from "../text/tree-place.js";

/** One question: may this principal do this action on this resource in this context? */
export interface AuthorizationQuestion {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  /** Keys as written; a key with an empty list is present but empty (NULL-3). */
  readonly context: ReadonlyMap<string, readonly string[]>;
  readonly resourceAccount?: string;
  readonly resourceTags: readonly Tag[];
  /** JSON texts of policy documents. */
  readonly sessionPolicies: readonly string[];
  readonly sessionTags: readonly Tag[];
  readonly endpoint?: string;
  /** Whether values given for derived keys count (CTX-1). */
  readonly whatIf: boolean;
}

/** The members of a question as JSON. */
export const questionMembers = [
  "principal",
  "action",
  "resource",
  "context",
  "resourceAccount",
  "resourceTags",
  "sessionPolicies",
  "sessionTags",
  "endpoint",
  "whatIf",
] as const;

/** Reads a question; `undefined` after findings. */
export function parseQuestion(
  node: TreeNode,
  source: SourceText,
  findings: Finding[],
): AuthorizationQuestion | undefined {
  const place = { node, source, findings, path: undefined };
  const before = findings.length;
  const members = readMembers(place, questionMembers);
  const question = members && readQuestion(place, members);
  return hasError(findings, before) ? undefined : question;
}

/** Reads a question out of members that may hold more than a question (simulation cases). */
export function readQuestion(place: TreePlace, members: Members): AuthorizationQuestion | undefined {
  const before = place.findings.length;
  const principal = readText(requireMember(place, members, "principal"));
  const action = readText(requireMember(place, members, "action"));
  const resource = readText(requireMember(place, members, "resource"));
  const resourceAccount = readText(members.get("resourceAccount"));
  const endpoint = readText(members.get("endpoint"));
  const rest = {
    context: readContext(members.get("context")),
    resourceTags: readTags(members.get("resourceTags")),
    sessionPolicies: readItems(members.get("sessionPolicies")).flatMap((item) => jsonTextOf(item) ?? []),
    sessionTags: readTags(members.get("sessionTags")),
    whatIf: readBoolean(members.get("whatIf")) ?? false,
  };
  if (hasError(place.findings, before)) return undefined;
  if (principal === undefined || action === undefined || resource === undefined) return undefined;
  return {
    principal,
    action,
    resource,
    ...rest,
    ...(resourceAccount === undefined ? {} : { resourceAccount }),
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

function hasError(findings: readonly Finding[], from: number): boolean {
  return findings.slice(from).some(({ severity }) => severity === "error");
}

/** Reads the condition keys of a question; an absent member has none. */
export function readContext(place: TreePlace | undefined): ReadonlyMap<string, readonly string[]> {
  const context = new Map<string, readonly string[]>();
  for (const [key, value] of readEntries(place)) {
    // COND-8: null means that the key is missing.
    if (value.node.kind === "null") continue;
    context.set(key, value.node.kind === "array" ? readItems(value).flatMap(contextValuesAt) : contextValuesAt(value));
  }
  return context;
}

/** COND-8, DOC-11: booleans and numbers become their JSON text, numbers as they are written. */
function contextValuesAt(place: TreePlace): readonly string[] {
  const { node } = place;
  if (node.kind === "string") return [node.value];
  if (node.kind === "number") return [node.text];
  if (node.kind === "boolean") return [String(node.value)];
  wrongKind(place, "a string, a number, a boolean or a list of them");
  return [];
}

/** An object as its source text; a string is JSON text already. */
function jsonTextOf(place: TreePlace): string | undefined {
  const { node, source } = place;
  if (node.kind === "object") return source.text.slice(node.offset, node.endOffset);
  return node.kind === "string" ? node.value : wrongKind(place, "a policy document or its JSON text");
}
