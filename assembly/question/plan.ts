// Reading the outside of a batch once: where its requests, defaults and table texts are. Every worker that decides a part
// of the batch reads the same plan, so a part is just a range of item numbers.

import { countPlainBytes, isAscii } from "../format/bytes";
import { Status } from "../format/layout";
import { Control, Plan, RowView, Span } from "../format/views";
import { BatchField, TableField } from "../wire/fields";
import {
  readBool,
  readLength,
  readTag,
  readVarint,
  skipField,
  WIRE_ERROR,
  WIRE_LENGTH,
  WIRE_VARINT,
} from "../wire/reader";
import { isUtf8 } from "../wire/utf8";

// Kinds of span that a plan lists, by their place behind each other.
// INVARIANT: from KIND_PRINCIPAL on they follow the numbers of the fields of AuthorizeTable.
const KIND_REQUEST: u32 = 0;
const KIND_DEFAULTS: u32 = 1;
const KIND_PRINCIPAL: u32 = 2; // then actions, resources, contexts as in AuthorizeTable

/** Counts, then lists, everything a batch message holds. Gives a Status. */
export function planBatch(control: Control): u32 {
  const plan = changetype<Plan>(usize(control.planAt));
  memory.fill(control.planAt, 0, offsetof<Plan>());
  // Two walks, one to count and one to list, instead of lists that grow: the plan has no allocator, and the second
  // walk finds the message in the cache.
  const counted = walkBatch(control, plan, false);
  if (counted != Status.Done) return counted;
  // Rows may be cut over several fields, so only their sum has to be whole.
  if (plan.rowCount % 4 != 0) return Status.BadRows;
  plan.rowCount /= 4;
  const spans: u64 =
    u64(plan.requestCount) +
    plan.defaultsCount +
    plan.principalCount +
    plan.actionCount +
    plan.resourceCount +
    plan.contextCount;
  // In 64 bits: a message may claim more than 32 bits hold, and must be refused rather than wrap.
  if (
    spans * offsetof<Span>() + u64(plan.rowCount) * offsetof<RowView>() + offsetof<Plan>() >
    u64(control.planCapacity)
  )
    return Status.TooLarge;
  let next: u32 = control.planAt + offsetof<Plan>();
  plan.rowsAt = next;
  next += plan.rowCount * offsetof<RowView>();
  plan.requestsAt = next;
  next += plan.requestCount * offsetof<Span>();
  plan.defaultsAt = next;
  next += plan.defaultsCount * offsetof<Span>();
  plan.principalsAt = next;
  next += plan.principalCount * offsetof<Span>();
  plan.actionsAt = next;
  next += plan.actionCount * offsetof<Span>();
  plan.resourcesAt = next;
  next += plan.resourceCount * offsetof<Span>();
  plan.contextsAt = next;
  // The second walk counts again from 0, because the counts are where the next span goes.
  const rows: u32 = plan.rowCount;
  plan.requestCount = 0;
  plan.defaultsCount = 0;
  plan.principalCount = 0;
  plan.actionCount = 0;
  plan.resourceCount = 0;
  plan.contextCount = 0;
  plan.rowCount = 0;
  const listed = walkBatch(control, plan, true);
  plan.rowCount = rows;
  return listed;
}

/** Walks the top level of a BatchAuthorizeRequest. */
function walkBatch(control: Control, plan: Plan, write: bool): u32 {
  let at: usize = control.messageAt;
  const end: usize = at + control.messageLength;
  while (at < end) {
    const tag = readTag(at, end);
    if (tag == WIRE_ERROR) return Status.Malformed;
    at = usize(tag >> 32);
    const field: u32 = u32(tag) >> 3;
    const wireType: u32 = u32(tag) & 7;
    if (field > <u32>BatchField.WhatIf) {
      at = skipField(wireType, at, end);
      if (at == 0) return Status.Malformed;
      continue;
    }
    if (field == BatchField.Detail || field == BatchField.WhatIf) {
      if (wireType != WIRE_VARINT) return Status.Malformed;
      const read = field == BatchField.Detail ? readVarint(at, end) : readBool(at, end);
      if (read == WIRE_ERROR) return Status.Malformed;
      at = usize(read >> 32);
      if (field == BatchField.Detail) plan.detail = u32(read);
      else plan.whatIf = u32(read);
      continue;
    }
    if (wireType != WIRE_LENGTH) return Status.Malformed;
    const read = readLength(at, end);
    if (read == WIRE_ERROR) return Status.Malformed;
    const contentAt: usize = usize(read >> 32);
    const length: u32 = u32(read);
    at = contentAt + length;
    if (field == BatchField.Requests) addSpan(plan, KIND_REQUEST, contentAt, length, write);
    else if (field == BatchField.Defaults) addSpan(plan, KIND_DEFAULTS, contentAt, length, write);
    else if (field == BatchField.PolicySet) {
      // A name that cannot be read fails the whole batch: no item of it says for itself which policy set it means.
      if (!isAscii(contentAt, length) && !isUtf8(contentAt, length)) return Status.Malformed;
      plan.policySetAt = u32(contentAt);
      plan.policySetLength = length;
    } else {
      const status = walkTable(plan, contentAt, at, write);
      if (status != Status.Done) return status;
    }
  }
  return Status.Done;
}

