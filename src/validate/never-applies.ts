/**
 * Statements whose conditions contradict each other, so that they apply to no request (LINT-NEVER).
 * Only contradictions that hold for every request are named.
 */

import { hasWildcard } from "../policy/document/arn.js";
import { compareInstants, parseDate } from "../policy/document/date.js";
import { compareDecimals, parseDecimal } from "../policy/document/decimal.js";
import type { ConditionTest, DocumentVersion } from "../policy/document/document.js";
import { operators, type ValueFormat, type ValueFormatName, valueFormats } from "../policy/document/operators.js";
import { hasVariables } from "../policy/document/template.js";
import { quote } from "../text/quote.js";
import { advise, type PlacedStatement, type Subject, testPlace } from "./subject.js";

/** Adds a finding about the first pair of tests that cannot both hold. */
export function adviseContradictions(subject: Subject, placed: PlacedStatement): void {
  const { conditions, effect } = placed.statement;
  const { version } = subject.document;
  for (const [index, test] of conditions.entries()) {
    const other = conditions.slice(0, index).find((earlier) => contradicts(earlier, test, version));
    if (other === undefined) continue;
    const what = effect === "Deny" ? "this Deny never fires" : "the statement never applies";
    const cause = `${what}: the test contradicts \`${other.operatorName}\` on ${quote(other.key)}`;
    const severity = effect === "Deny" ? "securityWarning" : "warning";
    advise(subject, "LINT-NEVER", severity, testPlace(placed, index), cause, "split the tests into two statements");
    return;
  }
}

function contradicts(one: ConditionTest, other: ConditionTest, version: DocumentVersion): boolean {
  if (one.key.toLowerCase() !== other.key.toLowerCase() || one.values.length === 0 || other.values.length === 0) {
    return false;
  }
  return (
    absenceContradicts(one, other) ||
    absenceContradicts(other, one) ||
    valuesContradict(one, other, version) ||
    valuesContradict(other, one, version) ||
    rangesContradict(one, other)
  );
}

/** `one` asks for a missing key, `other` for a present one. */
function absenceContradicts(one: ConditionTest, other: ConditionTest): boolean {
  return asksNull(one, "true") && (asksNull(other, "false") || needsPresence(other));
}

function asksNull({ operator, values }: ConditionTest, wanted: "true" | "false"): boolean {
  return operator.kind === "Null" && values.every((value) => value.toLowerCase() === wanted);
}

function needsPresence({ operator }: ConditionTest): boolean {
  if (operator.kind === "Null" || operator.ifExists || operator.qualifier === "ForAllValues") return false;
  return !operator.negated || operator.qualifier === "ForAnyValue";
}

/** Plain tests of literal texts: `one` is positive and needs the key, none of its values passes `other`. */
function valuesContradict(one: ConditionTest, other: ConditionTest, version: DocumentVersion): boolean {
  if (one.operator.qualifier !== "none" || other.operator.qualifier !== "none") return false;
  if (one.operator.negated || one.operator.ifExists) return false;
  const listed = literalValues(one, version);
  const tested = literalValues(other, version);
  if (listed === undefined || tested === undefined) return false;
  // Texts that differ in case only may pass a test that ignores case.
  const folds = [one, other].some(({ operator }) => operator.kind !== "StringEquals" && operator.kind !== "StringLike");
  if (other.operator.negated)
    return [...listed].every((value) => tested.has(value)) && (!folds || sameKind(one, other));
  const fold = (values: ReadonlySet<string>) =>
    new Set([...values].map((value) => (folds ? value.toLowerCase() : value)));
  const accepted = fold(tested);
  return [...fold(listed)].every((value) => !accepted.has(value));
}

function sameKind(one: ConditionTest, other: ConditionTest): boolean {
  return one.operator.kind === other.operator.kind;
}

/** The texts that a test compares with, if they are all plain; undefined otherwise. */
function literalValues({ operator, values }: ConditionTest, version: DocumentVersion): ReadonlySet<string> | undefined {
  if (values.some((value) => hasVariables(value, version))) return undefined;
  return plainValues[valueFormats[operators[operator.kind].values].equality](values);
}

type PlainValues = (values: readonly string[]) => ReadonlySet<string> | undefined;

// Beyond ASCII, lower-casing depends on what stands around a character (STR-1).
const equalTexts: PlainValues = (values) =>
  values.every((value) => /^[ -~]*$/.test(value)) ? new Set(values) : undefined;

const plainValues: Readonly<Record<ValueFormat["equality"], PlainValues>> = {
  text: equalTexts,
  plainText: (values) => (values.some(hasWildcard) ? undefined : new Set(values)),
  foldedText: (values) => new Set(values.map((value) => value.toLowerCase())),
  several: () => undefined,
};

/** A lower bound that is not below an upper bound. Both tests need the key, or one does. */
function rangesContradict(one: ConditionTest, other: ConditionTest): boolean {
  if (one.operator.qualifier !== "none" || other.operator.qualifier !== "none") return false;
  if (one.operator.ifExists && other.operator.ifExists) return false;
  const [low, high] = isLowerBound(one) ? [one, other] : [other, one];
  if (!isLowerBound(low) || !isUpperBound(high)) return false;
  const compare = comparison(low, high);
  if (compare === undefined) return false;
  const inclusive = relationOf(low) === "greaterOrEqual" && relationOf(high) === "lessOrEqual";
  return low.values.every((from) =>
    high.values.every((to) => {
      const order = compare(from, to);
      return order !== undefined && (inclusive ? order > 0 : order >= 0);
    }),
  );
}

function isLowerBound(test: ConditionTest): boolean {
  const relation = relationOf(test);
  return relation === "greater" || relation === "greaterOrEqual";
}

function isUpperBound(test: ConditionTest): boolean {
  const relation = relationOf(test);
  return relation === "less" || relation === "lessOrEqual";
}

function relationOf({ operator }: ConditionTest) {
  return operators[operator.kind].relation;
}

function comparison(
  low: ConditionTest,
  high: ConditionTest,
): ((left: string, right: string) => number | undefined) | undefined {
  const both = (format: ValueFormatName) =>
    [low, high].every(({ operator }) => operators[operator.kind].values === format);
  if (both("date")) return compareWith(parseDate, compareInstants);
  return both("decimal") ? compareWith(parseDecimal, compareDecimals) : undefined;
}

function compareWith<T>(parse: (text: string) => T | undefined, compare: (left: T, right: T) => number) {
  return (left: string, right: string): number | undefined => {
    const [one, other] = [parse(left), parse(right)];
    return one === undefined || other === undefined ? undefined : compare(one, other);
  };
}
