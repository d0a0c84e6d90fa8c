/**
 * The `Condition` block: operators, keys and values (sections 7 to 9 of the semantics). A value that
 * its operator cannot read is refused here, so that evaluation never meets one.
 */

import { below, type ElementPath, itemOf } from "../../text/element-path.js";
import { quote } from "../../text/quote.js";
import type { TreeMember, TreeNode } from "../../text/tree.js";
import { coversSixFields, splitArnFields } from "./arn.js";
import { parseBase64 } from "./base64.js";
import { parseDate } from "./date.js";
import { parseDecimal } from "./decimal.js";
import type { ConditionOperator, ConditionTest, OperatorKind } from "./document.js";
import { addError, type DocumentReading, describeNode, listItems } from "./document-reading.js";
import { readIpRange } from "./ip-address.js";
import { isNullIfExists, parseOperator, suggestOperator } from "./operator.js";
import { hasVariables, parseTemplate, type TemplatePart, type TemplateProblem, templateSkeleton } from "./template.js";

/** Parses a condition block into its tests, all of which must hold (COND-2). */
export function parseCondition(node: TreeNode, path: ElementPath, reading: DocumentReading): readonly ConditionTest[] {
  if (node.kind !== "object") {
    addError(reading, "COND-2", node.offset, path, `must be an object of operators, not ${describeNode(node)}`);
    return [];
  }
  const tests: ConditionTest[] = [];
  for (const member of node.members) {
    const operatorPath = below(path, member.key);
    const operator = parseOperator(member.key);
    if (operator === undefined) addOperatorError(member, operatorPath, reading);
    if (member.value.kind !== "object") {
      const cause = `must be an object of condition keys, not ${describeNode(member.value)}`;
      addError(reading, "COND-2", member.value.offset, operatorPath, cause);
      continue;
    }
    for (const key of member.value.members) {
      const values = parseValues(key, operator, below(operatorPath, key.key), reading);
      if (operator === undefined) continue;
      tests.push({ operator, operatorName: member.key, key: key.key, values, offset: key.keyOffset });
    }
  }
  return tests;
}

function addOperatorError(member: TreeMember, path: ElementPath, reading: DocumentReading): void {
  if (isNullIfExists(member.key)) {
    addError(reading, "NULL-2", member.keyOffset, path, "`Null` takes no `IfExists`", "write `Null`");
    return;
  }
  const meant = suggestOperator(member.key);
  const fix = meant === undefined ? undefined : `write \`${meant}\``;
  addError(reading, "COND-1", member.keyOffset, path, `unknown condition operator ${quote(member.key)}`, fix);
}

function parseValues(
  member: TreeMember,
  operator: ConditionOperator | undefined,
  path: ElementPath,
  reading: DocumentReading,
): readonly string[] {
  const items = listItems(member.value);
  const values: string[] = [];
  for (const [index, item] of items.entries()) {
    const valuePath = itemOf(path, index, items.length);
    const value = valueText(item);
    if (value === undefined) {
      const cause = `must be a string, boolean or number, not ${describeNode(item)}`;
      addError(reading, "DOC-11", item.offset, valuePath, cause);
      continue;
    }
    if (operator !== undefined) checkValue(value, operator.kind, item.offset, valuePath, reading);
    values.push(value);
  }
  return values;
}

function valueText(node: TreeNode): string | undefined {
  switch (node.kind) {
    case "string":
      return node.value;
    case "number":
      return node.text;
    case "boolean":
      return node.value ? "true" : "false";
    default:
      return undefined;
  }
}

function checkValue(
  value: string,
  kind: OperatorKind,
  offset: number,
  path: ElementPath,
  reading: DocumentReading,
): void {
  const format = formats[kind];
  const withVariables = hasVariables(value, reading.version);
  if (format !== "template" && !(kind === "Bool" && withVariables)) {
    if (withVariables) addError(reading, "VAR-10", offset, path, `\`${kind}\` takes no variables in ${quote(value)}`);
    else addProblem(format(value), value, offset, path, reading);
    return;
  }
  const problems: TemplateProblem[] = [];
  const parts = parseTemplate(value, reading.version, problems);
  for (const { rule, message } of problems) addError(reading, rule, offset, path, message);
  if (kind === "ArnLike" && problems.length === 0) addProblem(arnProblem(parts), value, offset, path, reading);
}

function addProblem(
  problem: ValueProblem | undefined,
  value: string,
  offset: number,
  path: ElementPath,
  reading: DocumentReading,
): void {
  if (problem === undefined) return;
  const { rule, cause, fix } = problem;
  addError(reading, rule, offset, path, `${quote(value)} ${cause}`, fix);
}

/** What is wrong with a value; the cause follows the value in the message. */
interface ValueProblem {
  readonly rule: string;
  readonly cause: string;
  readonly fix?: string;
}

type ValueFormat = (value: string) => ValueProblem | undefined;

function formatOf(rule: string, noun: string, accepts: (value: string) => boolean): ValueFormat {
  return (value) => (accepts(value) ? undefined : { rule, cause: `is not ${noun}` });
}

/** ARN-5: fields are counted before variables bring in text; a star at the end stands for those that lack. */
function arnProblem(parts: readonly TemplatePart[]): ValueProblem | undefined {
  const skeleton = templateSkeleton(parts);
  if (coversSixFields(skeleton)) return undefined;
  const cause = `lacks ${6 - splitArnFields(skeleton).length} of the six fields of an ARN`;
  return { rule: "ARN-5", cause, fix: "write all six fields, or end it in `*`" };
}

function rangeProblem(value: string): ValueProblem | undefined {
  const range = readIpRange(value);
  if (!("rule" in range)) return undefined;
  const { rule, cause, instead } = range;
  return { rule, cause, ...(instead === undefined ? {} : { fix: `write \`${instead}\`` }) };
}

const decimal = formatOf("NUM-3", "a decimal number", (value) => parseDecimal(value) !== undefined);

const date = formatOf("DATE-4", "a date or epoch seconds", (value) => parseDate(value) !== undefined);

/** Operators whose values have a format; those of String and ARN operators are templates. */
const formats: Readonly<Record<OperatorKind, ValueFormat | "template">> = {
  StringEquals: "template",
  StringEqualsIgnoreCase: "template",
  StringLike: "template",
  ArnLike: "template",
  NumericEquals: decimal,
  NumericLessThan: decimal,
  NumericLessThanEquals: decimal,
  NumericGreaterThan: decimal,
  NumericGreaterThanEquals: decimal,
  DateEquals: date,
  DateLessThan: date,
  DateLessThanEquals: date,
  DateGreaterThan: date,
  DateGreaterThanEquals: date,
  Bool: formatOf("BOOL-2", "`true` or `false`", isTrueOrFalse),
  Null: formatOf("NULL-1", "`true` or `false`", isTrueOrFalse),
  BinaryEquals: formatOf("BIN-2", "canonical base64", (value) => parseBase64(value) !== undefined),
  IpAddress: rangeProblem,
};

function isTrueOrFalse(value: string): boolean {
  return /^(?:true|false)$/i.test(value);
}
