// One request from wire to decision: decode, resolve requester and resource, fill the context, decide.

import { CALLER_CLOCK, fillListed, MET_DERIVED, takeEntry, WHAT_IF_BATCH } from "../context/context-entry";
import { fillClock, fillDerived, fillDirectoryTags, fillRequestTags, takesSessionTags } from "../context/derived";
import { RANK_OWN, RANK_WHAT_IF_DEFAULTS, RANK_WHAT_IF_OWN } from "../context/slots";
import { sourceAddressesHold } from "../context/source-address";
import { decide, sessionBinds } from "../decide/decide";
import { equalBytes, hashBytes, isAscii, lowerWord } from "../format/bytes";
import { CONTROL_ALLOW_WHAT_IF, CONTROL_CALLER_CLOCK, Detail, ErrorCode } from "../format/layout";
import { ActionMemo, actionMemo, contextMemo, entriesOf, LISTED_ENTRY_SIZE, principalMemo } from "../format/memos";
import { Scratch } from "../format/scratch";
import { Control, Plan } from "../format/views";
import { Binding, Question } from "../format/work-views";
import { bindAction, readAction } from "../question/action";
import { findAccount, readResource, resolveOwner } from "../question/owner";
import { spanAt } from "../question/plan";
import {
  clearQuestion,
  DEFAULT_RESOURCE_TAGS,
  DEFAULT_SESSION_POLICIES,
  DEFAULT_SESSION_TAGS,
  HAS_RESOURCE_TAGS,
  HAS_SESSION_POLICIES,
  HAS_SESSION_TAGS,
  noteOwnField,
  readRequest,
} from "../question/request";
import { resolveRequester } from "../question/requester";
import { bindFromMemo, rememberAction, rememberContext } from "../question/table-memo";
import { FIELD_CONTEXT, FIELD_RESOURCE_TAGS, FIELD_SESSION_TAGS } from "../wire/fields";
import { readLength, readTag, skipField, WIRE_ERROR, WIRE_LENGTH } from "../wire/reader";
import { isUtf8 } from "../wire/utf8";

/** What `decideItem` gives beyond the error codes: the host has to compile session policies first. */
export const NEEDS_SESSION: u32 = 255;

/** Decides one item of a call. Gives an ErrorCode or NEEDS_SESSION; the outcome is in the scratch's work record. */
export function decideItem(control: Control, scratch: Scratch, plan: Plan | null, index: u32): u32 {
  const b = scratch.binding;
  const work = scratch.work;
  const q = scratch.question;
  const r = scratch.requester;
  const owner = scratch.owner;
  scratch.epoch++;
  b.epoch = scratch.epoch;
  b.arenaUsed = 0;
  const read = readItem(control, b, q, plan, index, scratch);
  work.detail = detailOf(q, plan);
  if (read != ErrorCode.None) return read;
  if (q.whatIf != 0 && (control.flags & CONTROL_ALLOW_WHAT_IF) == 0) return ErrorCode.WhatIfRefused;
  if (plan != null && !samePolicySet(q, control)) return ErrorCode.PolicySetMismatch;
  const action = changetype<ActionMemo>(usize(q.actionMemoAt));
  const knowsAction: bool = q.actionMemoAt != 0 && action.call == scratch.call && action.index == q.actionIndex;
  if (knowsAction) q.colonAt = q.actionAt + action.colon;
  else {
    const misread = readAction(q);
    if (misread != ErrorCode.None) return misread;
  }
  const unread = readResource(q);
  if (unread != ErrorCode.None) return unread;
  const unresolved = resolveRequester(b, q, r, isFederating(q), scratch.call);
  if (unresolved != ErrorCode.None) return unresolved;
  if (r.factsAt == 0 && r.accountLength != 0) r.factsAt = findAccount(b.image, r.accountAt, r.accountLength);
  const unowned = resolveOwner(b, q, r, owner);
  if (unowned != ErrorCode.None) return unowned;
  const sessionFields: u32 = HAS_SESSION_POLICIES | DEFAULT_SESSION_POLICIES | HAS_SESSION_TAGS | DEFAULT_SESSION_TAGS;
  if ((q.has & sessionFields) != 0 && !sessionBinds(r) && (control.flags & CONTROL_CALLER_CLOCK) == 0) {
    return ErrorCode.SessionUnbound; // IN-7
  }
  const wantsOverlay: bool = sessionBinds(r) && (q.has & (HAS_SESSION_POLICIES | DEFAULT_SESSION_POLICIES)) != 0;
  if (wantsOverlay && control.overlay == 0) return NEEDS_SESSION;
  if (!fillContext(control, scratch, b, q, plan)) return ErrorCode.TooLarge;
  if (knowsAction) bindFromMemo(b, action);
  else if (bindAction(b, q) && q.actionMemoAt != 0) rememberAction(b, action, scratch.call, q.actionIndex, q);
  // What-if calls and simulation cases decide by IP-6.
  const enforces: bool = q.whatIf == 0 && (control.flags & CONTROL_CALLER_CLOCK) == 0;
  if (enforces && !sourceAddressesHold(b)) return ErrorCode.SourceAddress;
  scratch.overlay = null;
  if (wantsOverlay) {
    const other = changetype<Scratch>(usize(control.overlayScratchAt));
    const overlay = other.binding;
    other.epoch++;
    overlay.epoch = other.epoch;
    overlay.arenaUsed = 0;
    const spare = scratch.spareQuestion;
    const again = readItem(control, overlay, spare, plan, index, null);
    if (again != ErrorCode.None) return again;
    spare.whatIf = q.whatIf;
    if (!fillContext(control, scratch, overlay, spare, plan)) return ErrorCode.TooLarge;
    spare.colonAt = q.colonAt;
    bindAction(overlay, spare);
    if (enforces && !sourceAddressesHold(overlay)) {
      b.refusedAt = overlay.refusedAt;
      b.refusedLength = overlay.refusedLength;
      return ErrorCode.SourceAddress;
    }
    overlay.remembers = u32(work.detail != Detail.Outcome);
    scratch.overlay = overlay;
  }
  work.epoch = scratch.epoch;
  b.remembers = u32(work.detail != Detail.Outcome);
  decide(scratch);
  return ErrorCode.None;
}

