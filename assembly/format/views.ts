// Flat views over memory. A view adds no code: its fields compile to plain loads. Fields named `…At` in an image
// record are offsets from the image's start; in scratch records they are addresses. Where each field lies is proved against
// records.ts, which the host writes by.

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

/**
 * What the host asks for and what came of it. The host writes it before
 * a call and reads it after; a call that stops half-way leaves in it where to go on, so the same block is passed
 * again.
 *
 *   what to decide over      what to decide              room                       how
 *   ├ image                  ├ message, its length       ├ plan, capacity           ├ flags, now
 *   ├ overlay, its scratch   ├ first … last, items       ├ response, capacity       ├ cancel: a word of another thread
 *   │                        ├ name of the policy set    ├ scratch                  │
 *   what came of it: first (moved on) · response length · item that needs the host · error text that the host answers with
 */
@unmanaged
export class Control {
  now: i64; // seconds
  image: u32;
  messageAt: u32;
  messageLength: u32;
  planAt: u32;
  planCapacity: u32;
  responseAt: u32;
  responseCapacity: u32;
  scratchAt: u32;
  flags: u32; // CONTROL_… bits
  first: u32; // item index at which to go on; advanced by the matcher
  last: u32; // item index at which to stop
  overlay: u32; // session overlay image for item `first`, or 0
  overlayScratchAt: u32;
  errorAt: u32; // the host's error text for item `first`, or 0
  errorLength: u32;
  responseLength: u32; // out
  itemAt: u32; // out: address and length of the item that needs the host
  itemLength: u32;
  cancelAt: u32; // address of a word that is not 0 once the call is cancelled, or 0
  nameAt: u32; // name of the policy set that was chosen
  nameLength: u32;
}

/**
 * What `planBatch` found in a batch message. Counts, and addresses of lists that follow the plan in the order in
 * which a batch names their things; nothing is copied out of the message.
 *
 *   0         8               16                                           60       64            72
 *   ├ detail, ┼ requestCount, ┼ six lists: requests, defaults, principals, ┼ rowsAt ┼ name of the ┤
 *   │ whatIf  │ rowCount      │ actions, resources, contexts               │        │ policy set  │
 *
 *   behind it: rows (four u32 each) │ requests │ defaults │ principals │ actions │ resources │ contexts (a Span each)
 */
@unmanaged
export class Plan {
  detail: u32;
  whatIf: u32;
  requestCount: u32;
  rowCount: u32;
  requestsAt: u32; // addresses from here on
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
  policySetAt: u32; // the name in the message
  policySetLength: u32;
}

/** A row of a table: indices into the lists of texts; the context's index is one more, 0 for none. */
@unmanaged
export class RowView {
  principal: u32;
  action: u32;
  resource: u32;
  context: u32;
}

/**
 * The image header. Tables are an offset and a mask. It is the only record at a fixed
 * place: whatever else an image holds is reached from here.
 */
@unmanaged
export class ImageHeader {
  magic: u32;
  version: u32;
  length: u32;
  flags: u32; // IMAGE_… bits
  denialOrder: u64; // four bits for each Layer, in the order in which a denial names one of several
  hashSeed: u32;
  generation: u32;
  digestAt: u32; // a text
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
  slotsAt: u32; // SlotView array
  slotCount: u32;
  memoCount: u32;
  derivedAt: u32; // u32 key offsets, one for each Derived
  foldsAt: u32; // FoldView array, sorted
  foldCount: u32;
  anyServiceAt: u32; // ServiceView of the patterns that name no single service
  textsAt: u32; // u32 offsets of texts, one for each Text
  hooksAt: u32; // HookView array: rules of section 15, then those of GEN-6
  hookCount: u32;
  sessionPoolAt: u32; // session overlay images only
  patternCount: u32; // action patterns in all
  longestKey: u32; // bytes
  ownHookCount: u32; // how many of the hooks are GEN-6 ones
  resourceServices: u32; // a bit for each service that the directory has resources of
  derivedMask: u32; // a bit for each derived key that policies read
  lowersAt: u32; // sorted words of (character, lower-case character << 16)
  lowerCount: u32;
  contextsAt: u32; // sorted words of (first code point << CONTEXT_BITS, what it and those after it are)
  contextCount: u32;
  sourceIpKeyAt: u32; // KeyView of each key of CTX-16 that policies read, 0 for one that none reads
  vpcSourceIpKeyAt: u32;
  ownersAt: u32; // OwnerView array, the most specific pattern first
  ownerCount: u32;
  ownerServices: u32; // a bit for each service that some owner pattern may match
  serviceNamesSlot: u32; // of what a what-if question calls the service that asks (PRN-9); NONE where no statement names one
}

