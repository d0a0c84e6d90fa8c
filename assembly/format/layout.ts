// The byte layout of an image, of the control block and of the call plan: offsets, sizes and tags that
// the host's compiler and the matcher share. Both compilers read this file; it holds constants only.
// All offsets inside an image are relative to its first byte; offset 0 is the header and so means "none".

/** Changes with every change of the layout; an image with another version is refused. */
export const LAYOUT_VERSION = 7;
export const IMAGE_MAGIC = 0x54445256; // "VRDT"
/** "No such index": slots and derived keys. */
export const NONE = 0xffffffff;

/** Absolute address, below every image, of a u64 in which the debug build counts steps of pattern matching. */
export const DEBUG_STEPS_AT = 64;
/** Likewise, of a u64 in which the debug build counts the entries that look-ups in tables have read. */
export const DEBUG_PROBES_AT = 72;

// Image header, 256 bytes.
export const HEADER_SIZE = 256;
export const HEADER_MAGIC_AT = 0;
export const HEADER_VERSION_AT = 4;
export const HEADER_LENGTH_AT = 8;
export const HEADER_FLAGS_AT = 12;
export const HEADER_HASH_SEED_AT = 16;
export const HEADER_GENERATION_AT = 20;
export const HEADER_DIGEST_AT = 24; // offset of a text
export const HEADER_PRINCIPALS_AT = 28; // table: offset, mask
export const HEADER_ROLE_NAMES_AT = 36;
export const HEADER_ACCOUNTS_AT = 44;
export const HEADER_RESOURCES_AT = 52;
export const HEADER_ENDPOINTS_AT = 60;
export const HEADER_SERVICES_AT = 68;
export const HEADER_ACTIONS_AT = 76;
export const HEADER_KEYS_AT = 84;
export const HEADER_SLOTS_AT = 92; // array of SlotView
export const HEADER_SLOT_COUNT_AT = 96;
export const HEADER_MEMO_COUNT_AT = 100;
export const HEADER_DERIVED_AT = 104; // u32 key offsets, one for each DERIVED_… index
export const HEADER_FOLDS_AT = 108; // sorted pairs (code point, folded code point)
export const HEADER_FOLD_COUNT_AT = 112;
export const HEADER_ANY_SERVICE_AT = 116; // ServiceView of the patterns that name no single service
export const HEADER_TEXTS_AT = 120; // u32 offsets of texts, one for each TEXT_… index
export const HEADER_HOOKS_AT = 124; // HookView array: rules of section 15, then those of GEN-6
export const HEADER_HOOK_COUNT_AT = 128;
export const HEADER_SESSION_POOL_AT = 132; // session overlay images only
export const HEADER_LONGEST_PATTERN_AT = 136; // bytes of the longest pattern program, for scratch
export const HEADER_PATTERN_COUNT_AT = 140; // action patterns in all
export const HEADER_LONGEST_KEY_AT = 144;
export const HEADER_OWN_HOOK_COUNT_AT = 148; // how many of the hooks are GEN-6 ones
export const HEADER_RESOURCE_SERVICES_AT = 152; // a bit for each service that the directory has resources of
export const HEADER_DERIVED_MASK_AT = 156; // a bit for each derived key that policies read
export const HEADER_LOWERS_AT = 160; // sorted words of (character, lower-case character << 16)
export const HEADER_LOWER_COUNT_AT = 164;
export const HEADER_CONTEXTS_AT = 168; // sorted words of (first code point << CONTEXT_BITS, what it and those after it are)
export const HEADER_CONTEXT_COUNT_AT = 172;
export const HEADER_ADDRESS_KEYS_AT = 176; // KeyView of each key of CTX-16 that policies read, 0 for one that none reads
export const ADDRESS_KEY_COUNT = 2;
export const HEADER_DENIAL_ORDER_AT = 184; // a byte for each Layer, in the order in which a denial names one of several

export const IMAGE_GENERIC_PROFILE = 1;

// Open-addressed hash tables: power-of-two many entries of (hash, record offset); offset 0 is empty. A record that finds no empty entry
// within TABLE_REACH of its own is a straggler: behind the entries come a count and as many record offsets, sorted by text (length,
// then bytes). So texts that were made to share a hash cost a search, not a walk past all of them.
// An entry holds the hash as well, so that a record is read only where all 32 bits agree.
export const TABLE_ENTRY_SIZE = 8;
export const TABLE_REACH = 32;

// A text: length, then bytes.
export const TEXT_LENGTH_AT = 0;
export const TEXT_BYTES_AT = 4;

