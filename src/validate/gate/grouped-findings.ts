/** Findings as people read them: the heaviest first, those of a rule together, and of one cause only the first few. */
import { compareTexts } from "../../text/compare-texts.js";
import type { Finding } from "../../text/finding.js";
import { severities } from "./finding-choice.js";
import type { PlacedFinding } from "./placed-findings.js";

/** Findings that say the same about different places. */
export interface FindingGroup {
  /** The first ones, at least one. */
  readonly shown: readonly PlacedFinding[];
  readonly others: readonly PlacedFinding[];
}

/** A cause is shown so often. */
const mostShown = 3;

/** Groups findings by severity, rule and cause; the order within each stays. */
export function groupFindings(findings: readonly PlacedFinding[]): readonly FindingGroup[] {
  const causes = new Map<string, PlacedFinding[]>();
  const ordered = [...findings].sort(
    ({ finding: left }, { finding: right }) =>
      severities.indexOf(right.severity) - severities.indexOf(left.severity) || compareTexts(left.rule, right.rule),
  );
  for (const placed of ordered) {
    const key = causeOf(placed.finding);
    const group = causes.get(key);
    if (group === undefined) causes.set(key, [placed]);
    else group.push(placed);
  }
  return [...causes.values()].map((group) => ({ shown: group.slice(0, mostShown), others: group.slice(mostShown) }));
}

/** One line for each rule that has findings: how many, how heavy. */
export interface RuleCount {
  readonly rule: string;
  readonly severity: Finding["severity"];
  readonly count: number;
}

/** Counts findings by severity and rule, in the order of `groupFindings`. */
export function countRules(findings: readonly Finding[]): readonly RuleCount[] {
  const counts = new Map<string, { rule: string; severity: Finding["severity"]; count: number }>();
  for (const { rule, severity } of findings) {
    const key = `${severity} ${rule}`;
    const entry = counts.get(key) ?? { rule, severity, count: 0 };
    entry.count++;
    counts.set(key, entry);
  }
  return [...counts.values()].sort(
    (left, right) =>
      severities.indexOf(right.severity) - severities.indexOf(left.severity) || compareTexts(left.rule, right.rule),
  );
}

/** What a finding says without saying where. */
function causeOf({ severity, rule, message, fix }: Finding): string {
  return [severity, rule, message.replace(/^(?:[A-Za-z]+\[\d+\])(?:\.\S+)?: /, ""), fix ?? ""].join("\n");
}
