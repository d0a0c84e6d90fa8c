/** Findings as lines for people and as JSON. */
import type { Finding } from "../text/finding.js";
import { helpUri } from "../validate/rules/help-uri.js";
import { type Coloured, jsonLine, type Piece } from "./terminal.js";

/** `file:line:column: severity RULE message`, and what to write instead where that is known. */
export function findingLine(finding: Finding): string {
  return findingPieces(finding)
    .map((piece) => (typeof piece === "string" ? piece : piece.text))
    .join("");
}

/** As above, with the severity in a colour. */
export function findingPieces({ file, line, column, severity, rule, message, fix }: Finding): readonly Piece[] {
  const colour: Coloured["colour"] = severity === "error" ? "red" : severity === "suggestion" ? "dim" : "yellow";
  const advice = fix === undefined ? "" : ` (${fix})`;
  return [`${file}:${line}:${column}: `, { text: severity, colour }, ` ${rule} ${message}${advice}`];
}

/** An array with one finding a line, each with the place of its rule. */
export function findingsJson(findings: readonly Finding[]): string {
  if (findings.length === 0) return "[]";
  return `[\n${findings.map((finding) => jsonLine({ ...finding, helpUri: helpUri(finding.rule) })).join(",\n")}\n]`;
}
