// Entries of a request context on the wire, `map<string, Values>`: checked when they are read, listed as they are, and taken apart
// when a policy asks for their key. Most requests carry more keys than their policies ask for.

import { isAscii } from "../format/bytes";
import { ErrorCode } from "../format/layout";
import { LISTED_PLACES, listedEntry } from "../format/memos";
import { Binding, ContextEntry, ListedEntry } from "../format/work-views";
import { EntryField, ValuesField } from "../wire/fields";
import { lengthTag, readLength, readTag, skipField, WIRE_ERROR, WIRE_LENGTH } from "../wire/reader";
import { isUtf8 } from "../wire/utf8";
import { endsLikeAddressKey, isLongAsAddressKey, isPlainIpv4 } from "./address-key";
import { findKey, isClock, isDerived, RANK_OWN, RANK_WHAT_IF_OWN, setKeyEntry } from "./slots";

// ListedEntry.shape: rank, then whether the entry is plain, then its length.
const SHAPE_RANK: u32 = 7;
const SHAPE_PLAIN: u32 = 8;
const SHAPE_LENGTH_SHIFT: u32 = 4;

// Binding.flags: whose values count for derived keys, and what was met on the way.
export const WHAT_IF_BATCH: u32 = 1; // the batch says what-if: the caller's
export const CALLER_CLOCK: u32 = 2; // the caller's, for the clock only (VEC-3)
export const MET_DERIVED: u32 = 4; // some entry that was looked up names a derived key

// Tags of Value and of the one value in it, with their lengths still 0.
const PLAIN_HEADS: u32 = 0x000a0012;

/** The usual entry, `0a K key 12 V 0a N value` with one value and every length below 128. */
function isPlainEntry(entryAt: usize, length: u32): bool {
  if (length < 6 || length > 127) return false;
  const head: u32 = load<u16>(entryAt);
  const keyLength: u32 = head >> 8;
  if ((head & 0xff) != lengthTag(EntryField.Key) || keyLength > length - 6) return false;
  // The four bytes behind the key are two tags and two lengths, all of which follow from the length of the entry:
  // one comparison checks the whole shape.
  const valueLength: u32 = length - 6 - keyLength;
  return load<u32>(entryAt + 2 + keyLength) == PLAIN_HEADS + ((valueLength + 2) << 8) + (valueLength << 24);
}

/** How a list keeps an entry. */
function shapeOf(length: u32, rank: u32, plain: bool): u32 {
  return (length << SHAPE_LENGTH_SHIFT) | (plain ? SHAPE_PLAIN | rank : rank);
}

/** Whether the key of a plain entry has this length; entries of other shapes have to be taken apart first. */
export function mayHaveKey(listed: ListedEntry, keyLength: u32): bool {
  return !isPlain(listed) || u32(load<u8>(listed.at, 1)) == keyLength;
}

/** Whether an entry has the usual shape. */
export function isPlain(listed: ListedEntry): bool {
  return (listed.shape & SHAPE_PLAIN) != 0;
}

/** With which rank a listed entry counts. */
export function rankOf(listed: ListedEntry): u32 {
  return listed.shape & SHAPE_RANK;
}

/** Checks an entry and lists it; where the context in hand is not listed, its key gets its values at once. Gives an ErrorCode. */
export function takeEntry(b: Binding, entryAt: usize, length: u32, rank: u32, ascii: bool): u32 {
  const plain: bool = ascii && isPlainEntry(entryAt, length);
  const entry = b.entry;
  if (plain) {
    const keyLength: u32 = load<u8>(entryAt, 1);
    if (endsLikeAddressKey(entryAt + 2 + keyLength) && !isPlainIpv4(entryAt + length, length - 6 - keyLength)) {
      b.addressDoubt = 1;
    }
  } else {
    const error = readEntry(entry, entryAt, length, ascii);
    if (error != ErrorCode.None) return error;
    if (!ascii || isLongAsAddressKey(entry.keyLength)) b.addressDoubt = 1;
  }
  // Most requests state more keys than the policies that bind them read, so an entry is only noted here; looking
  // up each key would cost more than the decision.
  if (b.listing != 0) {
    // An entry is kept by its address, and how it was read in one word.
    if (b.listedCount < LISTED_PLACES) {
      const listed = listedEntry(b.listedAt, b.listedCount++);
      listed.at = u32(entryAt);
      listed.shape = shapeOf(length, rank, plain);
      return ErrorCode.None;
    }
    // The list is full: from here on every key is looked up at once. Filling the list went through the entry in
    // hand, so this one is read again.
    fillListed(b);
    if (!plain) readEntry(entry, entryAt, length, ascii);
  }
  if (plain) splitPlain(entry, entryAt, length);
  fillEntry(b, entry, rank);
  return ErrorCode.None;
}

