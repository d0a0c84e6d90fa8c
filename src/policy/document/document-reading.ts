/**
 * What the parsers of one document share: the source, the options and the list of findings. A parser
 * that meets an error notes it and goes on with a stand-in, so that one run shows every finding.
 */

import { type ElementPath, pathText } from "../../text/element-path.js";
import type { Finding, SourcePosition } from "../../text/finding.js";
import type { SourceText } from "../../text/source-text.js";
import type { TreeNode } from "../../text/tree.js";
import type { DocumentVersion } from "./document.js";

/** Section 19: `generic` switches the rules marked [AWS] off. */
export type Profile = "aws" | "generic";

/** One document being read. */
export interface DocumentReading {
  readonly source: SourceText;
  readonly findings: Finding[];
  readonly profile: Profile;
  /** Texts besides twelve digits that are account ids (GEN-4). */
  readonly accountIds: ReadonlySet<string>;
  /** Decides whether `${` begins a variable (DOC-4). */
  readonly version: DocumentVersion;
}

/** Adds an error: element path first, the cause after a colon. */
export function addError(
  reading: DocumentReading,
  rule: string,
  offset: number,
  path: ElementPath,
  cause: string,
  fix?: string,
): void {
  addErrorAt(reading.findings, rule, reading.source.positionAt(offset), pathText(path), cause, fix);
}

/** As `addError`, for a place that is already a position. An empty path is the whole document. */
export function addErrorAt(
  findings: Finding[],
  rule: string,
  position: SourcePosition,
  path: string,
  cause: string,
  fix?: string,
): void {
  const message = path === "" ? cause : `${path}: ${cause}`;
  findings.push({ ...position, rule, severity: "error", message, ...(fix === undefined ? {} : { fix }) });
}

/** The items of a list, or the value itself as a list of one (DOC-9). */
export function listItems(node: TreeNode): readonly TreeNode[] {
  return node.kind === "array" ? node.items : [node];
}

/** A word for a value in messages. */
export function describeNode(node: TreeNode): string {
  switch (node.kind) {
    case "object":
    case "array":
      return `an ${node.kind}`;
    case "null":
      return "null";
    default:
      return `a ${node.kind}`;
  }
}
