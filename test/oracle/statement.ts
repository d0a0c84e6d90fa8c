// One statement against one request: its four tests, each on its own (STM-1).
import { matchActionPattern } from "./action-pattern.js";
import { conditionHolds } from "./condition.js";
import type { PolicyDocument, Statement } from "./document.js";
import { notPrincipalHolds } from "./not-principal.js";
import { classOfPrincipal, type MatchClass } from "./principal.js";
import type { Question } from "./question.js";
import { matchResourcePattern, type ResourceReading } from "./resource-pattern.js";
import type { PolicyType } from "./simulation-case.js";

/** How the tests of one statement came out (STM-1). */
export interface StatementResult {
  /** How the statement named the requester; undefined where principals are not carried, or if the test fails. */
  readonly matchClass: MatchClass | undefined;
  readonly principalHolds: boolean;
  readonly actionHolds: boolean;
  readonly resourceHolds: boolean;
  readonly applies: boolean;
}

/** Evaluates one statement of a document of the given type (STM-1). */
export function evaluateStatement(
  statement: Statement,
  { hasVariables }: Pick<PolicyDocument, "hasVariables">,
  policyType: PolicyType,
  question: Question,
): StatementResult {
  const matchClass = carriesPrincipals(policyType) ? principalTest(statement, question) : undefined;
  const principalHolds = !carriesPrincipals(policyType) || matchClass !== undefined;
  const actionHolds = actionTest(statement, question.action);
  const resourceHolds = resourceTest(statement, hasVariables, policyType, question);
  const conditionsHold = conditionHolds(
    statement.condition,
    { hasVariables, effect: statement.effect },
    question.context,
  );
  const applies = principalHolds && actionHolds && resourceHolds && conditionsHold;
  return { matchClass, principalHolds, actionHolds, resourceHolds, applies };
}

/** Which types have Principal; in the others it is ignored (section 6, TYPE-1, TYPE-2). */
export function carriesPrincipals(policyType: PolicyType): boolean {
  return policyType === "resource" || policyType === "endpoint" || policyType === "rcp";
}

/** A statement without any principal element never applies (PRN-13). */
function principalTest(statement: Statement, question: Question): MatchClass | undefined {
  if (statement.principal !== undefined) return classOfPrincipal(statement.principal, question);
  if (statement.notPrincipal === undefined) return undefined;
  return notPrincipalHolds(statement.notPrincipal, statement.effect, question) ? "wildcard" : undefined; // NPR-5
}

/** Action is an OR, NotAction a NOR (ACT-8). */
function actionTest({ action, notAction }: Statement, requestAction: string): boolean {
  const matches = (pattern: string): boolean => matchActionPattern(pattern, requestAction);
  if (action !== undefined) return action.some(matches);
  return notAction !== undefined && !notAction.some(matches);
}

/** Resource is an OR, NotResource a NOR (RES-2, RES-10); neither means the attached resource (RES-12). */
function resourceTest(
  { resource, notResource }: Statement,
  hasVariables: boolean,
  policyType: PolicyType,
  question: Question,
): boolean {
  const reading: ResourceReading = { padsMissingFields: padsMissingFields(policyType), hasVariables };
  const matches = (pattern: string): boolean =>
    matchResourcePattern(pattern, question.resource, reading, question.context);
  if (resource !== undefined) return resource.some(matches);
  if (notResource !== undefined) return !notResource.some(matches);
  return policyType === "resource";
}

/** RES-7b and RES-7c. */
function padsMissingFields(policyType: PolicyType): boolean {
  return policyType === "identity" || policyType === "boundary" || policyType === "session";
}