/** Reads every context entry (field `field`) of a message; everything else in it is passed over. */
export function readContext(b: Binding, start: usize, length: u32, field: u32, rank: u32): u32 {
  const end: usize = start + length;
  // As in `readRequest`, once over the whole message.
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

/** Gives every listed entry's key its values and lists nothing more: for contexts that tags have a say in. */
export function fillListed(b: Binding): void {
  const entry = b.entry;
  for (let i: u32 = 0; i < b.listedCount; i++) {
    const listed = listedEntry(b.listedAt, i);
    takeApart(entry, listed);
    fillEntry(b, entry, rankOf(listed));
  }
  b.listing = 0;
}

/** Takes a listed entry apart. */
export function takeApart(entry: ContextEntry, listed: ListedEntry): void {
  const length: u32 = listed.shape >> SHAPE_LENGTH_SHIFT;
  if (isPlain(listed)) splitPlain(entry, listed.at, length);
  else readEntry(entry, listed.at, length, true);
}

function splitPlain(entry: ContextEntry, entryAt: usize, length: u32): void {
  const keyLength: u32 = load<u8>(entryAt, 1);
  entry.keyAt = u32(entryAt) + 2;
  entry.keyLength = keyLength;
  entry.count = 1;
  entry.firstAt = u32(entryAt) + 6 + keyLength;
  entry.firstLength = length - 6 - keyLength;
  entry.at = u32(entryAt);
  entry.end = u32(entryAt) + length;
}

/** Looks the key of an entry up and gives it the entry's values, if they count. */
function fillEntry(b: Binding, entry: ContextEntry, rank: u32): void {
  const key = findKey(b, entry.keyAt, entry.keyLength);
  if (key == null) return;
  let fillRank: u32 = rank;
  if (rank > RANK_OWN) {
    // Ranks above RANK_OWN come from a second reading of the same entries.
    if (!isDerived(key)) return; // the pass of what-if values: all others are there
  } else if (isDerived(key)) {
    // A caller may not claim what the engine derives (CTX-1); a what-if call may: at once where the batch says so, else in a
    // pass of its own once the request has said it.
    if ((b.flags & WHAT_IF_BATCH) != 0) fillRank = rank + RANK_WHAT_IF_OWN - RANK_OWN;
    else if ((b.flags & CALLER_CLOCK) == 0 || !isClock(key)) {
      b.flags |= MET_DERIVED;
      return;
    }
  }
  setKeyEntry(b, key, fillRank, entry);
}

/** Reads an entry of any shape, every field of which may be repeated or missing. Gives an ErrorCode. */
function readEntry(entry: ContextEntry, entryAt: usize, length: u32, ascii: bool): u32 {
  const end: usize = entryAt + length;
  let at: usize = entryAt;
  entry.keyAt = u32(entryAt);
  entry.keyLength = 0;
  entry.count = 0;
  entry.firstAt = u32(entryAt);
  entry.firstLength = 0;
  entry.at = u32(entryAt);
  entry.end = u32(end);
  while (at < end) {
    const tag = readTag(at, end);
    if (tag == WIRE_ERROR) return ErrorCode.Malformed;
    at = usize(tag >> 32);
    const field: u32 = u32(tag) >> 3;
    if (field > <u32>EntryField.Value) {
      at = skipField(u32(tag) & 7, at, end);
      if (at == 0) return ErrorCode.Malformed;
      continue;
    }
    if ((u32(tag) & 7) != WIRE_LENGTH) return ErrorCode.Malformed;
    const read = readLength(at, end);
    if (read == WIRE_ERROR) return ErrorCode.Malformed;
    const content: usize = usize(read >> 32);
    at = content + u32(read);
    if (field == EntryField.Key) {
      entry.keyAt = u32(content);
      entry.keyLength = u32(read);
      if (!ascii && !isUtf8(content, u32(read))) return ErrorCode.InvalidUtf8;
      continue;
    }
    const error = readValues(entry, content, at, ascii);
    if (error != ErrorCode.None) return error;
  }
  return ErrorCode.None;
}

/** Reads a Values message; those of one entry merge. */
function readValues(entry: ContextEntry, start: usize, end: usize, ascii: bool): u32 {
  let at: usize = start;
  while (at < end) {
    const tag = readTag(at, end);
    if (tag == WIRE_ERROR) return ErrorCode.Malformed;
    at = usize(tag >> 32);
    if (u32(tag) >> 3 != ValuesField.Values) {
      at = skipField(u32(tag) & 7, at, end);
      if (at == 0) return ErrorCode.Malformed;
      continue;
    }
    if (u32(tag) != lengthTag(ValuesField.Values)) return ErrorCode.Malformed;
    const value = readLength(at, end);
    if (value == WIRE_ERROR) return ErrorCode.Malformed;
    if (!ascii && !isUtf8(usize(value >> 32), u32(value))) return ErrorCode.InvalidUtf8;
    if (entry.count == 0) {
      entry.firstAt = u32(value >> 32);
      entry.firstLength = u32(value);
    }
    entry.count++;
    at = usize(value >> 32) + u32(value);
  }
  return ErrorCode.None;
}
