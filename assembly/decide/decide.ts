// The decision: what every policy type says, combined by the algorithm EVAL-2. A Deny of any type comes first (EVAL-1), and without
// a reason to allow there is no Allow (EVAL-0). Nothing but the request, the image and the clock has a say (EVAL-11).
import {
  ACCOUNT_HAS_SCPS,
  ACCOUNT_MANAGEMENT,
  CLASS_ACCOUNT,
  CLASS_EXACT,
  CLASS_ISSUER,
  CLASS_WILDCARD,
  Detail,
  Hook,
  IMAGE_GENERIC_PROFILE,
  Layer,
  Outcome,
  PRINCIPAL_ROOT_ISSUER,
  PRINCIPAL_SERVICE_LINKED,
  RESOURCE_PUBLIC_POLICY,
  RESOURCE_RESTRICT_PUBLIC,
  RequesterKind,
  Verdict,
} from "../format/layout";
import { Scratch } from "../format/scratch";
import { AccountView, ImageHeader } from "../format/views";
import { Binding, Owner, Question, Requester, setVerdict, verdictOf, Work } from "../format/work-views";
import { isS3 } from "../question/owner";
import { poolVerdict } from "./pool";
import { boundaryBinds, isIamRequester } from "./principal";

/** Whether identity policies bind the requester (EVAL-3). */
export function identityBinds(r: Requester): bool {
  return isIamRequester(r) && r.kind != RequesterKind.Root && (r.flags & PRINCIPAL_ROOT_ISSUER) == 0;
}

/** Whether session policies bind the requester (EVAL-3). */
export function sessionBinds(r: Requester): bool {
  if (r.kind == RequesterKind.FederatedUser) return true;
  if (r.kind != RequesterKind.Session && r.kind != RequesterKind.Role) return false;
  return (r.flags & PRINCIPAL_SERVICE_LINKED) == 0;
}

/**
 * Whether SCPs bind the requester (EVAL-3, SCP-1, SCP-6). They are those of the requester's account, whoever owns the resource (XACC-3,
 * IN-5).
 */
export function scpsBind(b: Binding, r: Requester): bool {
  if (!isIamRequester(r) || r.factsAt == 0) return false;
  const flags: u32 = changetype<AccountView>(usize(b.image) + r.factsAt).flags;
  if ((flags & ACCOUNT_HAS_SCPS) == 0) return false;
  if (isGeneric(b)) return true;
  return (r.flags & PRINCIPAL_SERVICE_LINKED) == 0 && (flags & ACCOUNT_MANAGEMENT) == 0;
}

/**
 * The pool of all RCPs that bind the request, 0 if there are none (EVAL-3, RCP-4). They are the owner account's and bind whoever asks,
 * also services and nobody (RCP-2, RCP-3).
 */
export function rcpPool(b: Binding, r: Requester, owner: Owner): u32 {
  if (owner.factsAt == 0) return 0;
  const facts = changetype<AccountView>(usize(b.image) + owner.factsAt);
  if (isGeneric(b)) return facts.rcpPoolAt;
  const linked: bool = isIamRequester(r) && (r.flags & PRINCIPAL_SERVICE_LINKED) != 0;
  if (linked || (facts.flags & ACCOUNT_MANAGEMENT) != 0 || (owner.hooks & (1 << Hook.RcpExempt)) != 0) return 0;
  return facts.rcpPoolAt;
}

/** The generic profile has none of the exceptions that AWS makes for its own. */
function isGeneric(b: Binding): bool {
  return (changetype<ImageHeader>(usize(b.image)).flags & IMAGE_GENERIC_PROFILE) != 0;
}

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

