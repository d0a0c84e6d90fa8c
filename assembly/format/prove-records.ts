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
  OwnerFields,
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
  OwnerView,
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

if (offsetof<Span>("at") != SpanFields.at) ERROR("Span.at differs in records.ts");
if (offsetof<Span>("length") != SpanFields.length) ERROR("Span.length differs in records.ts");
if (offsetof<Span>() != SpanFields.size) ERROR("Span differs in records.ts");

if (offsetof<Control>("now") != ControlFields.now) ERROR("Control.now differs in records.ts");
if (offsetof<Control>("image") != ControlFields.image) ERROR("Control.image differs in records.ts");
if (offsetof<Control>("messageAt") != ControlFields.messageAt) ERROR("Control.messageAt differs in records.ts");
if (offsetof<Control>("messageLength") != ControlFields.messageLength)
  ERROR("Control.messageLength differs in records.ts");
if (offsetof<Control>("planAt") != ControlFields.planAt) ERROR("Control.planAt differs in records.ts");
if (offsetof<Control>("planCapacity") != ControlFields.planCapacity)
  ERROR("Control.planCapacity differs in records.ts");
if (offsetof<Control>("responseAt") != ControlFields.responseAt) ERROR("Control.responseAt differs in records.ts");
if (offsetof<Control>("responseCapacity") != ControlFields.responseCapacity)
  ERROR("Control.responseCapacity differs in records.ts");
if (offsetof<Control>("scratchAt") != ControlFields.scratchAt) ERROR("Control.scratchAt differs in records.ts");
if (offsetof<Control>("flags") != ControlFields.flags) ERROR("Control.flags differs in records.ts");
if (offsetof<Control>("first") != ControlFields.first) ERROR("Control.first differs in records.ts");
if (offsetof<Control>("last") != ControlFields.last) ERROR("Control.last differs in records.ts");
if (offsetof<Control>("overlay") != ControlFields.overlay) ERROR("Control.overlay differs in records.ts");
if (offsetof<Control>("overlayScratchAt") != ControlFields.overlayScratchAt)
  ERROR("Control.overlayScratchAt differs in records.ts");
if (offsetof<Control>("errorAt") != ControlFields.errorAt) ERROR("Control.errorAt differs in records.ts");
if (offsetof<Control>("errorLength") != ControlFields.errorLength) ERROR("Control.errorLength differs in records.ts");
if (offsetof<Control>("responseLength") != ControlFields.responseLength)
  ERROR("Control.responseLength differs in records.ts");
if (offsetof<Control>("itemAt") != ControlFields.itemAt) ERROR("Control.itemAt differs in records.ts");
if (offsetof<Control>("itemLength") != ControlFields.itemLength) ERROR("Control.itemLength differs in records.ts");
if (offsetof<Control>("cancelAt") != ControlFields.cancelAt) ERROR("Control.cancelAt differs in records.ts");
if (offsetof<Control>("nameAt") != ControlFields.nameAt) ERROR("Control.nameAt differs in records.ts");
if (offsetof<Control>("nameLength") != ControlFields.nameLength) ERROR("Control.nameLength differs in records.ts");
if (offsetof<Control>() != ControlFields.size) ERROR("Control differs in records.ts");

