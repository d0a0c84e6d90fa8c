/** Findings as lines for people and as JSON. */
import type { Finding } from "../text/finding.js";
import type { PlacedFinding } from "../validate/gate/placed-findings.js";
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

/** An array with one finding a line, each with the place of its rule, what it stands in and its fingerprint. */
export function findingsJson(findings: readonly PlacedFinding[]): string {
  if (findings.length === 0) return "[]";
  const lines = findings.map(({ finding, subject, fingerprint, end, replacement }) =>
    jsonLine({
      ...finding,
      ...(subject === undefined ? {} : { subject: subject.full }),
      ...(end === undefined ? {} : { endLine: end.line, endColumn: end.column }),
      ...(replacement === undefined ? {} : { replacement }),
      fingerprint,
      helpUri: helpUri(finding.rule),
    }),
  );
  return `[\n${lines.join(",\n")}\n]`;
}
