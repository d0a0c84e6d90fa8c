// The oracle: a slow, obvious evaluator of the whole semantics. A simulation case enters, a decision with its
// explanation leaves; an input that cannot be decided is thrown (IN-6). It must not know any other implementation.

import { requireAction } from "./action-pattern.js";
import { bindPolicies } from "./attached-policy.js";
import { buildContext } from "./build-context.js";
import { decide } from "./decide.js";
import { applying, describeFinding, examine, type Findings, isPresent, verdictOf } from "./findings.js";
import { InputError } from "./input-error.js";
import { missingContextKeys, missingContextKeysByType } from "./missing-keys.js";
import { ownerAccountOf } from "./owner-account.js";
import type { Question } from "./question.js";
import { parseRequester } from "./requester.js";
import { requireResource } from "./resource-pattern.js";
import {
  type CaseRequest,
  type Decision,
  type MatchedStatement,
  type OracleDecision,
  POLICY_TYPES,
  type SimulationCase,
  type Verdict,
} from "./simulation-case.js";

export type { OracleDecision, SimulationCase } from "./simulation-case.js";
export { InputError };

/** Decides a simulation case at a given time, by every numbered rule of the semantics (EVAL-2, section 16). */
export function evaluate(simulationCase: SimulationCase, options: { readonly nowMs: number }): OracleDecision {
  const { policies, whatIf = false, profile = "aws", mandatoryResourcePolicies = [], owners } = simulationCase;
  const request = withoutEmptyFacts(simulationCase.request);
  for (const text of [request.principal, request.action, request.resource]) {
    if (typeof text !== "string") throw new InputError("IN-6", "a request lacks principal, action or resource");
  }
  requireAction(request.action);
  requireResource(request.resource);
  const requester = parseRequester(request, profile);
  const ownerAccount = ownerAccountOf(request, requester, owners);
  const binding = bindPolicies(policies, request, requester, profile);
  const question: Question = {
    profile,
    requester,
    action: request.action,
    resource: request.resource,
    ownerAccount,
    context: buildContext(request, requester, ownerAccount, { whatIf, nowMs: options.nowMs }),
    uniqueId: request.principalUniqueId,
    canonicalId: request.principalCanonicalId,
    hasBoundary: binding.policies.some(({ policyType }) => policyType === "boundary"),
    restrictPublicBuckets: request.restrictPublicBuckets === true,
    mandatoryResourcePolicies,
  };
  const findings = examine(binding, question);
  const { decision, blockedBy } = decide(question, findings);
  return {
    decision,
    blockedBy,
    matched: matchedStatements(decision, findings),
    missingContextKeys: missingContextKeys(findings, question.context),
    missingContextKeysByType: missingContextKeysByType(findings, question.context),
    allowedByOrganizations: allowedBy("scp", findings),
    allowedByPermissionsBoundary: allowedBy("boundary", findings),
    layers: layersOf(findings),
  };
}

/** OUT-3: all applying Allows, exactly the applying Denys, or nothing. */
function matchedStatements(decision: Decision, findings: Findings): MatchedStatement[] {
  if (decision === "implicitDeny") return [];
  return applying(findings, decision === "allowed" ? "Allow" : "Deny").map(describeFinding);
}

/** OUT-5: null if the type does not bind or has no policy. */
function allowedBy(policyType: "scp" | "boundary", findings: Findings): boolean | null {
  return isPresent(findings, policyType) ? verdictOf(findings, policyType) === "allow" : null;
}

/** OUT-7: the verdict of every type that binds and has a policy. */
function layersOf(findings: Findings): Record<string, Verdict> {
  const present = POLICY_TYPES.filter((policyType) => isPresent(findings, policyType));
  return Object.fromEntries(present.map((policyType) => [policyType, verdictOf(findings, policyType)]));
}

/** A directory fact that is the empty text is absent (CTX-2). */
function withoutEmptyFacts(request: CaseRequest): CaseRequest {
  const facts = [
    "resourceAccount",
    "principalIssuerArn",
    "principalUniqueId",
    "principalCanonicalId",
    "principalOrgId",
    "resourceOrgId",
  ] as const;
  const { ...copy } = request;
  for (const fact of facts) if (copy[fact] === "") delete copy[fact];
  return copy;
}
