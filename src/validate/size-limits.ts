/**
 * AWS's size limits (TYPE-3). Sizes are taken of the text as written and of the same document as
 * compact JSON: what is too large even when compact is too large however AWS counts.
 */
import { documentTypes, type SizeLimit } from "../question/layers.js";
import type { Finding } from "../text/finding.js";
import type { TreeNode } from "../text/tree.js";
import type { DocumentOrigin } from "./document-places.js";
import { advise, type Place, type PlacedStatement, type Subject } from "./subject.js";

/** The size of one document in characters. */
export interface DocumentSize {
  /** As written. */
  readonly written: number;
  /** As compact JSON. */
  readonly compact: number;
  /** Without any white space, as IAM counts. */
  readonly dense: number;
}

/** The size of the document with this tree. */
export function documentSize({ source, node }: DocumentOrigin): DocumentSize {
  const written = source.text.slice(node.offset, node.endOffset);
  const compact = compactJson(node);
  return { written: written.length, compact: compact.length, dense: compact.replace(/\s/g, "").length };
}

/** Adds an error if the document is larger than AWS stores, and a warning if that depends on how it is stored. */
export function adviseSize(subject: Subject): void {
  const { document, places, profile, type } = subject;
  if (profile !== "aws") return;
  if (queueArn.test(subject.resourceArn ?? "")) adviseQueuePolicy(subject);
  const limit = limitFor(subject);
  if (places.origin === undefined || limit === undefined) return;
  const { written, compact, dense } = documentSize(places.origin);
  const place: Place = { position: document.source.positionAt(document.offset), path: "" };
  const size = limit.countsWhiteSpace ? compact : dense;
  if (size > limit.most) {
    const how = limit.countsWhiteSpace ? "as compact JSON" : "without white space";
    const fix = type === "identity" || type === "boundary" ? "split it into several policies" : "shorten it";
    advise(
      subject,
      "TYPE-3",
      size > (limit.mostAtAll ?? limit.most) ? "error" : "warning",
      place,
      `${limit.noun} has at most ${limit.most}, this has ${size} ${how}`,
      fix,
    );
  } else if (limit.countsWhiteSpace && isJson(places.origin) && written > limit.most) {
    const cause = `${limit.noun} has at most ${limit.most}, this has ${written} as written`;
    advise(subject, "TYPE-3", "warning", place, cause, "store it without white space");
  }
}

/** Adds an error if the inline policies of one entity are larger together than AWS stores. */
export function adviseInlineSizes(
  kind: "user" | "group" | "role",
  origins: readonly DocumentOrigin[],
  place: DocumentOrigin,
  findings: Finding[],
): void {
  const most = inlineLimits[kind];
  const sum = origins.reduce((total, origin) => total + documentSize(origin).dense, 0);
  if (sum <= most) return;
  findings.push({
    ...place.source.positionAt(place.node.offset),
    rule: "TYPE-3",
    severity: "error",
    message: `the inline policies of a ${kind} have at most ${most} characters together, these have ${sum} without white space`,
    fix: "make managed policies of them",
  });
}

const inlineLimits = { user: 2_048, group: 5_120, role: 10_240 } as const;

const queueArn = /^arn:[^:]*:sqs:/;

function limitFor({ type, storage, resourceArn = "" }: Subject): SizeLimit | undefined {
  if (type === "any") return undefined;
  // Inline policies are limited by their sum; what is neither is at least no managed policy.
  if (type === "identity" && storage === "inline") return undefined;
  return type === "resource" ? resourceLimit(resourceArn) : documentTypes[type].limit;
}

/** What a resource stores of its policy, by the service that it is of. */
function resourceLimit(arn: string): SizeLimit | undefined {
  if (/^arn:[^:]*:s3:::/.test(arn)) return { noun: "a bucket policy", most: 20_480, countsWhiteSpace: true };
  if (/^arn:[^:]*:kms:/.test(arn)) return { noun: "a key policy", most: 32_768, countsWhiteSpace: true };
  return queueArn.test(arn) ? { noun: "a queue policy", most: 8_192, countsWhiteSpace: true } : undefined;
}

function adviseQueuePolicy(subject: Subject): void {
  const statements = subject.statements;
  const warn = (placed: PlacedStatement | undefined, what: string, most: number, count: number): void => {
    if (count <= most) return;
    const { source, offset } = placed?.statement ?? subject.document;
    const place = { position: source.positionAt(offset), path: placed?.path ?? "" };
    const cause = `a queue policy has at most ${most} ${what}, this has ${count}`;
    advise(subject, "TYPE-3", "error", place, cause, "split it, or leave some out");
  };
  warn(undefined, "statements", 20, statements.length);
  for (const placed of statements) {
    const { principal, action, conditions } = placed.statement;
    warn(placed, "principals in a statement", 50, principal?.entries.length ?? 0);
    warn(placed, "actions in a statement", 7, action.patterns.length);
    warn(placed, "conditions in a statement", 10, conditions.length);
  }
}

/** In YAML the text as written is not what AWS stores. */
function isJson({ source, node }: DocumentOrigin): boolean {
  return source.text.charAt(node.offset) === "{" && !/\.ya?ml$/i.test(source.file);
}

function compactJson(node: TreeNode): string {
  switch (node.kind) {
    case "object":
      return `{${node.members.map(({ key, value }) => `${JSON.stringify(key)}:${compactJson(value)}`).join(",")}}`;
    case "array":
      return `[${node.items.map(compactJson).join(",")}]`;
    case "string":
      return JSON.stringify(node.value);
    case "number":
      return node.text;
    case "boolean":
      return String(node.value);
    case "null":
      return "null";
  }
}
