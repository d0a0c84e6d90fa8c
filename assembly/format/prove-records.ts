// Compiles to nothing: refuses to compile where a view and records.ts disagree about a field. A test holds that no field is left out.

import { PATTERN_BYTES_AT } from "./layout";
import {
  AccountFields,
  ActionFields,
  ActionGlobFields,
  BucketFields,
  CandidateFields,
  ControlFields,
  DecimalFields,
  DetailFields,
  DocumentFields,
  EndpointFields,
  FoldFields,
  HeaderFields,
  HookFields,
  InstantFields,
  KeyFields,
  PatternFields,
  PlanFields,
  PoolFields,
  PrincipalEntryFields,
  PrincipalFields,
  RangeFields,
  ResourceFields,
  ResourcePatternFields,
  RoleNameFields,
  RowFields,
  ScratchFields,
  SectionFields,
  ServiceFields,
  SlotFields,
  SpanFields,
  StatementFields,
  TableEntryFields,
  TagFields,
  TestFields,
  WideBucketFields,
  WideCountsFields,
} from "./records";
import { Scratch } from "./scratch";
import {
  AccountView,
  ActionGlobView,
  ActionView,
  BucketView,
  CandidateView,
  Control,
  DetailView,
  DocumentView,
  EndpointView,
  FoldView,
  HookView,
  ImageHeader,
  KeyView,
  PatternView,
  Plan,
  PoolView,
  PrincipalEntryView,
  PrincipalView,
  ResourcePatternView,
  ResourceView,
  RoleNameView,
  RowView,
  SectionView,
  ServiceView,
  SlotView,
  Span,
  StatementView,
  TableEntryView,
  TagView,
  TestView,
  WideBucketView,
  WideCountsView,
} from "./views";
import { DecimalRecord, InstantRecord, RangeRecord } from "./work-views";

if (offsetof<Span>("at") != SpanFields.at) ERROR("Span.at is not where records.ts has it");
if (offsetof<Span>("length") != SpanFields.length) ERROR("Span.length is not where records.ts has it");
if (offsetof<Span>() != SpanFields.size) ERROR("Span is not as long as records.ts has it");

if (offsetof<Control>("now") != ControlFields.now) ERROR("Control.now is not where records.ts has it");
if (offsetof<Control>("image") != ControlFields.image) ERROR("Control.image is not where records.ts has it");
if (offsetof<Control>("messageAt") != ControlFields.messageAt)
  ERROR("Control.messageAt is not where records.ts has it");
if (offsetof<Control>("messageLength") != ControlFields.messageLength)
  ERROR("Control.messageLength is not where records.ts has it");
if (offsetof<Control>("planAt") != ControlFields.planAt) ERROR("Control.planAt is not where records.ts has it");
if (offsetof<Control>("planCapacity") != ControlFields.planCapacity)
  ERROR("Control.planCapacity is not where records.ts has it");
if (offsetof<Control>("responseAt") != ControlFields.responseAt)
  ERROR("Control.responseAt is not where records.ts has it");
if (offsetof<Control>("responseCapacity") != ControlFields.responseCapacity)
  ERROR("Control.responseCapacity is not where records.ts has it");
if (offsetof<Control>("scratchAt") != ControlFields.scratchAt)
  ERROR("Control.scratchAt is not where records.ts has it");
if (offsetof<Control>("flags") != ControlFields.flags) ERROR("Control.flags is not where records.ts has it");
if (offsetof<Control>("first") != ControlFields.first) ERROR("Control.first is not where records.ts has it");
if (offsetof<Control>("last") != ControlFields.last) ERROR("Control.last is not where records.ts has it");
if (offsetof<Control>("overlay") != ControlFields.overlay) ERROR("Control.overlay is not where records.ts has it");
if (offsetof<Control>("overlayScratchAt") != ControlFields.overlayScratchAt)
  ERROR("Control.overlayScratchAt is not where records.ts has it");
if (offsetof<Control>("errorAt") != ControlFields.errorAt) ERROR("Control.errorAt is not where records.ts has it");
if (offsetof<Control>("errorLength") != ControlFields.errorLength)
  ERROR("Control.errorLength is not where records.ts has it");
if (offsetof<Control>("responseLength") != ControlFields.responseLength)
  ERROR("Control.responseLength is not where records.ts has it");
if (offsetof<Control>("itemAt") != ControlFields.itemAt) ERROR("Control.itemAt is not where records.ts has it");
if (offsetof<Control>("itemLength") != ControlFields.itemLength)
  ERROR("Control.itemLength is not where records.ts has it");