// Condition keys. A key is one name ignoring case; a slot is one spelling of it that some policy uses.
export const KEY_TEXT_AT = 0;
export const KEY_FLAGS_AT = 4;
export const KEY_SLOT_COUNT_AT = 8;
export const KEY_SLOTS_AT = 12; // u32 slot indices follow
export const KEY_DERIVED = 1;
export const KEY_CLOCK = 2; // a derived key that a simulation may set (VEC-3)
export const SLOT_SIZE = 8;
export const FOLD_SIZE = 8; // one pair (code point, folded code point)

// What a character is to the sigma at the end of a word (STR-1).
export const CONTEXT_BITS = 2;
export const CONTEXT_CASED = 1;
export const CONTEXT_IGNORABLE = 2; // passed over, also where the character has case

// Service: one action prefix and the action patterns that are spelled with it.
export const SERVICE_SIZE = 24;
export const ACTION_SIZE = 20;
export const ACTION_GLOB_SIZE = 12;

// Pools: the documents that bind together. A bucket says where the references to the sections of one service begin.
export const POOL_SIZE = 24;
export const POOL_PRINCIPALS = 1; // its statements carry principals
export const POOL_WIDE = 2; // services or references are too many for buckets of two u16: theirs are two u32
export const BUCKET_SIZE = 4;
export const WIDE_BUCKET_SIZE = 8;
export const SECTION_LAST = 1; // flags of a reference to a section: no other follows
export const SECTION_DENIES = 2; // some statement of it denies
export const SECTION_FLAGS = 3;

// Sections: the statements of one document that may name actions of one service.
export const SECTION_SIZE = 4;
export const CANDIDATE_SIZE = 8;
export const CANDIDATE_DENY = 1;
export const CANDIDATE_CHECK_ACTION = 2;
export const CANDIDATE_FLAGS = 3;

// Statements: what decides stands in the statement, what only answers show in its detail.
// Most statements have few of everything: counts of one byte keep a statement in the eight bytes that a decision
// reads first.
export const STATEMENT_SIZE = 8;
export const STATEMENT_FLAGS_AT = 4; // then the counts, each of one byte
export const STATEMENT_DENY = 1;
export const STATEMENT_NOT_ACTION = 2;
export const STATEMENT_NOT_RESOURCE = 4;
export const STATEMENT_NO_RESOURCE = 8;
export const STATEMENT_PRINCIPAL = 16;
export const STATEMENT_NOT_PRINCIPAL = 32;
export const STATEMENT_WIDE = 64; // a count is above 255 or an action id above 65535: all of them are u32
export const STATEMENT_ASKS = 128; // some resource pattern has variables
export const WIDE_COUNTS_SIZE = 12;
export const RESOURCE_PATTERN_SIZE = 8;
export const DOCUMENT_SIZE = 12;
export const DETAIL_SIZE = 20;

// A probe: eight bytes that a text must have at one place if it is to match a pattern, hashed to 24 bits above the place.
export const NO_PROBE = 0;
export const PROBE_LENGTH = 8;
// INVARIANT: every resource of a question but `*` has eight bytes, since it is an ARN.
export const PROBE_AT_END = 255; // the text's last eight bytes; every other place counts from the text's first byte
export const PROBE_LOW_FACTOR = 0x9e3779b1;
export const PROBE_HIGH_FACTOR = 0x85ebca6b;

// Patterns: one word of kind and byte length, then for GLOB and STATES prefix and suffix lengths, then bytes.
// INVARIANT: the first three come first, so that one comparison tells the kinds that need no program run.
export enum PatternKind {
  Any,
  Exact,
  Prefix,
  Glob,
  States,
  Template,
  Never,
}
export const PATTERN_KIND_BITS = 3;
export const PATTERN_BYTES_AT = 4;
export const PATTERN_GLOB_BYTES_AT = 12;

// Bytes that stand for wildcards in a pattern program; none of them occurs in UTF-8.
export const STAR = 0xff; // zero or more characters
export const STAR_IN_FIELD = 0xfe; // zero or more characters other than a colon
export const ONE = 0xfd; // one character
export const ONE_IN_FIELD = 0xfc; // one character other than a colon
export const VARIABLE = 0xfb; // then slot u32 (with VARIABLE_LIST where the key is a list), default text offset u32 (0 none)
export const VARIABLE_IN_FIELD = 0xfa; // as VARIABLE; a value with a colon matches nothing
export const VARIABLE_SIZE = 9;
export const VARIABLE_LIST = 0x80000000; // the key is a list by definition: whatever it holds, it is no text (VAR-9)

