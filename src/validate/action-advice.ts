/** Advice about `Action` and `NotAction`, and about what an Allow of them opens (ACT-5 to ACT-10, DOC-10). */
import { hasWildcard, isAllStars } from "../policy/document/arn.js";
import { actionCovers, actionParts } from "../policy/document/pattern-cover.js";
import { quote } from "../text/quote.js";
import { adviseEscalation } from "./escalation-advice.js";
import { actionComparison, adviseRedundancy, denyingStatement, hasDeny, plainDeniesAt } from "./redundancy.js";
import {
  advise,
  elementPlace,
  isGrant,
  type PlacedStatement,
  type PlacedText,
  placedPatterns,
  type Subject,
} from "./subject.js";

/** Adds what there is to say about the actions of a statement. */
export function adviseActions(subject: Subject, placed: PlacedStatement): void {
  const { action } = placed.statement;
  if (action.patterns.length === 0) {
    const cause = "is empty: the statement applies to nothing";
    advise(
      subject,
      "DOC-10",
      "warning",
      elementPlace(placed, "Action"),
      cause,
      "name actions, or leave the statement out",
    );
    return;
  }
  const patterns = placedPatterns(placed, "Action");
  for (const pattern of patterns) adviseAction(subject, pattern);
  adviseRedundancy(subject, "LINT-REDUNDANT-ACTION", patterns, actionComparison);
  if (placed.statement.effect !== "Allow" || denyingStatement(subject, placed) !== undefined) return;
  adviseAllowedActions(subject, placed, patterns);
}

function adviseAction(subject: Subject, place: PlacedText): void {
  const { text } = place;
  if (isAllStars(text)) return;
  const [prefix] = actionParts(text);
  if (text.includes("${")) {
    const cause = `${quote(text)} matches no action: \`\${\` is ordinary text here`;
    advise(subject, "ACT-10", "warning", place, cause, "name the action");
  } else if (hasWildcard(prefix)) {
    const cause = `${quote(text)} has a wildcard in its service prefix, which is outside of the grammar`;
    advise(subject, "ACT-5", "warning", place, cause, "name the service");
  } else if (subject.profile === "aws" && /[\s,]/.test(text)) {
    const cause = `${quote(text)} matches no action: ${/\s/.test(text) ? "blanks" : "commas"} are part of the name`;
    advise(subject, "ACT-6", "warning", place, cause, "write one action to a string, without blanks");
  }
}

function adviseAllowedActions(subject: Subject, placed: PlacedStatement, patterns: readonly PlacedText[]): void {
  const { action, resource, conditions } = placed.statement;
  if (action.negated && isGrant(subject)) {
    const cause = "allows every action that it does not list, those of services to come included";
    advise(
      subject,
      "LINT-NOT-ACTION",
      "securityWarning",
      elementPlace(placed, "Action"),
      cause,
      "list what to allow in `Action`",
    );
  }
  if (subject.type !== "identity" || conditions.length > 0 || resource === undefined || resource.negated) return;
  const everything = resource.patterns.find(isAllStars);
  const admin = action.negated ? undefined : patterns.find(({ text }) => isAllStars(text));
  if (admin !== undefined && everything !== undefined) {
    const cause = `allows every action on every resource${hasDeny(subject) ? " that no other statement denies" : ""}`;
    advise(subject, "LINT-ADMIN", "securityWarning", admin, cause, "name the actions and resources that are needed");
    return;
  }
  if (subject.profile !== "aws") return;
  adviseEscalation(subject, placed, patterns);
  const roles = resource.patterns.find((pattern) => isAllStars(pattern) || everyRole.test(pattern));
  const passing = action.negated ? passedByNotAction(placed, patterns) : patterns.find(({ text }) => passesRoles(text));
  if (roles === undefined || passing === undefined || isPassingDenied(subject, roles)) return;
  const cause = `allows to pass every role that ${quote(roles)} covers to every service`;
  const fix = "name the roles in `Resource`, and the services in a condition on `iam:PassedToService`";
  advise(subject, "LINT-PASSROLE", "securityWarning", passing, cause, fix);
}

const passRole = "iam:PassRole";

/** Patterns that leave neither account nor name of a role open. */
const everyRole =
  /^arn:(?:aws|\*):(?:iam|\*):\*?:(?:\*|[0-9]{12}):(?:\*|role\/\*)$|^arn:(?:aws|\*):iam::?\*$|^arn:(?:aws:)?\*$/;

/** Whether another statement of the document denies what is passed here, without a condition. */
function isPassingDenied(subject: Subject, roles: string): boolean {
  return plainDeniesAt(subject, roles).some(({ action }) => action.patterns.some(passesRoles));
}

function passesRoles(pattern: string): boolean {
  return actionCovers(pattern, passRole);
}

function passedByNotAction(placed: PlacedStatement, patterns: readonly PlacedText[]) {
  return patterns.some(({ text }) => passesRoles(text)) ? undefined : elementPlace(placed, "Action");
}