if (offsetof<Control>("cancelAt") != ControlFields.cancelAt) ERROR("Control.cancelAt is not where records.ts has it");
if (offsetof<Control>("nameAt") != ControlFields.nameAt) ERROR("Control.nameAt is not where records.ts has it");
if (offsetof<Control>("nameLength") != ControlFields.nameLength)
  ERROR("Control.nameLength is not where records.ts has it");
if (offsetof<Control>() != ControlFields.size) ERROR("Control is not as long as records.ts has it");

if (offsetof<Plan>("detail") != PlanFields.detail) ERROR("Plan.detail is not where records.ts has it");
if (offsetof<Plan>("whatIf") != PlanFields.whatIf) ERROR("Plan.whatIf is not where records.ts has it");
if (offsetof<Plan>("requestCount") != PlanFields.requestCount)
  ERROR("Plan.requestCount is not where records.ts has it");
if (offsetof<Plan>("rowCount") != PlanFields.rowCount) ERROR("Plan.rowCount is not where records.ts has it");
if (offsetof<Plan>("requestsAt") != PlanFields.requestsAt) ERROR("Plan.requestsAt is not where records.ts has it");
if (offsetof<Plan>("defaultsCount") != PlanFields.defaultsCount)
  ERROR("Plan.defaultsCount is not where records.ts has it");
if (offsetof<Plan>("defaultsAt") != PlanFields.defaultsAt) ERROR("Plan.defaultsAt is not where records.ts has it");
if (offsetof<Plan>("principalCount") != PlanFields.principalCount)
  ERROR("Plan.principalCount is not where records.ts has it");
if (offsetof<Plan>("principalsAt") != PlanFields.principalsAt)
  ERROR("Plan.principalsAt is not where records.ts has it");
if (offsetof<Plan>("actionCount") != PlanFields.actionCount) ERROR("Plan.actionCount is not where records.ts has it");
if (offsetof<Plan>("actionsAt") != PlanFields.actionsAt) ERROR("Plan.actionsAt is not where records.ts has it");
if (offsetof<Plan>("resourceCount") != PlanFields.resourceCount)
  ERROR("Plan.resourceCount is not where records.ts has it");
if (offsetof<Plan>("resourcesAt") != PlanFields.resourcesAt) ERROR("Plan.resourcesAt is not where records.ts has it");
if (offsetof<Plan>("contextCount") != PlanFields.contextCount)
  ERROR("Plan.contextCount is not where records.ts has it");
if (offsetof<Plan>("contextsAt") != PlanFields.contextsAt) ERROR("Plan.contextsAt is not where records.ts has it");
if (offsetof<Plan>("rowsAt") != PlanFields.rowsAt) ERROR("Plan.rowsAt is not where records.ts has it");
if (offsetof<Plan>("policySetAt") != PlanFields.policySetAt) ERROR("Plan.policySetAt is not where records.ts has it");
if (offsetof<Plan>("policySetLength") != PlanFields.policySetLength)
  ERROR("Plan.policySetLength is not where records.ts has it");
if (offsetof<Plan>() != PlanFields.size) ERROR("Plan is not as long as records.ts has it");

if (offsetof<RowView>("principal") != RowFields.principal) ERROR("RowView.principal is not where records.ts has it");
if (offsetof<RowView>("action") != RowFields.action) ERROR("RowView.action is not where records.ts has it");
if (offsetof<RowView>("resource") != RowFields.resource) ERROR("RowView.resource is not where records.ts has it");
if (offsetof<RowView>("context") != RowFields.context) ERROR("RowView.context is not where records.ts has it");
if (offsetof<RowView>() != RowFields.size) ERROR("RowView is not as long as records.ts has it");

if (offsetof<ImageHeader>("magic") != HeaderFields.magic) ERROR("ImageHeader.magic is not where records.ts has it");
if (offsetof<ImageHeader>("version") != HeaderFields.version)
  ERROR("ImageHeader.version is not where records.ts has it");
if (offsetof<ImageHeader>("length") != HeaderFields.length) ERROR("ImageHeader.length is not where records.ts has it");
if (offsetof<ImageHeader>("flags") != HeaderFields.flags) ERROR("ImageHeader.flags is not where records.ts has it");
if (offsetof<ImageHeader>("denialOrder") != HeaderFields.denialOrder)
  ERROR("ImageHeader.denialOrder is not where records.ts has it");
if (offsetof<ImageHeader>("hashSeed") != HeaderFields.hashSeed)
  ERROR("ImageHeader.hashSeed is not where records.ts has it");
