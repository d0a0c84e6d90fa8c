// Flat views over scratch memory: what is known while one request is decided, and the values that comparisons read. Texts are
// addresses here, because they lie in the message as often as in the image.
import * as layout from "./layout";

/**
 * The state of one slot for the request in hand; it counts only while its stamp is of that request. One value, the
 * usual case, is found without reading the entry again; of several the first is known and the rest stay on the
 * wire.
 *
 *   0       4       8             16             24          32
 *   ├ stamp ┼ count ┼ first value ┼ entry on the ┼ key as it ┤
 *   │       │       │ at, length  │ wire, at–end │ is spelled│
 */
@unmanaged
export class SlotState {
  stamp: u32; // epoch × 8 + rank
  count: u32;
  firstAt: u32;
  firstLength: u32;
  entryAt: u32; // the map entry on the wire, for keys with several values
  entryEnd: u32;
  keyAt: u32;
  keyLength: u32;
}

/**
 * An entry of the request context, taken apart. Texts are addresses in the message. There is one of them, the
 * entry in hand: keys that the engine fills in go through it as well, so that a slot has one way to be filled.
 */
@unmanaged
export class ContextEntry {
  keyAt: u32;
  keyLength: u32;
  count: u32; // of values
  firstAt: u32;
  firstLength: u32;
  at: u32; // the entry itself
  end: u32;
}

/** An entry of the request context that was checked but not looked up. */
@unmanaged
export class ListedEntry {
  at: u32;
  shape: u32; // rank, whether plain, length: see context/context-entry.ts
}

/**
 * One image bound to the request in hand: where its slots and memos are and which action patterns match. A request
 * with session policies has two, that of the policy set and that of the overlay; each has slots, memos and action
 * patterns of its own, because ids mean something in one image only.
 *
 *   bound once a region       image · slots · memos · arenas · positions · key cache · lists · records of the region
 *   bound once an item        epoch · action: service, masks, matched patterns · context: listing, flags, now
 *   found out on the way      entries listed · derived keys filled in or not · missing keys · an address that is none
 */
@unmanaged
export class Binding {
  image: u32;
  slotsAt: u32;
  memosAt: u32;
  epoch: u32;
  service: u32; // id of the action's service in this image, 0 if none
  serviceMask: u32;
  anyMask: u32;
  matchedAt: u32; // ids of the action patterns that match
  matchedCount: u32;
  matchedArenaAt: u32; // room for them where the image does not list them
  arenaAt: u32; // bytes for folded keys and composed texts
  arenaUsed: u32;
  arenaLength: u32;
  positionsAt: u32; // a set of text positions for patterns of mixed stars
  instantAt: u32; // an Instant or an Address, for the comparison in hand
  askedAt: u32; // for each slot the epoch in which it was found missing (OUT-6)
  missingAt: u32; // the slots found missing
  missingCount: u32;
  keyCacheAt: u32; // keys met lately, as spelled in requests
  clockSeconds: i64; // the decision time that the clock's texts are written for
  clockAt: u32; // 32 bytes for ISO 8601, 32 for the epoch
  clockIsoLength: u32;
  clockEpochLength: u32;
  entry: ContextEntry; // the entry in hand
  listing: u32; // 1 while context entries are listed instead of looked up
  listedAt: u32; // ListedEntry array of the request in hand: its own, or that of a context which rows share
  listedCount: u32;
  ownListAt: u32; // room for LISTED_PLACES of them
  derived: u32; // 1 once the derived keys of a listed context are filled in
  whatIf: u32; // whether the caller's values for derived keys count
  flags: u32; // whose values count for derived keys: see context/context-entry.ts
  now: i64; // the decision time
  requester: Requester;
  owner: Owner;
  addressDoubt: u32; // 1 once an entry was read that may state what is no address under a key of CTX-16
  refusedAt: u32; // the value that CTX-16 refuses
  refusedLength: u32;
  remembers: u32; // 1 where statements are looked at again after the decision
  matchMemosAt: u32; // MatchMemo array
}

/** Where the next byte of the answer goes. Once something did not fit, nothing more is written. */
@unmanaged
export class Writer {
  at: u32;
  end: u32;
  full: u32;
}

/**
 * A parsed date of the request: whole seconds rounded down and the digits of the fraction, or digits too many for
 * that. No floating point: DATE-2 compares milliseconds, and a count of seconds may have any number of digits (DATE-3).
 */
@unmanaged
export class Instant {
  seconds: i64;
  fractionAt: u32;
  fractionLength: u32;
  bigSign: i32; // 0, or the sign of a count of seconds beyond 18 digits
  digitsAt: u32;
  digitsLength: u32;
}

/** A date of a policy; the digits of its fraction, or all its digits when bigSign is not 0, follow. */
@unmanaged
export class InstantRecord {
  seconds: i64;
  bigSign: i32;
  digitsLength: u32;
}

