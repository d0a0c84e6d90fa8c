// What the host's compiler and the matcher share about an image, the control block and the call plan besides the fields of records
// (records.ts): versions, tags, flags and limits. Both compilers read this file; it holds constants only.
// All offsets inside an image are relative to its first byte; offset 0 is the header and so means "none".

/** Changes with every change of the layout; an image with another version is refused. */
export const LAYOUT_VERSION = 13;
export const IMAGE_MAGIC = 0x54445256; // "VRDT"
/** "No such index": slots and derived keys. */
export const NONE = 0xffffffff;

/** Absolute address, below every image, of a u64 in which the debug build counts steps of pattern matching. */
export const DEBUG_STEPS_AT = 64;
/** Likewise, of a u64 in which the debug build counts the entries that look-ups in tables have read. */
export const DEBUG_PROBES_AT = 72;

// What the counting build knows of its tables, as words at this absolute address below every image; the host writes the first ones.
export const COUNTING_AT = 128;
export enum CountingWord {
  Image, // address of the set's image
  StatementsAt, // records by offset of a statement
  StatementsMask,
  PatternsAt, // records by offset of a pattern
  PatternsMask,
  SlotsAt, // records by number of a slot
  QuestionsAt, // u64 each: work of a question
  FirstQuestion, // number of the call's first question
  Question,
  Statement, // address of the record in hand, 0 for none
  Steps, // address of the u64 that steps are added to
  PatternBegan,
  TestBegan,
  ActionOwnersAt, // u32 each, by id of an action pattern: address of the record that its steps belong to, 0 for nobody
}
/** Where steps go that are nobody's. */
export const STEPS_NOWHERE_AT = 256;
/** A record of counters: u64 each. Those of patterns and slots have some of them. */
export enum Counter {
  Key, // a u32
  Work,
  Began, // work when the candidate in hand was met
  Useful, // work of considerations that applied
  InQuestion, // number of the question that `Here` counts, plus one
  Here,
  Most, // the most work in one question, and the number of the first such question
  MostQuestion,
  Scanned, // met in a section
  Considered, // and let through by the filter
  PrincipalsTested,
  ActionTested,
  ActionMatched,
  ResourcesTested,
  PatternSteps,
  ConditionsTested,
  ConditionsFailed,
  ConditionSteps,
  Applied,
  Decided,
}
export const COUNTER_SIZE = 160;
// Steps of what is not counted one by one; fitted once to times of the release build (bench/README.md), and fixed since ranks depend on it.
export enum WorkOf {
  Question = 200,
  Candidate = 1,
  Statement = 6,
  Principal = 6,
  Action = 6,
  Probe = 2,
  Pattern = 4,
  Block = 1, // 16 bytes compared at once
  Test = 2,
  Evaluation = 8,
  Value = 3,
  Folded = 9, // beyond that, where case is ignored character by character
  Address = 25,
  Number = 12,
  Date = 40,
  Listed = 1, // an entry of the context that a key is looked for in
}

/** A flag of the header. */
export const IMAGE_GENERIC_PROFILE = 1;

// Open-addressed hash tables: power-of-two many entries; a record of 0 is empty. A record that finds no empty entry
// within TABLE_REACH of its own is a straggler: behind the entries come a count and as many record offsets, sorted by text (length,
// then bytes). So texts that were made to share a hash cost a search, not a walk past all of them.
// An entry holds the hash as well, so that a record is read only where all 32 bits agree.
export const TABLE_REACH = 32;

// A text: length, then bytes.
export const TEXT_BYTES_AT = 4;

// Condition keys. A key is one name ignoring case; a slot is one spelling of it that some policy uses.
// Whatever a caller says of a key with this flag is passed over, unless it asks what if (CTX-1).
export const KEY_DERIVED = 1;
export const KEY_CLOCK = 2; // a derived key that a simulation may set (VEC-3)

// What a character is to the sigma at the end of a word (STR-1).
export const CONTEXT_BITS = 2;
export const CONTEXT_CASED = 1;
export const CONTEXT_IGNORABLE = 2; // passed over, also where the character has case

// Pools: the documents that bind together. A bucket says where the references to the sections of one service begin.
export const POOL_PRINCIPALS = 1; // its statements carry principals
export const POOL_WIDE = 2; // services or references are too many for buckets of two u16: theirs are two u32
export const SECTION_LAST = 1; // flags of a reference to a section: no other follows
export const SECTION_DENIES = 2; // some statement of it denies
export const SECTION_FLAGS = 3;

