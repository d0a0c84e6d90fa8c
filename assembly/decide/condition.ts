// Condition tests: the table of section 7.1 over the operators of section 8. A test that several statements share is
// evaluated once a request.

import { isInRange, parseAddress } from "../context/address";
import { slotState } from "../context/context";
import { compareDecimal, INCOMPARABLE } from "../context/decimal";
import { compareInstant } from "../context/instant";
import { isPresent, nextValue } from "../context/slots";
import { equalBytes } from "../format/bytes";
import { addSteps } from "../format/counting";
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
  TEST_LIST,
  TEST_MEMO,
  TEST_NEGATED,
  TEXT_BYTES_AT,
  VARIABLE_IN_FIELD,
  VARIABLE_SIZE,
  WorkOf,
} from "../format/layout";
import { PatternView, TestView } from "../format/views";
import { ARN, COLON, TRUE } from "../format/words";
import { Address, Binding, DecimalRecord, Instant, InstantRecord, RangeRecord, SlotState } from "../format/work-views";
import { matchPattern, resolveVariable } from "../pattern/glob";
import { equalsLowered } from "../pattern/lower";

/** Whether one condition test holds for the bound request. */
export function testHolds(b: Binding, testAt: u32): bool {
  const test = changetype<TestView>(usize(b.image) + testAt);
  if ((test.flags & TEST_MEMO) == 0) return evaluateTest(b, test);
  const memo: usize = usize(b.memosAt) + test.memo * 4;
  const held: u32 = load<u32>(memo);
  // The stamp and the result are one word: a memo is read and written in one access.
  if (held >> 1 == b.epoch) return (held & 1) != 0;
  const holds: bool = evaluateTest(b, test);
  store<u32>(memo, (b.epoch << 1) | u32(holds));
  return holds;
}

/**
 * The rows of the table from the top: Null (NULL-1); a missing key, under which Bool is false like every positive operator (COND-5,
 * COND-6, BOOL-3, SET-2, SET-4, SET-7); a list without a set operator; one value; several.
 */
function evaluateTest(b: Binding, test: TestView): bool {
  addSteps(WorkOf.Evaluation);
  const state = slotState(b, test.slot);
  const present: bool = isPresent(b, state);
  if (test.operator >= u8(Operator.Null)) {
    // Null is the last: what comes after it is unknown, and must not be decided by the rows that hold for every operator.
    if (test.operator != Operator.Null) unreachable();
    return (test.single & (present ? NULL_LISTS_FALSE : NULL_LISTS_TRUE)) != 0;
  }
  const negated: bool = (test.flags & TEST_NEGATED) != 0;
  if (!present) {
    if (test.qualifier > u8(Qualifier.ForAnyValue)) unreachable();
    if ((test.flags & TEST_IF_EXISTS) != 0 || test.qualifier == Qualifier.ForAllValues) return true;
    return negated && test.qualifier == Qualifier.None;
  }
  if (test.qualifier == Qualifier.None) {
    if (state.count != 1 || (test.flags & TEST_LIST) != 0) return false; // COND-9
    return valueHolds(b, test, state.firstAt, state.firstLength, negated);
  }
  if (test.qualifier > u8(Qualifier.ForAnyValue)) unreachable();
  // One value is a list of one (SET-6).
  if (state.count == 1) return valueHolds(b, test, state.firstAt, state.firstLength, negated);
  return testSet(b, test, state, negated);
}

/** Several request values under a set operator: each is tested on its own (SET-1, SET-3, SET-5). */
function testSet(b: Binding, test: TestView, state: SlotState, negated: bool): bool {
  const wantsAll: bool = test.qualifier == Qualifier.ForAllValues;
  let value: u64 = nextValue(state.entryAt, state.entryEnd, 0);
  while (value != 0) {
    const holds: bool = valueHolds(b, test, usize(value >> 32), u32(value), negated);
    // The first value that settles the set ends it: one that fails for all, one that holds for any.
    if (holds != wantsAll) return !wantsAll;
    value = nextValue(state.entryAt, state.entryEnd, usize(value >> 32) + u32(value));
  }
  return wantsAll;
}

/**
 * Whether one request value satisfies the operator: values of the policy are an OR (COND-3), under a negated operator a NOR (COND-4).
 * The operator says what the text is read as (COND-8); one that is no ARN or no address satisfies neither form (ARN-3, IP-6).
 */
function valueHolds(b: Binding, test: TestView, at: usize, length: u32, negated: bool): bool {
  if (test.operator == Operator.ArnLike) {
    if (!isArn(at, length)) return false;
  } else if (test.operator == Operator.IpAddress) {
    // Parsed once for all ranges of the test. The room is shared with dates: one comparison is in hand at a time.
    const address = changetype<Address>(usize(b.instantAt));
    addSteps(WorkOf.Address);
    return parseAddress(at, length, address) && matchesRange(b, test, address) != negated;
  } else if (test.operator == Operator.Bool) return matchesBool(b, test, at, length) != negated;
  const values: usize = changetype<usize>(test) + offsetof<TestView>();
  for (let i: u32 = 0; i < test.valueCount; i++) {
    if (matchesValue(b, test.operator, load<u32>(values + i * 4), at, length)) return !negated;
  }
  return negated;
}