if (offsetof<Plan>("detail") != PlanFields.detail) ERROR("Plan.detail differs in records.ts");
if (offsetof<Plan>("whatIf") != PlanFields.whatIf) ERROR("Plan.whatIf differs in records.ts");
if (offsetof<Plan>("requestCount") != PlanFields.requestCount) ERROR("Plan.requestCount differs in records.ts");
if (offsetof<Plan>("rowCount") != PlanFields.rowCount) ERROR("Plan.rowCount differs in records.ts");
if (offsetof<Plan>("requestsAt") != PlanFields.requestsAt) ERROR("Plan.requestsAt differs in records.ts");
if (offsetof<Plan>("defaultsCount") != PlanFields.defaultsCount) ERROR("Plan.defaultsCount differs in records.ts");
if (offsetof<Plan>("defaultsAt") != PlanFields.defaultsAt) ERROR("Plan.defaultsAt differs in records.ts");
if (offsetof<Plan>("principalCount") != PlanFields.principalCount) ERROR("Plan.principalCount differs in records.ts");
if (offsetof<Plan>("principalsAt") != PlanFields.principalsAt) ERROR("Plan.principalsAt differs in records.ts");
if (offsetof<Plan>("actionCount") != PlanFields.actionCount) ERROR("Plan.actionCount differs in records.ts");
if (offsetof<Plan>("actionsAt") != PlanFields.actionsAt) ERROR("Plan.actionsAt differs in records.ts");
if (offsetof<Plan>("resourceCount") != PlanFields.resourceCount) ERROR("Plan.resourceCount differs in records.ts");
if (offsetof<Plan>("resourcesAt") != PlanFields.resourcesAt) ERROR("Plan.resourcesAt differs in records.ts");
if (offsetof<Plan>("contextCount") != PlanFields.contextCount) ERROR("Plan.contextCount differs in records.ts");
if (offsetof<Plan>("contextsAt") != PlanFields.contextsAt) ERROR("Plan.contextsAt differs in records.ts");
if (offsetof<Plan>("rowsAt") != PlanFields.rowsAt) ERROR("Plan.rowsAt differs in records.ts");
if (offsetof<Plan>("policySetAt") != PlanFields.policySetAt) ERROR("Plan.policySetAt differs in records.ts");
if (offsetof<Plan>("policySetLength") != PlanFields.policySetLength)
  ERROR("Plan.policySetLength differs in records.ts");
if (offsetof<Plan>() != PlanFields.size) ERROR("Plan differs in records.ts");

if (offsetof<RowView>("principal") != RowFields.principal) ERROR("RowView.principal differs in records.ts");
if (offsetof<RowView>("action") != RowFields.action) ERROR("RowView.action differs in records.ts");
if (offsetof<RowView>("resource") != RowFields.resource) ERROR("RowView.resource differs in records.ts");
if (offsetof<RowView>("context") != RowFields.context) ERROR("RowView.context differs in records.ts");
if (offsetof<RowView>() != RowFields.size) ERROR("RowView differs in records.ts");

if (offsetof<ImageHeader>("magic") != HeaderFields.magic) ERROR("ImageHeader.magic differs in records.ts");
if (offsetof<ImageHeader>("version") != HeaderFields.version) ERROR("ImageHeader.version differs in records.ts");
if (offsetof<ImageHeader>("length") != HeaderFields.length) ERROR("ImageHeader.length differs in records.ts");
if (offsetof<ImageHeader>("flags") != HeaderFields.flags) ERROR("ImageHeader.flags differs in records.ts");
if (offsetof<ImageHeader>("denialOrder") != HeaderFields.denialOrder)
  ERROR("ImageHeader.denialOrder differs in records.ts");
if (offsetof<ImageHeader>("hashSeed") != HeaderFields.hashSeed) ERROR("ImageHeader.hashSeed differs in records.ts");
if (offsetof<ImageHeader>("generation") != HeaderFields.generation)
  ERROR("ImageHeader.generation differs in records.ts");
if (offsetof<ImageHeader>("digestAt") != HeaderFields.digestAt) ERROR("ImageHeader.digestAt differs in records.ts");
if (offsetof<ImageHeader>("principalsAt") != HeaderFields.principalsAt)
  ERROR("ImageHeader.principalsAt differs in records.ts");
if (offsetof<ImageHeader>("principalsMask") != HeaderFields.principalsMask)
  ERROR("ImageHeader.principalsMask differs in records.ts");
if (offsetof<ImageHeader>("roleNamesAt") != HeaderFields.roleNamesAt)
  ERROR("ImageHeader.roleNamesAt differs in records.ts");
if (offsetof<ImageHeader>("roleNamesMask") != HeaderFields.roleNamesMask)
  ERROR("ImageHeader.roleNamesMask differs in records.ts");
if (offsetof<ImageHeader>("accountsAt") != HeaderFields.accountsAt)
  ERROR("ImageHeader.accountsAt differs in records.ts");
if (offsetof<ImageHeader>("accountsMask") != HeaderFields.accountsMask)
  ERROR("ImageHeader.accountsMask differs in records.ts");
if (offsetof<ImageHeader>("resourcesAt") != HeaderFields.resourcesAt)
  ERROR("ImageHeader.resourcesAt differs in records.ts");
if (offsetof<ImageHeader>("resourcesMask") != HeaderFields.resourcesMask)
  ERROR("ImageHeader.resourcesMask differs in records.ts");