// Condition tests. Names are those of the table of operators, which the image compiler is held to.
export enum Operator {
  StringEquals,
  StringEqualsIgnoreCase,
  StringLike,
  NumericEquals,
  NumericLessThan,
  NumericLessThanEquals,
  NumericGreaterThan,
  NumericGreaterThanEquals,
  DateEquals,
  DateLessThan,
  DateLessThanEquals,
  DateGreaterThan,
  DateGreaterThanEquals,
  Bool,
  BinaryEquals,
  IpAddress,
  ArnLike,
  Null,
}
// A plain operator wants one value; the two others ask each value of a list (SET-1, SET-3).
export enum Qualifier {
  None,
  ForAllValues,
  ForAnyValue,
}
export const TEST_SIZE = 24;
export const TEST_NEGATED = 1;
export const TEST_IF_EXISTS = 2;
export const TEST_MEMO = 4;
export const TEST_LIST = 8; // a plain operator on a key that is a list by definition: a present key fails it (COND-9)
export const TEST_VARIABLES = 16; // its values are texts, which may have variables
export const NULL_LISTS_TRUE = 1;
export const NULL_LISTS_FALSE = 2;
export const BOOL_LISTS_TRUE = 1;
export const BOOL_LISTS_FALSE = 2;

export const INSTANT_SIZE = 16;
export const DECIMAL_SIZE = 16;
export const RANGE_SIZE = 40;

// Principal elements.
export enum EntryKind {
  Everyone,
  Account,
  User,
  Role,
  Session,
  FederatedUser,
  UniqueId,
  Service,
  Federated,
  CanonicalUser,
}
export const ENTRY_SIZE = 12;

export enum RequesterKind {
  Unknown,
  Root,
  User,
  Role,
  Session,
  FederatedUser,
  Service,
  Provider,
  Anonymous,
}
export const PRINCIPAL_SIZE = 72;
export const PRINCIPAL_SERVICE_LINKED = 1;
export const PRINCIPAL_ROOT_ISSUER = 2;
export const PRINCIPAL_OWN_FACTS = 4; // its account facts are its own, not the table's
export const ACCOUNT_SIZE = 36;
export const ACCOUNT_MANAGEMENT = 1;
export const ACCOUNT_HAS_SCPS = 2;
export const RESOURCE_SIZE = 28;
export const RESOURCE_RESTRICT_PUBLIC = 1;
export const RESOURCE_PUBLIC_POLICY = 2;
export const RESOURCE_EXACT = 4; // covers nothing below itself
export const RESOURCE_TRUST = 8; // its policy is a trust policy: consulted for sts actions only

// What a rule about an action and a resource changes (section 15).
export enum Hook {
  Mandatory, // SVC-1, GEN-6: the resource policy must grant
  Forbidden, // SVC-8
  ForbiddenForRoot, // SVC-4
  RcpExempt, // RCP-4
  AlwaysAllowed, // SVC-7
}
export const HOOK_SIZE = 12;
export const ENDPOINT_SIZE = 8;
export const TAG_SIZE = 12;

// Match classes of PRN-15, as bits of a set.
export const CLASS_ACCOUNT = 1;
export const CLASS_ISSUER = 2;
export const CLASS_EXACT = 4;
export const CLASS_WILDCARD = 8;

// Policy types in the order of OUT-2. Names are those of the table of policy types, which is held to this list by the compiler.
export enum Layer {
  Identity,
  Boundary,
  Session,
  Resource,
  Endpoint,
  Scp,
  Rcp,
  Service,
}
export const LAYER_COUNT = 8;

// What one layer says.
// INVARIANT: numbered from the weakest, so that the greater of two verdicts is that of both together (STM-2).
export enum Verdict {
  Unbound,
  Silent,
  Allow,
  Deny,
}

// Outcomes and details as in authorization.proto.
export enum Outcome {
  Unspecified,
  Allowed,
  ExplicitDeny,
  ImplicitDeny,
  Error,
}
export enum Detail {
  Unspecified,
  Outcome,
  Reason,
  Explain,
}

// Keys that the engine derives from requester, resource, directory and clock (section 10).
export enum Derived {
  PrincipalArn,
  PrincipalAccount,
  PrincipalType,
  UserId,
  UserName,
  PrincipalOrgId,
  PrincipalOrgPaths,
  PrincipalIsAwsService,
  PrincipalServiceName,
  PrincipalServiceNamesList,
  ResourceAccount,
  ResourceOrgId,
  ResourceOrgPaths,
  CurrentTime,
  EpochTime,
}
export const DERIVED_COUNT = 15;

// Texts that an image carries for answers: indices into HEADER_TEXTS_AT.
export enum Text {
  LayerFirst, // then one text for each Layer; the host does not start if a run is too short or too long
  LayerLast = LayerFirst + 7,
  EffectAllow,
  EffectDeny,
  VerdictSilent,
  VerdictAllow,
  VerdictDeny,
  ElementPrincipal,
  ElementAction,
  ElementResource,
  ElementCondition,
  DenialNotAuthorized, // the sentence of OUT-12, piece by piece
  DenialOnResource,
  DenialExplicit, // then one text for each Layer
  DenialExplicitLast = DenialExplicit + 7,
  DenialNoPolicy, // then one text for each Layer
  DenialNoPolicyLast = DenialNoPolicy + 7,
  DenialAction,
  ErrorFirst, // then one text for each ErrorCode, in order
}

