/** Tests of statements as they are written: what a statement grants, and what binds it. */
import { actionGlob, globHolds } from "../../globs/glob.js";
import { isAllStars } from "../../policy/document/arn.js";
import type { ConditionTest, Statement } from "../../policy/document/document.js";
import { lowerAscii } from "../../text/fold.js";

/** Whether a statement is about every action. */
export function isEveryAction({ action }: Statement): boolean {
  return !action.negated && action.patterns.some(isAllStars);
}

/** Whether a statement is about every resource. */
export function isEveryResource({ resource }: Statement): boolean {
  return resource !== undefined && !resource.negated && resource.patterns.some(isAllStars);
}

/** Whether a statement allows everything. */
export function allowsEverything(statement: Statement): boolean {
  return statement.effect === "Allow" && isEveryAction(statement) && isEveryResource(statement);
}

/** Whether the actions of a statement, as a list, include one; `*` alone is told by `isEveryAction`. */
export function namesAction({ action }: Statement, name: string): boolean {
  if (action.negated) return false;
  const folded = lowerAscii(name);
  return action.patterns.some((pattern) => !isAllStars(pattern) && globHolds(actionGlob(pattern), folded));
}

/** Whether the actions of a statement include all of a service, by a pattern of its own. */
export function namesService({ action }: Statement, service: string): boolean {
  return (
    !action.negated && action.patterns.some((pattern) => lowerAscii(pattern).replace(/\*+$/, "*") === `${service}:*`)
  );
}

/** Whether resources are all of a kind: `*`, or a pattern with nothing but stars behind what the kind's ARNs begin with. */
export function isEveryOf({ resource }: Statement, kind: RegExp): boolean {
  return (
    resource !== undefined && !resource.negated && resource.patterns.some((one) => isAllStars(one) || kind.test(one))
  );
}

/** The tests of a statement on one of some keys. */
export function testsOn({ conditions }: Statement, ...keys: readonly string[]): readonly ConditionTest[] {
  return conditions.filter(({ key }) => keys.includes(lowerAscii(key)));
}

/** Whether a test holds for some values only, and not where the key is missing. */
export function binds({ operator }: ConditionTest): boolean {
  return !operator.negated && !operator.ifExists && operator.qualifier !== "ForAllValues" && operator.kind !== "Null";
}

/** Whether a statement asks for MFA. */
export function asksForMfa(statement: Statement): boolean {
  return testsOn(statement, "aws:multifactorauthpresent", "aws:multifactorauthage").some(binds);
}
