// Decoding one AuthorizeRequest from the wire, in place: texts become addresses, context entries go straight into the
// slots of the image. Nothing is copied; whatever cannot be read makes the request an error, never a guess.
import { clearRecord, isAscii } from "./bytes";
import { Detail, ErrorCode, KEY_CLOCK } from "./layout";
import { findKey, isDerived, RANK_DEFAULTS, RANK_OWN, RANK_WHAT_IF_OWN, setKeyValues } from "./slots";
import { isUtf8 } from "./utf8";
import { KeyView } from "./views";
import { readBool, readLength, readTag, readVarint, skipField, WIRE_ERROR, WIRE_LENGTH, WIRE_VARINT } from "./wire";
import { Binding, Question } from "./work-views";

export const HAS_RESOURCE_TAGS: u32 = 1;
export const HAS_SESSION_TAGS: u32 = 2;
export const HAS_SESSION_POLICIES: u32 = 4;
export const HAS_DERIVED_KEYS: u32 = 8;
export const CALLER_CLOCK: u32 = 128;
export const WHAT_IF_BATCH: u32 = 256;
export const DEFAULT_RESOURCE_TAGS: u32 = 16;
export const DEFAULT_SESSION_TAGS: u32 = 32;
export const DEFAULT_SESSION_POLICIES: u32 = 64;
const OWN_FIELDS_SHIFT: u32 = 16; // then a bit for each field number up to 11

// Field numbers of AuthorizeRequest.
export const FIELD_CONTEXT: u32 = 4;
const CONTEXT_TAG: u32 = (FIELD_CONTEXT << 3) | WIRE_LENGTH;
export const FIELD_RESOURCE_TAGS: u32 = 6;
export const FIELD_SESSION_POLICIES: u32 = 7;
export const FIELD_SESSION_TAGS: u32 = 8;
const FIELD_DETAIL: u32 = 10;

// Bits of Question.whatIf: who said so.
const WHAT_IF_OWN: u32 = 1;
const WHAT_IF_DEFAULTS: u32 = 2;

/** Empties a question before its fields are read. */
export function clearQuestion(q: Question): void {
  clearRecord(changetype<usize>(q), offsetof<Question>());
}

/**
 * Reads a request, or with `own` false the batch's defaults, which fill only what the request left empty.
 * Gives an ErrorCode; `None` means that everything was read.
 */
export function readRequest(b: Binding, q: Question, start: usize, length: u32, own: bool): u32 {
  const end: usize = start + length;
  const ascii: bool = isAscii(start, length);
  const rank: u32 = own ? RANK_OWN : RANK_DEFAULTS;
  let at: usize = start;
  while (at < end) {
    // The usual context entry, tag and length in one load: calls for each would cost as much as the entry itself.
    if (ascii && end - at >= 2) {
      const head: u32 = load<u16>(at);
      const size: u32 = head >> 8;
      if ((head & 0xff) == CONTEXT_TAG && size <= u32(end - at) - 2 && readPlainEntry(b, q, at + 2, size, rank)) {
        at += 2 + size;
        continue;
      }
    }
    const tag = readTag(at, end);
    if (tag == WIRE_ERROR) return ErrorCode.Malformed;
    at = usize(tag >> 32);
    const field: u32 = u32(tag) >> 3;
    const wireType: u32 = u32(tag) & 7;
    if (field > 12) {
      at = skipField(wireType, at, end);
      if (at == 0) return ErrorCode.Malformed;
      continue;
    }
    if (field == FIELD_DETAIL || field == 12) {
      if (wireType != WIRE_VARINT) return ErrorCode.Malformed;
      const read = field == FIELD_DETAIL ? readVarint(at, end) : readBool(at, end);
      if (read == WIRE_ERROR) return ErrorCode.Malformed;
      at = usize(read >> 32);
      if (field == FIELD_DETAIL) setDetail(q, u32(read), own);
      else if (own) q.whatIf = (q.whatIf & ~WHAT_IF_OWN) | u32(read);
      else q.whatIf = (q.whatIf & ~WHAT_IF_DEFAULTS) | (u32(read) << 1);
      continue;
    }
    if (wireType != WIRE_LENGTH) return ErrorCode.Malformed;
    const read = readLength(at, end);
    if (read == WIRE_ERROR) return ErrorCode.Malformed;
    const textAt: usize = usize(read >> 32);
    const textLength: u32 = u32(read);
    at = textAt + textLength;
    if (field == FIELD_CONTEXT) {
      const error = readContextEntry(b, q, textAt, textLength, rank, ascii);
      if (error != ErrorCode.None) return error;
      continue;
    }
    if (field == FIELD_RESOURCE_TAGS || field == FIELD_SESSION_TAGS) {
      const error = checkTag(textAt, textLength, ascii);
      if (error != ErrorCode.None) return error;
      if (field == FIELD_RESOURCE_TAGS) q.has |= own ? HAS_RESOURCE_TAGS : DEFAULT_RESOURCE_TAGS;
      else q.has |= own ? HAS_SESSION_TAGS : DEFAULT_SESSION_TAGS;
      continue;
    }
    if (!ascii && !isUtf8(textAt, textLength)) return ErrorCode.InvalidUtf8;
    if (field == FIELD_SESSION_POLICIES) {
      q.has |= own ? HAS_SESSION_POLICIES : DEFAULT_SESSION_POLICIES;
      continue;
    }
    setField(q, field, u32(textAt), textLength, own);
  }
  return ErrorCode.None;
}

