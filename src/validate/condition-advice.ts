/** Advice about condition blocks: keys, operators and how they fit together (COND-2, COND-9, SET-2, SET-6, BOOL-3, RCP-3). */
import type { ConditionOperator, ConditionTest } from "../policy/document/document.js";
import { memberPath } from "../text/element-path.js";
import { quote } from "../text/quote.js";
import { globalKey, identifierKeys, organizationPathKeys } from "./catalogue/condition-keys.js";
import { adviseKey } from "./condition-key-advice.js";
import { adviseValues } from "./condition-value-advice.js";
import { knownKey } from "./known-key.js";
import { advise, type PlacedStatement, type Subject, statementPlace, testPlace } from "./subject.js";

/** Adds what there is to say about the conditions of a statement. */
export function adviseConditions(subject: Subject, placed: PlacedStatement): void {
  const { conditions } = placed.statement;
  const seen = new Map<string, string>();
  for (const [index, test] of conditions.entries()) {
    const place = testPlace(placed, index);
    const identity = `${operatorKey(test.operator)} ${test.key.toLowerCase()}`;
    const earlier = seen.get(identity);
    if (earlier === undefined) seen.set(identity, test.key);
    else {
      const cause = `is the same key as ${quote(earlier)} under the same operator: both tests must hold`;
      advise(subject, "COND-2", "warning", place, cause, "write the key once, with all values in one list");
    }
    adviseKey(subject, placed, index);
    adviseSetOperator(subject, placed, index);
    adviseValues(subject, placed, index);
  }
  adviseMfa(subject, placed);
  if (subject.type === "rcp") adviseServiceException(subject, placed);
}

/** Adds suggestions about blocks that say nothing (DOC-10). */
export function adviseEmptyBlocks(subject: Subject): void {
  for (const { statementIndex, operatorName, position } of subject.places.emptyBlocks()) {
    const block = `Statement[${statementIndex}].Condition`;
    const path = operatorName === undefined ? block : memberPath(block, operatorName);
    advise(subject, "DOC-10", "suggestion", { position, path }, "is empty, which is always true", "leave it out");
  }
}

function operatorKey({ kind, negated, ifExists, qualifier }: ConditionOperator): string {
  return [kind, negated, ifExists, qualifier].join(" ");
}

function adviseSetOperator(subject: Subject, placed: PlacedStatement, index: number): void {
  const { conditions, effect } = placed.statement;
  const test = conditions[index];
  if (test === undefined) return;
  const { operator, operatorName, key } = test;
  const place = testPlace(placed, index);
  const plainName = operatorName.replace(/^[^:]*:/, "");
  const facts = knownKey(subject, key);
  if (operator.kind === "Null") {
    if (operator.qualifier === "none") return;
    const cause = `\`${operator.qualifier}\` changes nothing with \`Null\``;
    advise(subject, "NULL-2", "suggestion", place, cause, `write \`${plainName}\``);
    return;
  }
  if (operator.qualifier === "none") {
    if (facts?.multivalued !== true) return;
    const never = effect === "Deny" ? ", so this Deny does not fire" : "";
    const what = globalKey(key) === undefined ? "may have several values, and then" : "is a list, for which";
    const cause = `${quote(key)} ${what} \`${operatorName}\` is false${never}`;
    const severity = effect === "Deny" ? "securityWarning" : "warning";
    const fix = `write \`ForAnyValue:${operatorName}\` or \`ForAllValues:${operatorName}\``;
    advise(subject, "COND-9", severity, place, cause, fix);
    return;
  }
  const opens = operator.qualifier === "ForAllValues" && !demandsPresence(conditions, key);
  if (opens && effect === "Allow") {
    const single = facts?.multivalued === false;
    const cause = `allows requests that lack ${quote(key)}: \`ForAllValues\` is true for them`;
    const fix = single ? `write \`${plainName}\`` : `add "Null": {${JSON.stringify(key)}: "false"}`;
    advise(subject, single ? "SET-6" : "SET-2", "securityWarning", place, cause, fix);
  } else if (facts?.multivalued === false) {
    const effects = opens ? ", and is true for requests that lack it" : "";
    const severity = opens ? "warning" : "suggestion";
    const cause = `${quote(key)} has one value: \`${operator.qualifier}\` is for keys with several${effects}`;
    advise(subject, "SET-6", severity, place, cause, `write \`${plainName}\``);
  }
}

