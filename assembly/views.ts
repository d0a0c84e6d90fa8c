// Flat views over memory. A view adds no code: its fields compile to plain loads. Fields named `…At` in an image
// record are offsets from the image's start; in scratch records they are addresses. Sizes are proved against layout.ts.
import * as layout from "./layout";

/**
 * One reference to a text: where it is and how long it is.
 *
 *   0        4        8
 *   ├ at ────┼ length ┤
 */
@unmanaged
export class Span {
  at: u32;
  length: u32;
}

/** What the host asks for and what came of it; field offsets are the CONTROL_… constants. */
@unmanaged
export class Control {
  image: u32;
  messageAt: u32;
  messageLength: u32;
  planAt: u32;
  planCapacity: u32;
  responseAt: u32;
  responseCapacity: u32;
  scratchAt: u32;
  scratchLength: u32;
  flags: u32;
  now: i64;
  first: u32;
  last: u32;
  overlay: u32;
  overlayScratchAt: u32;
  errorAt: u32;
  errorLength: u32;
  responseLength: u32;
  itemAt: u32;
  itemLength: u32;
  cancelAt: u32;
  nameAt: u32;
  nameLength: u32;
}
if (offsetof<Control>("now") != layout.CONTROL_NOW_AT) ERROR("Control.now drifted from layout.ts");
if (offsetof<Control>("nameAt") != layout.CONTROL_NAME_AT) ERROR("Control.nameAt drifted from layout.ts");
if (offsetof<Control>("responseLength") != layout.CONTROL_RESPONSE_LENGTH_AT) ERROR("Control.responseLength drifted");

/** What `planBatch` found in a batch message. */
@unmanaged
export class Plan {
  detail: u32;
  whatIf: u32;
  requestCount: u32;
  rowCount: u32;
  requestsAt: u32;
  defaultsCount: u32;
  defaultsAt: u32;
  principalCount: u32;
  principalsAt: u32;
  actionCount: u32;
  actionsAt: u32;
  resourceCount: u32;
  resourcesAt: u32;
  contextCount: u32;
  contextsAt: u32;
  rowsAt: u32;
  policySetAt: u32;
  policySetLength: u32;
}
if (offsetof<Plan>() != layout.PLAN_SIZE) ERROR("Plan drifted from layout.ts");
if (offsetof<Plan>("policySetAt") != layout.PLAN_POLICY_SET_AT) ERROR("Plan.policySetAt drifted from layout.ts");

/** The image header; see the HEADER_… constants. Tables are an offset and a mask. */
@unmanaged
export class ImageHeader {
  magic: u32;
  version: u32;
  length: u32;
  flags: u32;
  hashSeed: u32;
  generation: u32;
  digestAt: u32;
  principalsAt: u32;
  principalsMask: u32;
  roleNamesAt: u32;
  roleNamesMask: u32;
  accountsAt: u32;
  accountsMask: u32;
  resourcesAt: u32;
  resourcesMask: u32;
  endpointsAt: u32;
  endpointsMask: u32;
  servicesAt: u32;
  servicesMask: u32;
  actionsAt: u32;
  actionsMask: u32;
  keysAt: u32;
  keysMask: u32;
  slotsAt: u32;
  slotCount: u32;
  memoCount: u32;
  derivedAt: u32;
  foldsAt: u32;
  foldCount: u32;
  anyServiceAt: u32;
  textsAt: u32;
  hooksAt: u32;
  hookCount: u32;
  sessionPoolAt: u32;
  longestPattern: u32;
  patternCount: u32;
  longestKey: u32;
  ownHookCount: u32;
  resourceServices: u32;
  derivedMask: u32;
}
if (offsetof<ImageHeader>("derivedMask") != layout.HEADER_DERIVED_MASK_AT)
  ERROR("ImageHeader drifted from layout.ts");

/** A condition key: one name ignoring case. Its slots (u32 indices), one for each spelling, follow. */
@unmanaged
export class KeyView {
  textAt: u32; // case-folded
  flags: u32;
  slotCount: u32;
}

/** One spelling of a key. */
@unmanaged
export class SlotView {
  textAt: u32; // as written in policies
  keyAt: u32;
}

/** An action prefix with its patterns; pattern ids run from firstPattern on, in the order of the globs after the exact ones. */
@unmanaged
export class ServiceView {
  textAt: u32; // lower-cased prefix
  id: u32; // from 1
  firstPattern: u32;
  patternCount: u32;
  globCount: u32;
  globsAt: u32; // GlobView array
}
if (offsetof<ServiceView>() != layout.SERVICE_SIZE) ERROR("ServiceView drifted from layout.ts");