// Why a request could not be decided; the text is Text.ErrorFirst + code.
export enum ErrorCode {
  None,
  Malformed,
  InvalidUtf8,
  Principal,
  Action,
  Resource,
  UnknownOwner,
  ProviderAction,
  WhatIfRefused,
  TableIndex,
  TooLarge,
  SessionPolicy,
  PolicySetMismatch,
  LongPrincipal,
  LongAction,
  LongResource,
  WildcardPrincipal,
  SessionUnbound,
  SourceAddress,
}
export const ERROR_COUNT = 19;

// Bytes of the texts of a question; longer ones name nobody, no action and no resource of any service.
// Bounds what one item costs, whatever a pattern says, and gives scratch its sizes. What is longer is refused, never cut.
export const LONGEST_PRINCIPAL = 4096;
export const LONGEST_ACTION = 4096;
export const LONGEST_RESOURCE = 65536;

// The control block: what the host asks of one call, and what came of it.
export const CONTROL_SIZE = 128;
export const CONTROL_IMAGE_AT = 0;
export const CONTROL_MESSAGE_AT = 4;
export const CONTROL_MESSAGE_LENGTH_AT = 8;
export const CONTROL_PLAN_AT = 12;
export const CONTROL_PLAN_CAPACITY_AT = 16;
export const CONTROL_RESPONSE_AT = 20;
export const CONTROL_RESPONSE_CAPACITY_AT = 24;
export const CONTROL_SCRATCH_AT = 28;
export const CONTROL_SCRATCH_LENGTH_AT = 32;
export const CONTROL_FLAGS_AT = 36;
export const CONTROL_NOW_AT = 40; // i64 seconds
export const CONTROL_FIRST_AT = 48; // item index at which to go on; advanced by the matcher
export const CONTROL_LAST_AT = 52; // item index at which to stop
export const CONTROL_OVERLAY_AT = 56; // session overlay image for item FIRST, or 0
export const CONTROL_OVERLAY_SCRATCH_AT = 60;
export const CONTROL_ERROR_AT = 64; // host's error text for item FIRST, or 0
export const CONTROL_ERROR_LENGTH_AT = 68;
export const CONTROL_RESPONSE_LENGTH_AT = 72; // out
export const CONTROL_ITEM_AT = 76; // out: address and length of the item that needs the host
export const CONTROL_ITEM_LENGTH_AT = 80;
export const CONTROL_CANCEL_AT = 84; // address of a word that is not 0 once the call is cancelled, or 0
export const CONTROL_NAME_AT = 88; // name of the policy set that was chosen, and its length

export const CONTROL_ALLOW_WHAT_IF = 1;
export const CONTROL_UNARY = 2;
export const CONTROL_WITH_VERSION = 4; // write PolicySetVersion in front
export const CONTROL_CALLER_CLOCK = 16; // aws:CurrentTime and aws:EpochTime of the context count (VEC-3)
export const CONTROL_NO_EXPLANATION = 8; // OUT-8: answer with outcomes only

// What a call of the matcher ended with.
export enum Status {
  Done,
  NeedsSession, // compile the item's session policies, set the overlay or an error, call again
  ResponseFull, // take the response out, call again
  Cancelled,
  Malformed, // the message as a whole cannot be read
  TooLarge, // the plan does not fit
  BadRows, // the table's rows are not four indices a question
  BadImage,
}

// The call plan: what `plan` found in a batch message, shared by every worker that decides a part of it.
export const PLAN_SIZE = 72;
export const PLAN_DETAIL_AT = 0;
export const PLAN_WHAT_IF_AT = 4;
export const PLAN_REQUEST_COUNT_AT = 8;
export const PLAN_ROW_COUNT_AT = 12;
export const PLAN_REQUESTS_AT = 16; // addresses from here on
export const PLAN_DEFAULTS_COUNT_AT = 20;
export const PLAN_DEFAULTS_AT = 24;
export const PLAN_PRINCIPAL_COUNT_AT = 28;
export const PLAN_PRINCIPALS_AT = 32;
export const PLAN_ACTION_COUNT_AT = 36;
export const PLAN_ACTIONS_AT = 40;
export const PLAN_RESOURCE_COUNT_AT = 44;
export const PLAN_RESOURCES_AT = 48;
export const PLAN_CONTEXT_COUNT_AT = 52;
export const PLAN_CONTEXTS_AT = 56;
export const PLAN_ROWS_AT = 60;
export const PLAN_POLICY_SET_AT = 64; // address and length of the name in the message
export const SPAN_SIZE = 8; // address, length
export const ROW_SIZE = 16;
