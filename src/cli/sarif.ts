/** Findings as a SARIF 2.1.0 log, the format that code-scanning services read. */
import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import type { Finding, Severity } from "../policy/finding.js";

/** One run of this tool with one result a finding. */
export function sarifLog(findings: readonly Finding[], version: string): object {
  const ruleIds = [...new Set(findings.map(({ rule }) => rule))].sort();
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "verdict", version, rules: ruleIds.map((id) => ({ id })) } },
        columnKind: "utf16CodeUnits",
        results: findings.map((finding) => ({
          ruleId: finding.rule,
          ruleIndex: ruleIds.indexOf(finding.rule),
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
          properties: { severity: finding.severity },
        })),
      },
    ],
  };
}

const levels: Readonly<Record<Severity, string>> = {
  error: "error",
  securityWarning: "warning",
  warning: "warning",
  suggestion: "note",
};

function uriOf(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href;
  return file.split("/").map(encodeURIComponent).join("/");
}
