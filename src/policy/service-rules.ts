/**
 * The rules of section 15 that depend on action and resource only: which requests need a grant by the resource policy, which nobody may
 * make, which are exempt from RCPs, which are always allowed.
 */

import { lowerAscii } from "../text/fold.js";

/** What a rule does: the names of the matcher's `Hook`. */
export type ServiceRuleKind = "Mandatory" | "Forbidden" | "ForbiddenForRoot" | "RcpExempt" | "AlwaysAllowed";

/** One rule. */
export interface ServiceRule {
  readonly kind: ServiceRuleKind;
  readonly actions: readonly string[];
  /** Its fields are compared one by one, so that its stars stay inside them; none: any resource and none. */
  readonly resource?: string;
}

const TRUST_ACTIONS = [
  "AssumeRole",
  "AssumeRoleWithSAML",
  "AssumeRoleWithWebIdentity",
  "TagSession",
  "SetSourceIdentity",
];
const POLICY_ACTIONS = [
  "CreatePolicy",
  "DeletePolicy",
  "CreatePolicyVersion",
  "DeletePolicyVersion",
  "SetDefaultPolicyVersion",
  "TagPolicy",
  "UntagPolicy",
];
const ROLE_ACTIONS = [
  "CreateRole",
  "DeleteRole",
  "AttachRolePolicy",
  "DetachRolePolicy",
  "PutRolePolicy",
  "DeleteRolePolicy",
  "PutRolePermissionsBoundary",
  "DeleteRolePermissionsBoundary",
  "UpdateRole",
  "UpdateRoleDescription",
  "UpdateAssumeRolePolicy",
  "TagRole",
  "UntagRole",
  "PassRole",
];

/** AWS's own rules. Those for KMS keys as such (SVC-2) the matcher knows by the resource alone. */
export const awsServiceRules: readonly ServiceRule[] = [
  { kind: "Mandatory", actions: TRUST_ACTIONS.map((name) => `sts:${name}`) }, // SVC-1, and SVC-4 for any resource
  { kind: "ForbiddenForRoot", actions: ["sts:AssumeRole"] }, // SVC-4
  { kind: "AlwaysAllowed", actions: ["sts:GetCallerIdentity"] }, // SVC-7
  { kind: "Forbidden", actions: POLICY_ACTIONS.map((name) => `iam:${name}`), resource: "arn:*:iam::aws:policy/*" }, // SVC-8
  {
    kind: "Forbidden",
    actions: ROLE_ACTIONS.map((name) => `iam:${name}`),
    resource: "arn:*:iam::*:role/aws-reserved/*",
  },
  {
    kind: "Forbidden",
    actions: ["CreateAlias", "DeleteAlias", "UpdateAlias"].map((name) => `kms:${name}`),
    resource: "arn:*:kms:*:*:alias/aws/*",
  },
  { kind: "RcpExempt", actions: ["kms:RetireGrant"] }, // RCP-4
];

/** AWS's rules by action, in lower case. */
const rulesByAction = new Map<string, ServiceRule[]>();
for (const rule of awsServiceRules) {
  for (const action of rule.actions) {
    const folded = lowerAscii(action);
    rulesByAction.set(folded, [...(rulesByAction.get(folded) ?? []), rule]);
  }
}

/** The rules about an action, in lower case. */
export function rulesFor(folded: string): readonly ServiceRule[] {
  return rulesByAction.get(folded) ?? [];
}
