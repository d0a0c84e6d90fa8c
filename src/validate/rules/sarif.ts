/** Findings as a SARIF 2.1.0 log, the format that code-scanning services read. */
import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import type { Finding, Severity } from "../../text/finding.js";
import { helpUri } from "./help-uri.js";
import { ruleDescription } from "./rules.js";

/** One run of this tool: a rule for every id that occurs, a result for every finding. */
export function sarifLog(findings: readonly Finding[], version: string): object {
  const ruleIds = [...new Set(findings.map(({ rule }) => rule))].sort();
  const ruleIndexes = new Map(ruleIds.map((id, index) => [id, index]));
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "verdict", version, rules: ruleIds.map(ruleOf) } },
        columnKind: "utf16CodeUnits",
        results: findings.map((finding) => ({
          ruleId: finding.rule,
          ruleIndex: ruleIndexes.get(finding.rule),
          level: levels[finding.severity],
          message: { text: finding.fix === undefined ? finding.message : `${finding.message} (${finding.fix})` },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: uriOf(finding.file) },
                region: { startLine: finding.line, startColumn: finding.column },
              },
            },
          ],
          properties: { severity: finding.severity, ...placeOf(finding.rule) },
        })),
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

function ruleOf(id: string): object {
  const text = ruleDescription(id);
  if (text === undefined) return { id };
  return {
    id,
    shortDescription: { text },
    help: { text: `\`verdict rules ${id}\` prints this rule` },
    properties: placeOf(id),
  };
}

/** SARIF's own `helpUri` has to be absolute, and the documents have no address before the package has a homepage. */
function placeOf(id: string): { readonly helpUri?: string } {
  const place = helpUri(id);
  return place === undefined ? {} : { helpUri: place };
}

function uriOf(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href;
  return file.split("/").map(encodeURIComponent).join("/");
}
