/**
 * Where a finding stands, as Access Analyzer says it: the path of members and indices that leads there, and the span of the text.
 * Lines count from 1, columns and offsets from 0.
 */
import type { Finding } from "../../text/finding.js";
import { awsPositionAt, type SourceText } from "../../text/source-text.js";
import { stringValue, type TreeNode } from "../../text/tree.js";

/** One step of a path: an item of a list, the value of a member, or the name of a member. */
export type AwsPathElement = { readonly index: number } | { readonly value: string } | { readonly key: string };

/** A place in the text. */
export interface AwsPosition {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

/** A place in a policy document. */
export interface AwsLocation {
  readonly path: readonly AwsPathElement[];
  readonly span: { readonly start: AwsPosition; readonly end: AwsPosition };
}

/** The location of a finding in the text that it is about. `root` is undefined where the text is no JSON: then there is no path. */
export function findingLocation(finding: Finding, source: SourceText, root: TreeNode | undefined): AwsLocation {
  const offset = offsetOf(finding, source);
  const found = root && findPlace(root, offset);
  const { path, start, end } = found ?? { path: [], start: offset, end: offset };
  return { path, span: { start: positionAt(source, start), end: positionAt(source, end) } };
}

/** The string that a location is the whole of; undefined where it is of anything else. */
export function stringAt(root: TreeNode, { span }: AwsLocation): string | undefined {
  let node: TreeNode | undefined = root;
  while (node !== undefined && node.offset !== span.start.offset) {
    node = stepsOf(node).find(
      ([, child]) => child.offset <= span.start.offset && span.start.offset < child.endOffset,
    )?.[1];
  }
  return stringValue(node);
}

/** Findings count lines that end at LF. */
function offsetOf({ line, column }: Finding, { text }: SourceText): number {
  let lineStart = 0;
  for (let at = 1; at < line; at++) {
    const end = text.indexOf("\n", lineStart);
    if (end < 0) break;
    lineStart = end + 1;
  }
  return Math.min(text.length, lineStart + column - 1);
}

interface Place {
  readonly path: readonly AwsPathElement[];
  readonly start: number;
  readonly end: number;
}

/** The innermost member name or value in which the offset lies. */
function findPlace(root: TreeNode, offset: number): Place {
  const path: AwsPathElement[] = [];
  let node = root;
  for (;;) {
    if (node.offset === offset) return { path, start: node.offset, end: node.endOffset };
    const below: readonly (readonly [AwsPathElement, TreeNode])[] = stepsOf(node);
    const inside = below.find(([, child]) => child.offset <= offset && offset < child.endOffset);
    if (inside === undefined) return keyPlace(node, path, offset) ?? { path, start: node.offset, end: node.endOffset };
    path.push(inside[0]);
    node = inside[1];
  }
}

function stepsOf(node: TreeNode): readonly (readonly [AwsPathElement, TreeNode])[] {
  if (node.kind === "array") return node.items.map((item, index) => [{ index }, item]);
  return node.kind === "object" ? node.members.map(({ key, value }) => [{ value: key }, value]) : [];
}

function keyPlace(node: TreeNode, path: readonly AwsPathElement[], offset: number): Place | undefined {
  if (node.kind !== "object") return undefined;
  const member = node.members.find(({ keyOffset, value }) => keyOffset <= offset && offset < value.offset);
  if (member === undefined) return undefined;
  // The name ends before its colon; with escapes in it, the text is longer than the name.
  return { path: [...path, { key: member.key }], start: member.keyOffset, end: keyEnd(member.keyOffset, member.key) };
}

function keyEnd(keyOffset: number, key: string): number {
  return keyOffset + JSON.stringify(key).length;
}

function positionAt(source: SourceText, offset: number): AwsPosition {
  const { line, column } = awsPositionAt(source, offset);
  return { line, column: column - 1, offset };
}
