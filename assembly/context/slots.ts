// The request context as the policies of one image see it: each spelling of a key that some policy reads has a slot,
// every other key is passed over unread. What a caller says of a key that is not derived counts as it is (CTX-13). Ranks settle who wins when several sources name the same key.

import { compareBytes, copyBytes, equalBytes, findByte, hashBytes, hashLowered, isAscii } from "../format/bytes";
import { KEY_CLOCK, KEY_DERIVED, TEXT_BYTES_AT } from "../format/layout";
import { KEY_CACHE_ENTRY } from "../format/memos";
import { findLowered, findRecord } from "../format/table";
import { ImageHeader, KeyView, SlotView } from "../format/views";
import { SLASH } from "../format/words";
import { Binding, ContextEntry, SlotState } from "../format/work-views";
import { EntryField, ValuesField } from "../wire/fields";
import { lengthTag, readLength, readTag, skipField, WIRE_ERROR } from "../wire/reader";
import { foldText } from "../wire/utf8";

// Who wins: the directory gives way to the request, defaults to the request's own, a caller's what-if value to nobody.
export const RANK_DIRECTORY: u32 = 1;
export const RANK_DEFAULTS: u32 = 2;
export const RANK_OWN: u32 = 3;
export const RANK_DERIVED: u32 = 4;
export const RANK_WHAT_IF_DEFAULTS: u32 = 5;
export const RANK_WHAT_IF_OWN: u32 = 6;
export const RANK_CLOCK: u32 = 7; // only where no caller's clock counts

const SLOT_STATE_SIZE: u32 = 32;
if (offsetof<SlotState>() != SLOT_STATE_SIZE) ERROR("SlotState is not 32 bytes");

/** The state of a slot as far as it was filled; see `context.ts` for what the request in hand gives it. */
export function slotAt(b: Binding, slot: u32): SlotState {
  return changetype<SlotState>(usize(b.slotsAt) + slot * SLOT_STATE_SIZE);
}

/** Whether the request in hand has the key; a key with an empty list counts as missing (COND table, NULL-3), an empty text is present (CTX-2). */
export function isPresent(b: Binding, state: SlotState): bool {
  return state.stamp >> 3 == b.epoch && state.count != 0;
}

// A place of the key cache: the record, the length of the name, the name itself.
const KEY_CACHE_TEXT: u32 = 8; // after record and length
const KEY_CACHE_LONGEST: u32 = KEY_CACHE_ENTRY - KEY_CACHE_TEXT;

/** The key record for a name, whatever its case (COND-7), or null. */
export function findKey(b: Binding, at: usize, length: u32): KeyView | null {
  if (length < 4 || length > KEY_CACHE_LONGEST) return lookUpKey(b, at, length);
  // The last four bytes and the length tell names apart: they begin alike (`aws:`), and end differently.
  // INVARIANT: 26 is 32 less the six bits of KEY_CACHE_COUNT.
  const tail: u32 = load<u32>(at + length - 4);
  const place: u32 = ((tail + length) * 0x9e3779b1) >> 26;
  const entry: usize = usize(b.keyCacheAt) + place * KEY_CACHE_ENTRY;
  // A name that no policy reads is kept as well, with record 0: requests repeat those most of all.
  if (load<u32>(entry, 4) == length && equalBytes(entry + KEY_CACHE_TEXT, at, length)) {
    return changetype<KeyView>(usize(load<u32>(entry)));
  }
  const key = lookUpKey(b, at, length);
  store<u32>(entry, u32(changetype<usize>(key)));
  store<u32>(entry, length, 4);
  copyBytes(entry + KEY_CACHE_TEXT, at, length);
  return key;
}

function lookUpKey(b: Binding, at: usize, length: u32): KeyView | null {
  const image: usize = b.image;
  const header = changetype<ImageHeader>(image);
  if (header.keysAt == 0 || length > header.longestKey * 4) return null;
  if (!isAscii(at, length)) {
    const folded: usize = usize(b.arenaAt) + b.arenaUsed;
    // Names outside ASCII are rare, so they alone pay for folding (COND-7); the folded name stands in the arena
    // and is gone with the next text.
    const foldedLength = foldText(at, length, folded, image + header.foldsAt, header.foldCount);
    return findFoldedKey(b, folded, foldedLength);
  }
  const hash = hashLowered(header.hashSeed, at, length);
  const record = findLowered(image, header.keysAt, header.keysMask, hash, at, length);
  return record == 0 ? null : changetype<KeyView>(image + record);
}

function findFoldedKey(b: Binding, at: usize, length: u32): KeyView | null {
  const header = changetype<ImageHeader>(usize(b.image));
  const hash = hashBytes(header.hashSeed, at, length);
  const record = findRecord(b.image, header.keysAt, header.keysMask, hash, at, length);
  return record == 0 ? null : changetype<KeyView>(usize(b.image) + record);
}

/** Whether an entry of this rank replaces what the slot holds. */
function replaces(b: Binding, slot: u32, state: SlotState, rank: u32, entry: ContextEntry): bool {
  const held = state.stamp & 7;
  // A higher rank always wins, whatever it says: the order of sources is the law, not the order in which they are
  // read.
  if (held != rank) return rank > held;
  const keyLength: u32 = entry.keyLength;
  if (state.keyLength == keyLength && equalBytes(state.keyAt, entry.keyAt, keyLength)) return true; // a map's last entry wins
  // Either may be an empty list, which is a key without values (NULL-3).
  if (entry.count == 0 || state.count == 0) return entry.count != 0; // an empty list does not hide another spelling's values
  const spelling: usize = usize(b.image) + slotRecord(b, slot).textAt;
  return comesFirst(
    entry.keyAt,
    keyLength,
    state.keyAt,
    state.keyLength,
    spelling + TEXT_BYTES_AT,
    load<u32>(spelling),
  );
}

