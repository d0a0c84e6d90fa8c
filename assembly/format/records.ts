// Where the fields of every record lie that the host writes or reads: byte offsets from the record's beginning, in order and without
// a gap, and the bytes of the whole as `size`. What a field means stands in the view of the same name; `prove-records.ts` holds that
// both agree field by field, so that a record cannot be written one way and read another. Both compilers read this file.

/** Span. */
export enum SpanFields {
  at = 0,
  length = 4,
  size = 8,
}

/** Control. */
export enum ControlFields {
  now = 0,
  image = 8,
  messageAt = 12,
  messageLength = 16,
  planAt = 20,
  planCapacity = 24,
  responseAt = 28,
  responseCapacity = 32,
  scratchAt = 36,
  flags = 40,
  first = 44,
  last = 48,
  overlay = 52,
  overlayScratchAt = 56,
  errorAt = 60,
  errorLength = 64,
  responseLength = 68,
  itemAt = 72,
  itemLength = 76,
  cancelAt = 80,
  nameAt = 84,
  nameLength = 88,
  size = 92,
}

/** Of Plan. */
export enum PlanFields {
  detail = 0,
  whatIf = 4,
  requestCount = 8,
  rowCount = 12,
  requestsAt = 16,
  defaultsCount = 20,
  defaultsAt = 24,
  principalCount = 28,
  principalsAt = 32,
  actionCount = 36,
  actionsAt = 40,
  resourceCount = 44,
  resourcesAt = 48,
  contextCount = 52,
  contextsAt = 56,
  rowsAt = 60,
  policySetAt = 64,
  policySetLength = 68,
  size = 72,
}

/** RowView. */
export enum RowFields {
  principal = 0,
  action = 4,
  resource = 8,
  context = 12,
  size = 16,
}

/** ImageHeader. */
export enum HeaderFields {
  magic = 0,
  version = 4,
  length = 8,
  flags = 12,
  denialOrder = 16,
  hashSeed = 24,
  generation = 28,
  digestAt = 32,
  principalsAt = 36,
  principalsMask = 40,
  roleNamesAt = 44,
  roleNamesMask = 48,
  accountsAt = 52,
  accountsMask = 56,
  resourcesAt = 60,
  resourcesMask = 64,
  endpointsAt = 68,
  endpointsMask = 72,
  servicesAt = 76,
  servicesMask = 80,
  actionsAt = 84,
  actionsMask = 88,
  keysAt = 92,
  keysMask = 96,
  slotsAt = 100,
  slotCount = 104,
  memoCount = 108,
  derivedAt = 112,
  foldsAt = 116,
  foldCount = 120,
  anyServiceAt = 124,
  textsAt = 128,
  hooksAt = 132,
  hookCount = 136,
  sessionPoolAt = 140,
  patternCount = 144,
  longestKey = 148,
  ownHookCount = 152,
  resourceServices = 156,
  derivedMask = 160,
  lowersAt = 164,
  lowerCount = 168,
  contextsAt = 172,
  contextCount = 176,
  sourceIpKeyAt = 180,
  vpcSourceIpKeyAt = 184,
  ownersAt = 188,
  ownerCount = 192,
  ownerServices = 196,
  serviceNamesSlot = 200,
  size = 204,
}

/** TableEntryView. */
export enum TableEntryFields {
  hash = 0,
  recordAt = 4,
  size = 8,
}

/** RoleNameView. */
export enum RoleNameFields {
  textAt = 0,
  roleAt = 4,
  size = 8,
}

/** FoldView. */
export enum FoldFields {
  codePoint = 0,
  folded = 4,
  size = 8,
}

/** KeyView. */
export enum KeyFields {
  textAt = 0,
  flags = 4,
  slotCount = 8,
  size = 12,
}

/** SlotView. */
export enum SlotFields {
  textAt = 0,
  keyAt = 4,
  size = 8,
}

/** ServiceView. */
export enum ServiceFields {
  textAt = 0,
  id = 4,
  firstPattern = 8,
  globCount = 12,
  globsAt = 16,
  size = 20,
}

/** ActionGlobView. */
export enum ActionGlobFields {
  patternId = 0,
  prefixAt = 4,
  nameAt = 8,
  size = 12,
}