/**
 * An entry of a hash table; entries are open-addressed, and a record of 0 is an empty one.
 *
 *   0      4          8
 *   ├ hash ┼ recordAt ┤
 */
@unmanaged
export class TableEntryView {
  hash: u32;
  recordAt: u32; // of a record that begins with the offset of its text
}

/** What the table of role names leads to. */
@unmanaged
export class RoleNameView {
  textAt: u32; // `partition:account:name`
  roleAt: u32; // PrincipalView
}

/** A character and what it folds to. */
@unmanaged
export class FoldView {
  codePoint: u32;
  folded: u32;
}

/**
 * A condition key: one name ignoring case. Its slots (u32 indices), one for each spelling, follow. Spellings
 * matter because a variable or a tag key is answered in the spelling that a policy uses (CTX-11).
 *
 *   0        4       8           12
 *   ├ textAt ┼ flags ┼ slotCount ┤ slots…
 */
@unmanaged
export class KeyView {
  textAt: u32; // case-folded
  flags: u32;
  slotCount: u32;
}

/**
 * One spelling of a key. Slots are numbered in the order of their spellings over all keys, so that a list of slots
 * is a sorted list of names (OUT-6).
 */
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
  globCount: u32;
  globsAt: u32; // GlobView array
}

/** An action pattern with wildcards: prefix part (0: that of the service) and name part. */
@unmanaged
export class ActionGlobView {
  patternId: u32;
  prefixAt: u32;
  nameAt: u32;
}

/**
 * An action that some pattern spells out, with the ids of all patterns that match it. Worked out by the compiler,
 * so that the usual action costs one look-up and no pattern is run.
 *
 *   0        4         8      12        16      20
 *   ├ textAt ┼ service ┼ mask ┼ anyMask ┼ count ┤ pattern ids…
 */
@unmanaged
export class ActionView {
  textAt: u32; // lower-cased `prefix:name`
  service: u32;
  mask: u32;
  anyMask: u32;
  count: u32; // u32 ids follow
}

/**
 * A pool: documents of one type (at one level) as one flat set of statements (STM-2), cut by service. What one decision reads
 * lies together:
 *
 *   0       4            8            12      16              20            24
 *   ├ flags ┼ bucketMask ┼ sectionsAt ┼ anyAt ┼ documentCount ┼ documentsAt ┤ buckets… │ section references… │ documents…
 *
 * A reference is the offset of a section with SECTION_… flags in its low bits; those of one service stand together, in the order of
 * the documents, and the last of them says so. The references for every service come first.
 */
@unmanaged
export class PoolView {
  flags: u32;
  bucketMask: u32;
  sectionsAt: u32; // the first reference; 0 if no service has a bucket
  anyAt: u32; // the first reference for every service; 0 if there is none
  documentCount: u32;
  documentsAt: u32; // u32 document offsets
}

/** Where the references of one service begin, open-addressed by service id; service 0 is an empty place. */
@unmanaged
export class BucketView {
  service: u16;
  first: u16; // index of a reference
}

/** As BucketView, in a pool that is POOL_WIDE. */
@unmanaged
export class WideBucketView {
  service: u32;
  first: u32;
}

/**
 * A section: the statements of one document that may apply to actions of one service. Statements that no earlier section of
 * the document has follow at once.
 *
 *   0       4                     12
 *   ├ count ┼ candidate (8 bytes) ┼ … ┤ statements…
 */
@unmanaged
export class SectionView {
  count: u32;
}

/** A statement of a section: its offset with flags in the low bits, and a filter of action patterns. */
@unmanaged
export class CandidateView {
  statement: u32;
  mask: u32;
}

/**
 * A statement.
 *
 *   0          4       5               6           7             8
 *   ├ detailAt ┼ flags ┼ resourceCount ┼ testCount ┼ actionCount ┤ resources… │ tests… │ principals… │ action ids…
 *
 * Resources are ResourcePatternView; tests are u32 offsets; principals, in statements that carry them, are a u32 count and u32
 * offsets of entries; action ids are u16. In a wide statement three u32 counts precede the lists and action ids are u32:
 *
 *   8               12          16            20
 *   ├ resourceCount ┼ testCount ┼ actionCount ┤ resources… │ tests… │ principals… │ action ids…
 */
@unmanaged
export class StatementView {
  detailAt: u32;
  flags: u8;
  resourceCount: u8;
  testCount: u8;
  actionCount: u8;
}

