// A pool of statements against the bound request: only the candidates of the action's service are looked at.
import {
  BUCKET_SIZE,
  CANDIDATE_CHECK_ACTION,
  CANDIDATE_DENY,
  CANDIDATE_FLAGS,
  CANDIDATE_SIZE,
  Verdict,
} from "./layout";
import { principalClass } from "./principal";
import { applies } from "./statement";
import { BucketView, CandidateView, PoolView, StatementView } from "./views";
import { Binding, Question, Requester, Work } from "./work-views";

/** Candidates of the action's service in this pool: the bucket, or null. */
export function findBucket(b: Binding, pool: PoolView): BucketView | null {
  if (b.service == 0 || pool.bucketsAt == 0) return null;
  const buckets: usize = usize(b.image) + pool.bucketsAt;
  let place: u32 = b.service & pool.bucketMask;
  while (true) {
    const bucket = changetype<BucketView>(buckets + place * BUCKET_SIZE);
    if (bucket.service == b.service) return bucket;
    if (bucket.service == 0) return null;
    place = (place + 1) & pool.bucketMask;
  }
}

/**
 * The verdict of a pool: Deny as soon as some Deny applies, else Allow if some Allow applies (STM-2, STM-3). Where
 * statements carry principals, the classes of all applying Allow statements are added to `work.classes`.
 */
export function poolVerdict(b: Binding, work: Work, q: Question, r: Requester, directory: usize, poolAt: u32): u32 {
  const pool = changetype<PoolView>(usize(b.image) + poolAt);
  const bucket = findBucket(b, pool);
  let verdict: u32 = Verdict.Silent;
  if (bucket != null) {
    verdict = scan(b, work, q, r, directory, pool, bucket.candidatesAt, bucket.count, b.serviceMask, verdict);
  }
  if (verdict == Verdict.Deny || pool.anyCount == 0) return verdict;
  return scan(b, work, q, r, directory, pool, pool.anyAt, pool.anyCount, b.anyMask, verdict);
}

function scan(
  b: Binding,
  work: Work,
  q: Question,
  r: Requester,
  directory: usize,
  pool: PoolView,
  candidatesAt: u32,
  count: u32,
  mask: u32,
  verdict: u32,
): u32 {
  let at: usize = usize(b.image) + candidatesAt;
  const end: usize = at + count * CANDIDATE_SIZE;
  for (; at < end; at += CANDIDATE_SIZE) {
    const candidate = changetype<CandidateView>(at);
    if ((candidate.mask & mask) == 0 && candidate.mask != 0xffffffff) continue;
    const flags: u32 = candidate.statement & CANDIDATE_FLAGS;
    const denies: bool = (flags & CANDIDATE_DENY) != 0;
    if (!denies && verdict == Verdict.Allow && pool.hasPrincipals == 0) continue;
    const statement = changetype<StatementView>(usize(b.image) + (candidate.statement & ~CANDIDATE_FLAGS));
    let found: u32 = 1;
    if (pool.hasPrincipals != 0) {
      found = principalClass(b, directory, r, statement);
      if (found == 0) continue;
    }
    if (!applies(b, q, statement, (flags & CANDIDATE_CHECK_ACTION) != 0)) continue;
    if (denies) return Verdict.Deny;
    verdict = Verdict.Allow;
    if (pool.hasPrincipals != 0) work.classes |= found;
  }
  return verdict;
}