if (offsetof<ImageHeader>("endpointsAt") != HeaderFields.endpointsAt)
  ERROR("ImageHeader.endpointsAt differs in records.ts");
if (offsetof<ImageHeader>("endpointsMask") != HeaderFields.endpointsMask)
  ERROR("ImageHeader.endpointsMask differs in records.ts");
if (offsetof<ImageHeader>("servicesAt") != HeaderFields.servicesAt)
  ERROR("ImageHeader.servicesAt differs in records.ts");
if (offsetof<ImageHeader>("servicesMask") != HeaderFields.servicesMask)
  ERROR("ImageHeader.servicesMask differs in records.ts");
if (offsetof<ImageHeader>("actionsAt") != HeaderFields.actionsAt) ERROR("ImageHeader.actionsAt differs in records.ts");
if (offsetof<ImageHeader>("actionsMask") != HeaderFields.actionsMask)
  ERROR("ImageHeader.actionsMask differs in records.ts");
if (offsetof<ImageHeader>("keysAt") != HeaderFields.keysAt) ERROR("ImageHeader.keysAt differs in records.ts");
if (offsetof<ImageHeader>("keysMask") != HeaderFields.keysMask) ERROR("ImageHeader.keysMask differs in records.ts");
if (offsetof<ImageHeader>("slotsAt") != HeaderFields.slotsAt) ERROR("ImageHeader.slotsAt differs in records.ts");
if (offsetof<ImageHeader>("slotCount") != HeaderFields.slotCount) ERROR("ImageHeader.slotCount differs in records.ts");
if (offsetof<ImageHeader>("memoCount") != HeaderFields.memoCount) ERROR("ImageHeader.memoCount differs in records.ts");
if (offsetof<ImageHeader>("derivedAt") != HeaderFields.derivedAt) ERROR("ImageHeader.derivedAt differs in records.ts");
if (offsetof<ImageHeader>("foldsAt") != HeaderFields.foldsAt) ERROR("ImageHeader.foldsAt differs in records.ts");
if (offsetof<ImageHeader>("foldCount") != HeaderFields.foldCount) ERROR("ImageHeader.foldCount differs in records.ts");
if (offsetof<ImageHeader>("anyServiceAt") != HeaderFields.anyServiceAt)
  ERROR("ImageHeader.anyServiceAt differs in records.ts");
if (offsetof<ImageHeader>("textsAt") != HeaderFields.textsAt) ERROR("ImageHeader.textsAt differs in records.ts");
if (offsetof<ImageHeader>("hooksAt") != HeaderFields.hooksAt) ERROR("ImageHeader.hooksAt differs in records.ts");
if (offsetof<ImageHeader>("hookCount") != HeaderFields.hookCount) ERROR("ImageHeader.hookCount differs in records.ts");
if (offsetof<ImageHeader>("sessionPoolAt") != HeaderFields.sessionPoolAt)
  ERROR("ImageHeader.sessionPoolAt differs in records.ts");
if (offsetof<ImageHeader>("patternCount") != HeaderFields.patternCount)
  ERROR("ImageHeader.patternCount differs in records.ts");
if (offsetof<ImageHeader>("longestKey") != HeaderFields.longestKey)
  ERROR("ImageHeader.longestKey differs in records.ts");
if (offsetof<ImageHeader>("ownHookCount") != HeaderFields.ownHookCount)
  ERROR("ImageHeader.ownHookCount differs in records.ts");
if (offsetof<ImageHeader>("resourceServices") != HeaderFields.resourceServices)
  ERROR("ImageHeader.resourceServices differs in records.ts");
if (offsetof<ImageHeader>("derivedMask") != HeaderFields.derivedMask)
  ERROR("ImageHeader.derivedMask differs in records.ts");
if (offsetof<ImageHeader>("lowersAt") != HeaderFields.lowersAt) ERROR("ImageHeader.lowersAt differs in records.ts");
if (offsetof<ImageHeader>("lowerCount") != HeaderFields.lowerCount)
  ERROR("ImageHeader.lowerCount differs in records.ts");
if (offsetof<ImageHeader>("contextsAt") != HeaderFields.contextsAt)
  ERROR("ImageHeader.contextsAt differs in records.ts");
if (offsetof<ImageHeader>("contextCount") != HeaderFields.contextCount)
  ERROR("ImageHeader.contextCount differs in records.ts");
