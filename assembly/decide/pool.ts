// A pool of statements against the bound request: only the sections for the action's service are looked at.
import { countApplied, countCandidate, countConsidered, countPrincipals } from "../format/counting";
import {
  CANDIDATE_CHECK_ACTION,
  CANDIDATE_DENY,
  CANDIDATE_FLAGS,
  POOL_PRINCIPALS,
  POOL_WIDE,
  SECTION_DENIES,
  SECTION_FLAGS,
  SECTION_LAST,
  Verdict,
} from "../format/layout";
import { Scratch } from "../format/scratch";
import { BucketView, CandidateView, PoolView, SectionView, StatementView, WideBucketView } from "../format/views";
import { Binding } from "../format/work-views";
import { principalClass } from "./principal";
import { applies } from "./statement";

/** Address of the first reference to a section for the action's service, 0 if the pool has none. */
export function ownSections(b: Binding, pool: PoolView): usize {
  return sectionsFor(b.image, pool, b.service);
}

/** Address of the first reference to a section for a service, 0 if the pool has none. */
export function sectionsFor(image: usize, pool: PoolView, service: u32): usize {
  if (service == 0 || pool.sectionsAt == 0) return 0;
  const buckets: usize = changetype<usize>(pool) + offsetof<PoolView>();
  const references: usize = image + pool.sectionsAt;
  // Ids of services are dense and given out by the compiler: nobody can choose them to collide, so they need no
  // hash.
  let place: u32 = service & pool.bucketMask;
  // INVARIANT: the table has an empty place, so that the walk ends.
  if ((pool.flags & POOL_WIDE) != 0) {
    while (true) {
      const bucket = changetype<WideBucketView>(buckets + place * offsetof<WideBucketView>());
      if (bucket.service == service) return references + bucket.first * 4;
      if (bucket.service == 0) return 0;
      place = (place + 1) & pool.bucketMask;
    }
  }
  while (true) {
    const bucket = changetype<BucketView>(buckets + place * offsetof<BucketView>());
    if (<u32>bucket.service == service) return references + <u32>bucket.first * 4;
    if (bucket.service == 0) return 0;
    place = (place + 1) & pool.bucketMask;
  }
}

/** Address of the first reference to a section for every service, 0 if the pool has none. */
export function anySections(b: Binding, pool: PoolView): usize {
  return pool.anyAt == 0 ? 0 : usize(b.image) + pool.anyAt;
}

/** The section that a reference leads to. */
export function sectionOf(b: Binding, reference: u32): SectionView {
  return changetype<SectionView>(usize(b.image) + (reference & ~SECTION_FLAGS));
}

/** Whether the filter lets a candidate through: a listed pattern may match, or the list excludes (ACT-9). */
export function passesFilter(candidate: CandidateView, mask: u32): bool {
  // Without a branch: which way it goes changes from candidate to candidate. A mask of all ones is that of
  // NotAction, whose patterns say nothing about what it covers.
  return (u32((candidate.mask & mask) != 0) | u32(candidate.mask == 0xffffffff)) != 0;
}

/** The statement of a candidate. */
export function statementOf(b: Binding, candidate: CandidateView): StatementView {
  return changetype<StatementView>(usize(b.image) + (candidate.statement & ~CANDIDATE_FLAGS));
}

/**
 * The verdict of a pool: Deny as soon as some Deny applies, else Allow if some Allow applies (STM-2, STM-3). Where
 * statements carry principals, the classes of all applying Allow statements are added to `Work.classes`. `b` binds the image
 * that the pool is in: the policy set or the overlay.
 */
export function poolVerdict(scratch: Scratch, b: Binding, poolAt: u32): u32 {
  const pool = changetype<PoolView>(usize(b.image) + poolAt);
  const carries: bool = (pool.flags & POOL_PRINCIPALS) != 0;
  const own = ownSections(b, pool);
  let verdict: u32 = Verdict.Silent;
  // The statements that name the service come first: a Deny among them ends the search (STM-3).
  if (own != 0) verdict = judgeSections(scratch, b, carries, own, b.serviceMask, verdict);
  if (verdict == Verdict.Deny || pool.anyAt == 0) return verdict;
  return judgeSections(scratch, b, carries, anySections(b, pool), b.anyMask, verdict);
}

/** `carries`: statements carry principals, so that every Allow counts; else one is enough. */
function judgeSections(scratch: Scratch, b: Binding, carries: bool, references: usize, mask: u32, verdict: u32): u32 {
  const q = scratch.question;
  let next: usize = references;
  let reference: u32 = 0;
  while ((reference & SECTION_LAST) == 0) {
    reference = load<u32>(next);
    next += 4;
    // Once an Allow is found, sections without a Deny are not even read.
    if (verdict == Verdict.Allow && !carries && (reference & SECTION_DENIES) == 0) continue;
    const section = sectionOf(b, reference);
    let at: usize = changetype<usize>(section) + offsetof<SectionView>();
    const end: usize = at + section.count * offsetof<CandidateView>();
    for (; at < end; at += offsetof<CandidateView>()) {
      const candidate = changetype<CandidateView>(at);
      countCandidate(b, candidate);
      if (!passesFilter(candidate, mask)) continue;
      const denies: bool = (candidate.statement & CANDIDATE_DENY) != 0;
      // One Allow is as good as ten, unless classes are collected: the most specific of them decides (PRN-15).
      if (!denies && verdict == Verdict.Allow && !carries) continue;
      const statement = statementOf(b, candidate);
      countConsidered();
      let found: u32 = 1;
      if (carries) {
        countPrincipals(statement);
        found = principalClass(b, scratch.image, scratch.requester, statement);
        if (found == 0) continue;
      }
      if (!applies(b, q, statement, (candidate.statement & CANDIDATE_CHECK_ACTION) != 0)) continue;
      countApplied(denies || verdict != Verdict.Allow);
      if (denies) return Verdict.Deny;
      verdict = Verdict.Allow;
      if (carries) scratch.work.classes |= found;
    }
  }
  return verdict;
}
