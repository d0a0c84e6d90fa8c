// The context keys that identity and resource policies asked for and that the request lacked (OUT-6).
import { missingConditionKeys } from "./condition.js";
import type { Finding, Findings } from "./findings.js";
import { compareCodePoints, fold } from "./fold.js";
import type { RequestContext } from "./request-context.js";
import { missingResourceVariables } from "./resource-pattern.js";

/** The missing keys, once each ignoring case, sorted by code point (OUT-6). */
export function missingContextKeys(findings: Findings, context: RequestContext): string[] {
  const keys = findings.all.flatMap((finding) => keysOf(finding, context)).sort(compareCodePoints);
  return keys.filter((key, index) => keys.findIndex((earlier) => fold(earlier) === fold(key)) === index);
}

/** Only statements whose action and principal tests hold contribute (OUT-6). */
function keysOf({ policy, statement, result }: Finding, context: RequestContext): string[] {
  if (policy.policyType !== "identity" && policy.policyType !== "resource") return [];
  if (!result.actionHolds || !result.principalHolds) return [];
  const { hasVariables } = policy.document;
  const patterns = [...(statement.resource ?? []), ...(statement.notResource ?? [])];
  const inResources = patterns.flatMap((pattern) => missingResourceVariables(pattern, hasVariables, context));
  const inConditions = result.resourceHolds ? missingConditionKeys(statement.condition, hasVariables, context) : [];
  return [...inResources, ...inConditions];
}