if (offsetof<ImageHeader>("sourceIpKeyAt") != HeaderFields.sourceIpKeyAt)
  ERROR("ImageHeader.sourceIpKeyAt differs in records.ts");
if (offsetof<ImageHeader>("vpcSourceIpKeyAt") != HeaderFields.vpcSourceIpKeyAt)
  ERROR("ImageHeader.vpcSourceIpKeyAt differs in records.ts");
if (offsetof<ImageHeader>("ownersAt") != HeaderFields.ownersAt) ERROR("ImageHeader.ownersAt differs in records.ts");
if (offsetof<ImageHeader>("ownerCount") != HeaderFields.ownerCount)
  ERROR("ImageHeader.ownerCount differs in records.ts");
if (offsetof<ImageHeader>("ownerServices") != HeaderFields.ownerServices)
  ERROR("ImageHeader.ownerServices differs in records.ts");
if (offsetof<ImageHeader>("serviceNamesSlot") != HeaderFields.serviceNamesSlot)
  ERROR("ImageHeader.serviceNamesSlot differs in records.ts");
if (offsetof<ImageHeader>() != HeaderFields.size) ERROR("ImageHeader differs in records.ts");

if (offsetof<TableEntryView>("hash") != TableEntryFields.hash) ERROR("TableEntryView.hash differs in records.ts");
if (offsetof<TableEntryView>("recordAt") != TableEntryFields.recordAt)
  ERROR("TableEntryView.recordAt differs in records.ts");
if (offsetof<TableEntryView>() != TableEntryFields.size) ERROR("TableEntryView differs in records.ts");

if (offsetof<RoleNameView>("textAt") != RoleNameFields.textAt) ERROR("RoleNameView.textAt differs in records.ts");
if (offsetof<RoleNameView>("roleAt") != RoleNameFields.roleAt) ERROR("RoleNameView.roleAt differs in records.ts");
if (offsetof<RoleNameView>() != RoleNameFields.size) ERROR("RoleNameView differs in records.ts");

if (offsetof<FoldView>("codePoint") != FoldFields.codePoint) ERROR("FoldView.codePoint differs in records.ts");
if (offsetof<FoldView>("folded") != FoldFields.folded) ERROR("FoldView.folded differs in records.ts");
if (offsetof<FoldView>() != FoldFields.size) ERROR("FoldView differs in records.ts");

if (offsetof<KeyView>("textAt") != KeyFields.textAt) ERROR("KeyView.textAt differs in records.ts");
if (offsetof<KeyView>("flags") != KeyFields.flags) ERROR("KeyView.flags differs in records.ts");
if (offsetof<KeyView>("slotCount") != KeyFields.slotCount) ERROR("KeyView.slotCount differs in records.ts");
if (offsetof<KeyView>() != KeyFields.size) ERROR("KeyView differs in records.ts");

if (offsetof<SlotView>("textAt") != SlotFields.textAt) ERROR("SlotView.textAt differs in records.ts");
if (offsetof<SlotView>("keyAt") != SlotFields.keyAt) ERROR("SlotView.keyAt differs in records.ts");
if (offsetof<SlotView>() != SlotFields.size) ERROR("SlotView differs in records.ts");

if (offsetof<ServiceView>("textAt") != ServiceFields.textAt) ERROR("ServiceView.textAt differs in records.ts");
if (offsetof<ServiceView>("id") != ServiceFields.id) ERROR("ServiceView.id differs in records.ts");
if (offsetof<ServiceView>("firstPattern") != ServiceFields.firstPattern)
  ERROR("ServiceView.firstPattern differs in records.ts");
if (offsetof<ServiceView>("globCount") != ServiceFields.globCount) ERROR("ServiceView.globCount differs in records.ts");
if (offsetof<ServiceView>("globsAt") != ServiceFields.globsAt) ERROR("ServiceView.globsAt differs in records.ts");
if (offsetof<ServiceView>() != ServiceFields.size) ERROR("ServiceView differs in records.ts");

if (offsetof<ActionGlobView>("patternId") != ActionGlobFields.patternId)
  ERROR("ActionGlobView.patternId differs in records.ts");
if (offsetof<ActionGlobView>("prefixAt") != ActionGlobFields.prefixAt)
  ERROR("ActionGlobView.prefixAt differs in records.ts");
