/**
 * Findings with what a gate needs to know of them besides: whose policy they stand in, where their place ends, and a fingerprint that
 * stays the same while lines move and files are renamed, and changes with the statement that the finding is about.
 */
import type { DocumentFile } from "../../policy/formats/policy-reading.js";
import type { Finding } from "../../text/finding.js";
import type { Sha256 } from "../../text/platform.js";
import type { SourceText } from "../../text/source-text.js";
import { memberNode, type TreeMember, type TreeNode, type TreeObject } from "../../text/tree.js";
import { originAt } from "../document-origins.js";
import { type FindingSubject, findingSubjects } from "./finding-subjects.js";

/** A finding, and what it is about. */
export interface PlacedFinding {
  readonly finding: Finding;
  /** None in a file that could not be read. */
  readonly subject: FindingSubject | undefined;
  /** Sixteen hexadecimal digits; equal findings of one set have different ones. */
  readonly fingerprint: string;
  /** The first place after what the finding is about, where that is known. */
  readonly end: { readonly line: number; readonly column: number } | undefined;
  /** What may be written from the place to its end, where the cure is mechanical. */
  readonly replacement?: string;
}

/** Places the findings about files. */
export function placeFindings(
  findings: readonly Finding[],
  files: readonly DocumentFile[],
  sha256: Sha256,
): readonly PlacedFinding[] {
  const subjectAt = findingSubjects(files);
  const byName = new Map(files.map((file) => [file.source.file, file]));
  const offsets = new Map<string, readonly number[]>();
  const seen = new Map<string, number>();
  const membersOf = lastMembers();
  // Findings about one statement come one after the other.
  let last: { readonly node: TreeNode; readonly text: string } | undefined;
  return findings.map((finding) => {
    const file = byName.get(finding.file);
    if (file?.node === undefined) return placed(finding, undefined, "", "");
    const starts = offsets.get(finding.file) ?? lineStarts(file.source.text);
    offsets.set(finding.file, starts);
    const offset = (starts[finding.line - 1] ?? 0) + finding.column - 1;
    const { statement, innermost, path } = descend(file.node, offset, membersOf);
    const subject = subjectAt(finding.file, offset);
    const within =
      innermost === undefined || innermost.kind === "string" ? decoded(file.source, innermost, finding) : undefined;
    const fragment = statement ?? within ?? innermost;
    const steps = within === undefined ? path : finding.message.replace(/^Statement\[\d+\]/, "");
    const endOffset = innermost?.offset === offset ? innermost.endOffset : endOfKey(innermost, file.source, offset);
    if (fragment !== last?.node) last = fragment && { node: fragment, text: canonical(fragment) };
    const result = placed(finding, subject, last?.text ?? "", steps);
    if (endOffset === undefined) return result;
    const replacement = replacementOf(finding, file.source.text.slice(offset, endOffset));
    return {
      ...result,
      end: file.source.positionAt(endOffset),
      ...(replacement === undefined ? {} : { replacement }),
    };
  });

  function placed(
    finding: Finding,
    subject: FindingSubject | undefined,
    fragment: string,
    steps: string,
  ): PlacedFinding {
    const content = [finding.rule, subject?.full ?? "", fragment, steps].join("\n");
    const count = (seen.get(content) ?? 0) + 1;
    seen.set(content, count);
    const fingerprint = sha256.ofText(`${content}\n${count}`).slice(0, 16);
    return { finding, subject, fingerprint, end: undefined };
  }
}

interface Descent {
  /** The statement that the offset lies in. */
  readonly statement: TreeNode | undefined;
  readonly innermost: TreeNode | undefined;
  /** The way to it from its statement, or from the top. */
  readonly path: string;
}

/** Gives the members of an object so many steps below the top. */
type MembersOf = (object: TreeObject, depth: number) => readonly TreeMember[];

/** Members are read out of the text at each look where a tree does not keep them; findings about one document come one after the other. */
function lastMembers(): MembersOf {
  const ofDepths: { readonly object: TreeObject; readonly members: readonly TreeMember[] }[] = [];
  return (object, depth) => {
    const last = ofDepths[depth];
    if (last?.object === object) return last.members;
    const { members } = object;
    ofDepths[depth] = { object, members };
    return members;
  };
}