/**
 * Decodes one item and hashes its texts without deciding anything: the floor that `bench/` holds decisions against. Gives
 * a number that depends on every hash, so that nothing can be left out.
 */
export function scanItem(control: Control, scratch: Scratch, plan: Plan, index: u32): u32 {
  const b = scratch.binding;
  const q = scratch.question;
  scratch.epoch++;
  b.epoch = scratch.epoch;
  b.arenaUsed = 0;
  if (readItem(control, b, q, plan, index, null) != ErrorCode.None) return 0;
  const hash = hashBytes(0, q.principalAt, q.principalLength) ^ hashBytes(0, q.actionAt, q.actionLength);
  return hash ^ hashBytes(0, q.resourceAt, q.resourceLength);
}

/** The item's own detail counts unless the whole batch asks for outcomes only. */
function detailOf(q: Question, plan: Plan | null): u32 {
  let detail: u32 = q.detail;
  if (plan != null && (plan.detail == Detail.Outcome || detail == Detail.Unspecified)) detail = plan.detail;
  return detail == Detail.Outcome || detail == Detail.Explain ? detail : Detail.Reason;
}

/** A batch is decided by one policy set; a request in it may only name that one. */
function samePolicySet(q: Question, control: Control): bool {
  if (q.policySetLength == 0) return true;
  return q.policySetLength == control.nameLength && equalBytes(q.policySetAt, control.nameAt, q.policySetLength);
}

/**
 * Decodes the item and the batch's defaults into the question and the slots of the binding. `scratch` has the memos of rows; null
 * for none.
 */
function readItem(
  control: Control,
  b: Binding,
  q: Question,
  plan: Plan | null,
  index: u32,
  scratch: Scratch | null,
): u32 {
  clearQuestion(q);
  beginContext(control, b, plan, scratch);
  if (plan == null) {
    q.itemAt = control.messageAt;
    q.itemLength = control.messageLength;
    return readRequest(b, q, q.itemAt, q.itemLength, true);
  }
  if (index < plan.requestCount) {
    const span = spanAt(plan.requestsAt, index);
    q.itemAt = span.at;
    q.itemLength = span.length;
    const error = readRequest(b, q, span.at, span.length, true);
    if (error != ErrorCode.None) return error;
  } else {
    const error = readRow(b, q, plan, usize(plan.rowsAt) + (index - plan.requestCount) * 16, scratch);
    if (error != ErrorCode.None) return error;
  }
  q.whatIf |= plan.whatIf;
  for (let i: u32 = 0; i < plan.defaultsCount; i++) {
    // Of several defaults the last wins, as a merged message has it.
    const span = spanAt(plan.defaultsAt, i);
    const error = readRequest(b, q, span.at, span.length, false);
    if (error != ErrorCode.None) return error;
  }
  return ErrorCode.None;
}

