// A call: one request, or a range of the items of a planned batch, answered in order. A call can be interrupted (session
// policies to compile, a full response buffer, cancellation) and goes on where it stopped.

import { writeDecision, writeErrorDecision } from "../answer/answer";
import {
  CONTROL_NO_EXPLANATION,
  CONTROL_UNARY,
  CONTROL_WITH_VERSION,
  Detail,
  ErrorCode,
  IMAGE_MAGIC,
  LAYOUT_VERSION,
  Outcome,
  Status,
  TEXT_BYTES_AT,
} from "../format/layout";
import { layOutScratch, Scratch } from "../format/scratch";
import { Control, ImageHeader, Plan } from "../format/views";
import { Writer } from "../format/work-views";
import { HAS_SESSION_POLICIES } from "../question/request";
import { BatchResponseField, DecisionField, ResponseField, VersionField } from "../wire/fields";
import { lengthTag } from "../wire/reader";
import { beginNested, endNested, writeByte, writeBytesField, writeNumberField, writeVarint } from "../wire/writer";
import { decideItem, NEEDS_SESSION, scanItem } from "./item";
import { prefetch } from "./prefetch";

/** How many items are decided between two looks at the cancel flag. */
const CANCEL_INTERVAL: u32 = 64;
const EPOCH_LIMIT: u32 = 1 << 28;

/** Decides until the range is done or the host is needed. Gives a Status. */
export function decideCall(control: Control): u32 {
  const image: usize = control.image;
  const header = changetype<ImageHeader>(image);
  if (header.magic != IMAGE_MAGIC || header.version != LAYOUT_VERSION) return Status.BadImage;
  const scratch = changetype<Scratch>(usize(control.scratchAt));
  // A region is laid out for one image; epochs are 28 bits wide in the stamps that also hold a rank or a result,
  // and end before they would wrap.
  if (scratch.image != control.image || scratch.epoch >= EPOCH_LIMIT) layOutScratch(control.scratchAt, image);
  // Memos of an earlier call point into its message. Every item takes an epoch, so no two calls with items share this number.
  scratch.call = scratch.epoch + 1;
  if (control.overlay != 0) {
    const overlay = changetype<Scratch>(usize(control.overlayScratchAt));
    if (overlay.image != control.overlay || overlay.epoch >= EPOCH_LIMIT) {
      layOutScratch(control.overlayScratchAt, control.overlay);
    }
  }
  const w = scratch.writer;
  w.at = control.responseAt;
  w.end = control.responseAt + control.responseCapacity;
  w.full = 0;
  if ((control.flags & CONTROL_WITH_VERSION) != 0) writeVersion(w, header);
  const status =
    (control.flags & CONTROL_UNARY) != 0 ? decideOne(control, scratch, w) : decideRange(control, scratch, w);
  control.responseLength = w.at - control.responseAt;
  return status;
}

/** Decodes and hashes a range of items without deciding them; gives what their hashes come to. */
export function scanRange(control: Control): u32 {
  const scratch = changetype<Scratch>(usize(control.scratchAt));
  if (scratch.image != control.image || scratch.epoch >= EPOCH_LIMIT) layOutScratch(control.scratchAt, control.image);
  const plan = changetype<Plan>(usize(control.planAt));
  let sum: u32 = 0;
  for (let i: u32 = control.first; i < control.last; i++) sum += scanItem(control, scratch, plan, i);
  return sum;
}

/** Field 1 of both responses: PolicySetVersion. */
function writeVersion(w: Writer, header: ImageHeader): void {
  const mark = beginNested(w);
  const digest: usize = changetype<usize>(header) + header.digestAt;
  writeBytesField(w, VersionField.Digest, digest + TEXT_BYTES_AT, load<u32>(digest));
  writeNumberField(w, VersionField.Generation, header.generation);
  endNested(w, ResponseField.PolicySet, mark);
}

/**
 * Fields 2 and 3 of the response to a single request; without room for the decision the outcome alone, which takes two bytes.
 */
function decideOne(control: Control, scratch: Scratch, w: Writer): u32 {
  const start: u32 = w.at;
  const error = decideItem(control, scratch, null, 0);
  // With an error text the host has tried already: then the item is answered with it.
  if (error == NEEDS_SESSION && control.errorAt == 0) {
    w.at = control.responseAt;
    return askForSession(control, scratch);
  }
  const work = scratch.work;
  if ((control.flags & CONTROL_NO_EXPLANATION) != 0) work.detail = Detail.Outcome;
  writeNumberField(w, ResponseField.Outcome, error == ErrorCode.None ? work.outcome : Outcome.Error);
  if (work.detail != Detail.Outcome) {
    const mark = beginNested(w);
    writeItem(control, scratch, error);
    endNested(w, ResponseField.Decision, mark);
  }
  if (w.full != 0) {
    // The answer is larger than the room for it: the outcome goes out alone.
    w.full = 0;
    w.at = start;
    writeNumberField(w, ResponseField.Outcome, error == ErrorCode.None ? work.outcome : Outcome.Error);
  }
  control.overlay = 0;
  control.errorAt = 0;
  control.first = 1;
  return Status.Done;
}

