// StringEqualsIgnoreCase (STR-1): both texts in lower case, by the tables of the image. A sigma in capital letters depends on what stands
// around it; characters beyond U+FFFF stay as they are, and count as what stands around.
import { lowerByte } from "../format/bytes";
import {
  CONTEXT_BITS,
  CONTEXT_CASED,
  CONTEXT_IGNORABLE,
  PATTERN_BYTES_AT,
  PATTERN_KIND_BITS,
  VARIABLE_IN_FIELD,
  VARIABLE_SIZE,
} from "../format/layout";
import { ImageHeader, PatternView } from "../format/views";
import { Binding } from "../format/work-views";
import { codePointAt, sequenceLength } from "../wire/utf8";
import { resolveVariable } from "./glob";

const CAPITAL_SIGMA: u32 = 0x3a3;
const SIGMA: u32 = 0x3c3;
const FINAL_SIGMA: u32 = 0x3c2;
/** The one character whose lower case is two: `i` and a dot above. */
const DOTTED_I: u32 = 0x130;
const DOT_ABOVE: u32 = 0x307;

/**
 * Whether a text equals a program of literals and variables, both in lower case. What stands before a sigma is looked up in the text
 * for both: there the lower cases are equal already, and a character's lower case is to a sigma what the character is.
 */
export function equalsLowered(b: Binding, pattern: usize, text: usize, length: u32): bool {
  const image: usize = b.image;
  let at: usize = pattern + PATTERN_BYTES_AT;
  const end: usize = at + (changetype<PatternView>(pattern).head >> PATTERN_KIND_BITS);
  const start: usize = text;
  const textEnd: usize = text + length;
  let value: usize = 0;
  let valueEnd: usize = 0;
  let wantsDot: bool = false; // the second half of a dotted I
  let hasDot: bool = false;
  while (true) {
    while (value == valueEnd && !wantsDot) {
      if (at == end) return text == textEnd && !hasDot;
      const token: i32 = load<u8>(at);
      if (token >= VARIABLE_IN_FIELD) {
        const resolved = resolveVariable(b, at);
        if (resolved == 0) return false;
        value = usize(resolved >> 32);
        valueEnd = value + u32(resolved);
        at += VARIABLE_SIZE;
      } else {
        value = at;
        valueEnd = at + sequenceLength(token);
        at = valueEnd;
      }
    }
    if (text == textEnd && !hasDot) return false;
    // What stands before the sigma is judged from here, in the text: both sides have been equal up to this place.
    const before: usize = text;
    let wanted: u32 = DOT_ABOVE;
    let have: u32 = DOT_ABOVE;
    if (wantsDot) wantsDot = false;
    else {
      wanted = load<u8>(value);
      if (wanted < 0x80) {
        wanted = lowerByte(wanted);
        value++;
      } else {
        wanted = codePointAt(value);
        value += sequenceLength(load<u8>(value));
        if (wanted == CAPITAL_SIGMA) {
          const final: bool =
            followsCased(image, start, before) && !precedesCasedInPattern(b, value, valueEnd, at, end);
          wanted = final ? FINAL_SIGMA : SIGMA;
        } else {
          wantsDot = wanted == DOTTED_I;
          wanted = lowerCodePoint(image, wanted);
        }
      }
    }
    if (hasDot) hasDot = false;
    else {
      have = load<u8>(text);
      if (have < 0x80) {
        have = lowerByte(have);
        text++;
      } else {
        have = codePointAt(text);
        text += sequenceLength(load<u8>(text));
        if (have == CAPITAL_SIGMA) {
          const final: bool = followsCased(image, start, before) && nextContext(image, text, textEnd) != CONTEXT_CASED;
          have = final ? FINAL_SIGMA : SIGMA;
        } else {
          hasDot = have == DOTTED_I;
          have = lowerCodePoint(image, have);
        }
      }
    }
    if (wanted != have) return false;
  }
}

/** Lower case of one character without context; beyond U+FFFF the character itself. */
function lowerCodePoint(image: usize, codePoint: u32): u32 {
  if (codePoint > 0xffff) return codePoint;
  const header = changetype<ImageHeader>(image);
  const lowers: usize = image + header.lowersAt;
  let low: u32 = 0;
  let high: u32 = header.lowerCount;
  while (low < high) {
    const middle: u32 = (low + high) >> 1;
    const word: u32 = load<u32>(lowers + middle * 4);
    const key: u32 = word & 0xffff;
    if (key == codePoint) return word >> 16;
    if (key < codePoint) low = middle + 1;
    else high = middle;
  }
  return codePoint;
}

/** What a character is to a sigma: CONTEXT_CASED, CONTEXT_IGNORABLE or neither. */
function contextOf(image: usize, codePoint: u32): u32 {
  const header = changetype<ImageHeader>(image);
  const contexts: usize = image + header.contextsAt;
  let low: u32 = 0; // the last run that does not begin after the character; the first one begins at 0
  let high: u32 = header.contextCount;
  while (low + 1 < high) {
    const middle: u32 = (low + high) >> 1;
    if (load<u32>(contexts + middle * 4) >> CONTEXT_BITS <= codePoint) low = middle;
    else high = middle;
  }
  return load<u32>(contexts + low * 4) & ((1 << CONTEXT_BITS) - 1);
}

/** Whether what stands before an address, but for what is passed over, has case. */
function followsCased(image: usize, start: usize, from: usize): bool {
  let at: usize = from;
  while (at > start) {
    do at--;
    while ((load<u8>(at) & 0xc0) == 0x80);
    const context = contextOf(image, codePointAt(at));
    if (context != CONTEXT_IGNORABLE) return context == CONTEXT_CASED;
  }
  return false;
}

/** What the first character of a range is that is not passed over; CONTEXT_IGNORABLE if every one is. */
function nextContext(image: usize, from: usize, end: usize): u32 {
  for (let at: usize = from; at < end; at += sequenceLength(load<u8>(at))) {
    const context = contextOf(image, codePointAt(at));
    if (context != CONTEXT_IGNORABLE) return context;
  }
  return CONTEXT_IGNORABLE;
}

/** Whether what follows in a program, but for what is passed over, has case: first the rest of the value in hand, then other parts. */
function precedesCasedInPattern(b: Binding, value: usize, valueEnd: usize, from: usize, end: usize): bool {
  const image: usize = b.image;
  let context = nextContext(image, value, valueEnd);
  let at: usize = from;
  while (context == CONTEXT_IGNORABLE && at < end) {
    const token: i32 = load<u8>(at);
    if (token >= VARIABLE_IN_FIELD) {
      const resolved = resolveVariable(b, at);
      if (resolved == 0) return false; // the program matches nothing anyway
      context = nextContext(image, usize(resolved >> 32), usize(resolved >> 32) + u32(resolved));
      at += VARIABLE_SIZE;
    } else {
      context = contextOf(image, codePointAt(at));
      at += sequenceLength(token);
    }
  }
  return context == CONTEXT_CASED;
}