/**
 * Begins a context: its entries are listed, to be looked up when a policy asks for them, or without `scratch` and where the
 * caller's clock counts looked up as they are read.
 */
function beginContext(control: Control, b: Binding, plan: Plan | null, scratch: Scratch | null): void {
  const callerClock: bool = (control.flags & CONTROL_CALLER_CLOCK) != 0;
  const mayWhatIf: bool = (control.flags & CONTROL_ALLOW_WHAT_IF) != 0;
  b.flags = callerClock ? CALLER_CLOCK : 0;
  if (plan != null && plan.whatIf != 0 && mayWhatIf) b.flags |= WHAT_IF_BATCH;
  b.listing = u32(scratch != null && !callerClock);
  b.listedAt = b.ownListAt;
  b.listedCount = 0;
  b.addressDoubt = 0;
  b.derived = 0;
}

/** Takes the texts of a table row by index. */
function readRow(b: Binding, q: Question, plan: Plan, row: usize, scratch: Scratch | null): u32 {
  const principal: u32 = load<u32>(row);
  const action: u32 = load<u32>(row, 4);
  const resource: u32 = load<u32>(row, 8);
  const context: u32 = load<u32>(row, 12);
  if (principal >= plan.principalCount || action >= plan.actionCount) return ErrorCode.TableIndex;
  if (resource >= plan.resourceCount || context > plan.contextCount) return ErrorCode.TableIndex;
  const principalSpan = spanAt(plan.principalsAt, principal);
  q.principalAt = principalSpan.at;
  q.principalLength = principalSpan.length;
  const actionSpan = spanAt(plan.actionsAt, action);
  q.actionAt = actionSpan.at;
  q.actionLength = actionSpan.length;
  const resourceSpan = spanAt(plan.resourcesAt, resource);
  q.resourceAt = resourceSpan.at;
  q.resourceLength = resourceSpan.length;
  let sharedPrincipal: bool = false;
  let sharedAction: bool = false;
  if (scratch != null) {
    const principals = principalMemo(scratch.tableMemosAt, principal);
    sharedPrincipal = principals.call == scratch.call && principals.index == principal;
    q.principalMemoAt = u32(changetype<usize>(principals));
    q.principalIndex = principal;
    const actions = actionMemo(scratch.tableMemosAt, action);
    sharedAction = actions.call == scratch.call && actions.index == action;
    q.actionMemoAt = u32(changetype<usize>(actions));
    q.actionIndex = action;
  }
  if (!sharedPrincipal && !isText(q.principalAt, q.principalLength)) return ErrorCode.InvalidUtf8;
  if (!sharedAction && !isText(q.actionAt, q.actionLength)) return ErrorCode.InvalidUtf8;
  if (!isText(q.resourceAt, q.resourceLength)) return ErrorCode.InvalidUtf8;
  noteOwnField(q, 1, q.principalLength);
  noteOwnField(q, 2, q.actionLength);
  noteOwnField(q, 3, q.resourceLength);
  if (context == 0) return ErrorCode.None;
  const contextSpan = spanAt(plan.contextsAt, context - 1);
  q.contextAt = contextSpan.at;
  q.contextLength = contextSpan.length;
  return readRowContext(b, q, plan, context, scratch);
}

/** Reads the context of a row, or takes what an earlier row of the call listed. */
function readRowContext(b: Binding, q: Question, plan: Plan, context: u32, scratch: Scratch | null): u32 {
  if (scratch == null || b.listing == 0) return readContext(b, q.contextAt, q.contextLength, 1, RANK_OWN);
  const memo = contextMemo(scratch.tableMemosAt, context);
  if (memo.call != scratch.call || memo.index != context) {
    const error = readContext(b, q.contextAt, q.contextLength, 1, RANK_OWN);
    if (error == ErrorCode.None && b.listing != 0) rememberContext(b, memo, scratch.call, context);
    return error;
  }
  b.listedCount = memo.count;
  b.addressDoubt |= memo.addressDoubt;
  if (plan.defaultsCount == 0) b.listedAt = entriesOf(memo);
  else memory.copy(b.ownListAt, entriesOf(memo), memo.count * LISTED_ENTRY_SIZE); // the defaults' entries go behind them
  return ErrorCode.None;
}

function isText(at: u32, length: u32): bool {
  return isAscii(at, length) || isUtf8(at, length);
}