if (offsetof<ActionGlobView>("nameAt") != ActionGlobFields.nameAt) ERROR("ActionGlobView.nameAt differs in records.ts");
if (offsetof<ActionGlobView>() != ActionGlobFields.size) ERROR("ActionGlobView differs in records.ts");

if (offsetof<ActionView>("textAt") != ActionFields.textAt) ERROR("ActionView.textAt differs in records.ts");
if (offsetof<ActionView>("service") != ActionFields.service) ERROR("ActionView.service differs in records.ts");
if (offsetof<ActionView>("mask") != ActionFields.mask) ERROR("ActionView.mask differs in records.ts");
if (offsetof<ActionView>("anyMask") != ActionFields.anyMask) ERROR("ActionView.anyMask differs in records.ts");
if (offsetof<ActionView>("count") != ActionFields.count) ERROR("ActionView.count differs in records.ts");
if (offsetof<ActionView>() != ActionFields.size) ERROR("ActionView differs in records.ts");

if (offsetof<PoolView>("flags") != PoolFields.flags) ERROR("PoolView.flags differs in records.ts");
if (offsetof<PoolView>("bucketMask") != PoolFields.bucketMask) ERROR("PoolView.bucketMask differs in records.ts");
if (offsetof<PoolView>("sectionsAt") != PoolFields.sectionsAt) ERROR("PoolView.sectionsAt differs in records.ts");
if (offsetof<PoolView>("anyAt") != PoolFields.anyAt) ERROR("PoolView.anyAt differs in records.ts");
if (offsetof<PoolView>("documentCount") != PoolFields.documentCount)
  ERROR("PoolView.documentCount differs in records.ts");
if (offsetof<PoolView>("documentsAt") != PoolFields.documentsAt) ERROR("PoolView.documentsAt differs in records.ts");
if (offsetof<PoolView>() != PoolFields.size) ERROR("PoolView differs in records.ts");

if (offsetof<BucketView>("service") != BucketFields.service) ERROR("BucketView.service differs in records.ts");
if (offsetof<BucketView>("first") != BucketFields.first) ERROR("BucketView.first differs in records.ts");
if (offsetof<BucketView>() != BucketFields.size) ERROR("BucketView differs in records.ts");

if (offsetof<WideBucketView>("service") != WideBucketFields.service)
  ERROR("WideBucketView.service differs in records.ts");
if (offsetof<WideBucketView>("first") != WideBucketFields.first) ERROR("WideBucketView.first differs in records.ts");
if (offsetof<WideBucketView>() != WideBucketFields.size) ERROR("WideBucketView differs in records.ts");

if (offsetof<SectionView>("count") != SectionFields.count) ERROR("SectionView.count differs in records.ts");
if (offsetof<SectionView>() != SectionFields.size) ERROR("SectionView differs in records.ts");

if (offsetof<CandidateView>("statement") != CandidateFields.statement)
  ERROR("CandidateView.statement differs in records.ts");
if (offsetof<CandidateView>("mask") != CandidateFields.mask) ERROR("CandidateView.mask differs in records.ts");
if (offsetof<CandidateView>() != CandidateFields.size) ERROR("CandidateView differs in records.ts");

if (offsetof<StatementView>("detailAt") != StatementFields.detailAt)
  ERROR("StatementView.detailAt differs in records.ts");
if (offsetof<StatementView>("flags") != StatementFields.flags) ERROR("StatementView.flags differs in records.ts");
if (offsetof<StatementView>("resourceCount") != StatementFields.resourceCount)
  ERROR("StatementView.resourceCount differs in records.ts");
if (offsetof<StatementView>("testCount") != StatementFields.testCount)
  ERROR("StatementView.testCount differs in records.ts");
if (offsetof<StatementView>("actionCount") != StatementFields.actionCount)
  ERROR("StatementView.actionCount differs in records.ts");
if (offsetof<StatementView>() != StatementFields.size) ERROR("StatementView differs in records.ts");

if (offsetof<WideCountsView>("resourceCount") != WideCountsFields.resourceCount)
  ERROR("WideCountsView.resourceCount differs in records.ts");
if (offsetof<WideCountsView>("testCount") != WideCountsFields.testCount)
  ERROR("WideCountsView.testCount differs in records.ts");
if (offsetof<WideCountsView>("actionCount") != WideCountsFields.actionCount)
  ERROR("WideCountsView.actionCount differs in records.ts");