// Sections: the statements of one document that may name actions of one service.
export const CANDIDATE_DENY = 1;
export const CANDIDATE_CHECK_ACTION = 2;
export const CANDIDATE_FLAGS = 3;

// Statements: what decides stands in the statement, what only answers show in its detail.
// Most statements have few of everything: counts of one byte keep a statement in the eight bytes that a decision
// reads first.
export const STATEMENT_DENY = 1;
export const STATEMENT_NOT_ACTION = 2;
export const STATEMENT_NOT_RESOURCE = 4;
export const STATEMENT_NO_RESOURCE = 8;
export const STATEMENT_PRINCIPAL = 16;
export const STATEMENT_NOT_PRINCIPAL = 32;
export const STATEMENT_WIDE = 64; // a count is above 255 or an action id above 65535: all of them are u32
// Only what missing keys are collected from reads this flag: the decision meets the variables anyway.
export const STATEMENT_ASKS = 128; // some resource pattern has variables

// A probe: eight bytes that a text must have at one place if it is to match a pattern, hashed to 24 bits above the place.
export const NO_PROBE = 0;
export const PROBE_LENGTH = 8;
// INVARIANT: every resource of a question but `*` has eight bytes, since it is an ARN.
export const PROBE_AT_END = 255; // the text's last eight bytes; every other place counts from the text's first byte
export const PROBE_LOW_FACTOR = 0x9e3779b1;
export const PROBE_HIGH_FACTOR = 0x85ebca6b;

// Patterns: one word of kind and byte length, then for GLOB prefix and suffix lengths, then bytes.
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

// Bytes that stand for wildcards in a pattern program; none of them occurs in UTF-8.
// INVARIANT: wildcards above variables, stars above single characters: matching tells them by comparing.
export const STAR = 0xff; // zero or more characters
export const STAR_IN_FIELD = 0xfe; // zero or more characters other than a colon
export const ONE = 0xfd; // one character
export const ONE_IN_FIELD = 0xfc; // one character other than a colon
export const VARIABLE = 0xfb; // then slot u32 (with VARIABLE_LIST where the key is a list), default text offset u32 (0 none)
export const VARIABLE_IN_FIELD = 0xfa; // as VARIABLE; a value with a colon matches nothing
export const VARIABLE_SLOT_AT = 1;
export const VARIABLE_DEFAULT_AT = 5;
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
  Null, // the last: the matcher traps on every greater number
}
// A plain operator wants one value; the two others ask each value of a list (SET-1, SET-3).
export enum Qualifier {
  None,
  ForAllValues,
  ForAnyValue,
}
export const TEST_NEGATED = 1;
export const TEST_IF_EXISTS = 2;
export const TEST_MEMO = 4;
export const TEST_LIST = 8; // a plain operator on a key that is a list by definition: a present key fails it (COND-9)
export const TEST_VARIABLES = 16; // its values are texts, which may have variables
/** Values that an explanation shows of a test; of the others it says how many there are. Keeps answers within a bound. */
export const MOST_WANTED = 20;
export const NULL_LISTS_TRUE = 1;
export const NULL_LISTS_FALSE = 2;
export const BOOL_LISTS_TRUE = 1;
export const BOOL_LISTS_FALSE = 2;

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

// INVARIANT: Root to FederatedUser stand together, since IAM of some account knows exactly these (EVAL-3).
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
export const PRINCIPAL_SERVICE_LINKED = 1;
export const PRINCIPAL_ROOT_ISSUER = 2;
export const PRINCIPAL_OWN_FACTS = 4; // its account facts are its own, not the table's
export const ACCOUNT_MANAGEMENT = 1;
export const ACCOUNT_HAS_SCPS = 2;
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
// The order is that of HEADER_DERIVED_AT and of the bits of HEADER_DERIVED_MASK_AT; a key that no policy reads has
// offset 0.
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
  OwnerQuestion, // who says whose the resource is
  OwnerResource,
  OwnerPattern,
  OwnerArn,
  ErrorFirst, // then one text for each ErrorCode, in order
}

// Why a request could not be decided; the text is Text.ErrorFirst + code.
// INVARIANT: the texts stand in the same order in the image, which the host proves by their number.
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

// Flags of the control block.
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
