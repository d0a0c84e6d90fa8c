/** How policy sets and findings look in the messages of `policy_set.proto`. Decides nothing. */

import type { OriginKind, PolicySetStatus } from "../../supply/supply-event.js";
import type { Finding, Severity } from "../../text/finding.js";
import { helpUri } from "../../validate/rules/help-uri.js";

/** A message is no place for a million findings. */
const MOST_FINDINGS = 1000;

/** A `PolicySetSummary`. */
export function summaryOf({ name, origin, place, active, failure, confirmedAtMs }: PolicySetStatus): object {
  const published = active?.published;
  return {
    name,
    origin: origins[origin],
    place,
    digest: published?.digest ?? "",
    generation: published?.generation ?? 0,
    ...(active?.revision === undefined ? {} : { revision: active.revision }),
    activatedAtMs: active?.activatedAtMs ?? 0,
    confirmedAtMs,
    imageBytes: published?.imageBytes ?? 0,
    principals: published?.principalCount ?? 0,
    policies: published?.counts.policies ?? 0,
    statements: published?.counts.statements ?? 0,
    failureReason: failure?.reason ?? "",
  };
}

/** A `DescribePolicySetResponse`. */
export function describedStatus(status: PolicySetStatus): object {
  const { failure } = status;
  const policySet = summaryOf(status);
  if (failure === undefined) return { policySet };
  const { reason, message, findings, atMs } = failure;
  return { policySet, failure: { reason, message, findings: findingsMessage(findings), atMs } };
}

/** A `Findings`. */
export function findingsMessage(findings: readonly Finding[]): object {
  const gravestFirst = [...findings].sort((left, right) => weights[left.severity] - weights[right.severity]);
  return {
    findings: gravestFirst.slice(0, MOST_FINDINGS).map((finding) => ({
      ...finding,
      severity: severities[finding.severity],
      fix: finding.fix ?? "",
      helpUri: helpUri(finding.rule) ?? "",
    })),
    total: findings.length,
  };
}

const origins: Readonly<Record<OriginKind, string>> = {
  path: "POLICY_SET_ORIGIN_PATH",
  bundle: "POLICY_SET_ORIGIN_BUNDLE",
  service: "POLICY_SET_ORIGIN_SERVICE",
};

const severities: Readonly<Record<Severity, string>> = {
  error: "SEVERITY_ERROR",
  securityWarning: "SEVERITY_SECURITY_WARNING",
  warning: "SEVERITY_WARNING",
  suggestion: "SEVERITY_SUGGESTION",
};

const weights: Readonly<Record<Severity, number>> = { error: 0, securityWarning: 1, warning: 2, suggestion: 3 };
