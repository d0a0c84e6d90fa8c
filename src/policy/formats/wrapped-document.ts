/**
 * One policy document inside an answer of an AWS command: `organizations describe-policy`, `iam get-policy-version`,
 * `s3api get-bucket-policy` and their like print it as an object, as JSON in a string, or percent-encoded (RFC 3986).
 */

import { below } from "../../text/element-path.js";
import { readJson } from "../../text/json-reader.js";
import type { TreeNode } from "../../text/tree.js";
import { positionOf, report, type TreePlace } from "../../text/tree-place.js";

/** Where each answer has its document, from the outermost member in. */
const wrappers: readonly (readonly string[])[] = [
  ["Policy", "Content"], // organizations describe-policy
  ["PolicyVersion", "Document"], // iam get-policy-version
  ["PolicyDocument"], // iam get-role-policy, get-user-policy, get-group-policy
  ["Role", "AssumeRolePolicyDocument"], // iam get-role
  ["ResourcePolicy"], // secretsmanager get-resource-policy
  ["Attributes", "Policy"], // sqs get-queue-attributes, sns get-topic-attributes
  ["Policy"], // s3api get-bucket-policy, kms get-key-policy, lambda get-policy
];

/** Whether a value is an answer of an AWS command with one policy document in it. */
export function wrapsDocument(node: TreeNode): boolean {
  return wrappedNode(node) !== undefined;
}

/**
 * The document that an answer wraps, or the value itself where it wraps none. Undefined iff the text of the document cannot be
 * read; the findings say why.
 */
export function unwrapDocument(place: TreePlace): TreePlace | undefined {
  const found = wrappedNode(place.node);
  if (found === undefined) return place;
  const path = found.path.reduce((outer: TreePlace["path"], name) => below(outer, name), place.path);
  const inner = { ...place, node: found.node, path };
  return found.node.kind === "string" ? documentInText(inner, found.node.value) : inner;
}

/** The document in a string. Offsets in the decoded text mean nothing to its author: every finding points at the string. */
export function documentInText(place: TreePlace, value: string): TreePlace | undefined {
  const text = decodeText(value);
  if (text === undefined) {
    report(place, "SET-ENCODING", "the text is not percent-encoded UTF-8");
    return undefined;
  }
  const position = positionOf(place);
  const source = { file: place.source.file, text, positionAt: () => position };
  const node = readJson(source, place.findings);
  return node === undefined ? undefined : { ...place, source, node };
}

function wrappedNode(node: TreeNode): { readonly node: TreeNode; readonly path: readonly string[] } | undefined {
  if (node.kind !== "object" || member(node, "Statement") !== undefined) return undefined;
  for (const path of wrappers) {
    const inner = path.reduce((outer: TreeNode | undefined, name) => outer && member(outer, name), node);
    if (inner?.kind === "string" || (inner !== undefined && member(inner, "Statement") !== undefined)) {
      return { node: inner, path };
    }
  }
  return undefined;
}

function member(node: TreeNode, name: string): TreeNode | undefined {
  return node.kind === "object" ? node.members.find(({ key }) => key === name)?.value : undefined;
}

/** The text of a document that may be percent-encoded; undefined if it is encoded wrongly. */
export function decodeText(value: string): string | undefined {
  // An encoded object begins with `%7B`; a text that begins otherwise was decoded before.
  if (!value.startsWith("%")) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}
