/**
 * The `Condition` block: operators, keys and values (sections 7 to 9 of the semantics). A value that
 * its operator cannot read is refused here, so that evaluation never meets one.
 */
import { parseBase64 } from "./base64.js";
import { parseDate } from "./date.js";
import { parseDecimal } from "./decimal.js";
import type { ConditionOperator, ConditionTest, OperatorKind } from "./document.js";
import { addError, type DocumentReading, describeNode, listItems } from "./document-reading.js";
import { below, type ElementPath, itemOf } from "./element-path.js";
import { parseIpRange } from "./ip-address.js";
import { isNullIfExists, parseOperator, suggestOperator } from "./operator.js";
import { quote } from "./quote.js";
import { hasVariables, parseTemplate, type TemplateProblem } from "./template.js";
import type { TreeMember, TreeNode } from "./tree.js";

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
  const format = formats.get(kind);
  const withVariables = hasVariables(value, reading.version);
  if (format !== undefined && !(kind === "Bool" && withVariables)) {
    if (withVariables) addError(reading, "VAR-10", offset, path, `\`${kind}\` takes no variables in ${quote(value)}`);
    else if (!format.accepts(value))
      addError(reading, format.rule, offset, path, `${quote(value)} is not ${format.noun}`);
    return;
  }
  const problems: TemplateProblem[] = [];
  parseTemplate(value, reading.version, problems);
  for (const { rule, message } of problems) addError(reading, rule, offset, path, message);
}

interface ValueFormat {
  readonly rule: string;
  readonly noun: string;
  accepts(value: string): boolean;
}

const decimal: ValueFormat = {
  rule: "NUM-3",
  noun: "a decimal number",
  accepts: (value) => parseDecimal(value) !== undefined,
};

const date: ValueFormat = {
  rule: "DATE-4",
  noun: "a date or epoch seconds",
  accepts: (value) => parseDate(value) !== undefined,
};

/** Operators whose values have a format; those of String and ARN operators are templates. */
const formats: ReadonlyMap<OperatorKind, ValueFormat> = new Map<OperatorKind, ValueFormat>([
  ["NumericEquals", decimal],
  ["NumericLessThan", decimal],
  ["NumericLessThanEquals", decimal],
  ["NumericGreaterThan", decimal],
  ["NumericGreaterThanEquals", decimal],
  ["DateEquals", date],
  ["DateLessThan", date],
  ["DateLessThanEquals", date],
  ["DateGreaterThan", date],
  ["DateGreaterThanEquals", date],
  ["Bool", { rule: "BOOL-2", noun: "`true` or `false`", accepts: isTrueOrFalse }],
  ["Null", { rule: "NULL-1", noun: "`true` or `false`", accepts: isTrueOrFalse }],
  ["BinaryEquals", { rule: "BIN-2", noun: "base64", accepts: (value) => parseBase64(value) !== undefined }],
  [
    "IpAddress",
    { rule: "IP-6", noun: "an IP address or range", accepts: (value) => parseIpRange(value) !== undefined },
  ],
]);

function isTrueOrFalse(value: string): boolean {
  return /^(?:true|false)$/i.test(value);
}
