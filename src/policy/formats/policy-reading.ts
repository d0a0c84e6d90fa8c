/**
 * Documents and references to policies as the readers of every format meet them: parses what is
 * written in place or in another file, keeps what is only named for the linker.
 */

import type { PolicyType } from "../../question/layers.js";
import { quote } from "../../text/quote.js";
import { type SourceText, sourceText } from "../../text/source-text.js";
import type { TreeNode } from "../../text/tree.js";
import type { Members, TreePlace } from "../../text/tree-place.js";
import { positionOf, readItems, readMembers, readText, report, requireMember } from "../../text/tree-place.js";
import type { PolicyDocument } from "../document/document.js";
import { parsePolicyDocument } from "../document/parse-document.js";
import type { NamedPolicy } from "../policy-set.js";
import { digestDocument } from "../policy-set-digest.js";
import type { Declarations, PolicyReference } from "./declaration.js";
import { unwrapDocument } from "./wrapped-document.js";

/** What every reader needs besides the place it reads. */
export interface Reading {
  readonly declarations: Declarations;
  /** The bare texts that are account ids in the generic profile (GEN-4). */
  readonly accountIds: ReadonlySet<string>;
  /** The parsed file that a `documentFile` member means, or why there is none. */
  readonly documentFile: (from: SourceText, relativePath: string) => DocumentFile | string;
}

/** A parsed file; its tree is absent when the text was refused. */
export interface DocumentFile {
  readonly source: SourceText;
  readonly node: TreeNode | undefined;
}

/** The members of a policy that is written where it is attached. */
export const namedPolicyMembers = ["name", "document", "documentFile"] as const;

/** Stands for a document that was refused, so that reading and linking go on; its finding refuses the set. */
export const refusedDocument: PolicyDocument = {
  version: "2012-10-17",
  statements: [],
  source: sourceText("", ""),
  offset: 0,
};

/** Parses a policy document at a place. A refused one leaves its findings and gives an inert document. */
export function readDocument(reading: Reading, place: TreePlace, type: PolicyType | "any"): PolicyDocument {
  return parseAt(reading, place.source, place.node, type, place);
}

/** A policy that is one member of something: its document, under the name given. */
export function readPolicyMember(
  reading: Reading,
  place: TreePlace | undefined,
  type: PolicyType,
  name: string,
): NamedPolicy | undefined {
  return place === undefined ? undefined : { name, document: readDocument(reading, place, type) };
}

/** The `document` or `documentFile` member of something; exactly one has to be there. */
export function readDocumentMember(
  reading: Reading,
  place: TreePlace,
  members: Members,
  type: PolicyType | "any",
): PolicyDocument {
  const inline = members.get("document");
  const file = members.get("documentFile");
  if (inline !== undefined && file !== undefined) {
    report(file, "SET-FORMAT", "`document` is given as well: write one of the two");
  }
  if (inline !== undefined) return readDocument(reading, inline, type);
  if (file === undefined) {
    report(place, "SET-FORMAT", "missing member `document`");
    return refusedDocument;
  }
  const path = readText(file);
  if (path === undefined) return refusedDocument;
  const found = reading.documentFile(place.source, path);
  if (typeof found !== "string") {
    if (found.node === undefined) return refusedDocument;
    // The file may be what an AWS command printed.
    const named = { source: found.source, node: found.node, findings: place.findings, path: undefined };
    const document = unwrapDocument(named);
    return document === undefined ? refusedDocument : parseAt(reading, document.source, document.node, type, place);
  }
  report(file, "SET-REFERENCE", found);
  return refusedDocument;
}

/** A list of `{name, document}`; the names are unique in it. */
export function readInlinePolicies(reading: Reading, place: TreePlace | undefined): readonly NamedPolicy[] {
  const names = new Set<string>();
  return readItems(place).flatMap((item) => {
    const policy = readNamedPolicy(reading, item, "identity");
    if (policy === undefined) return [];
    if (names.has(policy.name)) report(item, "SET-DUPLICATE", `inline policy ${quote(policy.name)} is given twice`);
    names.add(policy.name);
    return [policy];
  });
}

/** A list of policies by ARN, by name, or written as `{name, document}`. */
export function readPolicyReferences(
  reading: Reading,
  place: TreePlace | undefined,
  type: PolicyType,
): readonly PolicyReference[] {
  const references: PolicyReference[] = [];
  for (const item of readItems(place)) {
    if (item.node.kind === "object") {
      const policy = readNamedPolicy(reading, item, type);
      if (policy !== undefined) references.push({ kind: "inline", policy });
      continue;
    }
    const text = readText(item);
    if (text !== undefined) references.push({ kind: "named", text, place: item });
  }
  return references;
}

function readNamedPolicy(reading: Reading, place: TreePlace, type: PolicyType): NamedPolicy | undefined {
  const members = readMembers(place, namedPolicyMembers);
  if (members === undefined) return undefined;
  const name = readText(requireMember(place, members, "name"));
  const document = readDocumentMember(reading, place, members, type);
  return name === undefined ? undefined : { name, document };
}

function parseAt(
  reading: Reading,
  source: SourceText,
  node: TreeNode,
  type: PolicyType | "any",
  place: TreePlace,
): PolicyDocument {
  const { declarations, accountIds } = reading;
  const errorsBefore = place.findings.length;
  const document = parsePolicyDocument(node, source, type, place.findings, {
    profile: declarations.profile,
    accountIds,
  });
  if (document === undefined) {
    if (place.findings.length === errorsBefore) report(place, "DOC-12", "the document was refused");
    return refusedDocument;
  }
  // All of its parts are in the processor's caches still: afterwards, digests of 10,000 documents take a third longer.
  declarations.documents.set(document, digestDocument(document, declarations.sha256));
  return document;
}

/** Reports something that was declared before, naming the earlier place. */
export function reportDuplicate(place: TreePlace, text: string, earlier: TreePlace): void {
  const { file, line, column } = positionOf(earlier);
  report(place, "SET-DUPLICATE", `${quote(text)} is declared twice: first at ${file}:${line}:${column}`);
}
