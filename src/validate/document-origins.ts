/** The trees of the documents of a policy set, found again in its files by their positions. */

import type { DocumentFile } from "../policy/formats/policy-reading.js";
import { decodeText } from "../policy/formats/wrapped-document.js";
import type { SourcePosition } from "../text/finding.js";
import { readJson } from "../text/json-reader.js";
import type { SourceText } from "../text/source-text.js";
import { itemNodes, memberNode, stringValue, type TreeNode } from "../text/tree.js";
import type { DocumentOrigin } from "./document-places.js";

/** Gives the tree of the document at a position; undefined for documents out of no file. */
export type FindOrigin = (position: SourcePosition) => DocumentOrigin | undefined;

/** Indexes the documents of files. */
export function documentOrigins(files: readonly DocumentFile[]): FindOrigin {
  const nodes = new Map<string, { readonly source: SourceText; readonly node: TreeNode }>();
  const visit = (source: SourceText, node: TreeNode): void => {
    if (mayBeDocument(node)) {
      nodes.set(placeKey(source.positionAt(node.offset)), { source, node });
      // Nothing in a document is one.
      return;
    }
    if (node.kind === "array") for (const item of node.items) visit(source, item);
    if (node.kind === "object") for (const { value } of node.members) visit(source, value);
  };
  for (const { source, node } of files) if (node !== undefined) visit(source, node);
  return (position) => {
    const found = nodes.get(placeKey(position));
    return found && originAt(found.source, found.node);
  };
}

/** The tree of the document at a node, which AWS's API writes as a percent-encoded text. */
export function originAt(source: SourceText, node: TreeNode): DocumentOrigin | undefined {
  if (node.kind === "object") return { source, node };
  if (node.kind !== "string") return undefined;
  const text = decodeText(node.value);
  if (text === undefined) return undefined;
  // Offsets in the decoded text mean nothing to the author: every finding points at the string.
  const position = source.positionAt(node.offset);
  const decoded: SourceText = { file: source.file, text, positionAt: () => position };
  const tree = readJson(decoded, []);
  return tree && { source: decoded, node: tree };
}

/** Managed policies of exports and Verdict files, and bare documents: the ones that a set may hold unattached. */
export function managedDocuments({ source, node }: DocumentFile): readonly ManagedDocument[] {
  if (node?.kind === "object" && memberNode(node, "Statement") !== undefined) {
    return [{ origin: { source, node }, position: source.positionAt(node.offset), name: undefined, isIdentity: false }];
  }
  return (node?.kind === "array" ? node.items : [node]).flatMap((page) => {
    const exported = itemNodes(memberNode(page, "Policies")).map((policy) => ({
      document: defaultDocument(policy),
      name: stringValue(memberNode(policy, "Arn")),
      isIdentity: true,
    }));
    const own = itemNodes(memberNode(page, "policies")).map((policy) => ({
      document: memberNode(policy, "document"),
      name: stringValue(memberNode(policy, "arn")),
      isIdentity: false,
    }));
    return [...exported, ...own].flatMap(({ document, ...rest }) => {
      const origin = document && originAt(source, document);
      return document && origin ? [{ ...rest, origin, position: source.positionAt(document.offset) }] : [];
    });
  });
}

/** A managed policy as its file writes it. */
export interface ManagedDocument {
  readonly origin: DocumentOrigin;
  readonly position: SourcePosition;
  /** Its ARN. */
  readonly name: string | undefined;
  /** Of an export: a managed policy of IAM. */
  readonly isIdentity: boolean;
}

/** Positions as keys of maps. */
export function placeKey({ file, line, column }: SourcePosition): string {
  return `${line}:${column}:${file}`;
}

function defaultDocument(policy: TreeNode): TreeNode | undefined {
  const defaultId = stringValue(memberNode(policy, "DefaultVersionId"));
  const version = itemNodes(memberNode(policy, "PolicyVersionList")).find((item) => {
    const isDefault = memberNode(item, "IsDefaultVersion");
    return isDefault?.kind === "boolean" ? isDefault.value : stringValue(memberNode(item, "VersionId")) === defaultId;
  });
  return memberNode(version, "Document");
}

function mayBeDocument(node: TreeNode): boolean {
  if (node.kind === "string") return /^(?:%7B|\s*\{)/i.test(node.value);
  return node.kind === "object" && memberNode(node, "Statement") !== undefined;
}
