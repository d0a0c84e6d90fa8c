/** Findings in the three forms of `verdict validate`. */
import type { Finding, Severity } from "../text/finding.js";
import { severities } from "../validate/gate/finding-choice.js";
import { countRules, groupFindings } from "../validate/gate/grouped-findings.js";
import type { PlacedFinding } from "../validate/gate/placed-findings.js";
import { ruleDescription } from "../validate/rules/rules.js";
import { findingPieces } from "./report-findings.js";
import { printLine } from "./terminal.js";

/** A summary by rule is of use for more findings than these. */
const mostAtAGlance = 5;
/** Characters that the subjects of repeated findings take. */
const longestList = 160;

/** Prints findings for people: the heaviest first, those of a rule together; with `all` none is left out. */
export async function printFindings(findings: readonly PlacedFinding[], all: boolean): Promise<void> {
  for (const { shown, others } of groupFindings(findings)) {
    for (const placed of all ? [...shown, ...others] : shown) await printLine(...findingPieces(named(placed)));
    if (!all && others.length > 0) await printLine({ text: `  ${othersLine(others)}`, colour: "dim" });
  }
  const plain = findings.map(({ finding }) => finding);
  if (findings.length > mostAtAGlance) {
    await printLine();
    for (const { rule, severity, count } of countRules(plain)) {
      const text = ruleDescription(rule) ?? "";
      await printLine(
        `${String(count).padStart(6)} ${severityNouns[severity].padEnd(16)} ${rule.padEnd(18)} ${text}`.trimEnd(),
      );
    }
  }
  await printLine(summary(plain));
}

/** The finding with what it stands in. */
export function named({ finding, subject }: PlacedFinding): Finding {
  return subject === undefined || subject.short === ""
    ? finding
    : { ...finding, message: `[${subject.short}] ${finding.message}` };
}

function othersLine(others: readonly PlacedFinding[]): string {
  const subjects = [...new Set(others.map(({ subject, finding }) => subject?.short || finding.file))];
  const listed: string[] = [];
  for (const subject of subjects) {
    if (listed.length > 0 && [...listed, subject].join(", ").length > longestList) break;
    listed.push(subject);
  }
  const rest = subjects.length - listed.length;
  const more = rest > 0 ? ` and ${rest} more` : "";
  return `… the same ${counted(others.length, "time")} more, in ${listed.join(", ")}${more} (--all shows each)`;
}

function summary(findings: readonly Finding[]): string {
  if (findings.length === 0) return "no findings";
  const counts = severities.toReversed().flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [counted(count, severityNouns[severity])];
  });
  return `${counted(findings.length, "finding")}: ${counts.join(", ")}`;
}

const severityNouns: Readonly<Record<Severity, string>> = {
  error: "error",
  securityWarning: "security warning",
  warning: "warning",
  suggestion: "suggestion",
};

/** A number with its noun. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