/** Tells the host which message to take the session policies from (0: the batch's defaults). */
function askForSession(control: Control, scratch: Scratch): u32 {
  const q = scratch.question;
  const own: bool = (q.has & HAS_SESSION_POLICIES) != 0;
  control.itemAt = own ? q.itemAt : 0;
  control.itemLength = own ? q.itemLength : 0;
  return Status.NeedsSession;
}

/** Writes the fields of a Decision, whether the item could be decided or not. */
function writeItem(control: Control, scratch: Scratch, error: u32): void {
  if (error == ErrorCode.None) writeDecision(scratch);
  else if (error == NEEDS_SESSION) {
    writeErrorDecision(scratch, ErrorCode.SessionPolicy, control.errorAt, control.errorLength);
  } else writeErrorDecision(scratch, error, 0, 0);
}

function decideRange(control: Control, scratch: Scratch, w: Writer): u32 {
  const plan = changetype<Plan>(usize(control.planAt));
  // Two loops, because outcomes of one byte need neither nested messages nor a check for room at every item.
  const brief: bool = plan.detail == Detail.Outcome || (control.flags & CONTROL_NO_EXPLANATION) != 0;
  return brief ? decideOutcomes(control, scratch, plan, w) : decideDecisions(control, scratch, plan, w);
}

/** Looked at every CANCEL_INTERVAL items, so that a call ends soon and no item pays for it. */
function isCancelled(control: Control, index: u32): bool {
  return (index & (CANCEL_INTERVAL - 1)) == 0 && control.cancelAt != 0 && atomic.load<u32>(control.cancelAt) != 0;
}

/** Field 2: one byte an item, packed. A call that stops early writes a shorter run; runs of one field append. */
function decideOutcomes(control: Control, scratch: Scratch, plan: Plan, w: Writer): u32 {
  const work = scratch.work;
  const mark: u32 = w.at;
  // A head of at most six bytes (tag, length) and some slack must fit, or the call would end without having moved
  // on.
  const room: u32 = w.end - w.at;
  if (room < 16) return Status.ResponseFull;
  const count: u32 = min(control.last - control.first, room - 8);
  // Outcomes are written behind the longest possible head and moved up to the real one.
  const outcomes: u32 = mark + 6;
  let written: u32 = 0;
  let status: u32 = count == control.last - control.first ? <u32>Status.Done : Status.ResponseFull;
  while (written < count) {
    if (isCancelled(control, control.first)) {
      status = Status.Cancelled;
      break;
    }
    prefetch(control, scratch, plan);
    const error = decideItem(control, scratch, plan, control.first);
    if (error == NEEDS_SESSION && control.errorAt == 0) {
      status = askForSession(control, scratch);
      break;
    }
    store<u8>(outcomes + written, error == ErrorCode.None ? work.outcome : Outcome.Error);
    written++;
    control.first++;
    // Session policies belong to one item: the next one must not be decided by them.
    control.overlay = 0;
    control.errorAt = 0;
  }
  if (written != 0) {
    writeByte(w, lengthTag(BatchResponseField.Outcomes));
    writeVarint(w, written);
    // The two ranges overlap, which `memory.copy` allows and `copyBytes` does not.
    memory.copy(w.at, outcomes, written);
    w.at += written;
  }
  return status;
}

/** Field 3: a Decision an item. */
function decideDecisions(control: Control, scratch: Scratch, plan: Plan, w: Writer): u32 {
  const start: u32 = w.at;
  while (control.first < control.last) {
    if (isCancelled(control, control.first)) return Status.Cancelled;
    prefetch(control, scratch, plan);
    const error = decideItem(control, scratch, plan, control.first);
    if (error == NEEDS_SESSION && control.errorAt == 0) return askForSession(control, scratch);
    const work = scratch.work;
    const mark: u32 = beginNested(w);
    writeItem(control, scratch, error);
    endNested(w, BatchResponseField.Decisions, mark);
    if (w.full != 0) {
      w.full = 0;
      w.at = mark;
      // Only an item that fills an empty buffer by itself is cut down to its outcome.
      if (mark != start) return Status.ResponseFull; // this item again, in an empty buffer
      beginNested(w);
      writeNumberField(w, DecisionField.Outcome, error == ErrorCode.None ? work.outcome : Outcome.Error);
      endNested(w, BatchResponseField.Decisions, mark);
      if (w.full != 0) return Status.ResponseFull;
    }
    control.first++;
    control.overlay = 0;
    control.errorAt = 0;
  }
  return Status.Done;
}
