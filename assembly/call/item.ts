// One request from wire to decision: decode, resolve requester and resource, fill the context, decide. Each step that fails ends the
// item with its ErrorCode; nothing after it is looked at.

import { sourceAddressesHold } from "../context/source-address";
import { decide } from "../decide/decide";
import { sessionBinds } from "../decide/layers";
import { equalBytes, hashBytes } from "../format/bytes";
import { countNothing, countQuestion } from "../format/counting";
import { CONTROL_ALLOW_WHAT_IF, CONTROL_CALLER_CLOCK, Detail, ErrorCode } from "../format/layout";
import { ActionMemo } from "../format/memos";
import { Scratch } from "../format/scratch";
import { Control, Plan } from "../format/views";
import { Question } from "../format/work-views";
import { bindAction, isFederating, readAction } from "../question/action";
import { fillContext } from "../question/fill-context";
import { findAccount, readResource, resolveOwner } from "../question/owner";
import { readItem } from "../question/read-item";
import {
  DEFAULT_SESSION_POLICIES,
  DEFAULT_SESSION_TAGS,
  HAS_SESSION_POLICIES,
  HAS_SESSION_TAGS,
} from "../question/request";
import { resolveRequester } from "../question/requester";
import { bindFromMemo, rememberAction } from "../question/table-memo";

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
  countQuestion(index);
  const read = readItem(control, b, q, plan, index, scratch);
  // Before any error: an item that cannot be decided is answered with as much detail as it asked for.
  work.detail = detailOf(q, plan);
  if (read != ErrorCode.None) return read;
  if (q.whatIf != 0 && (control.flags & CONTROL_ALLOW_WHAT_IF) == 0) return ErrorCode.WhatIfRefused;
  if (plan != null && !samePolicySet(q, control)) return ErrorCode.PolicySetMismatch;
  const action = changetype<ActionMemo>(usize(q.actionMemoAt));
  // A row whose action an earlier row of this call had: the colon and the patterns are known.
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
  // Fields that narrow a session are refused where no session is: whoever narrows rights must not get the wide
  // ones.
  const sessionFields: u32 = HAS_SESSION_POLICIES | DEFAULT_SESSION_POLICIES | HAS_SESSION_TAGS | DEFAULT_SESSION_TAGS;
  if ((q.has & sessionFields) != 0 && !sessionBinds(r) && (control.flags & CONTROL_CALLER_CLOCK) == 0) {
    return ErrorCode.SessionUnbound; // IN-7
  }
  const wantsOverlay: bool = sessionBinds(r) && (q.has & (HAS_SESSION_POLICIES | DEFAULT_SESSION_POLICIES)) != 0;
  // The call ends here and is made again with the overlay; the item is read a second time, which is cheap beside
  // compiling a policy.
  if (wantsOverlay && control.overlay == 0) return NEEDS_SESSION;
  if (!fillContext(control, scratch, b, q, plan)) return ErrorCode.TooLarge;
  if (knowsAction) bindFromMemo(b, action);
  else if (bindAction(b, q) && q.actionMemoAt != 0) rememberAction(b, action, scratch.call, q.actionIndex, q);
  // What-if calls and simulation cases decide by IP-6.
  const enforces: bool = q.whatIf == 0 && (control.flags & CONTROL_CALLER_CLOCK) == 0;
  if (enforces && !sourceAddressesHold(b)) return ErrorCode.SourceAddress;
  scratch.overlay = null;
  if (wantsOverlay) {
    const unbound = bindOverlay(control, scratch, plan, index);
    if (unbound != ErrorCode.None) return unbound;
    const overlay = changetype<Scratch>(usize(control.overlayScratchAt)).binding;
    if (enforces && !sourceAddressesHold(overlay)) {
      b.refusedAt = overlay.refusedAt;
      b.refusedLength = overlay.refusedLength;
      return ErrorCode.SourceAddress;
    }
    overlay.remembers = u32(work.detail != Detail.Outcome);
    scratch.overlay = overlay;
  }
  b.remembers = u32(work.detail != Detail.Outcome);
  decide(scratch);
  countNothing();
  return ErrorCode.None;
}

/**
 * Binds the image of the session policies that came with an item: its slots are other ones, so the item is read a second time for
 * them. Gives an ErrorCode.
 */
function bindOverlay(control: Control, scratch: Scratch, plan: Plan | null, index: u32): u32 {
  const q = scratch.question;
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