if (offsetof<WideCountsView>() != WideCountsFields.size) ERROR("WideCountsView differs in records.ts");

if (offsetof<ResourcePatternView>("patternAt") != ResourcePatternFields.patternAt)
  ERROR("ResourcePatternView.patternAt differs in records.ts");
if (offsetof<ResourcePatternView>("probe") != ResourcePatternFields.probe)
  ERROR("ResourcePatternView.probe differs in records.ts");
if (offsetof<ResourcePatternView>() != ResourcePatternFields.size) ERROR("ResourcePatternView differs in records.ts");

if (offsetof<PatternView>("head") != PatternFields.head) ERROR("PatternView.head differs in records.ts");
if (offsetof<PatternView>("prefixLength") != PatternFields.prefixLength)
  ERROR("PatternView.prefixLength differs in records.ts");
if (offsetof<PatternView>("suffixLength") != PatternFields.suffixLength)
  ERROR("PatternView.suffixLength differs in records.ts");
if (offsetof<PatternView>() != PatternFields.size) ERROR("PatternView differs in records.ts");
if (offsetof<PatternView>("prefixLength") != PATTERN_BYTES_AT) ERROR("most patterns have their bytes behind the head");

if (offsetof<DocumentView>("nameAt") != DocumentFields.nameAt) ERROR("DocumentView.nameAt differs in records.ts");
if (offsetof<DocumentView>("fileAt") != DocumentFields.fileAt) ERROR("DocumentView.fileAt differs in records.ts");
if (offsetof<DocumentView>("statementCount") != DocumentFields.statementCount)
  ERROR("DocumentView.statementCount differs in records.ts");
if (offsetof<DocumentView>() != DocumentFields.size) ERROR("DocumentView differs in records.ts");

if (offsetof<DetailView>("statementAt") != DetailFields.statementAt)
  ERROR("DetailView.statementAt differs in records.ts");
if (offsetof<DetailView>("index") != DetailFields.index) ERROR("DetailView.index differs in records.ts");
if (offsetof<DetailView>("sidAt") != DetailFields.sidAt) ERROR("DetailView.sidAt differs in records.ts");
if (offsetof<DetailView>("line") != DetailFields.line) ERROR("DetailView.line differs in records.ts");
if (offsetof<DetailView>("column") != DetailFields.column) ERROR("DetailView.column differs in records.ts");
if (offsetof<DetailView>() != DetailFields.size) ERROR("DetailView differs in records.ts");

if (offsetof<TestView>("operator") != TestFields.operator) ERROR("TestView.operator differs in records.ts");
if (offsetof<TestView>("qualifier") != TestFields.qualifier) ERROR("TestView.qualifier differs in records.ts");
if (offsetof<TestView>("flags") != TestFields.flags) ERROR("TestView.flags differs in records.ts");
if (offsetof<TestView>("slot") != TestFields.slot) ERROR("TestView.slot differs in records.ts");
if (offsetof<TestView>("memo") != TestFields.memo) ERROR("TestView.memo differs in records.ts");
if (offsetof<TestView>("operatorTextAt") != TestFields.operatorTextAt)
  ERROR("TestView.operatorTextAt differs in records.ts");
if (offsetof<TestView>("valueCount") != TestFields.valueCount) ERROR("TestView.valueCount differs in records.ts");
if (offsetof<TestView>("single") != TestFields.single) ERROR("TestView.single differs in records.ts");
if (offsetof<TestView>("writtenAt") != TestFields.writtenAt) ERROR("TestView.writtenAt differs in records.ts");
if (offsetof<TestView>() != TestFields.size) ERROR("TestView differs in records.ts");

if (offsetof<PrincipalEntryView>("kind") != PrincipalEntryFields.kind)
  ERROR("PrincipalEntryView.kind differs in records.ts");
if (offsetof<PrincipalEntryView>("textAt") != PrincipalEntryFields.textAt)
  ERROR("PrincipalEntryView.textAt differs in records.ts");
if (offsetof<PrincipalEntryView>("partitionAt") != PrincipalEntryFields.partitionAt)
  ERROR("PrincipalEntryView.partitionAt differs in records.ts");
if (offsetof<PrincipalEntryView>() != PrincipalEntryFields.size) ERROR("PrincipalEntryView differs in records.ts");

