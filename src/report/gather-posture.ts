/** The findings of the posture, as a report tells them. */
import type { Posture } from "../evidence/posture/posture.js";
import { findingJson } from "../evidence/posture/posture-lines.js";
import type { ReportFinding } from "./report-data.js";

/** The findings in their order. */
export function reportedFindings({ findings }: Posture): readonly ReportFinding[] {
  return findings.map((finding) => {
    const { id, severity, subject, reason, fix, standard, fingerprint, effective, place } = finding;
    const { witness } = findingJson(finding);
    return {
      id,
      severity,
      subject,
      reason,
      fix,
      standard,
      fingerprint,
      effective: effective !== false,
      ...(place === undefined ? {} : { place: `${place.file}:${place.line}` }),
      ...(typeof witness === "object" && witness !== null ? { witness: { ...witness } } : {}),
    };
  });
}