/** Reads every context entry (field `field`) of a message; everything else in it is passed over. */
function readContext(b: Binding, start: usize, length: u32, field: u32, rank: u32): u32 {
  const end: usize = start + length;
  const ascii: bool = isAscii(start, length);
  if (!ascii && b.listing != 0) fillListed(b);
  let at: usize = start;
  while (at < end) {
    const tag = readTag(at, end);
    if (tag == WIRE_ERROR) return ErrorCode.Malformed;
    at = usize(tag >> 32);
    if (u32(tag) >> 3 != field) {
      at = skipField(u32(tag) & 7, at, end);
      if (at == 0) return ErrorCode.Malformed;
      continue;
    }
    if ((u32(tag) & 7) != WIRE_LENGTH) return ErrorCode.Malformed;
    const read = readLength(at, end);
    if (read == WIRE_ERROR) return ErrorCode.Malformed;
    at = usize(read >> 32) + u32(read);
    const error = takeEntry(b, usize(read >> 32), u32(read), rank, ascii);
    if (error != ErrorCode.None) return error;
  }
  return ErrorCode.None;
}

/** Fills tags, derived keys and the clock, then what a what-if call overrides; false if the tags are too many. */
function fillContext(control: Control, scratch: Scratch, b: Binding, q: Question, plan: Plan | null): bool {
  const tags: u32 = HAS_RESOURCE_TAGS | HAS_SESSION_TAGS | DEFAULT_RESOURCE_TAGS | DEFAULT_SESSION_TAGS;
  if (b.listing != 0 && (q.has & tags) != 0) fillListed(b);
  if (b.listing != 0) {
    b.whatIf = q.whatIf;
    b.now = control.now;
    return true;
  }
  const r = scratch.requester;
  const sessionTags: bool = takesSessionTags(r.kind);
  if ((q.has & HAS_RESOURCE_TAGS) != 0 && !fillRequestTags(b, q.itemAt, q.itemLength, FIELD_RESOURCE_TAGS))
    return false;
  if (sessionTags && (q.has & HAS_SESSION_TAGS) != 0) {
    if (!fillRequestTags(b, q.itemAt, q.itemLength, FIELD_SESSION_TAGS)) return false;
  }
  if (plan != null) {
    const resources: bool = (q.has & (HAS_RESOURCE_TAGS | DEFAULT_RESOURCE_TAGS)) == DEFAULT_RESOURCE_TAGS;
    const sessions: bool = sessionTags && (q.has & (HAS_SESSION_TAGS | DEFAULT_SESSION_TAGS)) == DEFAULT_SESSION_TAGS;
    for (let i: u32 = 0; i < plan.defaultsCount; i++) {
      const span = spanAt(plan.defaultsAt, i);
      if (resources && !fillRequestTags(b, span.at, span.length, FIELD_RESOURCE_TAGS)) return false;
      if (sessions && !fillRequestTags(b, span.at, span.length, FIELD_SESSION_TAGS)) return false;
    }
  }
  fillDirectoryTags(b, scratch.image, r, scratch.owner);
  fillDerived(b, scratch.image, r, scratch.owner);
  if (q.whatIf != 0 && (b.flags & MET_DERIVED) != 0) readWhatIf(b, q, plan);
  fillClock(b, control.now);
  return true;
}

/** A what-if call's values for derived keys, in a pass of their own so that they win. */
function readWhatIf(b: Binding, q: Question, plan: Plan | null): void {
  if (plan != null) {
    for (let i: u32 = 0; i < plan.defaultsCount; i++) {
      const span = spanAt(plan.defaultsAt, i);
      readContext(b, span.at, span.length, FIELD_CONTEXT, RANK_WHAT_IF_DEFAULTS);
    }
  }
  if (q.itemAt != 0) readContext(b, q.itemAt, q.itemLength, FIELD_CONTEXT, RANK_WHAT_IF_OWN);
  else if (q.contextAt != 0) readContext(b, q.contextAt, q.contextLength, 1, RANK_WHAT_IF_OWN);
}

/** Whether the action is one of those that providers call (SVC-6): `sts:AssumeRoleWithSAML` or `…WithWebIdentity`. */
function isFederating(q: Question): bool {
  const at: usize = q.actionAt;
  if (q.actionLength != 22 && q.actionLength != 29) return false;
  if (lowerWord(load<u64>(at)) != 0x757373613a737473) return false; // sts:assu
  if (lowerWord(load<u64>(at, 8)) != 0x6977656c6f72656d) return false; // merolewi
  if (q.actionLength == 22) return lowerWord(load<u64>(at, 14)) == 0x6c6d617368746977; // withsaml
  return lowerWord(load<u64>(at, 16)) == 0x6564696265776874 && lowerWord(load<u64>(at, 21)) == 0x797469746e656469; // thwebide, identity
}
