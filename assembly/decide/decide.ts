// The decision: what every policy type says (layers.ts), combined by the algorithm EVAL-2. A Deny of any type comes first (EVAL-1), and without
// a reason to allow there is no Allow (EVAL-0). Nothing but the request, the image and the clock has a say (EVAL-11).
import {
  CLASS_ACCOUNT,
  CLASS_EXACT,
  CLASS_ISSUER,
  CLASS_WILDCARD,
  Detail,
  Hook,
  Layer,
  Outcome,
  RESOURCE_PUBLIC_POLICY,
  RESOURCE_RESTRICT_PUBLIC,
  RequesterKind,
  Verdict,
} from "../format/layout";
import { Scratch } from "../format/scratch";
import { Owner, Question, Requester, verdictOf, Work } from "../format/work-views";
import { isS3 } from "../question/owner";
import { identityBinds, judgeLayers, silentCarried, silentLimits } from "./layers";
import { isIamRequester } from "./principal";

/** Decides the bound request: one of three outcomes (OUT-1). */
export function decide(scratch: Scratch): void {
  const work = scratch.work;
  const r = scratch.requester;
  const owner = scratch.owner;
  work.classes = 0;
  work.blocked = 0;
  work.scpLevelSilent = 0;
  work.verdicts = 0;
  // Only the outcome is asked for: the first Deny settles it (EVAL-1), and nobody will ask which other types deny.
  const brief: bool = work.detail == Detail.Outcome;
  if (isIamRequester(r) && (owner.hooks & (1 << Hook.AlwaysAllowed)) != 0) {
    if (!brief) judgeLayers(scratch, false);
    work.outcome = Outcome.Allowed; // SVC-7
    return;
  }
  // Both are looked at before either counts: an answer names every type that denies (OUT-2).
  const denied: bool = judgeLayers(scratch, brief);
  const refused: bool = publicAccessRefused(scratch.question, r, owner); // SVC-9
  if (denied || refused) {
    work.outcome = Outcome.ExplicitDeny;
    if (refused) work.blocked = 1 << Layer.Resource;
    if (!brief) listDenyingLayers(work);
    return;
  }
  const blocked = missingLayers(work, r, owner);
  work.blocked = blocked;
  work.outcome = blocked == 0 ? Outcome.Allowed : Outcome.ImplicitDeny;
}

/** Every type that denies is named, not only the first (OUT-2). */
function listDenyingLayers(work: Work): void {
  for (let layer: u32 = 0; layer < <u32>Layer.Service; layer++) {
    if (verdictOf(work, layer) == Verdict.Deny) work.blocked |= 1 << layer;
  }
}

/** RestrictPublicBuckets: a public bucket policy serves neither other accounts nor nobody (SVC-9). */
function publicAccessRefused(q: Question, r: Requester, owner: Owner): bool {
  // The block works like a Deny that no policy spells out, so it comes before everything that allows.
  const wanted: u32 = RESOURCE_RESTRICT_PUBLIC | RESOURCE_PUBLIC_POLICY;
  if ((owner.flags & wanted) != wanted || !isS3(q)) return false;
  return r.kind == RequesterKind.Anonymous || (isIamRequester(r) && owner.same == 0);
}

/**
 * The layers that keep a request without any Deny from being allowed (OUT-2, OUT-4), a bit for each; 0 means allowed.
 */
function missingLayers(work: Work, r: Requester, owner: Owner): u32 {
  let blocked: u32 = missingGrants(work, r, owner) | silentLimits(work);
  const rootForbidden: bool = r.kind == RequesterKind.Root && (owner.hooks & (1 << Hook.ForbiddenForRoot)) != 0;
  if (rootForbidden || (owner.hooks & (1 << Hook.Forbidden)) != 0) blocked |= 1 << Layer.Service;
  return blocked;
}

/**
 * The conjuncts of EVAL-2 that are false, in the words of OUT-4: I and B of EVAL-7, S of EVAL-8. Every class of grant that applies is
 * tried, the most favourable first (RBP-4); across accounts no class is a short cut (XACC-2).
 */
function missingGrants(work: Work, r: Requester, owner: Owner): u32 {
  const classes: u32 = work.classes;
  const direct: bool = (classes & (CLASS_EXACT | CLASS_WILDCARD)) != 0;
  const resource: u32 = 1 << Layer.Resource;
  if (!isIamRequester(r)) return direct ? 0 : resource; // EVAL-5, EVAL-6
  const mandatory: bool = (owner.hooks & (1 << Hook.Mandatory)) != 0;
  const same: bool = owner.same != 0;
  if (r.kind == RequesterKind.Root) return (same && !mandatory) || classes != 0 ? 0 : resource; // EVAL-4, XACC-4
  if (same && direct) return 0; // RBP-1
  const limits: u32 = silentCarried(work, r);
  if (same && (classes & CLASS_ISSUER) != 0) return limits; // RBP-2
  let missing: u32 = limits;
  if (identityBinds(r) && verdictOf(work, Layer.Identity) != Verdict.Allow) missing |= 1 << Layer.Identity;
  if (same) return mandatory && (classes & CLASS_ACCOUNT) == 0 ? missing | resource : missing; // RBP-3, SVC-1
  return classes == 0 ? missing | resource : missing; // XACC-1
}