if (offsetof<ImageHeader>("generation") != HeaderFields.generation)
  ERROR("ImageHeader.generation is not where records.ts has it");
if (offsetof<ImageHeader>("digestAt") != HeaderFields.digestAt)
  ERROR("ImageHeader.digestAt is not where records.ts has it");
if (offsetof<ImageHeader>("principalsAt") != HeaderFields.principalsAt)
  ERROR("ImageHeader.principalsAt is not where records.ts has it");
if (offsetof<ImageHeader>("principalsMask") != HeaderFields.principalsMask)
  ERROR("ImageHeader.principalsMask is not where records.ts has it");
if (offsetof<ImageHeader>("roleNamesAt") != HeaderFields.roleNamesAt)
  ERROR("ImageHeader.roleNamesAt is not where records.ts has it");
if (offsetof<ImageHeader>("roleNamesMask") != HeaderFields.roleNamesMask)
  ERROR("ImageHeader.roleNamesMask is not where records.ts has it");
if (offsetof<ImageHeader>("accountsAt") != HeaderFields.accountsAt)
  ERROR("ImageHeader.accountsAt is not where records.ts has it");
if (offsetof<ImageHeader>("accountsMask") != HeaderFields.accountsMask)
  ERROR("ImageHeader.accountsMask is not where records.ts has it");
if (offsetof<ImageHeader>("resourcesAt") != HeaderFields.resourcesAt)
  ERROR("ImageHeader.resourcesAt is not where records.ts has it");
if (offsetof<ImageHeader>("resourcesMask") != HeaderFields.resourcesMask)
  ERROR("ImageHeader.resourcesMask is not where records.ts has it");
if (offsetof<ImageHeader>("endpointsAt") != HeaderFields.endpointsAt)
  ERROR("ImageHeader.endpointsAt is not where records.ts has it");
if (offsetof<ImageHeader>("endpointsMask") != HeaderFields.endpointsMask)
  ERROR("ImageHeader.endpointsMask is not where records.ts has it");
if (offsetof<ImageHeader>("servicesAt") != HeaderFields.servicesAt)
  ERROR("ImageHeader.servicesAt is not where records.ts has it");
if (offsetof<ImageHeader>("servicesMask") != HeaderFields.servicesMask)
  ERROR("ImageHeader.servicesMask is not where records.ts has it");
if (offsetof<ImageHeader>("actionsAt") != HeaderFields.actionsAt)
  ERROR("ImageHeader.actionsAt is not where records.ts has it");
if (offsetof<ImageHeader>("actionsMask") != HeaderFields.actionsMask)
  ERROR("ImageHeader.actionsMask is not where records.ts has it");
if (offsetof<ImageHeader>("keysAt") != HeaderFields.keysAt) ERROR("ImageHeader.keysAt is not where records.ts has it");
if (offsetof<ImageHeader>("keysMask") != HeaderFields.keysMask)
  ERROR("ImageHeader.keysMask is not where records.ts has it");
if (offsetof<ImageHeader>("slotsAt") != HeaderFields.slotsAt)
  ERROR("ImageHeader.slotsAt is not where records.ts has it");
if (offsetof<ImageHeader>("slotCount") != HeaderFields.slotCount)
  ERROR("ImageHeader.slotCount is not where records.ts has it");
if (offsetof<ImageHeader>("memoCount") != HeaderFields.memoCount)
  ERROR("ImageHeader.memoCount is not where records.ts has it");
if (offsetof<ImageHeader>("derivedAt") != HeaderFields.derivedAt)
  ERROR("ImageHeader.derivedAt is not where records.ts has it");
if (offsetof<ImageHeader>("foldsAt") != HeaderFields.foldsAt)
  ERROR("ImageHeader.foldsAt is not where records.ts has it");
if (offsetof<ImageHeader>("foldCount") != HeaderFields.foldCount)
  ERROR("ImageHeader.foldCount is not where records.ts has it");
if (offsetof<ImageHeader>("anyServiceAt") != HeaderFields.anyServiceAt)
  ERROR("ImageHeader.anyServiceAt is not where records.ts has it");
if (offsetof<ImageHeader>("textsAt") != HeaderFields.textsAt)
  ERROR("ImageHeader.textsAt is not where records.ts has it");
if (offsetof<ImageHeader>("hooksAt") != HeaderFields.hooksAt)
  ERROR("ImageHeader.hooksAt is not where records.ts has it");
if (offsetof<ImageHeader>("hookCount") != HeaderFields.hookCount)
  ERROR("ImageHeader.hookCount is not where records.ts has it");