/** An action pattern with wildcards: prefix part (0: that of the service) and name part. */
@unmanaged
export class ActionGlobView {
  patternId: u32;
  prefixAt: u32;
  nameAt: u32;
}
if (offsetof<ActionGlobView>() != layout.ACTION_GLOB_SIZE) ERROR("ActionGlobView drifted from layout.ts");

/** An action that some pattern spells out, with the ids of all patterns that match it. */
@unmanaged
export class ActionView {
  textAt: u32; // lower-cased `prefix:name`
  service: u32;
  mask: u32;
  anyMask: u32;
  count: u32; // u32 ids follow
}
if (offsetof<ActionView>() != layout.ACTION_SIZE) ERROR("ActionView drifted from layout.ts");

/** A pool: documents of one type (at one level) as one flat set of statements (STM-2), cut by service. */
@unmanaged
export class PoolView {
  documentCount: u32;
  documentsAt: u32; // u32 document offsets
  bucketMask: u32;
  bucketsAt: u32; // BucketView array, open-addressed by service id
  anyCount: u32;
  anyAt: u32; // candidates of every service
  hasPrincipals: u32;
  reserved: u32;
}
if (offsetof<PoolView>() != layout.POOL_SIZE) ERROR("PoolView drifted from layout.ts");

/** Candidates of one service; service 0 is an empty place. */
@unmanaged
export class BucketView {
  service: u32;
  count: u32;
  candidatesAt: u32;
}
if (offsetof<BucketView>() != layout.BUCKET_SIZE) ERROR("BucketView drifted from layout.ts");

/** A statement that may apply to an action of this service: its offset with flags in the low bits, and a filter of action patterns. */
@unmanaged
export class CandidateView {
  statement: u32;
  mask: u32;
}
if (offsetof<CandidateView>() != layout.CANDIDATE_SIZE) ERROR("CandidateView drifted from layout.ts");

/**
 * A statement.
 *
 *   0       4            8       12       16      20            24              28          32             40
 *   ├ flags ┼ documentAt ┼ index ┼ sidAt ─┼ line ─┼ column ─────┼ actionCount ──┼ resources ┼ tests, entries ┤ lists…
 *
 * The lists follow at once: action pattern ids, resource pattern offsets, test offsets, principal entry offsets.
 */
@unmanaged
export class StatementView {
  flags: u32;
  documentAt: u32;
  index: u32;
  sidAt: u32;
  line: u32;
  column: u32;
  actionCount: u32;
  resourceCount: u32;
  testCount: u32;
  entryCount: u32;
}
if (offsetof<StatementView>() != layout.STATEMENT_SIZE) ERROR("StatementView drifted from layout.ts");

/** A document: the name that answers show, its file, and its statements (u32 offsets follow). */
@unmanaged
export class DocumentView {
  nameAt: u32;
  fileAt: u32;
  statementCount: u32;
  reserved: u32;
}
if (offsetof<DocumentView>() != layout.DOCUMENT_SIZE) ERROR("DocumentView drifted from layout.ts");

/** A condition test; its values (u32, meaning by operator) follow. */
@unmanaged
export class TestView {
  operator: u8;
  qualifier: u8;
  flags: u8;
  reserved: u8;
  slot: u32;
  memo: u32;
  operatorTextAt: u32;
  valueCount: u32;
  single: u32; // operators whose values fold into bits: Null, Bool
}
if (offsetof<TestView>() != layout.TEST_SIZE) ERROR("TestView drifted from layout.ts");

/** One entry of a principal element. */
@unmanaged
export class EntryView {
  kind: u32;
  textAt: u32;
  partitionAt: u32;
}
if (offsetof<EntryView>() != layout.ENTRY_SIZE) ERROR("EntryView drifted from layout.ts");

/** A requester that the directory knows. */
@unmanaged
export class PrincipalView {
  arnAt: u32;
  kind: u32;
  flags: u32;
  accountAt: u32;
  partitionAt: u32;
  issuerAt: u32;
  nameAt: u32;
  uniqueIdAt: u32;
  userIdAt: u32;
  factsAt: u32;
  identityPoolAt: u32;
  boundaryPoolAt: u32;
  sessionPoolAt: u32;
  trustPoolAt: u32;
  tagCount: u32;
  tagsAt: u32;
  typeAt: u32;
  reserved: u32;
}
if (offsetof<PrincipalView>() != layout.PRINCIPAL_SIZE) ERROR("PrincipalView drifted from layout.ts");

