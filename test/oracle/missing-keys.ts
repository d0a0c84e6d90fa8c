// The context keys that policies asked for and that the request lacked (OUT-6, OUT-13).
import { missingConditionKeys } from "./condition.js";
import { type Finding, type Findings, isPresent, verdictOf } from "./findings.js";
import { compareCodePoints, fold } from "./fold.js";
import type { RequestContext } from "./request-context.js";
import { missingResourceVariables } from "./resource-pattern.js";
import { POLICY_TYPES, type PolicyType } from "./simulation-case.js";

/** The missing keys, once each ignoring case, sorted by code point (OUT-6). */
export function missingContextKeys(findings: Findings, context: RequestContext): string[] {
  return missingKeysOf(findings, ["identity", "resource"], context);
}

/** The missing keys of each type that denied or was silent; types without any are left out (OUT-13). */
export function missingContextKeysByType(findings: Findings, context: RequestContext): Record<string, string[]> {
  const withheld = POLICY_TYPES.filter((type) => isPresent(findings, type) && verdictOf(findings, type) !== "allow");
  const entries = withheld.map((type) => [type, missingKeysOf(findings, [type], context)] as const);
  return Object.fromEntries(entries.filter(([, keys]) => keys.length > 0));
}

function missingKeysOf(findings: Findings, types: readonly PolicyType[], context: RequestContext): string[] {
  const spoken = findings.all.filter(({ policy }) => types.includes(policy.policyType));
  const keys = spoken.flatMap((finding) => keysOf(finding, context)).sort(compareCodePoints);
  return keys.filter((key, index) => keys.findIndex((earlier) => fold(earlier) === fold(key)) === index);
}

/** Only statements whose action and principal tests hold contribute (OUT-6). */
function keysOf({ policy, statement, result }: Finding, context: RequestContext): string[] {
  if (!result.actionHolds || !result.principalHolds) return [];
  const { hasVariables } = policy.document;
  const patterns = [...(statement.resource ?? []), ...(statement.notResource ?? [])];
  const inResources = patterns.flatMap((pattern) => missingResourceVariables(pattern, hasVariables, context));
  const inConditions = result.resourceHolds ? missingConditionKeys(statement.condition, hasVariables, context) : [];
  return [...inResources, ...inConditions];
}