/**
 * Of two spellings that differ in case, whether the first is the one that counts: the tag key as the policy spells it, else the
 * first in code-point order (CTX-11). What stands before the slash decides only between keys that are alike behind it.
 */
function comesFirst(
  one: usize,
  oneLength: u32,
  other: usize,
  otherLength: u32,
  wanted: usize,
  wantedLength: u32,
): bool {
  const oneTag = tagKeyStart(one, oneLength);
  const otherTag = tagKeyStart(other, otherLength);
  const order: i32 = compareBytes(one + oneTag, oneLength - oneTag, other + otherTag, otherLength - otherTag);
  // Behind the slash they are the same: the whole spelling decides.
  if (order == 0) {
    if (oneLength == wantedLength && equalBytes(one, wanted, oneLength)) return true;
    if (otherLength == wantedLength && equalBytes(other, wanted, otherLength)) return false;
    return compareBytes(one, oneLength, other, otherLength) < 0;
  }
  const tag = tagKeyStart(wanted, wantedLength);
  const length: u32 = wantedLength - tag;
  if (oneLength - oneTag == length && equalBytes(one + oneTag, wanted + tag, length)) return true;
  if (otherLength - otherTag == length && equalBytes(other + otherTag, wanted + tag, length)) return false;
  return order < 0;
}

/** Where the tag key of a key such as `aws:PrincipalTag/team` begins; 0 for any other key. */
function tagKeyStart(at: usize, length: u32): u32 {
  const slash = findByte(at, at + length, SLASH);
  return slash == at + length ? 0 : u32(slash - at) + 1;
}

/** The record of a slot in the image. */
export function slotRecord(b: Binding, slot: u32): SlotView {
  const slots: usize = usize(b.image) + changetype<ImageHeader>(usize(b.image)).slotsAt;
  return changetype<SlotView>(slots + slot * offsetof<SlotView>());
}

/** Gives every spelling of a key one value that has no name in the request: of those, the rank alone decides. */
export function setKey(b: Binding, key: KeyView, rank: u32, at: usize, length: u32): void {
  setNamedKey(b, key, rank, u64(at) << 32, (u64(at) << 32) | u64(length));
}

/** Gives every spelling of a key one value under a name of the request. Both are address and length, as readers give them. */
export function setNamedKey(b: Binding, key: KeyView, rank: u32, name: u64, value: u64): void {
  const entry = b.entry;
  entry.keyAt = u32(name >> 32);
  entry.keyLength = u32(name);
  entry.count = 1;
  entry.firstAt = u32(value >> 32);
  entry.firstLength = u32(value);
  entry.at = 0;
  entry.end = 0;
  setKeyEntry(b, key, rank, entry);
}

/** Gives every spelling of a key the values of an entry that was taken apart. */
export function setKeyEntry(b: Binding, key: KeyView, rank: u32, entry: ContextEntry): void {
  for (let i: u32 = 0; i < key.slotCount; i++) {
    setSlotEntry(b, load<u32>(changetype<usize>(key) + offsetof<KeyView>() + i * 4), rank, entry);
  }
}

/** Gives one spelling of a key the values of an entry that was taken apart, unless it holds some that count more. */
export function setSlotEntry(b: Binding, slot: u32, rank: u32, entry: ContextEntry): void {
  const state = slotAt(b, slot);
  if (state.stamp >> 3 == b.epoch && !replaces(b, slot, state, rank, entry)) return;
  state.stamp = (b.epoch << 3) | rank;
  state.count = entry.count;
  state.firstAt = entry.firstAt;
  state.firstLength = entry.firstLength;
  state.entryAt = entry.at;
  state.entryEnd = entry.end;
  state.keyAt = entry.keyAt;
  state.keyLength = entry.keyLength;
}

/**
 * The value that follows `after` in a well-formed map entry (key = 1, Values = 2 { values = 1 }), or the first one for
 * `after` 0: address in the high half, length in the low half, 0 at the end. Repeated Values fields merge.
 */
export function nextValue(entryAt: usize, entryEnd: usize, after: usize): u64 {
  let at: usize = entryAt;
  while (at < entryEnd) {
    const tag = readTag(at, entryEnd);
    if (tag == WIRE_ERROR) return 0;
    at = usize(tag >> 32);
    if (u32(tag) != lengthTag(EntryField.Value)) {
      at = skipField(u32(tag) & 7, at, entryEnd);
      if (at == 0) return 0;
      continue;
    }
    const list = readLength(at, entryEnd);
    if (list == WIRE_ERROR) return 0;
    let inner: usize = usize(list >> 32);
    const innerEnd: usize = inner + u32(list);
    at = innerEnd;
    // A Values message that was read to its end; the value after it is in a later one.
    if (after > innerEnd) continue;
    if (after >= inner && after != 0) inner = after;
    while (inner < innerEnd) {
      const innerTag = readTag(inner, innerEnd);
      if (innerTag == WIRE_ERROR) return 0;
      inner = usize(innerTag >> 32);
      if (u32(innerTag) == lengthTag(ValuesField.Values)) return readLength(inner, innerEnd);
      inner = skipField(u32(innerTag) & 7, inner, innerEnd);
      if (inner == 0) return 0;
    }
  }
  return 0;
}

/** Whether the key is one of the clock's two, which a simulation may set (VEC-3). */
export function isClock(key: KeyView): bool {
  return (key.flags & KEY_CLOCK) != 0;
}

/** Whether a caller may not set this key (CTX-1). */
export function isDerived(key: KeyView): bool {
  return (key.flags & KEY_DERIVED) != 0;
}
