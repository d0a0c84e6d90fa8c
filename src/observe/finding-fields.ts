/** Findings as fields of one log line. */
import type { Finding } from "../text/finding.js";
import type { LogFields } from "./logger.js";

/** Findings that a line lists; the rest is counted. */
const MOST_FINDINGS = 100;

/** The fields; none without findings. */
export function findingFields(findings: readonly Finding[]): LogFields {
  const texts = findings.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`);
  return texts.length === 0 ? {} : { findings: texts.slice(0, MOST_FINDINGS), findingCount: texts.length };
}
