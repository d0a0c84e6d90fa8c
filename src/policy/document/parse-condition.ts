/**
 * The `Condition` block: operators, keys and values (sections 7 to 9 of the semantics). A value that
 * its operator cannot read is refused here, so that evaluation never meets one.
 */

import { below, type ElementPath, itemOf } from "../../text/element-path.js";
import { quote } from "../../text/quote.js";
import type { TreeMember, TreeNode } from "../../text/tree.js";
import type { ConditionOperator, ConditionTest } from "./document.js";
import { addError, type DocumentReading, describeNode, listItems } from "./document-reading.js";
import { isNullIfExists, parseOperator, suggestOperator } from "./operator.js";
import { type OperatorKind, operators, type ValueProblem, valueFormats } from "./operators.js";
import { hasVariables, parseTemplate, type TemplateProblem } from "./template.js";

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
    if (operator === undefined) {
      addOperatorError(member, operatorPath, reading);
      if (isConditionKey(member.key)) continue;
    }
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
  if (isConditionKey(member.key)) {
    const [inner] = member.value.kind === "object" ? member.value.members : [];
    const name = inner !== undefined && parseOperator(inner.key) !== undefined ? inner.key : undefined;
    const form = `write {"${name ?? "OPERATOR"}": {${JSON.stringify(member.key)}: …}}`;
    const fix = name === undefined ? `${form}, with \`StringEquals\` or the like` : form;
    addError(reading, "COND-1", member.keyOffset, path, "a condition key stands where an operator belongs", fix);
    return;
  }
  const meant = suggestOperator(member.key);
  const fix = meant === undefined ? undefined : `write \`${meant}\``;
  addError(reading, "COND-1", member.keyOffset, path, `unknown condition operator ${quote(member.key)}`, fix);
}

/** Only qualifiers have a colon among operators. */
function isConditionKey(name: string): boolean {
  return /^[^:]+:[^:]/.test(name) && !/^for(?:all|any)/i.test(name);
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
  const { takesVariables, problem, templateProblem } = valueFormats[operators[kind].values];
  const withVariables = hasVariables(value, reading.version);
  if (withVariables && !takesVariables) {
    addError(reading, "VAR-10", offset, path, `\`${kind}\` takes no variables in ${quote(value)}`);
    return;
  }
  if (problem !== undefined && !withVariables) {
    addProblem(problem(value), value, offset, path, reading);
    return;
  }
  const problems: TemplateProblem[] = [];
  const parts = parseTemplate(value, reading.version, problems);
  for (const { rule, message, fix } of problems) addError(reading, rule, offset, path, message, fix);
  if (problems.length === 0) addProblem(templateProblem?.(parts), value, offset, path, reading);
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