function matchesRange(b: Binding, test: TestView, address: Address): bool {
  const values: usize = changetype<usize>(test) + offsetof<TestView>();
  for (let i: u32 = 0; i < test.valueCount; i++) {
    addSteps(WorkOf.Value);
    if (isInRange(address, changetype<RangeRecord>(usize(b.image) + load<u32>(values + i * 4)))) return true;
  }
  return false;
}

/** Whether one request value matches one value of the policy under the positive operator. */
function matchesValue(b: Binding, operator: u32, valueAt: u32, at: usize, length: u32): bool {
  const value: usize = usize(b.image) + valueAt;
  addSteps(workOf(operator));
  switch (operator) {
    case Operator.StringEqualsIgnoreCase:
      addSteps(WorkOf.Folded);
      return equalsLowered(b, value, at, length);
    // What a star means is in the program: itself (STR-2), any text (STR-3), or any text of its field (ARN-2).
    case Operator.StringEquals:
    case Operator.StringLike:
    case Operator.ArnLike:
      return matchPattern(b, valueAt, at, length);
    case Operator.NumericEquals:
    case Operator.NumericLessThan:
    case Operator.NumericLessThanEquals:
    case Operator.NumericGreaterThan:
    case Operator.NumericGreaterThanEquals:
      return orderHolds(operator, compareDecimal(at, length, changetype<DecimalRecord>(value)));
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
      return orderHolds(operator, order);
    }
    case Operator.BinaryEquals:
      // Only canonical base64 counts, and of that equal texts are equal bytes (BIN-1, BIN-2).
      return load<u32>(value) == length && equalBytes(value + TEXT_BYTES_AT, at, length);
    default:
      return unreachable(); // an operator that this file does not know must not match nothing: its Deny would not fire
  }
}

/** What comparing with one value takes, besides the steps of patterns: only the counting build has anything of it. */
function workOf(operator: u32): u32 {
  if (operator >= <u32>Operator.DateEquals && operator <= <u32>Operator.DateGreaterThanEquals) return WorkOf.Date;
  return operator >= <u32>Operator.NumericEquals && operator < <u32>Operator.DateEquals ? WorkOf.Number : WorkOf.Value;
}

/** Whether the order of the request value to the policy value is the one that the operator asks for (sections 8.2 and 8.3). */
function orderHolds(operator: u32, order: i32): bool {
  if (order == INCOMPARABLE) return false;
  switch (operator) {
    case Operator.NumericEquals:
    case Operator.DateEquals:
      return order == 0;
    case Operator.NumericLessThan:
    case Operator.DateLessThan:
      return order < 0;
    case Operator.NumericLessThanEquals:
    case Operator.DateLessThanEquals:
      return order <= 0;
    case Operator.NumericGreaterThan:
    case Operator.DateGreaterThan:
      return order > 0;
    case Operator.NumericGreaterThanEquals:
    case Operator.DateGreaterThanEquals:
      return order >= 0;
    default:
      return unreachable();
  }
}

/** Either side is true if it is the word `true` in any case, else false; the test wants both alike (BOOL-1). */
function matchesBool(b: Binding, test: TestView, at: usize, length: u32): bool {
  const read: u32 = length == 4 && isTrue(load<u32>(at)) ? BOOL_LISTS_TRUE : BOOL_LISTS_FALSE;
  if ((test.single & read) != 0) return true;
  const values: usize = changetype<usize>(test) + offsetof<TestView>();
  for (let i: u32 = 0; i < test.valueCount; i++) {
    if (readTemplate(b, usize(b.image) + load<u32>(values + i * 4)) == read) return true;
  }
  return false;
}

function isTrue(word: u32): bool {
  return (word | 0x20202020) == TRUE;
}

/** What a policy text with variables reads as: BOOL_LISTS_TRUE, BOOL_LISTS_FALSE or, with an unresolved one, 0 (BOOL-4, VAR-7). */
function readTemplate(b: Binding, pattern: usize): u32 {
  let at: usize = pattern + PATTERN_BYTES_AT;
  const end: usize = at + (changetype<PatternView>(pattern).head >> PATTERN_KIND_BITS);
  let word: u32 = 0;
  let length: u32 = 0;
  while (at < end) {
    let from: usize = at;
    let size: u32 = 1;
    if (i32(load<u8>(at)) >= VARIABLE_IN_FIELD) {
      const resolved = resolveVariable(b, at);
      if (resolved == 0) return 0;
      from = usize(resolved >> 32);
      size = u32(resolved);
      at += VARIABLE_SIZE;
    } else at++;
    for (let i: u32 = 0; i < size && length <= 4; i++)
      word |= length++ < 4 ? u32(load<u8>(from + i)) << ((length - 1) * 8) : 0;
  }
  return length == 4 && isTrue(word) ? BOOL_LISTS_TRUE : BOOL_LISTS_FALSE;
}

/** At least six fields, the first of them `arn` (ARN-3). */
function isArn(at: usize, length: u32): bool {
  if (length < 8 || load<u32>(at) != ARN) return false;
  let colons: u32 = 1;
  for (let i: u32 = 4; i < length && colons < 5; i++) colons += u32(load<u8>(at + i) == COLON);
  return colons == 5;
}