if (offsetof<PrincipalView>("arnAt") != PrincipalFields.arnAt) ERROR("PrincipalView.arnAt differs in records.ts");
if (offsetof<PrincipalView>("kind") != PrincipalFields.kind) ERROR("PrincipalView.kind differs in records.ts");
if (offsetof<PrincipalView>("flags") != PrincipalFields.flags) ERROR("PrincipalView.flags differs in records.ts");
if (offsetof<PrincipalView>("accountAt") != PrincipalFields.accountAt)
  ERROR("PrincipalView.accountAt differs in records.ts");
if (offsetof<PrincipalView>("partitionAt") != PrincipalFields.partitionAt)
  ERROR("PrincipalView.partitionAt differs in records.ts");
if (offsetof<PrincipalView>("issuerAt") != PrincipalFields.issuerAt)
  ERROR("PrincipalView.issuerAt differs in records.ts");
if (offsetof<PrincipalView>("nameAt") != PrincipalFields.nameAt) ERROR("PrincipalView.nameAt differs in records.ts");
if (offsetof<PrincipalView>("uniqueIdAt") != PrincipalFields.uniqueIdAt)
  ERROR("PrincipalView.uniqueIdAt differs in records.ts");
if (offsetof<PrincipalView>("factsAt") != PrincipalFields.factsAt) ERROR("PrincipalView.factsAt differs in records.ts");
if (offsetof<PrincipalView>("identityPoolAt") != PrincipalFields.identityPoolAt)
  ERROR("PrincipalView.identityPoolAt differs in records.ts");
if (offsetof<PrincipalView>("boundaryPoolAt") != PrincipalFields.boundaryPoolAt)
  ERROR("PrincipalView.boundaryPoolAt differs in records.ts");
if (offsetof<PrincipalView>("sessionPoolAt") != PrincipalFields.sessionPoolAt)
  ERROR("PrincipalView.sessionPoolAt differs in records.ts");
if (offsetof<PrincipalView>("tagCount") != PrincipalFields.tagCount)
  ERROR("PrincipalView.tagCount differs in records.ts");
if (offsetof<PrincipalView>("tagsAt") != PrincipalFields.tagsAt) ERROR("PrincipalView.tagsAt differs in records.ts");
if (offsetof<PrincipalView>() != PrincipalFields.size) ERROR("PrincipalView differs in records.ts");

if (offsetof<AccountView>("idAt") != AccountFields.idAt) ERROR("AccountView.idAt differs in records.ts");
if (offsetof<AccountView>("flags") != AccountFields.flags) ERROR("AccountView.flags differs in records.ts");
if (offsetof<AccountView>("canonicalIdAt") != AccountFields.canonicalIdAt)
  ERROR("AccountView.canonicalIdAt differs in records.ts");
if (offsetof<AccountView>("organizationIdAt") != AccountFields.organizationIdAt)
  ERROR("AccountView.organizationIdAt differs in records.ts");
if (offsetof<AccountView>("pathsCount") != AccountFields.pathsCount)
  ERROR("AccountView.pathsCount differs in records.ts");
if (offsetof<AccountView>("pathsAt") != AccountFields.pathsAt) ERROR("AccountView.pathsAt differs in records.ts");
if (offsetof<AccountView>("scpCount") != AccountFields.scpCount) ERROR("AccountView.scpCount differs in records.ts");
if (offsetof<AccountView>("scpsAt") != AccountFields.scpsAt) ERROR("AccountView.scpsAt differs in records.ts");
if (offsetof<AccountView>("rcpPoolAt") != AccountFields.rcpPoolAt) ERROR("AccountView.rcpPoolAt differs in records.ts");
if (offsetof<AccountView>() != AccountFields.size) ERROR("AccountView differs in records.ts");

if (offsetof<ResourceView>("arnAt") != ResourceFields.arnAt) ERROR("ResourceView.arnAt differs in records.ts");
if (offsetof<ResourceView>("accountAt") != ResourceFields.accountAt)
  ERROR("ResourceView.accountAt differs in records.ts");
