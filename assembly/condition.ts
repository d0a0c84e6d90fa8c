// Condition tests: the table of section 7.1 over the operators of section 8. A test that several statements share is
// evaluated once a request.

import { isInRange } from "./address";
import { decodesTo } from "./base64";
import { lowerByte } from "./bytes";
import { slotState } from "./context";
import { compareDecimal, INCOMPARABLE } from "./decimal";
import { matchPattern, resolveVariable } from "./glob";
import { compareInstant } from "./instant";
import {
  BOOL_LISTS_FALSE,
  BOOL_LISTS_TRUE,
  NULL_LISTS_FALSE,
  NULL_LISTS_TRUE,
  Operator,
  PATTERN_BYTES_AT,
  PATTERN_KIND_BITS,
  Qualifier,
  TEST_IF_EXISTS,
  TEST_MEMO,
  TEST_NEGATED,
  VARIABLE_IN_FIELD,
  VARIABLE_SIZE,
} from "./layout";
import { isPresent, nextValue } from "./slots";
import { codePointAt, foldCodePoint, sequenceLength } from "./utf8";
import { ImageHeader, TestView } from "./views";
import { Address, Binding, DecimalRecord, Instant, InstantRecord, RangeRecord, SlotState } from "./work-views";

const COLON: u32 = 0x3a;

/** Whether one condition test holds for the bound request. */
export function testHolds(b: Binding, testAt: u32): bool {
  const test = changetype<TestView>(usize(b.image) + testAt);
  if ((test.flags & TEST_MEMO) == 0) return evaluateTest(b, test);
  const memo: usize = usize(b.memosAt) + test.memo * 4;
  const held: u32 = load<u32>(memo);
  if (held >> 1 == b.epoch) return (held & 1) != 0;
  const holds: bool = evaluateTest(b, test);
  store<u32>(memo, (b.epoch << 1) | u32(holds));
  return holds;
}

function evaluateTest(b: Binding, test: TestView): bool {
  const state = slotState(b, test.slot);
  const present: bool = isPresent(b, state);
  if (test.operator == Operator.Null) return (test.single & (present ? NULL_LISTS_FALSE : NULL_LISTS_TRUE)) != 0;
  const negated: bool = (test.flags & TEST_NEGATED) != 0;
  if (!present) {
    if ((test.flags & TEST_IF_EXISTS) != 0 || test.qualifier == Qualifier.ForAllValues) return true;
    return negated && test.qualifier == Qualifier.None;
  }
  if (state.count == 1) return matchesAny(b, test, state.firstAt, state.firstLength) != negated;
  if (test.qualifier == Qualifier.None) return false; // COND-9
  return testSet(b, test, state, negated);
}

/** Several request values under a set operator: each is tested on its own (SET-1, SET-3, SET-5). */
function testSet(b: Binding, test: TestView, state: SlotState, negated: bool): bool {
  const wantsAll: bool = test.qualifier == Qualifier.ForAllValues;
  let value: u64 = nextValue(state.entryAt, state.entryEnd, 0);
  while (value != 0) {
    const holds: bool = matchesAny(b, test, usize(value >> 32), u32(value)) != negated;
    if (holds != wantsAll) return !wantsAll;
    value = nextValue(state.entryAt, state.entryEnd, usize(value >> 32) + u32(value));
  }
  return wantsAll;
}

/** Whether one request value matches at least one of the policy's values under the positive operator. */
function matchesAny(b: Binding, test: TestView, at: usize, length: u32): bool {
  if (test.operator == Operator.Bool) {
    if (!matchesBool(BOOL_LISTS_TRUE | BOOL_LISTS_FALSE, at, length)) return false; // BOOL-2
    if (matchesBool(test.single, at, length)) return true;
  }
  if (test.operator == Operator.Arn && !isArn(at, length)) return false;
  const values: usize = changetype<usize>(test) + offsetof<TestView>();
  for (let i: u32 = 0; i < test.valueCount; i++) {
    if (matchesValue(b, test.operator, load<u32>(values + i * 4), at, length)) return true;
  }
  return false;
}

