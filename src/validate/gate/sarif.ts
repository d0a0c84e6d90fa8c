/** Findings as a SARIF 2.1.0 log, the format that code-scanning services read. */

import type { Severity } from "../../text/finding.js";
import { helpUri } from "../rules/help-uri.js";
import { ruleDescription } from "../rules/rules.js";
import type { PlacedFinding } from "./placed-findings.js";
import { type SarifTool, sarifRun, sarifUri } from "./sarif-run.js";
import { securitySeverity } from "./security-severity.js";

/** The tool, and where its rules can be read. */
export interface ValidationTool extends SarifTool {
  /** The address below which the documents of the package lie. */
  readonly documents: string;
}

/** One run of this tool: a rule for every id that occurs, a result for every finding. */
export function sarifLog(findings: readonly PlacedFinding[], tool: ValidationTool): object {
  const ruleIds = [...new Set(findings.map(({ finding }) => finding.rule))].sort();
  const ruleIndexes = new Map(ruleIds.map((id, index) => [id, index]));
  const results = findings.map(({ finding, subject, fingerprint, end, replacement }) => {
    const artifactLocation = { uri: sarifUri(finding.file) };
    const region = {
      startLine: finding.line,
      startColumn: finding.column,
      ...(end === undefined ? {} : { endLine: end.line, endColumn: end.column }),
    };
    const about = subject === undefined ? "" : `${subject.full}: `;
    const advice = finding.fix === undefined ? "" : ` (${finding.fix})`;
    return {
      ruleId: finding.rule,
      ruleIndex: ruleIndexes.get(finding.rule),
      level: levels[finding.severity],
      message: { text: `${about}${finding.message}${advice}` },
      locations: [
        {
          physicalLocation: { artifactLocation, region },
          ...(subject === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: subject.full }] }),
        },
      ],
      partialFingerprints: { "verdict/v1": fingerprint },
      ...(replacement === undefined
        ? {}
        : {
            fixes: [
              {
                description: { text: finding.fix },
                artifactChanges: [
                  {
                    artifactLocation,
                    replacements: [{ deletedRegion: region, insertedContent: { text: replacement } }],
                  },
                ],
              },
            ],
          }),
      properties: { severity: finding.severity, ...placeOf(finding.rule) },
    };
  });
  return sarifRun(
    tool,
    ruleIds.map((id) => ruleOf(id, tool.documents)),
    results,
  );
}

const levels: Readonly<Record<Severity, "error" | "warning" | "note">> = {
  error: "error",
  securityWarning: "warning",
  warning: "warning",
  suggestion: "note",
};

function ruleOf(id: string, documents: string): object {
  const text = ruleDescription(id);
  const place = helpUri(id);
  if (text === undefined || place === undefined) return { id };
  const severity = securitySeverity(id);
  const says = `\`verdict rules ${id}\` prints this rule`;
  return {
    id,
    shortDescription: { text },
    fullDescription: { text: `${id}: ${text}` },
    help: { text: `${text}; ${says}`, markdown: `**${id}**: ${text}.\n\n${says}; it stands in \`${place}\`.` },
    helpUri: `${documents}/${place}`,
    properties: {
      ...placeOf(id),
      ...(severity === undefined ? {} : { tags: ["security"], "security-severity": severity }),
    },
  };
}

function placeOf(id: string): { readonly helpUri?: string } {
  const place = helpUri(id);
  return place === undefined ? {} : { helpUri: place };
}