if (offsetof<ImageHeader>("sessionPoolAt") != HeaderFields.sessionPoolAt)
  ERROR("ImageHeader.sessionPoolAt is not where records.ts has it");
if (offsetof<ImageHeader>("patternCount") != HeaderFields.patternCount)
  ERROR("ImageHeader.patternCount is not where records.ts has it");
if (offsetof<ImageHeader>("longestKey") != HeaderFields.longestKey)
  ERROR("ImageHeader.longestKey is not where records.ts has it");
if (offsetof<ImageHeader>("ownHookCount") != HeaderFields.ownHookCount)
  ERROR("ImageHeader.ownHookCount is not where records.ts has it");
if (offsetof<ImageHeader>("resourceServices") != HeaderFields.resourceServices)
  ERROR("ImageHeader.resourceServices is not where records.ts has it");
if (offsetof<ImageHeader>("derivedMask") != HeaderFields.derivedMask)
  ERROR("ImageHeader.derivedMask is not where records.ts has it");
if (offsetof<ImageHeader>("lowersAt") != HeaderFields.lowersAt)
  ERROR("ImageHeader.lowersAt is not where records.ts has it");
if (offsetof<ImageHeader>("lowerCount") != HeaderFields.lowerCount)
  ERROR("ImageHeader.lowerCount is not where records.ts has it");
if (offsetof<ImageHeader>("contextsAt") != HeaderFields.contextsAt)
  ERROR("ImageHeader.contextsAt is not where records.ts has it");
if (offsetof<ImageHeader>("contextCount") != HeaderFields.contextCount)
  ERROR("ImageHeader.contextCount is not where records.ts has it");
if (offsetof<ImageHeader>("sourceIpKeyAt") != HeaderFields.sourceIpKeyAt)
  ERROR("ImageHeader.sourceIpKeyAt is not where records.ts has it");
if (offsetof<ImageHeader>("vpcSourceIpKeyAt") != HeaderFields.vpcSourceIpKeyAt)
  ERROR("ImageHeader.vpcSourceIpKeyAt is not where records.ts has it");
if (offsetof<ImageHeader>() != HeaderFields.size) ERROR("ImageHeader is not as long as records.ts has it");

if (offsetof<TableEntryView>("hash") != TableEntryFields.hash)
  ERROR("TableEntryView.hash is not where records.ts has it");
if (offsetof<TableEntryView>("recordAt") != TableEntryFields.recordAt)
  ERROR("TableEntryView.recordAt is not where records.ts has it");
if (offsetof<TableEntryView>() != TableEntryFields.size) ERROR("TableEntryView is not as long as records.ts has it");

if (offsetof<RoleNameView>("textAt") != RoleNameFields.textAt)
  ERROR("RoleNameView.textAt is not where records.ts has it");
if (offsetof<RoleNameView>("roleAt") != RoleNameFields.roleAt)
  ERROR("RoleNameView.roleAt is not where records.ts has it");
if (offsetof<RoleNameView>() != RoleNameFields.size) ERROR("RoleNameView is not as long as records.ts has it");

if (offsetof<FoldView>("codePoint") != FoldFields.codePoint) ERROR("FoldView.codePoint is not where records.ts has it");
if (offsetof<FoldView>("folded") != FoldFields.folded) ERROR("FoldView.folded is not where records.ts has it");
if (offsetof<FoldView>() != FoldFields.size) ERROR("FoldView is not as long as records.ts has it");

if (offsetof<KeyView>("textAt") != KeyFields.textAt) ERROR("KeyView.textAt is not where records.ts has it");
if (offsetof<KeyView>("flags") != KeyFields.flags) ERROR("KeyView.flags is not where records.ts has it");
if (offsetof<KeyView>("slotCount") != KeyFields.slotCount) ERROR("KeyView.slotCount is not where records.ts has it");
if (offsetof<KeyView>() != KeyFields.size) ERROR("KeyView is not as long as records.ts has it");

if (offsetof<SlotView>("textAt") != SlotFields.textAt) ERROR("SlotView.textAt is not where records.ts has it");
if (offsetof<SlotView>("keyAt") != SlotFields.keyAt) ERROR("SlotView.keyAt is not where records.ts has it");
if (offsetof<SlotView>() != SlotFields.size) ERROR("SlotView is not as long as records.ts has it");

if (offsetof<ServiceView>("textAt") != ServiceFields.textAt) ERROR("ServiceView.textAt is not where records.ts has it");
if (offsetof<ServiceView>("id") != ServiceFields.id) ERROR("ServiceView.id is not where records.ts has it");
if (offsetof<ServiceView>("firstPattern") != ServiceFields.firstPattern)
  ERROR("ServiceView.firstPattern is not where records.ts has it");