/** Walks an AuthorizeTable; repeated tables merge, as protobuf has it. */
function walkTable(plan: Plan, start: usize, end: usize, write: bool): u32 {
  let at: usize = start;
  while (at < end) {
    const tag = readTag(at, end);
    if (tag == WIRE_ERROR) return Status.Malformed;
    at = usize(tag >> 32);
    const field: u32 = u32(tag) >> 3;
    const wireType: u32 = u32(tag) & 7;
    if (field > <u32>TableField.Rows) {
      at = skipField(wireType, at, end);
      if (at == 0) return Status.Malformed;
      continue;
    }
    if (field == TableField.Rows && wireType == WIRE_VARINT) {
      const read = readVarint(at, end);
      if (read == WIRE_ERROR) return Status.Malformed;
      addIndex(plan, u32(read), write);
      at = usize(read >> 32);
      continue;
    }
    if (wireType != WIRE_LENGTH) return Status.Malformed;
    const read = readLength(at, end);
    if (read == WIRE_ERROR) return Status.Malformed;
    const contentAt: usize = usize(read >> 32);
    at = contentAt + u32(read);
    if (field != TableField.Rows) {
      addSpan(plan, KIND_PRINCIPAL + field - TableField.Principals, contentAt, u32(read), write);
      continue;
    }
    // The first walk only counts; what cannot be read the second one finds.
    if (!write) plan.rowCount += countPlainBytes(contentAt, u32(read));
    else if (!listIndices(plan, contentAt, at)) return Status.Malformed;
  }
  return Status.Done;
}

/** Lists packed indices, most of which take one byte or two; false if they cannot be read. */
function listIndices(plan: Plan, start: usize, end: usize): bool {
  const first: usize = usize(plan.rowsAt) + plan.rowCount * 4;
  let to: usize = first;
  let at: usize = start;
  while (at < end) {
    // Indices are the bulk of a table; a call for each would cost more than what it reads.
    const low: u32 = load<u8>(at);
    if (low < 0x80) {
      store<u32>(to, low);
      at++;
    } else {
      const high: u32 = at + 1 < end ? u32(load<u8>(at, 1)) : 0x80;
      if (high < 0x80) {
        store<u32>(to, (low & 0x7f) | (high << 7));
        at += 2;
      } else {
        const value = readVarint(at, end);
        if (value == WIRE_ERROR) return false;
        store<u32>(to, u32(value));
        at = usize(value >> 32);
      }
    }
    to += 4;
  }
  plan.rowCount += u32(to - first) / 4;
  return true;
}

/** Counts an index and, on the second walk, stores it. */
function addIndex(plan: Plan, value: u32, write: bool): void {
  if (write) store<u32>(usize(plan.rowsAt) + plan.rowCount * 4, value);
  plan.rowCount++;
}

/** Counts a span and, on the second walk, stores it. */
function addSpan(plan: Plan, kind: u32, at: usize, length: u32, write: bool): void {
  let list: u32 = 0;
  let index: u32 = 0;
  switch (kind) {
    case KIND_REQUEST:
      list = plan.requestsAt;
      index = plan.requestCount++;
      break;
    case KIND_DEFAULTS:
      list = plan.defaultsAt;
      index = plan.defaultsCount++;
      break;
    case KIND_PRINCIPAL:
      list = plan.principalsAt;
      index = plan.principalCount++;
      break;
    case KIND_PRINCIPAL + 1:
      list = plan.actionsAt;
      index = plan.actionCount++;
      break;
    case KIND_PRINCIPAL + 2:
      list = plan.resourcesAt;
      index = plan.resourceCount++;
      break;
    case KIND_PRINCIPAL + 3:
      list = plan.contextsAt;
      index = plan.contextCount++;
      break;
    default:
      unreachable();
  }
  if (!write) return;
  // An offset would do as well; an address saves every reader an addition.
  const span = changetype<Span>(usize(list) + index * offsetof<Span>());
  span.at = u32(at);
  span.length = length;
}

/** The span of this index in a list of a plan. */
export function spanAt(list: u32, index: u32): Span {
  return changetype<Span>(usize(list) + index * offsetof<Span>());
}