/** True if some test of the block fails when the key is missing. */
function demandsPresence(conditions: readonly ConditionTest[], key: string): boolean {
  const folded = key.toLowerCase();
  return conditions.some(({ operator, key: other, values }) => {
    if (other.toLowerCase() !== folded) return false;
    if (operator.kind === "Null") return values.every((value) => value.toLowerCase() === "false");
    if (operator.ifExists || operator.qualifier === "ForAllValues") return false;
    return !operator.negated || operator.qualifier === "ForAnyValue";
  });
}

const mfaKey = "aws:multifactorauthpresent";

// BOOL-3: long-term access keys lack the key, so a plain test of a Deny misses them.
function adviseMfa(subject: Subject, placed: PlacedStatement): void {
  const { conditions, effect } = placed.statement;
  for (const [index, { operator, operatorName, key, values }] of conditions.entries()) {
    if (operator.kind !== "Bool" || key.toLowerCase() !== mfaKey || operator.qualifier !== "none") continue;
    const onlyValue = values.every((value) => value.toLowerCase() === values[0]?.toLowerCase()) ? values[0] : undefined;
    const wanted = onlyValue?.toLowerCase();
    const place = testPlace(placed, index);
    if (effect === "Deny" && wanted === "false" && !operator.ifExists && !isCoveredElsewhere(subject)) {
      const cause = "does not fire for long-term access keys, whose requests lack the key";
      advise(subject, "BOOL-3", "securityWarning", place, cause, `write \`${operatorName}IfExists\``);
    } else if (effect === "Allow" && wanted === "true" && operator.ifExists && !demandsPresence(conditions, key)) {
      const cause = "is true for long-term access keys, whose requests lack the key: no MFA is demanded of them";
      advise(subject, "LINT-IFEXISTS-MFA", "securityWarning", place, cause, "write `Bool`");
    }
  }
}

/** Another Deny of the document that is true when the key is missing; looked for once a document. */
function isCoveredElsewhere(subject: Subject): boolean {
  const known = coveredElsewhere.get(subject);
  if (known !== undefined) return known;
  const found = subject.statements.some(({ statement: { effect, conditions } }) =>
    conditions.some(
      ({ operator, key, values }) =>
        effect === "Deny" &&
        key.toLowerCase() === mfaKey &&
        (operator.ifExists || (operator.kind === "Null" && values.some((value) => value.toLowerCase() === "true"))),
    ),
  );
  coveredElsewhere.set(subject, found);
  return found;
}

const coveredElsewhere = new WeakMap<Subject, boolean>();

/** Keys that requests of services lack, so that a negated test on them is true for services. */
const principalFences: ReadonlySet<string> = new Set([
  ...[...identifierKeys.keys()].filter((key) => key.startsWith("aws:principal")),
  ...[...organizationPathKeys].filter((key) => key.startsWith("aws:principal")),
  "aws:principalarn",
]);

// RCP-3: resource control policies bind services too.
function adviseServiceException(subject: Subject, placed: PlacedStatement): void {
  const { conditions } = placed.statement;
  const holdsForServices = conditions.every(
    ({ operator, key }) =>
      principalFences.has(key.toLowerCase()) &&
      operator.kind !== "Null" &&
      operator.qualifier !== "ForAnyValue" &&
      (operator.negated || operator.ifExists || operator.qualifier === "ForAllValues"),
  );
  if (!holdsForServices || conditions.length === 0) return;
  const cause = "denies AWS services too: their requests lack the keys that the condition tests";
  const fix = 'add "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}';
  advise(subject, "RCP-3", "warning", statementPlace(placed), cause, fix);
}