if (offsetof<ServiceView>("globCount") != ServiceFields.globCount)
  ERROR("ServiceView.globCount is not where records.ts has it");
if (offsetof<ServiceView>("globsAt") != ServiceFields.globsAt)
  ERROR("ServiceView.globsAt is not where records.ts has it");
if (offsetof<ServiceView>() != ServiceFields.size) ERROR("ServiceView is not as long as records.ts has it");

if (offsetof<ActionGlobView>("patternId") != ActionGlobFields.patternId)
  ERROR("ActionGlobView.patternId is not where records.ts has it");
if (offsetof<ActionGlobView>("prefixAt") != ActionGlobFields.prefixAt)
  ERROR("ActionGlobView.prefixAt is not where records.ts has it");
if (offsetof<ActionGlobView>("nameAt") != ActionGlobFields.nameAt)
  ERROR("ActionGlobView.nameAt is not where records.ts has it");
if (offsetof<ActionGlobView>() != ActionGlobFields.size) ERROR("ActionGlobView is not as long as records.ts has it");

if (offsetof<ActionView>("textAt") != ActionFields.textAt) ERROR("ActionView.textAt is not where records.ts has it");
if (offsetof<ActionView>("service") != ActionFields.service) ERROR("ActionView.service is not where records.ts has it");
if (offsetof<ActionView>("mask") != ActionFields.mask) ERROR("ActionView.mask is not where records.ts has it");
if (offsetof<ActionView>("anyMask") != ActionFields.anyMask) ERROR("ActionView.anyMask is not where records.ts has it");
if (offsetof<ActionView>("count") != ActionFields.count) ERROR("ActionView.count is not where records.ts has it");
if (offsetof<ActionView>() != ActionFields.size) ERROR("ActionView is not as long as records.ts has it");

if (offsetof<PoolView>("flags") != PoolFields.flags) ERROR("PoolView.flags is not where records.ts has it");
if (offsetof<PoolView>("bucketMask") != PoolFields.bucketMask)
  ERROR("PoolView.bucketMask is not where records.ts has it");
if (offsetof<PoolView>("sectionsAt") != PoolFields.sectionsAt)
  ERROR("PoolView.sectionsAt is not where records.ts has it");
if (offsetof<PoolView>("anyAt") != PoolFields.anyAt) ERROR("PoolView.anyAt is not where records.ts has it");
if (offsetof<PoolView>("documentCount") != PoolFields.documentCount)
  ERROR("PoolView.documentCount is not where records.ts has it");
if (offsetof<PoolView>("documentsAt") != PoolFields.documentsAt)
  ERROR("PoolView.documentsAt is not where records.ts has it");
if (offsetof<PoolView>() != PoolFields.size) ERROR("PoolView is not as long as records.ts has it");

if (offsetof<BucketView>("service") != BucketFields.service) ERROR("BucketView.service is not where records.ts has it");
if (offsetof<BucketView>("first") != BucketFields.first) ERROR("BucketView.first is not where records.ts has it");
if (offsetof<BucketView>() != BucketFields.size) ERROR("BucketView is not as long as records.ts has it");

if (offsetof<WideBucketView>("service") != WideBucketFields.service)
  ERROR("WideBucketView.service is not where records.ts has it");
if (offsetof<WideBucketView>("first") != WideBucketFields.first)
  ERROR("WideBucketView.first is not where records.ts has it");
if (offsetof<WideBucketView>() != WideBucketFields.size) ERROR("WideBucketView is not as long as records.ts has it");

if (offsetof<SectionView>("count") != SectionFields.count) ERROR("SectionView.count is not where records.ts has it");
if (offsetof<SectionView>() != SectionFields.size) ERROR("SectionView is not as long as records.ts has it");

if (offsetof<CandidateView>("statement") != CandidateFields.statement)
  ERROR("CandidateView.statement is not where records.ts has it");
if (offsetof<CandidateView>("mask") != CandidateFields.mask) ERROR("CandidateView.mask is not where records.ts has it");
if (offsetof<CandidateView>() != CandidateFields.size) ERROR("CandidateView is not as long as records.ts has it");

if (offsetof<StatementView>("detailAt") != StatementFields.detailAt)
  ERROR("StatementView.detailAt is not where records.ts has it");
if (offsetof<StatementView>("flags") != StatementFields.flags)
  ERROR("StatementView.flags is not where records.ts has it");
if (offsetof<StatementView>("resourceCount") != StatementFields.resourceCount)
  ERROR("StatementView.resourceCount is not where records.ts has it");