if (offsetof<ResourceView>("factsAt") != ResourceFields.factsAt) ERROR("ResourceView.factsAt differs in records.ts");
if (offsetof<ResourceView>("poolAt") != ResourceFields.poolAt) ERROR("ResourceView.poolAt differs in records.ts");
if (offsetof<ResourceView>("flags") != ResourceFields.flags) ERROR("ResourceView.flags differs in records.ts");
if (offsetof<ResourceView>("tagCount") != ResourceFields.tagCount) ERROR("ResourceView.tagCount differs in records.ts");
if (offsetof<ResourceView>("tagsAt") != ResourceFields.tagsAt) ERROR("ResourceView.tagsAt differs in records.ts");
if (offsetof<ResourceView>() != ResourceFields.size) ERROR("ResourceView differs in records.ts");

if (offsetof<TagView>("slot") != TagFields.slot) ERROR("TagView.slot differs in records.ts");
if (offsetof<TagView>("textAt") != TagFields.textAt) ERROR("TagView.textAt differs in records.ts");
if (offsetof<TagView>("keyAt") != TagFields.keyAt) ERROR("TagView.keyAt differs in records.ts");
if (offsetof<TagView>() != TagFields.size) ERROR("TagView differs in records.ts");

if (offsetof<HookView>("hook") != HookFields.hook) ERROR("HookView.hook differs in records.ts");
if (offsetof<HookView>("actionAt") != HookFields.actionAt) ERROR("HookView.actionAt differs in records.ts");
if (offsetof<HookView>("resourceAt") != HookFields.resourceAt) ERROR("HookView.resourceAt differs in records.ts");
if (offsetof<HookView>() != HookFields.size) ERROR("HookView differs in records.ts");

if (offsetof<OwnerView>("textAt") != OwnerFields.textAt) ERROR("OwnerView.textAt differs in records.ts");
if (offsetof<OwnerView>("services") != OwnerFields.services) ERROR("OwnerView.services differs in records.ts");
if (offsetof<OwnerView>("patternAt") != OwnerFields.patternAt) ERROR("OwnerView.patternAt differs in records.ts");
if (offsetof<OwnerView>("accountAt") != OwnerFields.accountAt) ERROR("OwnerView.accountAt differs in records.ts");
if (offsetof<OwnerView>() != OwnerFields.size) ERROR("OwnerView differs in records.ts");

if (offsetof<EndpointView>("idAt") != EndpointFields.idAt) ERROR("EndpointView.idAt differs in records.ts");
if (offsetof<EndpointView>("poolAt") != EndpointFields.poolAt) ERROR("EndpointView.poolAt differs in records.ts");
if (offsetof<EndpointView>() != EndpointFields.size) ERROR("EndpointView differs in records.ts");

if (offsetof<InstantRecord>("seconds") != InstantFields.seconds) ERROR("InstantRecord.seconds differs in records.ts");
if (offsetof<InstantRecord>("bigSign") != InstantFields.bigSign) ERROR("InstantRecord.bigSign differs in records.ts");
if (offsetof<InstantRecord>("digitsLength") != InstantFields.digitsLength)
  ERROR("InstantRecord.digitsLength differs in records.ts");
if (offsetof<InstantRecord>() != InstantFields.size) ERROR("InstantRecord differs in records.ts");

if (offsetof<DecimalRecord>("exponent") != DecimalFields.exponent)
  ERROR("DecimalRecord.exponent differs in records.ts");
if (offsetof<DecimalRecord>("negative") != DecimalFields.negative)
  ERROR("DecimalRecord.negative differs in records.ts");
if (offsetof<DecimalRecord>("length") != DecimalFields.length) ERROR("DecimalRecord.length differs in records.ts");
if (offsetof<DecimalRecord>() != DecimalFields.size) ERROR("DecimalRecord differs in records.ts");

if (offsetof<RangeRecord>("high") != RangeFields.high) ERROR("RangeRecord.high differs in records.ts");
if (offsetof<RangeRecord>("low") != RangeFields.low) ERROR("RangeRecord.low differs in records.ts");
if (offsetof<RangeRecord>("highMask") != RangeFields.highMask) ERROR("RangeRecord.highMask differs in records.ts");
if (offsetof<RangeRecord>("lowMask") != RangeFields.lowMask) ERROR("RangeRecord.lowMask differs in records.ts");
if (offsetof<RangeRecord>("family") != RangeFields.family) ERROR("RangeRecord.family differs in records.ts");
if (offsetof<RangeRecord>() != RangeFields.size) ERROR("RangeRecord differs in records.ts");

if (offsetof<Scratch>("image") != ScratchFields.image) ERROR("Scratch.image differs in records.ts");