/** ActionView. */
export enum ActionFields {
  textAt = 0,
  service = 4,
  mask = 8,
  anyMask = 12,
  count = 16,
  size = 20,
}

/** PoolView. */
export enum PoolFields {
  flags = 0,
  bucketMask = 4,
  sectionsAt = 8,
  anyAt = 12,
  documentCount = 16,
  documentsAt = 20,
  size = 24,
}

/** BucketView. */
export enum BucketFields {
  service = 0,
  first = 2,
  size = 4,
}

/** WideBucketView. */
export enum WideBucketFields {
  service = 0,
  first = 4,
  size = 8,
}

/** SectionView. */
export enum SectionFields {
  count = 0,
  size = 4,
}

/** CandidateView. */
export enum CandidateFields {
  statement = 0,
  mask = 4,
  size = 8,
}

/** StatementView. */
export enum StatementFields {
  detailAt = 0,
  flags = 4,
  resourceCount = 5,
  testCount = 6,
  actionCount = 7,
  size = 8,
}

/** WideCountsView. */
export enum WideCountsFields {
  resourceCount = 0,
  testCount = 4,
  actionCount = 8,
  size = 12,
}

/** ResourcePatternView. */
export enum ResourcePatternFields {
  patternAt = 0,
  probe = 4,
  size = 8,
}

/** PatternView. */
export enum PatternFields {
  head = 0,
  prefixLength = 4,
  suffixLength = 8,
  size = 12,
}

/** DocumentView. */
export enum DocumentFields {
  nameAt = 0,
  fileAt = 4,
  statementCount = 8,
  size = 12,
}

/** DetailView. */
export enum DetailFields {
  statementAt = 0,
  index = 4,
  sidAt = 8,
  line = 12,
  column = 16,
  size = 20,
}

/** TestView. */
export enum TestFields {
  operator = 0,
  qualifier = 1,
  flags = 2,
  slot = 4,
  memo = 8,
  operatorTextAt = 12,
  valueCount = 16,
  single = 20,
  writtenAt = 24,
  size = 28,
}

/** PrincipalEntryView. */
export enum PrincipalEntryFields {
  kind = 0,
  textAt = 4,
  partitionAt = 8,
  size = 12,
}

/** PrincipalView. */
export enum PrincipalFields {
  arnAt = 0,
  kind = 4,
  flags = 8,
  accountAt = 12,
  partitionAt = 16,
  issuerAt = 20,
  nameAt = 24,
  uniqueIdAt = 28,
  factsAt = 32,
  identityPoolAt = 36,
  boundaryPoolAt = 40,
  sessionPoolAt = 44,
  tagCount = 48,
  tagsAt = 52,
  size = 56,
}

/** AccountView. */
export enum AccountFields {
  idAt = 0,
  flags = 4,
  canonicalIdAt = 8,
  organizationIdAt = 12,
  pathsCount = 16,
  pathsAt = 20,
  scpCount = 24,
  scpsAt = 28,
  rcpPoolAt = 32,
  size = 36,
}

/** ResourceView. */
export enum ResourceFields {
  arnAt = 0,
  accountAt = 4,
  factsAt = 8,
  poolAt = 12,
  flags = 16,
  tagCount = 20,
  tagsAt = 24,
  size = 28,
}

/** TagView. */
export enum TagFields {
  slot = 0,
  textAt = 4,
  keyAt = 8,
  size = 12,
}

/** HookView. */
export enum HookFields {
  hook = 0,
  actionAt = 4,
  resourceAt = 8,
  size = 12,
}

/** OwnerView. */
export enum OwnerFields {
  textAt = 0,
  services = 4,
  patternAt = 8,
  accountAt = 12,
  size = 16,
}

/** EndpointView. */
export enum EndpointFields {
  idAt = 0,
  poolAt = 4,
  size = 8,
}

/** InstantRecord. */
export enum InstantFields {
  seconds = 0,
  bigSign = 8,
  digitsLength = 12,
  size = 16,
}

/** DecimalRecord. */
export enum DecimalFields {
  exponent = 0,
  negative = 8,
  length = 12,
  size = 16,
}

/** RangeRecord. */
export enum RangeFields {
  high = 0,
  low = 8,
  highMask = 16,
  lowMask = 24,
  family = 32,
  size = 36,
}

/** Of Scratch, of which the host knows no more. */
export enum ScratchFields {
  image = 0,
}