/** What the directory knows about an account. */
@unmanaged
export class AccountView {
  idAt: u32;
  flags: u32;
  canonicalIdAt: u32;
  organizationIdAt: u32;
  pathsCount: u32;
  pathsAt: u32; // a Values entry in wire form, as TEXT
  scpCount: u32;
  scpsAt: u32; // u32 pool offsets
  rcpPoolAt: u32;
}
if (offsetof<AccountView>() != layout.ACCOUNT_SIZE) ERROR("AccountView drifted from layout.ts");

/** A resource, or a subtree, that the directory knows. */
@unmanaged
export class ResourceView {
  arnAt: u32;
  accountAt: u32;
  factsAt: u32;
  poolAt: u32;
  flags: u32;
  tagCount: u32;
  tagsAt: u32;
}
if (offsetof<ResourceView>() != layout.RESOURCE_SIZE) ERROR("ResourceView drifted from layout.ts");

/** A tag of the directory and the slot it fills here (CTX-11), NONE where no policy of this image reads it. */
@unmanaged
export class TagView {
  slot: u32;
  textAt: u32;
  keyAt: u32; // the whole condition key, for session overlays
}
if (offsetof<TagView>() != layout.TAG_SIZE) ERROR("TagView drifted from layout.ts");

/** A rule of section 15: which action (lower-cased) on which resource (0: any). */
@unmanaged
export class HookView {
  hook: u32;
  actionAt: u32;
  resourceAt: u32;
}
if (offsetof<HookView>() != layout.HOOK_SIZE) ERROR("HookView drifted from layout.ts");

/** A VPC endpoint. */
@unmanaged
export class EndpointView {
  idAt: u32;
  poolAt: u32;
}
if (offsetof<EndpointView>() != layout.ENDPOINT_SIZE) ERROR("EndpointView drifted from layout.ts");

// ── scratch ──────────────────────────────────────────────────────────────────────────────────────────────────

/** The state of one slot for the request in hand; it counts only while its stamp is of that request. */
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

/** One image bound to the request in hand: where its slots and memos are and which action patterns match. */
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
}

/** Where the next byte of the answer goes. Once something did not fit, nothing more is written. */
@unmanaged
export class Writer {
  at: u32;
  end: u32;
  full: u32;
}

/** A parsed date of the request: whole seconds rounded down and the digits of the fraction, or digits too many for that. */
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
if (offsetof<InstantRecord>() != layout.INSTANT_SIZE) ERROR("InstantRecord drifted from layout.ts");

/** A number of a policy; its integer digits without leading and fraction digits without trailing zeros follow. */
@unmanaged
export class DecimalRecord {
  negative: u32;
  integerLength: u32;
  fractionLength: u32;
}
if (offsetof<DecimalRecord>() != layout.DECIMAL_SIZE) ERROR("DecimalRecord drifted from layout.ts");

/** An address of the request as one number of 128 bits; IPv4 lies in the low 32. */
@unmanaged
export class Address {
  high: u64;
  low: u64;
  family: u32;
}

/** A range of addresses, host bits cleared. */
@unmanaged
export class RangeRecord {
  high: u64;
  low: u64;
  highMask: u64;
  lowMask: u64;
  family: u32;
  reserved: u32;
}
if (offsetof<RangeRecord>() != layout.RANGE_SIZE) ERROR("RangeRecord drifted from layout.ts");

/** A decoded request. Texts are addresses in the message. */
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
  detail: u32;
  whatIf: u32;
  policySetAt: u32;
  policySetLength: u32;
  has: u32; // HAS_… bits
}

/** Who asks, resolved against directory or spelling (IN-2). Texts are addresses; pools are offsets in the image. */
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

/** The resource side of a question. */
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
}

/** Everything found out while one request is decided. */
@unmanaged
export class Work {
  epoch: u32;
  detail: u32;
  outcome: u32;
  classes: u32; // CLASS_… bits of applying Allow statements of the resource policy
  blocked: u32; // bit per Layer
  scpLevelSilent: u32;
  verdicts: u64; // one Verdict a byte, by Layer
}

/** The verdict of a layer. */
export function verdictOf(work: Work, layer: u32): u32 {
  return u32(load<u8>(changetype<usize>(work) + offsetof<Work>("verdicts") + layer));
}

export function setVerdict(work: Work, layer: u32, verdict: u32): void {
  store<u8>(changetype<usize>(work) + offsetof<Work>("verdicts") + layer, verdict);
}
