/**
 * Which findings are shown and which of them fail a check: by rule and by severity. What keeps a set from being loaded is always shown
 * and always fails: no choice makes a set pass that a server refuses.
 */
import { closestName } from "../../text/closest-name.js";
import type { Finding, Severity } from "../../text/finding.js";
import { quote } from "../../text/quote.js";
import { ruleDescription, ruleDescriptions } from "../rules/rules.js";

/** The severities from the lightest to the heaviest. */
export const severities = ["suggestion", "warning", "securityWarning", "error"] as const satisfies readonly Severity[];

/** What a caller wants to see, and what is to fail. */
export interface FindingChoice {
  /** Only these rules; empty for all of them. */
  readonly rules: readonly string[];
  /** None of these rules. */
  readonly ignored: readonly string[];
  /** The lightest severity that is shown. */
  readonly minSeverity: Severity;
}

/** Whether one severity weighs at least as much as another. */
export function weighs(severity: Severity, atLeast: Severity): boolean {
  return severities.indexOf(severity) >= severities.indexOf(atLeast);
}

/** Whether advice is wanted. */
export function isChosen({ rule, severity }: Finding, { rules, ignored, minSeverity }: FindingChoice): boolean {
  return (rules.length === 0 || rules.includes(rule)) && !ignored.includes(rule) && weighs(severity, minSeverity);
}

/** Why an id chooses nothing; undefined for the id of a rule. */
export function unknownRule(id: string): string | undefined {
  if (ruleDescription(id) !== undefined) return undefined;
  const meant = closestName(id, Object.keys(ruleDescriptions));
  return `no finding has the rule ${quote(id)}${meant === undefined ? "" : `: did you mean ${quote(meant)}?`}`;
}