if (offsetof<StatementView>("testCount") != StatementFields.testCount)
  ERROR("StatementView.testCount is not where records.ts has it");
if (offsetof<StatementView>("actionCount") != StatementFields.actionCount)
  ERROR("StatementView.actionCount is not where records.ts has it");
if (offsetof<StatementView>() != StatementFields.size) ERROR("StatementView is not as long as records.ts has it");

if (offsetof<WideCountsView>("resourceCount") != WideCountsFields.resourceCount)
  ERROR("WideCountsView.resourceCount is not where records.ts has it");
if (offsetof<WideCountsView>("testCount") != WideCountsFields.testCount)
  ERROR("WideCountsView.testCount is not where records.ts has it");
if (offsetof<WideCountsView>("actionCount") != WideCountsFields.actionCount)
  ERROR("WideCountsView.actionCount is not where records.ts has it");
if (offsetof<WideCountsView>() != WideCountsFields.size) ERROR("WideCountsView is not as long as records.ts has it");

if (offsetof<ResourcePatternView>("patternAt") != ResourcePatternFields.patternAt)
  ERROR("ResourcePatternView.patternAt is not where records.ts has it");
if (offsetof<ResourcePatternView>("probe") != ResourcePatternFields.probe)
  ERROR("ResourcePatternView.probe is not where records.ts has it");
if (offsetof<ResourcePatternView>() != ResourcePatternFields.size)
  ERROR("ResourcePatternView is not as long as records.ts has it");

if (offsetof<PatternView>("head") != PatternFields.head) ERROR("PatternView.head is not where records.ts has it");
if (offsetof<PatternView>("prefixLength") != PatternFields.prefixLength)
  ERROR("PatternView.prefixLength is not where records.ts has it");
if (offsetof<PatternView>("suffixLength") != PatternFields.suffixLength)
  ERROR("PatternView.suffixLength is not where records.ts has it");
if (offsetof<PatternView>() != PatternFields.size) ERROR("PatternView is not as long as records.ts has it");
if (offsetof<PatternView>("prefixLength") != PATTERN_BYTES_AT) ERROR("most patterns have their bytes behind the head");

if (offsetof<DocumentView>("nameAt") != DocumentFields.nameAt)
  ERROR("DocumentView.nameAt is not where records.ts has it");
if (offsetof<DocumentView>("fileAt") != DocumentFields.fileAt)
  ERROR("DocumentView.fileAt is not where records.ts has it");
if (offsetof<DocumentView>("statementCount") != DocumentFields.statementCount)
  ERROR("DocumentView.statementCount is not where records.ts has it");
if (offsetof<DocumentView>() != DocumentFields.size) ERROR("DocumentView is not as long as records.ts has it");

if (offsetof<DetailView>("statementAt") != DetailFields.statementAt)
  ERROR("DetailView.statementAt is not where records.ts has it");
if (offsetof<DetailView>("index") != DetailFields.index) ERROR("DetailView.index is not where records.ts has it");
if (offsetof<DetailView>("sidAt") != DetailFields.sidAt) ERROR("DetailView.sidAt is not where records.ts has it");
if (offsetof<DetailView>("line") != DetailFields.line) ERROR("DetailView.line is not where records.ts has it");
if (offsetof<DetailView>("column") != DetailFields.column) ERROR("DetailView.column is not where records.ts has it");
if (offsetof<DetailView>() != DetailFields.size) ERROR("DetailView is not as long as records.ts has it");

if (offsetof<TestView>("operator") != TestFields.operator) ERROR("TestView.operator is not where records.ts has it");
if (offsetof<TestView>("qualifier") != TestFields.qualifier) ERROR("TestView.qualifier is not where records.ts has it");
if (offsetof<TestView>("flags") != TestFields.flags) ERROR("TestView.flags is not where records.ts has it");
if (offsetof<TestView>("slot") != TestFields.slot) ERROR("TestView.slot is not where records.ts has it");
if (offsetof<TestView>("memo") != TestFields.memo) ERROR("TestView.memo is not where records.ts has it");
if (offsetof<TestView>("operatorTextAt") != TestFields.operatorTextAt)
  ERROR("TestView.operatorTextAt is not where records.ts has it");
if (offsetof<TestView>("valueCount") != TestFields.valueCount)
  ERROR("TestView.valueCount is not where records.ts has it");
if (offsetof<TestView>("single") != TestFields.single) ERROR("TestView.single is not where records.ts has it");
if (offsetof<TestView>() != TestFields.size) ERROR("TestView is not as long as records.ts has it");