/** A number of a policy, ±0.DIGITS × 10^exponent; its digits, without zeros at either end, follow. Zero has none. */
@unmanaged
export class DecimalRecord {
  exponent: i64;
  negative: u32;
  length: u32;
}

/** An address of the request as one number of 128 bits; IPv4 lies in the low 32. */
@unmanaged
export class Address {
  high: u64;
  low: u64;
  family: u32;
}

/**
 * A range of addresses, host bits cleared. IPv4 and IPv6 are never compared with each other (IP-5), so the family
 * stands beside the bits.
 */
@unmanaged
export class RangeRecord {
  high: u64;
  low: u64;
  highMask: u64;
  lowMask: u64;
  family: u32;
}

/**
 * A decoded request. Texts are addresses in the message. Nothing is copied: a question is where its texts are.
 * What the request does not say has length 0.
 *
 *   0         40      44            64     72        80           96        104       112     116
 *   ├ five    ┼ colon ┼ fields of   ┼ item ┼ context ┼ memos and  ┼ detail, ┼ name of ┼ has ┤
 *   │ texts   │ of the│ the resource│      │ of a    │ indices of │ whatIf  │ the set │     │
 *   │         │ action│ ARN         │      │ row     │ a row      │         │         │     │
 *
 *   five texts: principal, action, resource, resource account, endpoint
 */
@unmanaged
export class Question {
  principalAt: u32;
  principalLength: u32;
  actionAt: u32;
  actionLength: u32;
  resourceAt: u32;
  resourceLength: u32;
  ownerAt: u32;
  ownerLength: u32;
  endpointAt: u32;
  endpointLength: u32;
  colonAt: u32; // the colon inside the action
  serviceAt: u32; // fields of the resource ARN
  serviceLength: u32;
  accountAt: u32;
  accountLength: u32;
  restAt: u32;
  itemAt: u32; // the AuthorizeRequest on the wire, or 0 for a row
  itemLength: u32;
  contextAt: u32; // the Context of a row on the wire
  contextLength: u32;
  principalMemoAt: u32; // of a row: where what is found out about its principal and action is kept, or 0
  actionMemoAt: u32;
  principalIndex: u32;
  actionIndex: u32;
  detail: u32;
  whatIf: u32;
  policySetAt: u32;
  policySetLength: u32;
  has: u32; // HAS_… bits
}

/**
 * Who asks, resolved against directory or spelling (IN-2). Texts are addresses; pools are offsets in the image. A
 * requester that the directory does not list has no pools and no facts, but a kind: that alone decides which
 * policy types bind it (EVAL-3).
 */
@unmanaged
export class Requester {
  kind: u32;
  flags: u32;
  known: u32;
  arnAt: u32;
  arnLength: u32;
  accountAt: u32;
  accountLength: u32;
  partitionAt: u32;
  partitionLength: u32;
  issuerAt: u32; // ARN of the entity whose policies it carries
  issuerLength: u32;
  nameAt: u32;
  nameLength: u32;
  uniqueIdAt: u32;
  uniqueIdLength: u32;
  recordAt: u32; // offset of PrincipalView, 0 if unknown
  factsAt: u32; // offset of AccountView, 0 if unknown
  identityPoolAt: u32;
  boundaryPoolAt: u32;
  sessionPoolAt: u32;
}

/**
 * The resource side of a question. The owner account counts even where no record is known: whether requester and
 * owner are the same account decides between EVAL-4 and XACC-1.
 */
@unmanaged
export class Owner {
  accountAt: u32;
  accountLength: u32;
  factsAt: u32;
  recordAt: u32;
  poolAt: u32;
  flags: u32;
  same: u32; // requester's account = owner account
  endpointPoolAt: u32;
  hooks: u32; // bit per Hook
  source: u32; // the Text for who says whose it is, 0 where it is taken for the requester's
  sourceTextAt: u32; // of the entry or pattern that says so, 0 for none
}

/**
 * Everything found out while one request is decided. Kept after the decision, because the answer names what the
 * decision saw and not what it would see again.
 */
@unmanaged
export class Work {
  detail: u32;
  outcome: u32;
  classes: u32; // CLASS_… bits of applying Allow statements of the resource policy
  blocked: u32; // bit per Layer
  scpLevelSilent: u32;
  verdicts: u64; // one Verdict in four bits, by Layer
  controlAt: u32; // name of the first policy of an organization that the answer names, 0 if there is none
}

if (layout.LAYER_COUNT > 16) ERROR("Work.verdicts has no room for so many layers");

/**
 * The verdict of a layer. Unbound until a policy type was asked: a type that does not bind has no say in EVAL-2
 * and none in the answer.
 */
export function verdictOf(work: Work, layer: u32): u32 {
  return u32(work.verdicts >> (layer * 4)) & 15;
}

/** Notes what a policy type said. INVARIANT: each is asked once a decision, so nothing else stands in its bits. */
export function setVerdict(work: Work, layer: u32, verdict: u32): void {
  work.verdicts |= u64(verdict) << (layer * 4);
}
