// Decoding one AuthorizeRequest (IN-1) from the wire, in place: texts become addresses, context entries are checked and listed.
// Nothing is copied; whatever cannot be read makes the request an error, never a guess.

import { fillListed, takeEntry } from "../context/context-entry";
import { RANK_DEFAULTS, RANK_OWN } from "../context/slots";
import { clearRecord, isAscii } from "../format/bytes";
import { Detail, ErrorCode } from "../format/layout";
import { Binding, Question } from "../format/work-views";
import { EntryField, RequestField } from "../wire/fields";
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

/** Bits of `Question.has`: what the request itself brings, and what the defaults of its batch bring. */
export const HAS_RESOURCE_TAGS: u32 = 1;
export const HAS_SESSION_TAGS: u32 = 2;
export const HAS_SESSION_POLICIES: u32 = 4;
export const DEFAULT_RESOURCE_TAGS: u32 = 16;
export const DEFAULT_SESSION_TAGS: u32 = 32;
export const DEFAULT_SESSION_POLICIES: u32 = 64;
// A default only fills what the request itself left empty, so each own field leaves a bit behind.
const OWN_FIELDS_SHIFT: u32 = 16; // then a bit for each field number up to 11

/** Fields with higher numbers are passed over. */
const LAST_FIELD: u32 = RequestField.WhatIf;

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
  // Once over the whole message: where all of it is ASCII, no text in it has to be checked for UTF-8.
  const ascii: bool = isAscii(start, length);
  const rank: u32 = own ? RANK_OWN : RANK_DEFAULTS;
  if (!ascii && b.listing != 0) fillListed(b); // keys of other letters are found by their folded form
  let at: usize = start;
  while (at < end) {
    let field: u32 = 0;
    let textAt: usize = at + 2;
    let textLength: u32 = 0;
    // Tag and length of the usual field, two bytes, in one load: calls for each would cost as much as the field itself.
    const head: u32 = end - at >= 2 ? u32(load<u16>(at)) : 0;
    if ((head & 0x8087) == WIRE_LENGTH && head >> 8 <= u32(end - textAt)) {
      field = (head & 0xff) >> 3;
      textLength = head >> 8;
    } else {
      const tag = readTag(at, end);
      if (tag == WIRE_ERROR) return ErrorCode.Malformed;
      at = usize(tag >> 32);
      field = u32(tag) >> 3;
      const wireType: u32 = u32(tag) & 7;
      if (field > LAST_FIELD) {
        at = skipField(wireType, at, end);
        if (at == 0) return ErrorCode.Malformed;
        continue;
      }
      if (field == RequestField.Detail || field == RequestField.WhatIf) {
        if (wireType != WIRE_VARINT) return ErrorCode.Malformed;
        const read = field == RequestField.Detail ? readVarint(at, end) : readBool(at, end);
        if (read == WIRE_ERROR) return ErrorCode.Malformed;
        at = usize(read >> 32);
        if (field == RequestField.Detail) setDetail(q, u32(read), own);
        // Own and defaults are kept apart: a default of false must not take back what the request says, nor the
        // other way round.
        else if (own) q.whatIf = (q.whatIf & ~WHAT_IF_OWN) | u32(read);
        else q.whatIf = (q.whatIf & ~WHAT_IF_DEFAULTS) | (u32(read) << 1);
        continue;
      }
      if (wireType != WIRE_LENGTH) return ErrorCode.Malformed;
      const read = readLength(at, end);
      if (read == WIRE_ERROR) return ErrorCode.Malformed;
      textAt = usize(read >> 32);
      textLength = u32(read);
    }
    at = textAt + textLength;
    if (field == RequestField.Context) {
      const error = takeEntry(b, textAt, textLength, rank, ascii);
      if (error != ErrorCode.None) return error;
      continue;
    }
    const error = readText(q, field, textAt, textLength, own, ascii);
    if (error != ErrorCode.None) return error;
  }
  return ErrorCode.None;
}

/** Reads a field of bytes other than a context entry. Gives an ErrorCode. */
function readText(q: Question, field: u32, at: usize, length: u32, own: bool, ascii: bool): u32 {
  if (field == RequestField.ResourceTags || field == RequestField.SessionTags) {
    const error = checkTag(at, length, ascii);
    if (error != ErrorCode.None) return error;
    if (field == RequestField.ResourceTags) q.has |= own ? HAS_RESOURCE_TAGS : DEFAULT_RESOURCE_TAGS;
    else q.has |= own ? HAS_SESSION_TAGS : DEFAULT_SESSION_TAGS;
    return ErrorCode.None;
  }
  // A newer client may send fields that this build does not know; protobuf passes over them.
  if (field > LAST_FIELD) return ErrorCode.None;
  if (field == RequestField.Detail || field == RequestField.WhatIf || field == 0) return ErrorCode.Malformed;
  if (!ascii && !isUtf8(at, length)) return ErrorCode.InvalidUtf8;
  if (field == RequestField.SessionPolicies) q.has |= own ? HAS_SESSION_POLICIES : DEFAULT_SESSION_POLICIES;
  else setField(q, field, u32(at), length, own);
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
  if (field == RequestField.Principal) {
    q.principalAt = at;
    q.principalLength = length;
  } else if (field == RequestField.Action) {
    q.actionAt = at;
    q.actionLength = length;
  } else if (field == RequestField.Resource) {
    q.resourceAt = at;
    q.resourceLength = length;
  } else if (field == RequestField.ResourceAccount) {
    q.ownerAt = at;
    q.ownerLength = length;
  } else if (field == RequestField.Endpoint) {
    q.endpointAt = at;
    q.endpointLength = length;
  } else {
    q.policySetAt = at;
    q.policySetLength = length;
  }
}

/** Stores the detail as `setField` stores texts. */
function setDetail(q: Question, detail: u32, own: bool): void {
  if (own)
    q.has = detail != Detail.Unspecified ? q.has | ownBit(RequestField.Detail) : q.has & ~ownBit(RequestField.Detail);
  else if ((q.has & ownBit(RequestField.Detail)) != 0) return;
  q.detail = detail;
}

/** Checks that the bytes are one entry of a `map<string, string>`. */
function checkTag(entryAt: usize, length: u32, ascii: bool): u32 {
  const end: usize = entryAt + length;
  let at: usize = entryAt;
  while (at < end) {
    const tag = readTag(at, end);
    if (tag == WIRE_ERROR) return ErrorCode.Malformed;
    at = usize(tag >> 32);
    if (u32(tag) >> 3 > <u32>EntryField.Value) {
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