if (offsetof<PrincipalEntryView>("kind") != PrincipalEntryFields.kind)
  ERROR("PrincipalEntryView.kind is not where records.ts has it");
if (offsetof<PrincipalEntryView>("textAt") != PrincipalEntryFields.textAt)
  ERROR("PrincipalEntryView.textAt is not where records.ts has it");
if (offsetof<PrincipalEntryView>("partitionAt") != PrincipalEntryFields.partitionAt)
  ERROR("PrincipalEntryView.partitionAt is not where records.ts has it");
if (offsetof<PrincipalEntryView>() != PrincipalEntryFields.size)
  ERROR("PrincipalEntryView is not as long as records.ts has it");

if (offsetof<PrincipalView>("arnAt") != PrincipalFields.arnAt)
  ERROR("PrincipalView.arnAt is not where records.ts has it");
if (offsetof<PrincipalView>("kind") != PrincipalFields.kind) ERROR("PrincipalView.kind is not where records.ts has it");
if (offsetof<PrincipalView>("flags") != PrincipalFields.flags)
  ERROR("PrincipalView.flags is not where records.ts has it");
if (offsetof<PrincipalView>("accountAt") != PrincipalFields.accountAt)
  ERROR("PrincipalView.accountAt is not where records.ts has it");
if (offsetof<PrincipalView>("partitionAt") != PrincipalFields.partitionAt)
  ERROR("PrincipalView.partitionAt is not where records.ts has it");
if (offsetof<PrincipalView>("issuerAt") != PrincipalFields.issuerAt)
  ERROR("PrincipalView.issuerAt is not where records.ts has it");
if (offsetof<PrincipalView>("nameAt") != PrincipalFields.nameAt)
  ERROR("PrincipalView.nameAt is not where records.ts has it");
if (offsetof<PrincipalView>("uniqueIdAt") != PrincipalFields.uniqueIdAt)
  ERROR("PrincipalView.uniqueIdAt is not where records.ts has it");
if (offsetof<PrincipalView>("factsAt") != PrincipalFields.factsAt)
  ERROR("PrincipalView.factsAt is not where records.ts has it");
if (offsetof<PrincipalView>("identityPoolAt") != PrincipalFields.identityPoolAt)
  ERROR("PrincipalView.identityPoolAt is not where records.ts has it");
if (offsetof<PrincipalView>("boundaryPoolAt") != PrincipalFields.boundaryPoolAt)
  ERROR("PrincipalView.boundaryPoolAt is not where records.ts has it");
if (offsetof<PrincipalView>("sessionPoolAt") != PrincipalFields.sessionPoolAt)
  ERROR("PrincipalView.sessionPoolAt is not where records.ts has it");
if (offsetof<PrincipalView>("tagCount") != PrincipalFields.tagCount)
  ERROR("PrincipalView.tagCount is not where records.ts has it");
if (offsetof<PrincipalView>("tagsAt") != PrincipalFields.tagsAt)
  ERROR("PrincipalView.tagsAt is not where records.ts has it");
if (offsetof<PrincipalView>() != PrincipalFields.size) ERROR("PrincipalView is not as long as records.ts has it");

if (offsetof<AccountView>("idAt") != AccountFields.idAt) ERROR("AccountView.idAt is not where records.ts has it");
if (offsetof<AccountView>("flags") != AccountFields.flags) ERROR("AccountView.flags is not where records.ts has it");
if (offsetof<AccountView>("canonicalIdAt") != AccountFields.canonicalIdAt)
  ERROR("AccountView.canonicalIdAt is not where records.ts has it");
if (offsetof<AccountView>("organizationIdAt") != AccountFields.organizationIdAt)
  ERROR("AccountView.organizationIdAt is not where records.ts has it");
if (offsetof<AccountView>("pathsCount") != AccountFields.pathsCount)
  ERROR("AccountView.pathsCount is not where records.ts has it");
if (offsetof<AccountView>("pathsAt") != AccountFields.pathsAt)
  ERROR("AccountView.pathsAt is not where records.ts has it");
if (offsetof<AccountView>("scpCount") != AccountFields.scpCount)
  ERROR("AccountView.scpCount is not where records.ts has it");
if (offsetof<AccountView>("scpsAt") != AccountFields.scpsAt) ERROR("AccountView.scpsAt is not where records.ts has it");
if (offsetof<AccountView>("rcpPoolAt") != AccountFields.rcpPoolAt)
  ERROR("AccountView.rcpPoolAt is not where records.ts has it");
if (offsetof<AccountView>() != AccountFields.size) ERROR("AccountView is not as long as records.ts has it");

