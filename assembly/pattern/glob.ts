// Matching a pattern program against a text. A program is UTF-8 in which bytes from 0xfa on stand for wildcards and
// variables. Nothing recurses, nothing backtracks further than to the last star: at most pattern × text steps (PIT-1).
// A star takes bytes of any kind, unless its token says that it stops at colons (STR-3, RES-5); an empty field is matched by a star but
// not by `?` (RES-8). No byte escapes another one (STR-5).

import { slotState } from "../context/context";
import { isPresent } from "../context/slots";
import { equalBytes, findByte } from "../format/bytes";
import { addSteps } from "../format/counting";
import {
  DEBUG_STEPS_AT,
  ONE,
  ONE_IN_FIELD,
  PATTERN_BYTES_AT,
  PATTERN_KIND_BITS,
  PatternKind,
  STAR,
  STAR_IN_FIELD,
  TEXT_BYTES_AT,
  VARIABLE_DEFAULT_AT,
  VARIABLE_IN_FIELD,
  VARIABLE_LIST,
  VARIABLE_SIZE,
  VARIABLE_SLOT_AT,
  WorkOf,
} from "../format/layout";
import { PatternView } from "../format/views";
import { COLON } from "../format/words";
import { Binding } from "../format/work-views";
import { unitLength } from "../wire/utf8";

/** Whether a compiled pattern matches the whole text. Variables take their values from the bound request. */
export function matchPattern(b: Binding, patternAt: u32, text: usize, length: u32): bool {
  const pattern: usize = usize(b.image) + patternAt;
  const head: u32 = changetype<PatternView>(pattern).head;
  const size: u32 = head >> PATTERN_KIND_BITS;
  const bytes: usize = pattern + PATTERN_BYTES_AT;
  const kind: u32 = head & ((1 << PATTERN_KIND_BITS) - 1);
  if (kind <= <u32>PatternKind.Prefix) {
    // One way for the three kinds that most patterns are: what differs is whether the text may go on. Any is an empty prefix.
    addSteps((min(size, length) >> 4) * WorkOf.Block);
    const fits: bool = length == size || (i32(length > size) & i32(kind != PatternKind.Exact)) != 0;
    return fits && equalBytes(bytes, text, size);
  }
  switch (kind) {
    case PatternKind.Glob: {
      const glob = changetype<PatternView>(pattern);
      const prefix: u32 = glob.prefixLength;
      const suffix: u32 = glob.suffixLength;
      // What stands before the first star and behind the last one is compared in one go; most texts that fail,
      // fail here.
      if (length < prefix + suffix) return false;
      const program: usize = pattern + offsetof<PatternView>();
      if (!equalBytes(program, text, prefix)) return false;
      if (!equalBytes(program + size - suffix, text + length - suffix, suffix)) return false;
      return matchGlob(program + prefix, size - prefix - suffix, text + prefix, length - prefix - suffix);
    }
    case PatternKind.Template:
      return matchTemplate(b, bytes, size, text, length);
    case PatternKind.States:
      return matchStates(b, bytes, size, text, length);
    case PatternKind.Never:
      return false;
    default:
      return unreachable(); // a kind that this file does not know must not match nothing: its Deny would not fire
  }
}

/** Whether a compiled pattern matches every text. */
export function isAny(b: Binding, patternAt: u32): bool {
  const head: u32 = changetype<PatternView>(usize(b.image) + patternAt).head;
  return (head & ((1 << PATTERN_KIND_BITS) - 1)) == PatternKind.Any;
}

/** Matches a program without variables whose stars may be resolved greedily: the last one takes up every slack. */
export function matchGlob(program: usize, size: u32, text: usize, length: u32): bool {
  const programEnd: usize = program + size;
  const textEnd: usize = text + length;
  let at: usize = program;
  let star: usize = 0; // what follows the last star, 0 before the first
  let mark: usize = text; // where that star ends for the moment
  let inField: bool = false;
  while (text < textEnd) {
    countStep();
    if (at < programEnd) {
      const token: i32 = load<u8>(at);
      const byte: u32 = load<u8>(text);
      if (token == byte) {
        at++;
        text++;
        continue;
      }
      if (token >= STAR_IN_FIELD) {
        inField = token == STAR_IN_FIELD;
        star = ++at;
        mark = text;
        continue;
      }
      if (token >= ONE_IN_FIELD && (token == ONE || byte != COLON)) {
        at++;
        text += unitLength(byte);
        continue;
      }
    }
    // Nothing to go back to: the literal part before the first star does not match.
    if (star == 0) return false;
    // The last star takes one character more and everything behind it is tried again. Earlier stars never need to:
    // the last one can take up whatever they could (greedy from the left).
    const skipped: u32 = load<u8>(mark);
    if (inField && skipped == COLON) return false;
    mark += unitLength(skipped);
    text = mark;
    at = star;
  }
  // The text is used up: what is left of the program may only be stars.
  while (at < programEnd && i32(load<u8>(at)) >= STAR_IN_FIELD) at++;
  return at == programEnd;
}

/**
 * The value that a VARIABLE token stands for: address in the high half, length in the low half, 0 if it cannot be
 * resolved (VAR-2, VAR-5, VAR-6, VAR-9, VAR-11). Values are literal: wildcards inside them mean themselves (VAR-4).
 */
