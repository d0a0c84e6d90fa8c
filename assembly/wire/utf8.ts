// Unicode in bytes: validity, stepping over code points and simple case folding (STR-4, COND-7).
import { FoldView } from "../format/views";

/** Whether the range is well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. */
export function isUtf8(at: usize, length: u32): bool {
  const end: usize = at + length;
  while (at < end) {
    const lead: u32 = load<u8>(at);
    if (lead < 0x80) {
      at++;
      continue;
    }
    const size: u32 = sequenceLength(lead);
    // 0xc0 and 0xc1 would spell ASCII in two bytes; 0xf5 and more lie above U+10FFFF.
    if (lead < 0xc2 || lead > 0xf4 || at + size > end) return false;
    const second: u32 = load<u8>(at + 1);
    if ((second & 0xc0) != 0x80) return false;
    // Overlong forms of three and four bytes, surrogates, and what lies above U+10FFFF: a text in any of them
    // would equal another text to some reader and not to others.
    if (lead == 0xe0 && second < 0xa0) return false;
    if (lead == 0xed && second > 0x9f) return false;
    if (lead == 0xf0 && second < 0x90) return false;
    if (lead == 0xf4 && second > 0x8f) return false;
    if (size > 2 && (load<u8>(at + 2) & 0xc0) != 0x80) return false;
    if (size > 3 && (load<u8>(at + 3) & 0xc0) != 0x80) return false;
    at += size;
  }
  return true;
}

/** Bytes of the sequence that starts with this lead byte. */
export function sequenceLength(lead: u32): u32 {
  return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/**
 * Bytes from one place where a wildcard may begin or end to the next: a character that is one UTF-16 unit, or half of a four-byte
 * sequence (STR-4). The middle of such a sequence is no place for a literal: those begin with a byte that does not stand there.
 */
export function unitLength(byte: u32): u32 {
  return byte < 0x80 ? 1 : (byte & 0xf0) == 0xe0 ? 3 : 2;
}

/** The code point at an address inside well-formed UTF-8. */
export function codePointAt(at: usize): u32 {
  const lead: u32 = load<u8>(at);
  if (lead < 0x80) return lead;
  const second: u32 = load<u8>(at + 1) & 0x3f;
  if (lead < 0xe0) return ((lead & 0x1f) << 6) | second;
  const third: u32 = load<u8>(at + 2) & 0x3f;
  if (lead < 0xf0) return ((lead & 0x0f) << 12) | (second << 6) | third;
  return ((lead & 0x07) << 18) | (second << 12) | (third << 6) | u32(load<u8>(at + 3) & 0x3f);
}

/** Simple case folding by the image's sorted pairs (code point, folded). */
export function foldCodePoint(codePoint: u32, folds: usize, foldCount: u32): u32 {
  // ASCII without a table; the image lists pairs for what lies above only.
  if (codePoint < 0x80) return codePoint - 0x41 < 26 ? codePoint + 0x20 : codePoint;
  let low: u32 = 0;
  let high: u32 = foldCount;
  while (low < high) {
    const middle: u32 = (low + high) >> 1;
    const fold = changetype<FoldView>(folds + middle * offsetof<FoldView>());
    if (fold.codePoint == codePoint) return fold.folded;
    if (fold.codePoint < codePoint) low = middle + 1;
    else high = middle;
  }
  return codePoint;
}

/** Writes a code point as UTF-8 and gives the address after it. */
export function writeCodePoint(at: usize, codePoint: u32): usize {
  if (codePoint < 0x80) {
    store<u8>(at, codePoint);
    return at + 1;
  }
  if (codePoint < 0x800) {
    store<u8>(at, 0xc0 | (codePoint >> 6));
    store<u8>(at, 0x80 | (codePoint & 0x3f), 1);
    return at + 2;
  }
  if (codePoint < 0x10000) {
    store<u8>(at, 0xe0 | (codePoint >> 12));
    store<u8>(at, 0x80 | ((codePoint >> 6) & 0x3f), 1);
    store<u8>(at, 0x80 | (codePoint & 0x3f), 2);
    return at + 3;
  }
  store<u8>(at, 0xf0 | (codePoint >> 18));
  store<u8>(at, 0x80 | ((codePoint >> 12) & 0x3f), 1);
  store<u8>(at, 0x80 | ((codePoint >> 6) & 0x3f), 2);
  store<u8>(at, 0x80 | (codePoint & 0x3f), 3);
  return at + 4;
}

/** Writes the range case-folded to `target` and gives the folded length; `target` needs 4 bytes a code point. */
export function foldText(at: usize, length: u32, target: usize, folds: usize, foldCount: u32): u32 {
  const end: usize = at + length;
  let out: usize = target;
  while (at < end) {
    out = writeCodePoint(out, foldCodePoint(codePointAt(at), folds, foldCount));
    at += sequenceLength(load<u8>(at));
  }
  return u32(out - target);
}
