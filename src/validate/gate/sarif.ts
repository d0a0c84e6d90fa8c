/** Findings as a SARIF 2.1.0 log, the format that code-scanning services read. */

import type { Severity } from "../../text/finding.js";
import { normalPath } from "../../text/posix-path.js";
import { helpUri } from "../rules/help-uri.js";
import { ruleDescription } from "../rules/rules.js";
import type { PlacedFinding } from "./placed-findings.js";
import { securitySeverity } from "./security-severity.js";

/** The tool that found something. */
export interface SarifTool {
  readonly version: string;
  /** Where people read about it: an absolute address, as SARIF wants it. */
  readonly homepage: string;
  /** The address below which the documents of the package lie. */
  readonly documents: string;
}

/** One run of this tool: a rule for every id that occurs, a result for every finding. */
export function sarifLog(findings: readonly PlacedFinding[], { version, homepage, documents }: SarifTool): object {
  const ruleIds = [...new Set(findings.map(({ finding }) => finding.rule))].sort();
  const ruleIndexes = new Map(ruleIds.map((id, index) => [id, index]));
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "verdict",
            version,
            informationUri: homepage,
            rules: ruleIds.map((id) => ruleOf(id, documents)),
          },
        },
        columnKind: "utf16CodeUnits",
        results: findings.map(({ finding, subject, fingerprint, end, replacement }) => {
          const artifactLocation = { uri: uriOf(finding.file) };
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
        }),
      },
    ],
  };
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

function uriOf(file: string): string {
  if (file.startsWith("/")) {
    // `#` and `?` would end the path, and Node writes the tilde so, too.
    const path = encodeURI(normalPath(file));
    return `file://${path.replace(/[?#~]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)}`;
  }
  return file.split("/").map(encodeURIComponent).join("/");
}
