/** The order in which findings are told: a loader and the validator tell theirs alike. */

import { compareTexts } from "./compare-texts.js";
import type { Finding } from "./finding.js";

/** Findings in the order of files and places, each once: a document may be attached as several types. */
export function sortFindings(findings: readonly Finding[]): readonly Finding[] {
  const distinct = new Map(findings.map((finding) => [JSON.stringify(finding), finding]));
  return [...distinct.values()].sort(
    (left, right) =>
      compareTexts(left.file, right.file) ||
      left.line - right.line ||
      left.column - right.column ||
      compareTexts(left.rule, right.rule) ||
      compareTexts(left.message, right.message),
  );
}
