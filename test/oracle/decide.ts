// The algorithm of EVAL-2 and, beside it, the reasons of OUT-2 and OUT-4. A pure function of what it is given (EVAL-11).
import { applying, everyScpLevelAllows, type Findings, isPresent, resourceClasses, verdictOf } from "./findings.js";
import { isRefusedAsPublic } from "./public-bucket.js";
import type { Question } from "./question.js";
import { isIamRequester, isIssuedByRoot } from "./requester.js";
import { type Decision, POLICY_TYPES } from "./simulation-case.js";
import { isAlwaysAllowed, isForbiddenByService, needsResourcePolicy } from "./special-services.js";

/** Who can stand in the way (OUT-2). */
const BLOCKERS = [...POLICY_TYPES, "service"] as const;

type Blocker = (typeof BLOCKERS)[number];

/** The decision and who stood in the way (OUT-1, OUT-2). */
export interface Outcome {
  readonly decision: Decision;
  readonly blockedBy: string[];
}

/** Decides a request from what all statements say (EVAL-0 to EVAL-2). */
export function decide(question: Question, findings: Findings): Outcome {
  if (isAlwaysAllowed(question)) return { decision: "allowed", blockedBy: [] }; // SVC-7

  const denying = new Set<Blocker>(applying(findings, "Deny").map(({ policy }) => policy.policyType));
  if (isRefusedAsPublic(question, findings.binding)) denying.add("resource"); // SVC-9
  if (denying.size > 0) return { decision: "explicitDeny", blockedBy: inOrder(denying) }; // EVAL-1

  const limits = silentLimits(question, findings);
  if (limits.size === 0 && isGranted(question, findings)) return { decision: "allowed", blockedBy: [] };
  const missing = missingConjuncts(question, findings);
  return { decision: "implicitDeny", blockedBy: inOrder(new Set([...limits, ...missing])) }; // EVAL-0
}

/**
 * What limits every requester alike: service hooks, SCPs, the endpoint (SVC-4, SVC-8, SCP-2, VPCE-1), also
 * whoever is allowed by a resource policy; none of them grants (SCP-4, SCP-5, VPCE-2). Blocked so, a request is denied implicitly (EVAL-10).
 */
function silentLimits(question: Question, findings: Findings): Set<Blocker> {
  const limits = new Set<Blocker>();
  if (isForbiddenByService(question)) limits.add("service");
  if (!everyScpLevelAllows(findings)) limits.add("scp");
  if (isPresent(findings, "endpoint") && verdictOf(findings, "endpoint") !== "allow") limits.add("endpoint");
  return limits;
}

/** Tells whether something grants the request: the second half of EVAL-2. */
function isGranted(question: Question, findings: Findings): boolean {
  const { requester, ownerAccount } = question;
  const classes = resourceClasses(findings);
  const isDirect = classes.has("exact") || classes.has("wildcard");
  if (!isIamRequester(requester)) return isDirect; // EVAL-5, EVAL-6
  const isSameAccount = requester.account === ownerAccount; // XACC-5
  const isMandatory = needsResourcePolicy(question); // SVC-1
  if (requester.kind === "Root") {
    if (isSameAccount && !isMandatory) return true; // EVAL-4
    return classes.size > 0; // XACC-4
  }
  const { identity, boundary, session } = requesterSide(question, findings);
  if (isSameAccount) {
    if (isDirect) return true; // RBP-1
    if (classes.has("issuer") && boundary && session) return true; // RBP-2
    return identity && boundary && session && (!isMandatory || classes.has("account")); // RBP-3; RBP-4: whichever holds
  }
  return classes.size > 0 && identity && boundary && session; // XACC-1, XACC-2
}

/** The `I`, `B` and `S` of EVAL-7 and EVAL-8. */
function requesterSide(
  { requester }: Question,
  findings: Findings,
): { readonly identity: boolean; readonly boundary: boolean; readonly session: boolean } {
  const allows = (type: "identity" | "boundary" | "session"): boolean => applying(findings, "Allow", type).length > 0;
  return {
    identity: isIssuedByRoot(requester) || allows("identity"),
    boundary: !isPresent(findings, "boundary") || allows("boundary"),
    session: isPresent(findings, "session") ? allows("session") : requester.kind !== "FederatedUser",
  };
}

/** What lacks an Allow that the request needs (OUT-4). */
function missingConjuncts(question: Question, findings: Findings): Set<Blocker> {
  const { requester, ownerAccount } = question;
  const classes = resourceClasses(findings);
  const missing = new Set<Blocker>();
  if (isGranted(question, findings)) return missing;
  if (!isIamRequester(requester) || requester.kind === "Root") return missing.add("resource");
  const side = requesterSide(question, findings);
  const isSameAccount = requester.account === ownerAccount;
  const hasIssuerGrant = isSameAccount && classes.has("issuer");
  if (!side.identity && !hasIssuerGrant) missing.add("identity");
  if (!side.boundary) missing.add("boundary");
  if (!side.session) missing.add("session");
  if (isSameAccount) {
    if (!hasIssuerGrant && needsResourcePolicy(question) && !classes.has("account")) missing.add("resource");
  } else if (classes.size === 0) missing.add("resource");
  return missing;
}

function inOrder(blockers: ReadonlySet<Blocker>): Blocker[] {
  return BLOCKERS.filter((blocker) => blockers.has(blocker));
}
