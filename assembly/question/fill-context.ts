// The request context of one item, from whatever has a say in it: the request, the batch's defaults, tags, the directory, the clock, and
// a what-if call's values for what the engine derives (section 10).

import { CALLER_CLOCK, fillListed, MET_DERIVED, readContext, WHAT_IF_BATCH } from "../context/context-entry";
import { fillClock, fillDerived, fillDirectoryTags, fillRequestTags, takesSessionTags } from "../context/derived";
import { RANK_WHAT_IF_DEFAULTS, RANK_WHAT_IF_OWN } from "../context/slots";
import { CONTROL_ALLOW_WHAT_IF, CONTROL_CALLER_CLOCK } from "../format/layout";
import { Scratch } from "../format/scratch";
import { Control, Plan } from "../format/views";
import { Binding, Question } from "../format/work-views";
import { ContextField, RequestField } from "../wire/fields";
import { spanAt } from "./plan";
import { DEFAULT_RESOURCE_TAGS, DEFAULT_SESSION_TAGS, HAS_RESOURCE_TAGS, HAS_SESSION_TAGS } from "./request";

/**
 * Begins a context: its entries are listed, to be looked up when a policy asks for them, or without `scratch` and where the
 * caller's clock counts looked up as they are read.
 */
export function beginContext(control: Control, b: Binding, plan: Plan | null, scratch: Scratch | null): void {
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

/** Fills tags, derived keys and the clock, then what a what-if call overrides; false if the tags are too many. */
export function fillContext(control: Control, scratch: Scratch, b: Binding, q: Question, plan: Plan | null): bool {
  const tags: u32 = HAS_RESOURCE_TAGS | HAS_SESSION_TAGS | DEFAULT_RESOURCE_TAGS | DEFAULT_SESSION_TAGS;
  // Tags compete with entries of the same key, which ranks settle only once both are in their slots.
  if (b.listing != 0 && (q.has & tags) != 0) fillListed(b);
  if (b.listing != 0) {
    b.whatIf = q.whatIf;
    b.now = control.now;
    return true;
  }
  const r = scratch.requester;
  const sessionTags: bool = takesSessionTags(r.kind);
  if ((q.has & HAS_RESOURCE_TAGS) != 0 && !fillRequestTags(b, q.itemAt, q.itemLength, RequestField.ResourceTags))
    return false;
  if (sessionTags && (q.has & HAS_SESSION_TAGS) != 0) {
    if (!fillRequestTags(b, q.itemAt, q.itemLength, RequestField.SessionTags)) return false;
  }
  if (plan != null) {
    // Tags of the defaults count as a whole or not at all: a request with tags of its own is not mixed with them.
    const resources: bool = (q.has & (HAS_RESOURCE_TAGS | DEFAULT_RESOURCE_TAGS)) == DEFAULT_RESOURCE_TAGS;
    const sessions: bool = sessionTags && (q.has & (HAS_SESSION_TAGS | DEFAULT_SESSION_TAGS)) == DEFAULT_SESSION_TAGS;
    for (let i: u32 = 0; i < plan.defaultsCount; i++) {
      const span = spanAt(plan.defaultsAt, i);
      if (resources && !fillRequestTags(b, span.at, span.length, RequestField.ResourceTags)) return false;
      if (sessions && !fillRequestTags(b, span.at, span.length, RequestField.SessionTags)) return false;
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
      readContext(b, span.at, span.length, RequestField.Context, RANK_WHAT_IF_DEFAULTS);
    }
  }
  if (q.itemAt != 0) readContext(b, q.itemAt, q.itemLength, RequestField.Context, RANK_WHAT_IF_OWN);
  else if (q.contextAt != 0) readContext(b, q.contextAt, q.contextLength, ContextField.Entries, RANK_WHAT_IF_OWN);
}