if (offsetof<ResourceView>("arnAt") != ResourceFields.arnAt) ERROR("ResourceView.arnAt is not where records.ts has it");
if (offsetof<ResourceView>("accountAt") != ResourceFields.accountAt)
  ERROR("ResourceView.accountAt is not where records.ts has it");
if (offsetof<ResourceView>("factsAt") != ResourceFields.factsAt)
  ERROR("ResourceView.factsAt is not where records.ts has it");
if (offsetof<ResourceView>("poolAt") != ResourceFields.poolAt)
  ERROR("ResourceView.poolAt is not where records.ts has it");
if (offsetof<ResourceView>("flags") != ResourceFields.flags) ERROR("ResourceView.flags is not where records.ts has it");
if (offsetof<ResourceView>("tagCount") != ResourceFields.tagCount)
  ERROR("ResourceView.tagCount is not where records.ts has it");
if (offsetof<ResourceView>("tagsAt") != ResourceFields.tagsAt)
  ERROR("ResourceView.tagsAt is not where records.ts has it");
if (offsetof<ResourceView>() != ResourceFields.size) ERROR("ResourceView is not as long as records.ts has it");

if (offsetof<TagView>("slot") != TagFields.slot) ERROR("TagView.slot is not where records.ts has it");
if (offsetof<TagView>("textAt") != TagFields.textAt) ERROR("TagView.textAt is not where records.ts has it");
if (offsetof<TagView>("keyAt") != TagFields.keyAt) ERROR("TagView.keyAt is not where records.ts has it");
if (offsetof<TagView>() != TagFields.size) ERROR("TagView is not as long as records.ts has it");

if (offsetof<HookView>("hook") != HookFields.hook) ERROR("HookView.hook is not where records.ts has it");
if (offsetof<HookView>("actionAt") != HookFields.actionAt) ERROR("HookView.actionAt is not where records.ts has it");
if (offsetof<HookView>("resourceAt") != HookFields.resourceAt)
  ERROR("HookView.resourceAt is not where records.ts has it");
if (offsetof<HookView>() != HookFields.size) ERROR("HookView is not as long as records.ts has it");

if (offsetof<EndpointView>("idAt") != EndpointFields.idAt) ERROR("EndpointView.idAt is not where records.ts has it");
if (offsetof<EndpointView>("poolAt") != EndpointFields.poolAt)
  ERROR("EndpointView.poolAt is not where records.ts has it");
if (offsetof<EndpointView>() != EndpointFields.size) ERROR("EndpointView is not as long as records.ts has it");

if (offsetof<InstantRecord>("seconds") != InstantFields.seconds)
  ERROR("InstantRecord.seconds is not where records.ts has it");
if (offsetof<InstantRecord>("bigSign") != InstantFields.bigSign)
  ERROR("InstantRecord.bigSign is not where records.ts has it");
if (offsetof<InstantRecord>("digitsLength") != InstantFields.digitsLength)
  ERROR("InstantRecord.digitsLength is not where records.ts has it");
if (offsetof<InstantRecord>() != InstantFields.size) ERROR("InstantRecord is not as long as records.ts has it");

if (offsetof<DecimalRecord>("exponent") != DecimalFields.exponent)
  ERROR("DecimalRecord.exponent is not where records.ts has it");
if (offsetof<DecimalRecord>("negative") != DecimalFields.negative)
  ERROR("DecimalRecord.negative is not where records.ts has it");
if (offsetof<DecimalRecord>("length") != DecimalFields.length)
  ERROR("DecimalRecord.length is not where records.ts has it");
if (offsetof<DecimalRecord>() != DecimalFields.size) ERROR("DecimalRecord is not as long as records.ts has it");

if (offsetof<RangeRecord>("high") != RangeFields.high) ERROR("RangeRecord.high is not where records.ts has it");
if (offsetof<RangeRecord>("low") != RangeFields.low) ERROR("RangeRecord.low is not where records.ts has it");
if (offsetof<RangeRecord>("highMask") != RangeFields.highMask)
  ERROR("RangeRecord.highMask is not where records.ts has it");
if (offsetof<RangeRecord>("lowMask") != RangeFields.lowMask)
  ERROR("RangeRecord.lowMask is not where records.ts has it");
if (offsetof<RangeRecord>("family") != RangeFields.family) ERROR("RangeRecord.family is not where records.ts has it");
if (offsetof<RangeRecord>() != RangeFields.size) ERROR("RangeRecord is not as long as records.ts has it");

if (offsetof<Scratch>("image") != ScratchFields.image) ERROR("Scratch.image is not where records.ts has it");
