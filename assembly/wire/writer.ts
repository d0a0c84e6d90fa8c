// The protobuf wire format, writing side. A writer that runs out of room remembers it; the caller starts over elsewhere.
import { copyBytes } from "../format/bytes";
import { TEXT_BYTES_AT } from "../format/layout";
import { Writer } from "../format/work-views";
import { lengthTag } from "./reader";

/** Bytes kept free in front of a nested message for its tag and length: enough where the length is below 128. */
const NESTED_HEAD: u32 = 2;

/** The only place that notices a full buffer for a single byte. */
export function writeByte(w: Writer, byte: u32): void {
  if (w.at >= w.end) {
    w.full = 1;
    return;
  }
  store<u8>(w.at++, byte);
}

/** Seven bits a byte, the lowest first. */
export function writeVarint(w: Writer, value: u32): void {
  while (value >= 0x80) {
    writeByte(w, (value & 0x7f) | 0x80);
    value >>= 7;
  }
  writeByte(w, value);
}

/** A varint field; zero is the default and is left out. */
export function writeNumberField(w: Writer, field: u32, value: u32): void {
  if (value == 0) return;
  writeByte(w, field << 3);
  writeVarint(w, value);
}

/** A bool with presence: written also when it is false. */
export function writeOptionalBool(w: Writer, field: u32, value: bool): void {
  writeByte(w, field << 3);
  writeByte(w, u32(value));
}

/** A string field, also when it is empty. */
export function writeBytesField(w: Writer, field: u32, at: usize, length: u32): void {
  writeVarint(w, lengthTag(field));
  writeVarint(w, length);
  writeBytes(w, at, length);
}

/** Bytes inside a message that is being written. */
export function writeBytes(w: Writer, at: usize, length: u32): void {
  if (length > w.end - w.at) {
    w.full = 1;
    return;
  }
  copyBytes(w.at, at, length);
  w.at += length;
}

/** A string field with a text of an image; offset 0 and the empty text are left out. */
export function writeTextField(w: Writer, field: u32, image: usize, textAt: u32): void {
  if (textAt == 0) return;
  const length: u32 = load<u32>(image + textAt);
  if (length != 0) writeBytesField(w, field, image + textAt + TEXT_BYTES_AT, length);
}

/** Opens a nested message; gives the mark that `endNested` wants. */
export function beginNested(w: Writer): u32 {
  const mark: u32 = w.at;
  if (w.end - w.at < NESTED_HEAD) w.full = 1;
  else w.at += NESTED_HEAD;
  return mark;
}

/** Closes a nested message: writes tag and length, and makes room for a length that is longer than usual. */
export function endNested(w: Writer, field: u32, mark: u32): void {
  if (w.full != 0) return;
  const content: u32 = mark + NESTED_HEAD;
  const length: u32 = w.at - content;
  if (length < 0x80) {
    store<u8>(mark, lengthTag(field));
    store<u8>(mark, length, 1);
    return;
  }
  // The content is written before its length is known. Two bytes were kept free, which fits lengths below 128; a
  // longer one moves the content up, and that is cheaper than measuring every message first.
  const wider: u32 = varintSize(length) - 1;
  if (wider > w.end - w.at) {
    w.full = 1;
    return;
  }
  memory.copy(content + wider, content, length);
  w.at = mark;
  writeByte(w, lengthTag(field));
  writeVarint(w, length);
  w.at += length;
}

/** Bytes of a varint: one for each seven bits, at least one; by a multiplication, without a loop. */
function varintSize(value: u32): u32 {
  return (38 - clz(value | 1)) / 7;
}
