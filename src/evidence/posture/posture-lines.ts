/** A posture for programs: JSON Lines, CSV and SARIF. */
import { questionJson } from "../../audit/question-json.js";
import { csvCell } from "../../files/csv.js";
import { compareTexts } from "../../text/compare-texts.js";
import { type SarifTool, sarifRun, sarifUri } from "../../validate/gate/sarif-run.js";
import type { Check, PostureSeverity } from "./check.js";
import type { Posture, PostureFinding } from "./posture.js";

/** The line of a finding. */
export function findingJson(finding: PostureFinding): Readonly<Record<string, unknown>> {
  const {
    id,
    severity,
    subject,
    reason,
    fix,
    witness,
    counterexample,
    effective,
    place,
    standard,
    account,
    fingerprint,
  } = finding;
  return {
    id,
    severity,
    subject,
    reason,
    fix,
    ...(witness === undefined ? {} : { witness: questionJson(witness) }),
    ...(counterexample === undefined ? {} : { counterexample: questionJson(counterexample) }),
    ...(effective === undefined ? {} : { effective }),
    ...(place === undefined ? {} : { file: place.file, line: place.line, column: place.column }),
    standard,
    ...(account === undefined ? {} : { account }),
    fingerprint,
  };
}

const columns = [
  "id",
  "severity",
  "subject",
  "account",
  "reason",
  "fix",
  "standard",
  "file",
  "line",
  "effective",
  "witness",
  "fingerprint",
];

/** Findings and what was not checked as CSV, with a header. Cells that a spreadsheet would compute are kept from it. */
export function postureCsv({ findings, notChecked }: Posture): string {
  const rows = findings.map((finding) => {
    const {
      id,
      severity,
      subject,
      account = "",
      reason,
      fix,
      standard,
      place,
      effective,
      witness,
      fingerprint,
    } = finding;
    const asked = witness === undefined ? "" : JSON.stringify(questionJson(witness));
    const { file = "", line = "" } = place ?? {};
    const can = effective === undefined ? "" : String(effective);
    return [
      id,
      severity,
      subject,
      account,
      reason,
      fix,
      standard.join("; "),
      file,
      String(line),
      can,
      asked,
      fingerprint,
    ];
  });
  const missing = notChecked.map(({ notChecked: id, subject, needs }) => {
    return [id, "not checked", subject, "", `needs ${needs}`, "", "", "", "", "", "", ""];
  });
  return [columns, ...rows, ...missing].map((cells) => cells.map(csvCell).join(",")).join("\r\n");
}

const levels: Readonly<Record<PostureSeverity, "error" | "warning" | "note">> = {
  high: "error",
  medium: "warning",
  low: "note",
};

/** On the scale of CVSS, what code-scanning services sort by. */
const grades: Readonly<Record<PostureSeverity, string>> = { high: "8.5", medium: "5.5", low: "3.0" };

/**
 * The findings as a SARIF log. What was not checked is told beside them, as notifications. What is at no place of a file is at the
 * start of `source`: code scanning refuses logs with results that have no place.
 */
export function postureSarif(
  { findings, notChecked }: Posture,
  checks: readonly Check[],
  tool: SarifTool,
  source: string,
): object {
  const used = new Set(findings.map(({ id }) => id));
  const rules = checks.filter(({ id }) => used.has(id)).sort((left, right) => compareTexts(left.id, right.id));
  const indexes = new Map(rules.map(({ id }, index) => [id, index]));
  const results = findings.map((finding) => {
    const { id, severity, subject, reason, fix, standard, fingerprint, witness } = finding;
    const { file, line, column } = finding.place ?? { file: source, line: 1, column: 1 };
    return {
      ruleId: id,
      ruleIndex: indexes.get(id),
      level: levels[severity],
      message: { text: `${subject}: ${reason} (${fix})` },
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: sarifUri(file) },
            region: { startLine: Math.max(1, line), startColumn: Math.max(1, column) },
          },
          logicalLocations: [{ fullyQualifiedName: subject }],
        },
      ],
      partialFingerprints: { "verdict/v1": fingerprint },
      properties: { severity, standard, ...(witness === undefined ? {} : { witness: questionJson(witness) }) },
    };
  });
  const log = sarifRun(tool, rules.map(ruleOf), results);
  return notChecked.length === 0 ? log : withNotifications(log, notChecked);
}

function ruleOf({ id, title, fix, standard, severity }: Check): object {
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: `${title}. ${fix}` },
    help: { text: [fix, ...standard].join("; ") },
    properties: { tags: ["security", ...standard], "security-severity": grades[severity] },
  };
}

function withNotifications(log: object, notChecked: Posture["notChecked"]): object {
  const toolExecutionNotifications = notChecked.map(({ notChecked: id, subject, needs }) => ({
    level: "note",
    descriptor: { id: "not-checked" },
    message: { text: `${id} was not checked of ${subject}: needs ${needs}` },
  }));
  const invocations = [{ executionSuccessful: true, toolExecutionNotifications }];
  if (!("runs" in log) || !Array.isArray(log.runs)) return log;
  const runs: readonly unknown[] = log.runs;
  return { ...log, runs: runs.map((run) => (typeof run === "object" && run !== null ? { ...run, invocations } : run)) };
}