export function resolveVariable(b: Binding, token: usize): u64 {
  const word: u32 = load<u32>(token, VARIABLE_SLOT_AT);
  const state = slotState(b, word & ~VARIABLE_LIST);
  const present: bool = isPresent(b, state);
  // A list is no text, even with one value, and no default stands in for it (VAR-9).
  if (present && (word & VARIABLE_LIST) != 0) return 0;
  let at: usize = state.firstAt;
  let length: u32 = state.firstLength;
  if (!present || (state.count == 1 && length == 0)) {
    const fallback: u32 = load<u32>(token, VARIABLE_DEFAULT_AT);
    if (fallback != 0) {
      const text: usize = usize(b.image) + fallback;
      at = text + TEXT_BYTES_AT;
      length = load<u32>(text);
    } else if (!present) return 0;
  } else if (state.count != 1) return 0;
  // A value with a colon would reach into the next field of the ARN (ARN-2).
  if (load<u8>(token) == VARIABLE_IN_FIELD && findByte(at, at + length, COLON) != at + length) return 0;
  return (u64(at) << 32) | u64(length);
}

/** As `matchGlob`, for programs with variables: a second cursor runs through the value of the variable in hand. */
export function matchTemplate(b: Binding, program: usize, size: u32, text: usize, length: u32): bool {
  const programEnd: usize = program + size;
  const textEnd: usize = text + length;
  let at: usize = program;
  // 0 to 0: no variable in hand.
  let value: usize = 0;
  let valueEnd: usize = 0;
  let star: usize = 0;
  let mark: usize = text;
  let inField: bool = false;
  while (true) {
    countStep();
    if (value < valueEnd) {
      if (text < textEnd && load<u8>(value) == load<u8>(text)) {
        value++;
        text++;
        continue;
      }
    } else if (at < programEnd) {
      const token: i32 = load<u8>(at);
      if (token >= STAR_IN_FIELD) {
        inField = token == STAR_IN_FIELD;
        star = ++at;
        mark = text;
        continue;
      }
      if (token >= VARIABLE_IN_FIELD && token < ONE_IN_FIELD) {
        const resolved = resolveVariable(b, at);
        if (resolved == 0) return false;
        value = usize(resolved >> 32);
        valueEnd = value + u32(resolved);
        at += VARIABLE_SIZE;
        continue;
      }
      if (text < textEnd) {
        const byte: u32 = load<u8>(text);
        if (token == byte) {
          at++;
          text++;
          continue;
        }
        if (token >= ONE_IN_FIELD && (token == ONE || byte != COLON)) {
          at++;
          text += unitLength(byte);
          continue;
        }
      }
    } else if (text == textEnd) return true;
    if (star == 0 || mark >= textEnd) return false;
    const skipped: u32 = load<u8>(mark);
    if (inField && skipped == COLON) return false;
    mark += unitLength(skipped);
    text = mark;
    at = star;
    value = 0;
    valueEnd = 0;
  }
}

/**
 * Matches a program in which a star that stops at colons follows one that does not (RES-6): greedy choice would be wrong,
 * so the set of all reachable text positions is carried along, one byte a position.
 */
export function matchStates(b: Binding, program: usize, size: u32, text: usize, length: u32): bool {
  const set: usize = b.positionsAt;
  // A byte for each position of the text that the program up to here can reach; one pass over it for each token,
  // so the cost stays pattern × text (PIT-1).
  memory.fill(set, 0, length + 1);
  store<u8>(set, 1);
  const programEnd: usize = program + size;
  let low: u32 = 0; // every reachable position is in [low, high]
  let high: u32 = 0;
  let at: usize = program;
  while (at < programEnd) {
    const token: i32 = load<u8>(at);
    if (token >= VARIABLE_IN_FIELD && token < ONE_IN_FIELD) {
      const resolved = resolveVariable(b, at);
      if (resolved == 0) return false;
      at += VARIABLE_SIZE;
      const valueLength: u32 = u32(resolved);
      for (let i: u32 = 0; i < valueLength; i++) {
        stepStates(set, low, high, load<u8>(usize(resolved >> 32) + i), text, length);
        low++;
        high = min(high + 1, length);
        if (low > high) return false;
      }
      continue;
    }
    at++;
    if (token >= STAR_IN_FIELD) {
      spreadStates(set, low, token == STAR, text, length);
      high = length;
      continue;
    }
    stepStates(set, low, high, token, text, length);
    low++;
    // A wildcard for one character moves by up to three bytes.
    high = min(high + (token >= ONE_IN_FIELD ? 3 : 1), length);
    if (low > high) return false;
  }
  return load<u8>(set + length) != 0;
}

/** Moves every position over one byte or unit that the token matches; positions that cannot move vanish. */
function stepStates(set: usize, low: u32, high: u32, token: i32, text: usize, length: u32): void {
  for (let i: u32 = high + 1; i > low; ) {
    i--;
    countStep();
    if (load<u8>(set + i) == 0) continue;
    store<u8>(set + i, 0);
    if (i == length) continue;
    const byte: u32 = load<u8>(text + i);
    if (token == byte) store<u8>(set + i + 1, 1);
    else if (token >= ONE_IN_FIELD && (token == ONE || byte != COLON)) store<u8>(set + i + unitLength(byte), 1);
  }
}

/** Lets a star take any further characters, up to the next colon unless it may cross. */
function spreadStates(set: usize, low: u32, crosses: bool, text: usize, length: u32): void {
  let reached: bool = false;
  for (let i: u32 = low; i <= length; i++) {
    countStep();
    if (load<u8>(set + i) != 0) reached = true;
    if (!reached) continue;
    const byte: u32 = i < length ? u32(load<u8>(text + i)) : 0;
    if ((byte & 0xc0) != 0x80 || (i >= 2 && load<u8>(text + i - 2) >= 0xf0)) store<u8>(set + i, 1);
    if (!crosses && byte == COLON) reached = false;
  }
}

/** Counts work in the debug build, where tests read it, and in the counting one; the release build has nothing of it. */
function countStep(): void {
  addSteps(1);
  if (!ASC_NO_ASSERT) store<u64>(DEBUG_STEPS_AT, load<u64>(DEBUG_STEPS_AT) + 1);
}
