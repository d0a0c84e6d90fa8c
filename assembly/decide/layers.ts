// Each policy type by itself: whom it binds, which pools hold its statements (IN-4), what they say, and whether its silence keeps a
// request from being allowed. What all of them make together is the algorithm of decide.ts.

import {
  ACCOUNT_HAS_SCPS,
  ACCOUNT_MANAGEMENT,
  Hook,
  IMAGE_GENERIC_PROFILE,
  Layer,
  PRINCIPAL_ROOT_ISSUER,
  PRINCIPAL_SERVICE_LINKED,
  RequesterKind,
  Verdict,
} from "../format/layout";
import { Scratch } from "../format/scratch";
import { AccountView, ImageHeader } from "../format/views";
import { Binding, Owner, Requester, setVerdict, verdictOf, Work } from "../format/work-views";
import { poolVerdict } from "./pool";
import { boundaryBinds, isIamRequester } from "./principal";

/** Asks every policy type that binds; true if some Deny applies. `brief` stops at the first of them (STM-3). */
export function judgeLayers(scratch: Scratch, brief: bool): bool {
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

/**
 * The limits that no policy permits what is asked, a bit for each: a silent level of SCPs (EVAL-10), and a silent endpoint, whoever
 * granted what (VPCE-1, VPCE-2). Silent boundaries and sessions count by the class of grant: `silentCarried`.
 */
export function silentLimits(work: Work): u32 {
  let silent: u32 = 0;
  if (work.scpLevelSilent != 0) silent |= 1 << Layer.Scp;
  if (verdictOf(work, Layer.Endpoint) == Verdict.Silent) silent |= 1 << Layer.Endpoint;
  return silent;
}

/**
 * The limits that come with the requester and permit nothing of what is asked, a bit for each: B of EVAL-7 and S of EVAL-8. Which grants
 * they are conjuncts of, EVAL-2 says, in decide.ts.
 */
export function silentCarried(work: Work, r: Requester): u32 {
  let silent: u32 = 0;
  if (verdictOf(work, Layer.Boundary) == Verdict.Silent) silent |= 1 << Layer.Boundary;
  const session = verdictOf(work, Layer.Session);
  const sessionMissing: bool = session == Verdict.Unbound && r.kind == RequesterKind.FederatedUser; // EVAL-8
  if (session == Verdict.Silent || sessionMissing) silent |= 1 << Layer.Session;
  return silent;
}

/** Whether policies of this type are an organization's, which the sentence of a denial names (OUT-12). */
export function isOrganizations(layer: u32): bool {
  return layer == Layer.Scp || layer == Layer.Rcp;
}

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
function scpsBind(b: Binding, r: Requester): bool {
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
function rcpPool(b: Binding, r: Requester, owner: Owner): u32 {
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

/** How many pools a policy type has: one for each level of the organization for SCPs (SCP-2), else one. */
export function levelCount(scratch: Scratch, layer: u32): u32 {
  return layer == Layer.Scp ? requesterFacts(scratch).scpCount : 1;
}

/** What the directory knows of the requester's account. */
function requesterFacts(scratch: Scratch): AccountView {
  return changetype<AccountView>(usize(scratch.image) + scratch.requester.factsAt);
}

/**
 * Offset of the pool of a policy type at a level, 0 if it has no statements. Only for types that bind the requester (EVAL-3).
 * Session policies that came with the request are not in it: they are the session pool of the overlay.
 */
export function layerPool(scratch: Scratch, layer: u32, level: u32): u32 {
  // INVARIANT: a type that binds has an answer here, or the trap below; none falls through to another one.
  switch (layer) {
    case Layer.Identity:
      return scratch.requester.identityPoolAt;
    case Layer.Boundary:
      return scratch.requester.boundaryPoolAt;
    case Layer.Session:
      return scratch.requester.sessionPoolAt;
    case Layer.Resource:
      return scratch.owner.poolAt;
    case Layer.Endpoint:
      return scratch.owner.endpointPoolAt;
    case Layer.Scp:
      return load<u32>(usize(scratch.image) + requesterFacts(scratch).scpsAt + level * 4);
    case Layer.Rcp:
      return rcpPool(scratch.binding, scratch.requester, scratch.owner);
    default:
      // A policy type without a pool is a mistake of ours: a trap is an ERROR, never an allow.
      return unreachable();
  }
}