/** The counts of a wide statement, behind its StatementView. */
@unmanaged
export class WideCountsView {
  resourceCount: u32;
  testCount: u32;
  actionCount: u32;
}

/** A resource pattern of a statement and eight bytes that every text which it matches has (see NO_PROBE in layout.ts). */
@unmanaged
export class ResourcePatternView {
  patternAt: u32;
  probe: u32;
}

/**
 * A pattern. Only those of kind Glob have the lengths; the bytes of the others follow the head at once.
 *
 *   0      4              8              12
 *   ├ head ┼ prefixLength ┼ suffixLength ┤ bytes…
 */
@unmanaged
export class PatternView {
  head: u32; // kind and byte length
  prefixLength: u32; // literal bytes that it begins with
  suffixLength: u32;
}

/** A document: the name that answers show and its file. A DetailView for each of its statements follows. */
@unmanaged
export class DocumentView {
  nameAt: u32;
  fileAt: u32;
  statementCount: u32;
}

/** What answers show of a statement: its place in the document, and where it is written. */
@unmanaged
export class DetailView {
  statementAt: u32;
  index: u32;
  sidAt: u32;
  line: u32;
  column: u32;
}

/**
 * A condition test; its values (u32, meaning by operator) follow. Tests that several statements share are one
 * record with a memo of its own.
 *
 *   0          1           2       4      8      12               16           20       24
 *   ├ operator ┼ qualifier ┼ flags ┼ slot ┼ memo ┼ operatorTextAt ┼ valueCount ┼ single ┤ values…
 *
 *   values are offsets of   patterns                Like, Arn, String…, Bool with variables
 *                           texts                   BinaryEquals
 *                           DecimalRecord           Numeric…
 *                           InstantRecord           Date…
 *                           RangeRecord             IpAddress
 */
@unmanaged
export class TestView {
  operator: u8;
  qualifier: u8;
  flags: u16;
  slot: u32;
  memo: u32;
  operatorTextAt: u32;
  valueCount: u32;
  single: u32; // operators whose values fold into bits: Null, Bool
  writtenAt: u32; // count, then as many texts: all values as written; far from here, since only explanations read them
}

/**
 * One entry of a principal element. Offsets of its own text and, for account ids, of the partition that the ARN
 * named; 0 where any partition will do.
 */
@unmanaged
export class PrincipalEntryView {
  kind: u32;
  textAt: u32;
  partitionAt: u32;
}

/**
 * A requester that the directory knows. All that a decision needs of it stands here; texts are offsets, and 0 says
 * that this kind of requester has none.
 *
 *   who it is         ├ arn · kind · flags · account · partition · name · unique id
 *   whose policies    ├ issuer: its own ARN, or that of the role or user which a session carries (IN-2)
 *   what binds it     ├ identity pool · boundary pool · session pool (EVAL-3)
 *   what it brings    └ facts of its account · tags, TagView array (CTX-3)
 */
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
  factsAt: u32;
  identityPoolAt: u32;
  boundaryPoolAt: u32;
  sessionPoolAt: u32;
  tagCount: u32;
  tagsAt: u32;
}

/**
 * What the directory knows about an account. Its SCPs are a pool for each level from the root down, because every
 * level has to allow by itself (SCP-2); its RCPs are one pool, since their full access cannot be detached (RCP-1).
 */
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

/**
 * A resource, or a subtree, that the directory knows. The table is asked for every prefix that ends before a slash
 * or a colon, and the longest record wins; RESOURCE_EXACT keeps a record from covering what is below it.
 */
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

/** A tag of the directory and the slot it fills here (CTX-11), NONE where no policy of this image reads it. */
@unmanaged
export class TagView {
  slot: u32;
  textAt: u32;
  keyAt: u32; // the whole condition key, for session overlays
}

/** A rule of section 15: which action (lower-cased) on which resource (0: any). */
@unmanaged
export class HookView {
  hook: u32;
  actionAt: u32;
  resourceAt: u32;
}

/** Whose the resources are that match a pattern (XACC-5). */
@unmanaged
export class OwnerView {
  textAt: u32; // the pattern as it is written
  services: u32; // as ImageHeader.ownerServices, of this pattern
  patternAt: u32;
  accountAt: u32; // a text
}

/**
 * A VPC endpoint. The host does not say which network a request came through: the request names its endpoint
 * (VPCE-1).
 */
@unmanaged
export class EndpointView {
  idAt: u32;
  poolAt: u32;
}
