/**
 * `Action`, `NotAction`, `Resource`, `NotResource`: lists of patterns, checked one by one (ACT-5,
 * ACT-6, DOC-9 to DOC-11, RES-16, VAR-11). Texts stay as written.
 */
import { isAllStars, looksLikeArnPattern, splitArnFields } from "./arn.js";
import type { PatternList } from "./document.js";
import { addError, type DocumentReading, describeNode, itemPath, listItems, memberPath } from "./document-reading.js";
import type { SourcePosition } from "./finding.js";
import { quote } from "./quote.js";
import { hasVariables, parseTemplate, type TemplateProblem } from "./template.js";
import type { TreeMember } from "./tree.js";

/** Parses the member `Action` or `NotAction` of a statement. */
export function parseActionList(member: TreeMember, path: string, reading: DocumentReading): PatternList {
  return parsePatterns(member, path, reading, checkAction);
}

/** Parses the member `Resource` or `NotResource` of a statement. */
export function parseResourceList(member: TreeMember, path: string, reading: DocumentReading): PatternList {
  return parsePatterns(member, path, reading, checkResource);
}

/** Notes what is wrong with a pattern that begins at the offset of the source. */
type PatternCheck = (pattern: string, offset: number, path: string, reading: DocumentReading) => void;

function parsePatterns(member: TreeMember, path: string, reading: DocumentReading, check: PatternCheck): PatternList {
  const listPath = memberPath(path, member.key);
  const negated = member.key.startsWith("Not");
  const items = listItems(member.value);
  if (negated && items.length === 0) {
    addError(reading, "DOC-10", member.value.offset, listPath, "an empty list would match everything");
  }
  const patterns: string[] = [];
  const patternPositions: SourcePosition[] = [];
  for (const [index, item] of items.entries()) {
    const elementPath = itemPath(listPath, index, items.length);
    if (item.kind !== "string") {
      addError(reading, "DOC-11", item.offset, elementPath, `must be a string, not ${describeNode(item)}`);
      continue;
    }
    check(item.value, item.offset, elementPath, reading);
    patterns.push(item.value);
    patternPositions.push(reading.source.positionAt(item.offset));
  }
  return { negated, patterns, position: reading.source.positionAt(member.keyOffset), patternPositions };
}

function checkAction(pattern: string, offset: number, path: string, reading: DocumentReading): void {
  if (isAllStars(pattern)) return;
  const colonAt = pattern.indexOf(":");
  const problem = (rule: string, cause: string, fix?: string): void =>
    addError(reading, rule, offset, path, `action ${quote(pattern)} ${cause}`, fix);
  if (colonAt < 0) problem("ACT-5", "has no service prefix", "write `service:Name` or `*`");
  else if (colonAt === 0) problem("ACT-5", "has an empty service prefix");
  else if (colonAt === pattern.length - 1)
    problem("ACT-6", "has an empty name", "write `service:*` for all its actions");
  else if (pattern.includes(":", colonAt + 1)) {
    problem("ACT-6", "has more than one colon", "write one action to a string");
  }
}

function checkResource(pattern: string, offset: number, path: string, reading: DocumentReading): void {
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
    for (const { rule, message } of problems) addError(reading, rule, offset, path, message);
  }
  if (looksLikeArnPattern(pattern)) return;
  addError(reading, "RES-16", offset, path, `resource ${quote(pattern)} is neither an ARN nor \`*\``);
}