/** The bit of `Question.has` that says that the request itself fills a field. */
function ownBit(field: u32): u32 {
  return 1 << (OWN_FIELDS_SHIFT + field);
}

/** Notes that a row of a table fills a field, unless its text is empty. */
export function noteOwnField(q: Question, field: u32, length: u32): void {
  if (length != 0) q.has |= ownBit(field);
}

/** Stores a text; a later occurrence wins, and a default only fills what the request left empty. */
function setField(q: Question, field: u32, at: u32, length: u32, own: bool): void {
  if (own) q.has = length != 0 ? q.has | ownBit(field) : q.has & ~ownBit(field);
  else if ((q.has & ownBit(field)) != 0) return;
  if (field == 1) {
    q.principalAt = at;
    q.principalLength = length;
  } else if (field == 2) {
    q.actionAt = at;
    q.actionLength = length;
  } else if (field == 3) {
    q.resourceAt = at;
    q.resourceLength = length;
  } else if (field == 5) {
    q.ownerAt = at;
    q.ownerLength = length;
  } else if (field == 9) {
    q.endpointAt = at;
    q.endpointLength = length;
  } else {
    q.policySetAt = at;
    q.policySetLength = length;
  }
}

/** Stores the detail as `setField` stores texts. */
function setDetail(q: Question, detail: u32, own: bool): void {
  if (own) q.has = detail != Detail.Unspecified ? q.has | ownBit(FIELD_DETAIL) : q.has & ~ownBit(FIELD_DETAIL);
  else if ((q.has & ownBit(FIELD_DETAIL)) != 0) return;
  q.detail = detail;
}

/**
 * The usual context entry, read at a glance: `0a K key 12 V 0a N value` with one value and every length below 128.
 * False for every other shape, which `readContextEntry` reads.
 */
export function readPlainEntry(b: Binding, q: Question, entryAt: usize, length: u32, rank: u32): bool {
  if (length < 6 || length > 127 || load<u8>(entryAt) != 0x0a) return false;
  const keyLength: u32 = load<u8>(entryAt, 1);
  if (keyLength + 6 > length) return false;
  const list: usize = entryAt + 2 + keyLength;
  const head: u32 = load<u32>(list);
  const valueLength: u32 = head >> 24;
  if ((head & 0x00ff00ff) != 0x000a0012 || ((head >> 8) & 0xff) != valueLength + 2) return false;
  if (keyLength + valueLength + 6 != length) return false;
  const key = findKey(b, entryAt + 2, keyLength);
  if (key == null) return true;
  const fillRank = rankFor(q, key, rank);
  if (fillRank != 0) {
    setKeyValues(b, key, fillRank, entryAt + 2, keyLength, 1, list + 4, valueLength, entryAt, entryAt + length);
  }
  return true;
}

/**
 * The rank with which a value fills a key, 0 if it does not count. A caller may not claim what the engine derives (CTX-1);
 * a what-if call may: at once where the batch says so, else in a pass of its own once the request has said it.
 */
function rankFor(q: Question, key: KeyView, rank: u32): u32 {
  if (!isDerived(key)) return rank <= RANK_OWN ? rank : 0;
  if (rank > RANK_OWN) return rank;
  if ((q.has & WHAT_IF_BATCH) != 0) return rank + RANK_WHAT_IF_OWN - RANK_OWN;
  if ((q.has & CALLER_CLOCK) != 0 && (key.flags & KEY_CLOCK) != 0) return rank;
  q.has |= HAS_DERIVED_KEYS;
  return 0;
}