function matchesValue(b: Binding, operator: u32, valueAt: u32, at: usize, length: u32): bool {
  const value: usize = usize(b.image) + valueAt;
  switch (operator) {
    case Operator.StringEqualsIgnoreCase:
    case Operator.Bool:
      return equalsFolded(b, value, at, length);
    case Operator.StringEquals:
    case Operator.Like:
    case Operator.Arn:
      return matchPattern(b, valueAt, at, length);
    case Operator.NumericEquals:
    case Operator.NumericLessThan:
    case Operator.NumericLessThanEquals:
    case Operator.NumericGreaterThan:
    case Operator.NumericGreaterThanEquals:
      return orderHolds(
        operator - Operator.NumericEquals,
        compareDecimal(at, length, changetype<DecimalRecord>(value)),
      );
    case Operator.DateEquals:
    case Operator.DateLessThan:
    case Operator.DateLessThanEquals:
    case Operator.DateGreaterThan:
    case Operator.DateGreaterThanEquals: {
      const order = compareInstant(
        at,
        length,
        changetype<InstantRecord>(value),
        changetype<Instant>(usize(b.instantAt)),
      );
      return orderHolds(operator - Operator.DateEquals, order);
    }
    case Operator.BinaryEquals:
      return decodesTo(at, length, value + 4, load<u32>(value));
    case Operator.IpAddress:
      return isInRange(at, length, changetype<RangeRecord>(value), changetype<Address>(usize(b.instantAt)));
    default:
      return false;
  }
}

/** What an order means for Equals, LessThan, LessThanEquals, GreaterThan, GreaterThanEquals (in this order). */
function orderHolds(relation: u32, order: i32): bool {
  if (order == INCOMPARABLE) return false;
  switch (relation) {
    case 0:
      return order == 0;
    case 1:
      return order < 0;
    case 2:
      return order <= 0;
    case 3:
      return order > 0;
    default:
      return order >= 0;
  }
}

/** `true` or `false` in any case against the words that the test lists (BOOL-1, BOOL-2). */
function matchesBool(lists: u32, at: usize, length: u32): bool {
  if (length != 4 && length != 5) return false;
  let word: u32 = 0;
  for (let i: u32 = 0; i < 4; i++) word |= lowerByte(load<u8>(at + i)) << (i * 8);
  if (length == 4) return word == 0x65757274 && (lists & BOOL_LISTS_TRUE) != 0;
  return word == 0x736c6166 && lowerByte(load<u8>(at + 4)) == 0x65 && (lists & BOOL_LISTS_FALSE) != 0;
}

/** At least six fields, the first of them `arn` (ARN-3). */
function isArn(at: usize, length: u32): bool {
  if (length < 8 || load<u32>(at) != 0x3a6e7261) return false;
  let colons: u32 = 1;
  for (let i: u32 = 4; i < length && colons < 5; i++) colons += u32(load<u8>(at + i) == COLON);
  return colons == 5;
}

/**
 * Whether a text equals a program of literals and variables, both case-folded code point by code point (STR-1). The
 * program's own literals are folded already; folding is idempotent, so they may be folded again.
 */
function equalsFolded(b: Binding, pattern: usize, text: usize, length: u32): bool {
  const header = changetype<ImageHeader>(usize(b.image));
  const folds: usize = usize(b.image) + header.foldsAt;
  let at: usize = pattern + PATTERN_BYTES_AT;
  const end: usize = at + (load<u32>(pattern) >> PATTERN_KIND_BITS);
  const textEnd: usize = text + length;
  let value: usize = 0;
  let valueEnd: usize = 0;
  while (true) {
    if (value == valueEnd) {
      if (at == end) return text == textEnd;
      const token: i32 = load<u8>(at);
      if (token >= VARIABLE_IN_FIELD) {
        const resolved = resolveVariable(b, at);
        if (resolved == 0) return false;
        value = usize(resolved >> 32);
        valueEnd = value + u32(resolved);
        at += VARIABLE_SIZE;
        continue;
      }
      value = at;
      valueEnd = at + sequenceLength(token);
      at = valueEnd;
    }
    if (text == textEnd) return false;
    const wanted = foldCodePoint(codePointAt(value), folds, header.foldCount);
    if (wanted != foldCodePoint(codePointAt(text), folds, header.foldCount)) return false;
    value += sequenceLength(load<u8>(value));
    text += sequenceLength(load<u8>(text));
  }
}
