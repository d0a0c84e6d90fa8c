// The protobuf wire format, reading side. A reader never runs past `end`; what cannot be read yields WIRE_ERROR.
// Values travel as one u64: the next address in the high half, the value in the low half, so nothing is stored.

import { EntryField } from "./fields";

export const WIRE_VARINT: u32 = 0;
export const WIRE_I64: u32 = 1;
export const WIRE_LENGTH: u32 = 2;
export const WIRE_I32: u32 = 5;

/** No address 0 ever holds wire data, so 0 is free to mean "unreadable". */
export const WIRE_ERROR: u64 = 0;

/** The tag of a field of bytes. */
export function lengthTag(field: u32): u32 {
  return (field << 3) | WIRE_LENGTH;
}

/** Reads a varint of at most ten bytes; the value is cut to 32 bits as protobuf does for uint32, enum and bool. */
export function readVarint(at: usize, end: usize): u64 {
  if (at >= end) return WIRE_ERROR;
  const first: u32 = load<u8>(at);
  if (first < 0x80) return (u64(at + 1) << 32) | u64(first);
  return readLongVarint(at, end);
}

function readLongVarint(at: usize, end: usize): u64 {
  let value: u64 = 0;
  for (let shift: u32 = 0; shift < 70; shift += 7) {
    if (at >= end) return WIRE_ERROR;
    const byte: u32 = load<u8>(at++);
    value |= u64(byte & 0x7f) << shift;
    if (byte < 0x80) {
      // The tenth byte has room for one bit of 64; anything more is no varint.
      if (shift == 63 && byte > 1) return WIRE_ERROR;
      return (u64(at) << 32) | (value & 0xffffffff);
    }
  }
  return WIRE_ERROR;
}

/** As `readVarint`, but true for any non-zero 64-bit value, as a bool field wants. */
export function readBool(at: usize, end: usize): u64 {
  let any: u32 = 0;
  const start: usize = at;
  while (at < end && at - start < 10) {
    const byte: u32 = load<u8>(at++);
    any |= byte & 0x7f;
    if (byte < 0x80) {
      // As in `readLongVarint`: the tenth byte holds the highest bit alone.
      if (at - start == 10 && byte > 1) return WIRE_ERROR;
      return (u64(at) << 32) | u64(any != 0);
    }
  }
  return WIRE_ERROR;
}

/** Reads a length and checks that so many bytes follow: gives the content's address and length. */
export function readLength(at: usize, end: usize): u64 {
  const read: u64 = readVarint(at, end);
  if (read == WIRE_ERROR) return WIRE_ERROR;
  const content: usize = usize(read >> 32);
  if (u32(read) > u32(end - content)) return WIRE_ERROR;
  // A length of 2^32 and more was cut to 32 bits: refuse what took more than five bytes.
  // A length is read as 64 bits and kept in 32: the check above saw only what was kept.
  if (content - at > 5 || (content - at == 5 && load<u8>(content - 1) > 0x0f)) return WIRE_ERROR;
  return read;
}

/** The address after a field of an unknown number, or 0 for groups, reserved wire types and truncated fields. */
export function skipField(wireType: u32, at: usize, end: usize): usize {
  if (wireType == WIRE_VARINT) return usize(readVarint(at, end) >> 32);
  if (wireType == WIRE_LENGTH) {
    const read: u64 = readLength(at, end);
    return read == WIRE_ERROR ? 0 : usize(read >> 32) + u32(read);
  }
  // Groups (3 and 4) have been deprecated since proto2 and would need a stack; 6 and 7 are no types at all.
  const size: u32 = wireType == WIRE_I64 ? 8 : wireType == WIRE_I32 ? 4 : 0;
  if (size == 0 || u32(end - at) < size) return 0;
  return at + size;
}

/** Reads a tag: field number and wire type as protobuf packs them. Field 0 and tags of more than five bytes are unreadable. */
export function readTag(at: usize, end: usize): u64 {
  if (at >= end) return WIRE_ERROR;
  const first: u32 = load<u8>(at);
  if (first < 0x80) return first < 8 ? WIRE_ERROR : (u64(at + 1) << 32) | u64(first);
  const read: u64 = readLongVarint(at, end);
  if (read == WIRE_ERROR || usize(read >> 32) - at > 5 || u32(read) < 8) return WIRE_ERROR;
  return read;
}

/**
 * The last occurrence of a field (1 or 2) in a checked map entry, as address and length; 0 if there is none.
 * Checked: the entry was read once, so that no error can come up here.
 */
export function entryField(entryAt: usize, length: u32, wanted: u32): u64 {
  const end: usize = entryAt + length;
  let at: usize = entryAt;
  let found: u64 = 0;
  while (at < end) {
    const tag = readTag(at, end);
    at = usize(tag >> 32);
    if (u32(tag) >> 3 > <u32>EntryField.Value) {
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
