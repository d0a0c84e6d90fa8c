/** Advice about a document as a whole: statements, version, Sids, characters (DOC-3 to DOC-6, DOC-13, VAR-1). */

import { documentTypes } from "../question/layers.js";
import { memberPath } from "../text/element-path.js";
import type { SourcePosition } from "../text/finding.js";
import { quote } from "../text/quote.js";
import type { TreeNode } from "../text/tree.js";
import { advise, type PlacedText, placedPatterns, placedValues, type Subject } from "./subject.js";

/** Adds what there is to say about the document. */
export function adviseWholeDocument(subject: Subject): void {
  const { document, places } = subject;
  if (document.statements.length === 0) {
    advise(
      subject,
      "DOC-3",
      "warning",
      { position: document.source.positionAt(document.offset), path: "Statement" },
      "the document says nothing",
    );
  }
  if (document.version === "2008-10-17") adviseOldVersion(subject);
  adviseSids(subject);
  const { origin } = places;
  if (origin !== undefined) {
    visitTexts(origin.node, (text, offset) => adviseCharacters(subject, text, origin.source.positionAt(offset)));
  }
}

function adviseOldVersion(subject: Subject): void {
  const { document } = subject;
  const fix = 'write "Version": "2012-10-17"';
  const texts = variableTexts(subject);
  for (const { text, position, path } of texts) {
    const cause = `${quote(text)} holds no variable in version 2008-10-17: \`\${\` is ordinary text`;
    advise(subject, "VAR-1", "warning", { position, path }, cause, fix);
  }
  if (texts.length > 0) return;
  const { source, offset, versionOffset } = document;
  const place = { position: source.positionAt(versionOffset ?? offset), path: "Version" };
  const cause = versionOffset === undefined ? "missing, so 2008-10-17" : "2008-10-17";
  advise(subject, "DOC-4", "suggestion", place, `${cause}: that version has no policy variables`, fix);
}

/** Texts in which `2012-10-17` would find a variable. */
function variableTexts(subject: Subject): readonly PlacedText[] {
  return subject.statements
    .flatMap((placed) => [
      ...placedPatterns(placed, "Resource"),
      ...placed.statement.conditions.flatMap((_, index) => placedValues(subject, placed, index)),
    ])
    .filter(({ text }) => /\$\{[^}]+\}/.test(text));
}

function adviseSids(subject: Subject): void {
  const seen = new Map<string, number>();
  // Where Sids have to be unique, the parser has refused the second one (DOC-6).
  const isRefused = subject.type !== "any" && documentTypes[subject.type].strictSids;
  for (const { statement, index, path } of subject.statements) {
    const { sid, sidOffset, source, offset } = statement;
    const place = { position: source.positionAt(sidOffset ?? offset), path: memberPath(path, "Sid") };
    if (sid === "") advise(subject, "DOC-6", "suggestion", place, "is empty", "leave it out");
    if (sid === undefined || sid === "" || isRefused) continue;
    const first = seen.get(sid);
    if (first === undefined) seen.set(sid, index);
    else advise(subject, "DOC-6", "warning", place, `${quote(sid)} is already the Sid of Statement[${first}]`);
  }
}

function adviseCharacters(subject: Subject, text: string, position: SourcePosition): void {
  const control = /(?![\t\n\r])\p{Cc}/u.exec(text)?.[0];
  const place = { position, path: "" };
  if (control !== undefined) {
    advise(subject, "DOC-13", "warning", place, `${quote(text)} holds the control character ${codePoint(control)}`);
    return;
  }
  const foreign = subject.profile === "aws" ? /[^\0-\u00ff]/u.exec(text)?.[0] : undefined;
  if (foreign === undefined) return;
  const cause = `${quote(text)} holds ${codePoint(foreign)}: AWS stores characters up to U+00FF`;
  const plain = /[\u2018-\u201b]/.test(foreign) ? "'" : /[\u201c-\u201f]/.test(foreign) ? '"' : undefined;
  advise(subject, "DOC-13", "warning", place, cause, plain && `write the plain \`${plain}\``);
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

function visitTexts(node: TreeNode, visit: (text: string, offset: number) => void): void {
  if (node.kind === "string") visit(node.value, node.offset);
  if (node.kind === "array") for (const item of node.items) visitTexts(item, visit);
  if (node.kind !== "object") return;
  for (const { key, keyOffset, value } of node.members) {
    visit(key, keyOffset);
    visitTexts(value, visit);
  }
}
