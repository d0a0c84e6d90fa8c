/**
 * `Action`, `NotAction`, `Resource`, `NotResource`: lists of patterns, checked one by one (ACT-5,
 * ACT-6, DOC-9 to DOC-11, RES-16, VAR-11). Texts stay as written.
 */

import { below, type ElementPath, itemOf } from "../../text/element-path.js";
import { quote } from "../../text/quote.js";
import type { TreeMember, TreeNode, TreeString } from "../../text/tree.js";
import { arnMeant, isAllStars, looksLikeArnPattern, splitArnFields } from "./arn.js";
import type { PatternList } from "./document.js";
import { addError, type DocumentReading, describeNode, listItems } from "./document-reading.js";
import { hasVariables, parseTemplate, type TemplateProblem } from "./template.js";

/** Parses the member `Action` or `NotAction` of a statement. */
export function parseActionList(member: TreeMember, path: ElementPath, reading: DocumentReading): PatternList {
  return parsePatterns(member, path, reading, checkAction);
}

/** Parses the member `Resource` or `NotResource` of a statement. */
export function parseResourceList(member: TreeMember, path: ElementPath, reading: DocumentReading): PatternList {
  return parsePatterns(member, path, reading, checkResource);
}

/** Notes what is wrong with a pattern that begins at the offset of the source. */
type PatternCheck = (pattern: string, offset: number, path: ElementPath, reading: DocumentReading) => void;

function parsePatterns(
  member: TreeMember,
  path: ElementPath,
  reading: DocumentReading,
  check: PatternCheck,
): PatternList {
  const listPath = below(path, member.key);
  const negated = member.key.startsWith("Not");
  const items = listItems(member.value);
  if (negated && items.length === 0) {
    addError(reading, "DOC-10", member.value.offset, listPath, "an empty list would match everything");
  }
  for (const [index, item] of items.entries()) {
    const elementPath = itemOf(listPath, index, items.length);
    if (item.kind === "string") check(item.value, item.offset, elementPath, reading);
    else addError(reading, "DOC-11", item.offset, elementPath, `must be a string, not ${describeNode(item)}`);
  }
  // Arrays of the exact length: grown ones have room for 17 elements each, which 100,000 statements would keep.
  const texts = items.every(isString) ? items : items.filter(isString);
  return {
    negated,
    patterns: texts.map(({ value }) => value),
    offset: member.keyOffset,
    patternOffsets: texts.map(({ offset }) => offset),
  };
}

function isString(node: TreeNode): node is TreeString {
  return node.kind === "string";
}

function checkAction(pattern: string, offset: number, path: ElementPath, reading: DocumentReading): void {
  const problem = actionProblem(pattern);
  if (problem === undefined) return;
  const { rule, cause, fix } = problem;
  addError(reading, rule, offset, path, `action ${quote(pattern)} ${cause}`, fix);
}

interface ActionProblem {
  readonly rule: "ACT-5" | "ACT-6";
  readonly cause: string;
  readonly fix?: string;
}

function actionProblem(pattern: string): ActionProblem | undefined {
  if (isAllStars(pattern)) return undefined;
  const colonAt = pattern.indexOf(":");
  if (colonAt < 0) {
    const [, service, name] = /^([a-z0-9-]+)[./ ]([A-Z*][A-Za-z0-9*?]*)$/.exec(pattern) ?? [];
    const fix = service === undefined ? "write `service:Name` or `*`" : `write \`${service}:${name}\``;
    return { rule: "ACT-5", cause: "has no service prefix", fix };
  }
  if (colonAt === 0) return { rule: "ACT-5", cause: "has an empty service prefix" };
  if (colonAt === pattern.length - 1) {
    return { rule: "ACT-6", cause: "has an empty name", fix: "write `service:*` for all its actions" };
  }
  if (!pattern.includes(":", colonAt + 1)) return undefined;
  return { rule: "ACT-6", cause: "has more than one colon", fix: "write one action to a string" };
}

function checkResource(pattern: string, offset: number, path: ElementPath, reading: DocumentReading): void {
  if (isAllStars(pattern)) return;
  if (hasVariables(pattern, reading.version)) {
    // VAR-11: fields are split before variables are found, so the sixth must begin before the first `${`.
    const fields = splitArnFields(pattern);
    const rest = fields[5] ?? "";
    if (pattern.indexOf("${") < pattern.length - rest.length) {
      addError(reading, "VAR-11", offset, path, `resource ${quote(pattern)} has a variable before its fifth colon`);
      return;
    }
    const problems: TemplateProblem[] = [];
    parseTemplate(rest, reading.version, problems);
    for (const { rule, message, fix } of problems) addError(reading, rule, offset, path, message, fix);
  }
  if (looksLikeArnPattern(pattern)) return;
  const meant = arnMeant(pattern);
  const fix = meant === undefined ? "write an ARN, such as `arn:aws:s3:::bucket/key`" : `write ${quote(meant)}`;
  addError(reading, "RES-16", offset, path, `resource ${quote(pattern)} is neither an ARN nor \`*\``, fix);
}