function descend(top: TreeNode, offset: number, membersOf: MembersOf): Descent {
  let statement: TreeNode | undefined;
  let innermost: TreeNode | undefined = top;
  let path: (string | number)[] = [];
  for (let next: TreeNode | undefined = top, depth = 0; next !== undefined; depth++) {
    innermost = next;
    const node: TreeNode = next;
    next = undefined;
    if (node.kind === "array") {
      const at = lastFrom(node.items, offset);
      const item: TreeNode | undefined = node.items[at];
      next = item !== undefined && holds(item, offset) ? item : undefined;
      const isStatement = path.at(-1) === "Statement";
      if (next !== undefined) path.push(at);
      if (isStatement && next !== undefined) [statement, path] = [next, []];
    } else if (node.kind === "object") {
      const member = membersOf(node, depth).find(
        ({ keyOffset, value }) => keyOffset <= offset && offset < value.endOffset,
      );
      if (member === undefined) break;
      path.push(member.key);
      next = member.value;
      if (!holds(member.value, offset)) break;
      if (member.key === "Statement" && next.kind === "object") [statement, path] = [next, []];
    }
  }
  return { statement, innermost, path: statement === undefined ? "" : path.join("/") };
}

/** Where the member name at an offset ends, quotes included. */
function endOfKey(node: TreeNode | undefined, { text }: SourceText, offset: number): number | undefined {
  const key = node?.kind === "object" ? node.members.find(({ keyOffset }) => keyOffset === offset)?.key : undefined;
  if (key === undefined) return undefined;
  const written = [JSON.stringify(key), `'${key}'`, key].find((one) => text.startsWith(one, offset));
  return written === undefined ? undefined : offset + written.length;
}

/** Rules whose findings stand at the word that their fix replaces. */
const replacing: ReadonlySet<string> = new Set([
  "COND-1",
  "DOC-8",
  "LINT-CONDITION-KEY",
  "LINT-SERVICE",
  "LINT-VARIABLE",
]);

/** The whole text that is written instead of another one, in the same quotes. Only words that need none in any format. */
function replacementOf({ rule, fix = "" }: Finding, written: string): string | undefined {
  const word = replacing.has(rule) ? /^write `([A-Za-z0-9:_/.*-]+)`$/.exec(fix)?.[1] : undefined;
  if (word === undefined || /[*]$|^[*-]/.test(word)) return undefined;
  const quoteMark = /^["']/.exec(written)?.[0] ?? "";
  return written.includes("\n") ? undefined : `${quoteMark}${word}${quoteMark}`;
}

/** The statement in a document that stands percent-encoded in one string, where all findings have the place of the string. */
function decoded(source: SourceText, node: TreeNode | undefined, { message }: Finding): TreeNode | undefined {
  const index = /^Statement\[(\d+)\]/.exec(message)?.[1];
  if (node === undefined || index === undefined || node.kind !== "string" || !/^(?:%7B|\s*\{)/i.test(node.value))
    return undefined;
  const statements = memberNode(originAt(source, node)?.node, "Statement");
  return statements?.kind === "array" ? statements.items[Number(index)] : statements;
}

/** The last of the items, which stand in the order of their places, that begins no later than an offset. A list may have thousands. */
function lastFrom(items: readonly TreeNode[], offset: number): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((items[middle]?.offset ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function holds({ offset, endOffset }: TreeNode, at: number): boolean {
  return offset <= at && at < endOffset;
}

/** The value as compact JSON with its members in the order of their names: the same for every way of writing it, in JSON or YAML. */
function canonical(node: TreeNode): string {
  switch (node.kind) {
    case "object": {
      const members = node.members.map(({ key, value }) => `${JSON.stringify(key)}:${canonical(value)}`);
      return `{${members.sort().join(",")}}`;
    }
    case "array":
      return node.items.length === 1 && node.items[0] !== undefined
        ? canonical(node.items[0])
        : `[${node.items.map(canonical).join(",")}]`;
    case "string":
      return JSON.stringify(node.value);
    case "number":
      return JSON.stringify(node.text);
    case "boolean":
      return JSON.stringify(String(node.value));
    case "null":
      return "null";
  }
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