/** Reads one entry of a `map<string, Values>` and fills the slots of its key. */
export function readContextEntry(b: Binding, q: Question, entryAt: usize, length: u32, rank: u32, ascii: bool): u32 {
  const end: usize = entryAt + length;
  let at: usize = entryAt;
  let keyAt: usize = entryAt;
  let keyLength: u32 = 0;
  let count: u32 = 0;
  let firstAt: usize = entryAt;
  let firstLength: u32 = 0;
  while (at < end) {
    const tag = readTag(at, end);
    if (tag == WIRE_ERROR) return ErrorCode.Malformed;
    at = usize(tag >> 32);
    const field: u32 = u32(tag) >> 3;
    if (field > 2) {
      at = skipField(u32(tag) & 7, at, end);
      if (at == 0) return ErrorCode.Malformed;
      continue;
    }
    if ((u32(tag) & 7) != WIRE_LENGTH) return ErrorCode.Malformed;
    const read = readLength(at, end);
    if (read == WIRE_ERROR) return ErrorCode.Malformed;
    let inner: usize = usize(read >> 32);
    at = inner + u32(read);
    if (field == 1) {
      keyAt = inner;
      keyLength = u32(read);
      if (!ascii && !isUtf8(keyAt, keyLength)) return ErrorCode.InvalidUtf8;
      continue;
    }
    while (inner < at) {
      const innerTag = readTag(inner, at);
      if (innerTag == WIRE_ERROR) return ErrorCode.Malformed;
      inner = usize(innerTag >> 32);
      if (u32(innerTag) >> 3 != 1) {
        inner = skipField(u32(innerTag) & 7, inner, at);
        if (inner == 0) return ErrorCode.Malformed;
        continue;
      }
      if (u32(innerTag) != 0x0a) return ErrorCode.Malformed;
      const value = readLength(inner, at);
      if (value == WIRE_ERROR) return ErrorCode.Malformed;
      if (!ascii && !isUtf8(usize(value >> 32), u32(value))) return ErrorCode.InvalidUtf8;
      if (count == 0) {
        firstAt = usize(value >> 32);
        firstLength = u32(value);
      }
      count++;
      inner = usize(value >> 32) + u32(value);
    }
  }
  const key = findKey(b, keyAt, keyLength);
  const fillRank: u32 = key == null ? 0 : rankFor(q, key, rank);
  if (key != null && fillRank != 0) {
    setKeyValues(b, key, fillRank, keyAt, keyLength, count, firstAt, firstLength, entryAt, end);
  }
  return ErrorCode.None;
}

/** Checks that the bytes are one entry of a `map<string, string>`. */
function checkTag(entryAt: usize, length: u32, ascii: bool): u32 {
  const end: usize = entryAt + length;
  let at: usize = entryAt;
  while (at < end) {
    const tag = readTag(at, end);
    if (tag == WIRE_ERROR) return ErrorCode.Malformed;
    at = usize(tag >> 32);
    if (u32(tag) >> 3 > 2) {
      at = skipField(u32(tag) & 7, at, end);
      if (at == 0) return ErrorCode.Malformed;
      continue;
    }
    if ((u32(tag) & 7) != WIRE_LENGTH) return ErrorCode.Malformed;
    const read = readLength(at, end);
    if (read == WIRE_ERROR) return ErrorCode.Malformed;
    if (!ascii && !isUtf8(usize(read >> 32), u32(read))) return ErrorCode.InvalidUtf8;
    at = usize(read >> 32) + u32(read);
  }
  return ErrorCode.None;
}

/** The last occurrence of a field (1 or 2) in a checked map entry, as address and length; 0 if there is none. */
export function entryField(entryAt: usize, length: u32, wanted: u32): u64 {
  const end: usize = entryAt + length;
  let at: usize = entryAt;
  let found: u64 = 0;
  while (at < end) {
    const tag = readTag(at, end);
    at = usize(tag >> 32);
    if (u32(tag) >> 3 > 2) {
      at = skipField(u32(tag) & 7, at, end);
      continue;
    }
    const read = readLength(at, end);
    if (u32(tag) >> 3 == wanted) found = read;
    at = usize(read >> 32) + u32(read);
  }
  return found;
}

/** The next length-delimited field of this number in a checked message, from `at` on; 0 at the end. */
export function nextField(at: usize, end: usize, wanted: u32): u64 {
  while (at < end) {
    const tag = readTag(at, end);
    if (tag == WIRE_ERROR) return 0;
    at = usize(tag >> 32);
    if (u32(tag) >> 3 == wanted && (u32(tag) & 7) == WIRE_LENGTH) return readLength(at, end);
    at = skipField(u32(tag) & 7, at, end);
    if (at == 0) return 0;
  }
  return 0;
}
