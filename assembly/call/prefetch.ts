// Prefetching: of a large image the next items' principals, pools and sections are in no cache, and each look-up has to wait for
// the one before. WebAssembly cannot prefetch, so what a group of items will need is touched level by level: the misses of one
// level overlap. Decides nothing, and leaves out whatever does not have the usual shape.
import { sectionsFor } from "../decide/pool";
import { hashBytes, hashLowered } from "../format/bytes";
import { SECTION_FLAGS, SECTION_LAST } from "../format/layout";
import { Scratch } from "../format/scratch";
import { findLowered, tableEntry } from "../format/table";
import { ActionView, Control, ImageHeader, Plan, PoolView, PrincipalView, Span } from "../format/views";
import { spanAt } from "../question/plan";
import { RequestField } from "../wire/fields";
import { lengthTag } from "../wire/reader";

/** Smaller images stay in a processor's own cache; W1 would lose 8 % by reading ahead. */
const PREFETCH_FROM_BYTES: u32 = 2 << 20;
/** Items that are read ahead together. */
const GROUP: u32 = 16;
/** Sections of one item that are touched: what W3x meets on average, rounded up. */
const MOST_SECTIONS: u32 = 6;
/** Bytes that processors fetch at a time. */
const LINE: u32 = 64;

/** What is known of an item so far. */
@unmanaged
class Ahead {
  hash: u32; // of the principal; then the offset of its record
  service: u32;
  at: u32; // of the record, then of the first reference to a section; 0 once there is nothing more to read
}
const AHEAD_SIZE: u32 = offsetof<Ahead>();

/** Reads ahead where a group begins. */
export function prefetch(control: Control, scratch: Scratch, plan: Plan): void {
  const first: u32 = control.first;
  const header = changetype<ImageHeader>(usize(control.image));
  if (header.length < PREFETCH_FROM_BYTES || (first & (GROUP - 1)) != 0 || header.principalsAt == 0) return;
  // No room of its own: nothing in the arena outlives an item.
  const ahead: usize = scratch.binding.arenaAt; // free between two items
  const end: u32 = min(min(first + GROUP, control.last), plan.requestCount);
  if (end <= first) return;
  const count: u32 = end - first;
  for (let i: u32 = 0; i < count; i++) nameAhead(header, aheadAt(ahead, i), spanAt(plan.requestsAt, first + i));
  // Whatever is read adds to a sum that is kept, so that no compiler leaves the reading out.
  scratch.prefetched += touchRecords(header, ahead, count) + touchPools(header, ahead, count);
  for (let line: u32 = 0; line < MOST_SECTIONS; line++) scratch.prefetched += touchSections(header, ahead, count);
}

/** Reads the line at an offset of the image and the next one. */
function touch(header: ImageHeader, offset: u32): u32 {
  const at: usize = changetype<usize>(header) + min(offset, header.length - LINE - 4);
  return load<u32>(at) + load<u32>(at, LINE);
}

function aheadAt(ahead: usize, index: u32): Ahead {
  return changetype<Ahead>(ahead + index * AHEAD_SIZE);
}

/** The principal's hash and the action's service, of an item that begins with these two fields in the usual form. */
function nameAhead(header: ImageHeader, item: Ahead, span: Span): void {
  item.at = 0;
  if (span.length < 4) return;
  const principal: usize = usize(span.at) + 2;
  const principalHead: u32 = load<u16>(principal - 2);
  const principalLength: u32 = principalHead >> 8;
  if ((principalHead & 0x80ff) != lengthTag(RequestField.Principal) || principalLength + 4 > span.length) return;
  const action: usize = principal + principalLength + 2;
  const actionHead: u32 = load<u16>(action - 2);
  const actionLength: u32 = actionHead >> 8;
  if ((actionHead & 0x80ff) != lengthTag(RequestField.Action) || principalLength + actionLength + 4 > span.length)
    return;
  const image: usize = changetype<usize>(header);
  // The service is all that is wanted of the action, and an action that no policy spells out has none that could
  // be known cheaply.
  const hash = hashLowered(header.hashSeed, action, actionLength);
  const actionAt = findLowered(image, header.actionsAt, header.actionsMask, hash, action, actionLength);
  if (actionAt == 0) return;
  item.service = changetype<ActionView>(image + actionAt).service;
  item.hash = hashBytes(header.hashSeed, principal, principalLength);
  item.at = 1;
}

/** From the table's entries to the records. */
function touchRecords(header: ImageHeader, ahead: usize, count: u32): u32 {
  const image: usize = changetype<usize>(header);
  let sum: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const item = aheadAt(ahead, i);
    if (item.at == 0) continue;
    const entry = tableEntry(image + header.principalsAt, item.hash & header.principalsMask);
    // Only the first place of the table is looked at: whoever stands further on is found by the decision, a little
    // later.
    item.at = entry.hash == item.hash ? entry.recordAt : 0;
  }
  // A loop of its own: the loads do not wait for one another, which is the whole gain.
  for (let i: u32 = 0; i < count; i++) sum += touch(header, aheadAt(ahead, i).at);
  return sum;
}

/** From the records to their identity pools, and there to the references to sections. */
function touchPools(header: ImageHeader, ahead: usize, count: u32): u32 {
  const image: usize = changetype<usize>(header);
  let sum: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const item = aheadAt(ahead, i);
    if (item.at == 0) continue;
    const record = changetype<PrincipalView>(image + item.at);
    sum += load<u32>(image + record.arnAt);
    item.at = record.identityPoolAt;
  }
  for (let i: u32 = 0; i < count; i++) sum += touch(header, aheadAt(ahead, i).at);
  for (let i: u32 = 0; i < count; i++) {
    const item = aheadAt(ahead, i);
    if (item.at == 0) continue;
    const references = sectionsFor(image, changetype<PoolView>(image + item.at), item.service);
    item.at = references == 0 ? 0 : u32(references - image);
  }
  return sum;
}

/** From each item's reference in hand to the first lines of its section, and on to its next reference. */
function touchSections(header: ImageHeader, ahead: usize, count: u32): u32 {
  const image: usize = changetype<usize>(header);
  let sum: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const item = aheadAt(ahead, i);
    const reference: u32 = item.at == 0 ? SECTION_LAST : load<u32>(image + item.at);
    sum += touch(header, reference & ~SECTION_FLAGS);
    item.at = (reference & SECTION_LAST) != 0 ? 0 : item.at + 4;
  }
  return sum;
}