/** Asks every policy type that binds; true if some Deny applies. `brief` stops at the first of them (STM-3). */
function judgeLayers(scratch: Scratch, brief: bool): bool {
  const b = scratch.binding;
  const work = scratch.work;
  const r = scratch.requester;
  const owner = scratch.owner;
  let denied: bool = false;
  if (identityBinds(r)) {
    const verdict: u32 = r.identityPoolAt == 0 ? Verdict.Silent : poolVerdict(scratch, b, r.identityPoolAt);
    denied = note(work, Layer.Identity, verdict);
    if (denied && brief) return true;
  }
  if (boundaryBinds(r)) {
    denied = note(work, Layer.Boundary, poolVerdict(scratch, b, r.boundaryPoolAt)) || denied;
    if (denied && brief) return true;
  }
  if (sessionBinds(r) && (r.sessionPoolAt != 0 || scratch.overlay != null)) {
    denied = note(work, Layer.Session, sessionVerdict(scratch)) || denied;
    if (denied && brief) return true;
  }
  if (owner.poolAt != 0) {
    denied = note(work, Layer.Resource, poolVerdict(scratch, b, owner.poolAt)) || denied;
    if (denied && brief) return true;
  }
  if (owner.endpointPoolAt != 0) {
    const classes = work.classes;
    denied = note(work, Layer.Endpoint, poolVerdict(scratch, b, owner.endpointPoolAt)) || denied;
    work.classes = classes; // any class is enough there (VPCE-3)
    if (denied && brief) return true;
  }
  if (scpsBind(b, r)) denied = note(work, Layer.Scp, scpVerdict(scratch)) || denied;
  const rcps = rcpPool(b, r, owner);
  if (rcps != 0) {
    const classes = work.classes;
    // The full access that cannot be detached allows whatever no Deny meets (RCP-1).
    const verdict = poolVerdict(scratch, b, rcps) == Verdict.Deny ? Verdict.Deny : Verdict.Allow;
    work.classes = classes;
    denied = note(work, Layer.Rcp, verdict) || denied;
  }
  return denied;
}

/** Notes a verdict; true for a Deny. */
function note(work: Work, layer: u32, verdict: u32): bool {
  setVerdict(work, layer, verdict);
  return verdict == Verdict.Deny;
}

/** Session policies of the directory and of the request are one pool (EVAL-8). */
function sessionVerdict(scratch: Scratch): u32 {
  const poolAt: u32 = scratch.requester.sessionPoolAt;
  const overlay = scratch.overlay;
  let verdict: u32 = poolAt == 0 ? Verdict.Silent : poolVerdict(scratch, scratch.binding, poolAt);
  if (overlay != null) {
    const own = poolVerdict(scratch, overlay, changetype<ImageHeader>(usize(overlay.image)).sessionPoolAt);
    // Verdicts are numbered so that the greater one wins in a flat set: Silent, Allow, Deny (STM-2).
    if (own > verdict) verdict = own;
  }
  return verdict;
}

/**
 * Every level must allow by itself, any level may deny (SCP-2, SCP-3). An Allow grants nothing, it only lets pass what something else
 * permits, whatever that is (SCP-4, SCP-5).
 */
function scpVerdict(scratch: Scratch): u32 {
  const b = scratch.binding;
  const work = scratch.work;
  const facts = changetype<AccountView>(usize(b.image) + scratch.requester.factsAt);
  let denied: bool = false;
  for (let level: u32 = 0; level < facts.scpCount; level++) {
    const poolAt: u32 = load<u32>(usize(b.image) + facts.scpsAt + level * 4);
    const verdict = poolVerdict(scratch, b, poolAt);
    // A silent level is remembered beside the verdict: a Deny of another level must not hide it, nor it a Deny.
    if (verdict == Verdict.Silent) work.scpLevelSilent = 1;
    if (verdict == Verdict.Deny) denied = true;
  }
  return denied ? Verdict.Deny : work.scpLevelSilent != 0 ? Verdict.Silent : Verdict.Allow;
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
 * The layers that keep a request without any Deny from being allowed (OUT-2, OUT-4), a bit for each; 0 means allowed. A
 * silent level of SCPs is one of them (EVAL-10), and so is a silent endpoint, whoever granted what (VPCE-1, VPCE-2).
 */
function missingLayers(work: Work, r: Requester, owner: Owner): u32 {
  let blocked: u32 = missingGrants(work, r, owner);
  if (work.scpLevelSilent != 0) blocked |= 1 << Layer.Scp;
  if (verdictOf(work, Layer.Endpoint) == Verdict.Silent) blocked |= 1 << Layer.Endpoint;
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
  let limits: u32 = 0;
  if (verdictOf(work, Layer.Boundary) == Verdict.Silent) limits |= 1 << Layer.Boundary;
  const session = verdictOf(work, Layer.Session);
  const sessionMissing: bool = session == Verdict.Unbound && r.kind == RequesterKind.FederatedUser; // EVAL-8
  if (session == Verdict.Silent || sessionMissing) limits |= 1 << Layer.Session;
  if (same && (classes & CLASS_ISSUER) != 0) return limits; // RBP-2
  let missing: u32 = limits;
  if (identityBinds(r) && verdictOf(work, Layer.Identity) != Verdict.Allow) missing |= 1 << Layer.Identity;
  if (same) return mandatory && (classes & CLASS_ACCOUNT) == 0 ? missing | resource : missing; // RBP-3, SVC-1
  return classes == 0 ? missing | resource : missing; // XACC-1
}
