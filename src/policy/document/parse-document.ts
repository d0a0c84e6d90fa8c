/**
 * A tree becomes a policy document, or findings: section 2 of the semantics. A document with one
 * error is refused as a whole (DOC-12); an object that fits no rule is never guessed at.
 */

import type { PolicyType } from "../../question/layers.js";
import { closestName } from "../../text/closest-name.js";
import { below } from "../../text/element-path.js";
import type { Finding } from "../../text/finding.js";
import { quote } from "../../text/quote.js";
import type { SourceText } from "../../text/source-text.js";
import type { TreeMember, TreeNode } from "../../text/tree.js";
import { checkDocumentType } from "./check-document-type.js";
import type { DocumentVersion, PolicyDocument, Statement } from "./document.js";
import {
  addError,
  addErrorAt,
  type DocumentReading,
  describeNode,
  listItems,
  type Profile,
} from "./document-reading.js";
import { parseStatement } from "./parse-statement.js";

export { checkDocumentType };

/** What a document is checked against besides its type. */
export interface ParseDocumentOptions {
  /** `aws` unless given. */
  readonly profile?: Profile;
  /** Texts that are account ids besides those of twelve digits (GEN-4). */
  readonly accountIds?: ReadonlySet<string>;
}

/** The members of a document (DOC-1). */
export const documentMembers = ["Version", "Id", "Statement"] as const;

const noAccountIds: ReadonlySet<string> = new Set();

/**
 * Parses a policy document. Returns undefined iff it added an error. With type `any` nothing is
 * checked that depends on the policy type; `checkDocumentType` does that later, for each use.
 */
export function parsePolicyDocument(
  node: TreeNode,
  source: SourceText,
  type: PolicyType | "any",
  findings: Finding[],
  options: ParseDocumentOptions = {},
): PolicyDocument | undefined {
  const before = findings.length;
  const profile = options.profile ?? "aws";
  const accountIds = options.accountIds ?? noAccountIds;
  if (node.kind !== "object") {
    const cause = `a policy document is an object, not ${describeNode(node)}`;
    addErrorAt(findings, "DOC-1", source.positionAt(node.offset), "", cause);
    return undefined;
  }
  const { members } = node;
  const versionMember = memberNamed(members, "Version");
  const version = documentVersion(versionMember?.value);
  // A broken version is read like the stricter one, which has more to say about variables.
  const reading = { source, findings, profile, accountIds, version: version ?? "2012-10-17" };
  if (versionMember !== undefined && version === undefined) addVersionError(versionMember.value, reading);
  checkMembers(members, reading);
  const document: PolicyDocument = {
    version: reading.version,
    id: parseId(memberNamed(members, "Id")?.value, reading),
    statements: parseStatements(memberNamed(members, "Statement")?.value, node.offset, reading),
    source,
    offset: node.offset,
    versionOffset: versionMember?.keyOffset,
  };
  if (type !== "any") checkDocumentType(document, type, findings, profile);
  return findings.length === before ? document : undefined;
}

/** The member of this exact name (DOC-1: case counts). */
function memberNamed(members: readonly TreeMember[], name: string): TreeMember | undefined {
  return members.find((member) => member.key === name);
}

function documentVersion(node: TreeNode | undefined): DocumentVersion | undefined {
  if (node === undefined) return "2008-10-17";
  if (node.kind !== "string") return undefined;
  return node.value === "2012-10-17" || node.value === "2008-10-17" ? node.value : undefined;
}

function addVersionError(node: TreeNode, reading: DocumentReading): void {
  const found = node.kind === "string" ? quote(node.value) : describeNode(node);
  const cause = `must be \`2012-10-17\` or \`2008-10-17\`, not ${found}`;
  addError(reading, "DOC-4", node.offset, below(undefined, "Version"), cause, "write `2012-10-17`");
}

function checkMembers(members: readonly TreeMember[], reading: DocumentReading): void {
  for (const { key, keyOffset } of members) {
    if (documentMembers.some((name) => name === key)) continue;
    const meant = closestName(key, documentMembers);
    const fix = meant === undefined ? undefined : `write \`${meant}\``;
    addError(reading, "DOC-1", keyOffset, undefined, `unknown member ${quote(key)} of a policy document`, fix);
  }
}

function parseId(node: TreeNode | undefined, reading: DocumentReading): string | undefined {
  if (node === undefined || node.kind === "string") return node?.value;
  addError(reading, "DOC-5", node.offset, below(undefined, "Id"), `must be a string, not ${describeNode(node)}`);
  return undefined;
}

const statementsPath = below(undefined, "Statement");

function parseStatements(
  node: TreeNode | undefined,
  documentOffset: number,
  reading: DocumentReading,
): readonly Statement[] {
  if (node === undefined) {
    addError(reading, "DOC-3", documentOffset, undefined, "a policy document needs the member `Statement`");
    return [];
  }
  const statements: Statement[] = [];
  for (const [index, item] of listItems(node).entries()) {
    const path = below(statementsPath, index);
    if (item.kind === "object") statements.push(parseStatement(item, path, reading));
    else addError(reading, "DOC-3", item.offset, path, `must be an object, not ${describeNode(item)}`);
  }
  return statements;
}
