/**
 * Condition tests as records: operators become numbers, values are parsed once (numbers, dates, ranges, base64, patterns).
 * Equal tests are stored once, and the matcher evaluates a shared one once a request.
 */
import {
  BOOL_LISTS_FALSE,
  BOOL_LISTS_TRUE,
  DECIMAL_SIZE,
  INSTANT_SIZE,
  NULL_LISTS_FALSE,
  NULL_LISTS_TRUE,
  Operator,
  Qualifier,
  RANGE_SIZE,
  TEST_IF_EXISTS,
  TEST_MEMO,
  TEST_NEGATED,
  TEST_SIZE,
} from "../../assembly/layout.js";
import { parseBase64 } from "../policy/base64.js";
import { parseDate } from "../policy/date.js";
import { parseDecimal } from "../policy/decimal.js";
import type { ConditionTest, DocumentVersion, OperatorKind } from "../policy/document.js";
import { type IpRange, parseIpRange } from "../policy/ip-address.js";
import { hasVariables } from "../policy/template.js";
import type { ByteWriter } from "./byte-writer.js";
import { lowerAscii } from "./fold.js";
import { arnProgram, equalsProgram, likeProgram, type Program } from "./pattern.js";
import type { NumberedTest } from "./test-numbers.js";

const OPERATORS: Readonly<Record<OperatorKind, Operator>> = {
  StringEquals: Operator.StringEquals,
  StringEqualsIgnoreCase: Operator.StringEqualsIgnoreCase,
  StringLike: Operator.Like,
  NumericEquals: Operator.NumericEquals,
  NumericLessThan: Operator.NumericLessThan,
  NumericLessThanEquals: Operator.NumericLessThanEquals,
  NumericGreaterThan: Operator.NumericGreaterThan,
  NumericGreaterThanEquals: Operator.NumericGreaterThanEquals,
  DateEquals: Operator.DateEquals,
  DateLessThan: Operator.DateLessThan,
  DateLessThanEquals: Operator.DateLessThanEquals,
  DateGreaterThan: Operator.DateGreaterThan,
  DateGreaterThanEquals: Operator.DateGreaterThanEquals,
  Bool: Operator.Bool,
  BinaryEquals: Operator.BinaryEquals,
  IpAddress: Operator.IpAddress,
  ArnLike: Operator.Arn,
  Null: Operator.Null,
};
const QUALIFIERS = {
  none: Qualifier.None,
  ForAllValues: Qualifier.ForAllValues,
  ForAnyValue: Qualifier.ForAnyValue,
} as const;

/** Cheap tests come first in a statement: a failing one spares the others (COND-2 lets them run in any order). */
const COST: Readonly<Record<Operator, number>> = {
  [Operator.Null]: 0,
  [Operator.Bool]: 1,
  [Operator.StringEquals]: 2,
  [Operator.IpAddress]: 3,
  [Operator.NumericEquals]: 3,
  [Operator.NumericLessThan]: 3,
  [Operator.NumericLessThanEquals]: 3,
  [Operator.NumericGreaterThan]: 3,
  [Operator.NumericGreaterThanEquals]: 3,
  [Operator.DateEquals]: 4,
  [Operator.DateLessThan]: 4,
  [Operator.DateLessThanEquals]: 4,
  [Operator.DateGreaterThan]: 4,
  [Operator.DateGreaterThanEquals]: 4,
  [Operator.Like]: 5,
  [Operator.Arn]: 5,
  [Operator.StringEqualsIgnoreCase]: 6,
  [Operator.BinaryEquals]: 7,
};

/** The program of a text value under an operator that takes variables, else undefined (VAR-3, VAR-10). */
export function valueProgram(kind: OperatorKind, value: string, version: DocumentVersion): Program | undefined {
  switch (kind) {
    case "StringEquals":
      return equalsProgram(value, version, false);
    case "StringEqualsIgnoreCase":
      return equalsProgram(value, version, true);
    case "StringLike":
      return likeProgram(value, version);
    case "ArnLike":
      return arnProgram(value, version);
    case "Bool":
      return hasVariables(value, version) ? equalsProgram(value, version, true) : undefined;
    default:
      return undefined;
  }
}

/** What writing a test needs from the rest of the compiler. */
export interface TestContext {
  readonly writer: ByteWriter;
  slotOf(key: string): number;
  patternOf(program: Program, cacheKey: string): number;
}

/** Writes tests by number, each once. */
export interface TestWriter {
  /** How many of the written tests are used more than once: the matcher remembers what those came to. */
  readonly memoCount: number;
  /** Offset of the test. */
  write(number: number): number;
}

/** A writer that has written none of the tests. */
export function testWriter(context: TestContext, tests: readonly NumberedTest[]): TestWriter {
  const written = new Uint32Array(tests.length);
  let memoCount = 0;
  return {
    get memoCount() {
      return memoCount;
    },
    write(number) {
      const known = written[number] ?? 0;
      const numbered = tests[number];
      if (known !== 0 || numbered === undefined) return known;
      const at = writeTest(context, numbered, memoCount);
      if (numbered.isShared) memoCount++;
      written[number] = at;
      return at;
    },
  };
}

/** Orders tests, cheapest first. */
export function byCost(a: ConditionTest, b: ConditionTest): number {
  return COST[OPERATORS[a.operator.kind]] - COST[OPERATORS[b.operator.kind]];
}

function writeTest(context: TestContext, { test, version, isShared }: NumberedTest, memo: number): number {
  const { writer } = context;
  const { kind, negated, ifExists, qualifier } = test.operator;
  const operator = OPERATORS[kind];
  const values = kind === "Null" ? [] : valuesOf(context, test, version);
  const nameAt = writer.text(test.operatorName);
  const slot = context.slotOf(test.key);
  const at = writer.reserve(TEST_SIZE + values.length * 4);
  const flags = (negated ? TEST_NEGATED : 0) | (ifExists ? TEST_IF_EXISTS : 0) | (isShared ? TEST_MEMO : 0);
  writer.setWord(at, operator | (QUALIFIERS[qualifier] << 8) | (flags << 16));
  writer.setWord(at + 4, slot);
  writer.setWord(at + 8, isShared ? memo : 0);
  writer.setWord(at + 12, nameAt);
  writer.setWord(at + 16, values.length);
  writer.setWord(at + 20, listedWords(kind, test.values));
  writer.setWords(at + TEST_SIZE, values);
  return at;
}

/** Bits for the words `true` and `false` of Null and Bool (NULL-1, BOOL-1). */
function listedWords(kind: OperatorKind, values: readonly string[]): number {
  if (kind !== "Null" && kind !== "Bool") return 0;
  let bits = 0;
  for (const value of values) {
    const word = lowerAscii(value);
    if (word === "true") bits |= kind === "Null" ? NULL_LISTS_TRUE : BOOL_LISTS_TRUE;
    if (word === "false") bits |= kind === "Null" ? NULL_LISTS_FALSE : BOOL_LISTS_FALSE;
  }
  return bits;
}

function valuesOf(context: TestContext, test: ConditionTest, version: DocumentVersion): number[] {
  const { writer } = context;
  const { kind } = test.operator;
  const offsets: number[] = [];
  for (const value of test.values) {
    const program = valueProgram(kind, value, version);
    if (program !== undefined) offsets.push(context.patternOf(program, `${kind} ${version} ${value}`));
    else if (kind.startsWith("Numeric")) offsets.push(writeDecimal(writer, value));
    else if (kind.startsWith("Date")) offsets.push(writeInstant(writer, value));
    else if (kind === "IpAddress") offsets.push(writeRange(writer, value));
    else if (kind === "BinaryEquals") offsets.push(writeBinary(writer, value));
  }
  // INVARIANT: validation refused values that do not parse; should one come through, it matches nothing.
  return offsets.filter((offset) => offset !== 0);
}

/** Larger powers of ten are not written out. */
const WRITTEN_OUT = 65_536;

function writeDecimal(writer: ByteWriter, text: string): number {
  const decimal = parseDecimal(text);
  if (decimal === undefined || Math.abs(decimal.exponent) > WRITTEN_OUT) return 0;
  const integer = decimal.digits.slice(0, Math.max(decimal.exponent, 0)).padEnd(decimal.exponent, "0");
  const zeros = decimal.digits === "" ? 0 : Math.max(-decimal.exponent, 0);
  const fraction = "0".repeat(zeros) + decimal.digits.slice(Math.max(decimal.exponent, 0));
  const digits = Buffer.from(integer + fraction);
  const at = writer.reserve(DECIMAL_SIZE + digits.length);
  writer.setWord(at, decimal.negative ? 1 : 0);
  writer.setWord(at + 4, integer.length);
  writer.setWord(at + 8, fraction.length);
  writer.setBytes(at + DECIMAL_SIZE, digits);
  return at;
}

/** Seconds of up to 18 digits are one number; longer ones keep their digits. */
function writeInstant(writer: ByteWriter, text: string): number {
  const instant = parseDate(text);
  if (instant === undefined) return 0;
  const magnitude = (instant.seconds < 0n ? -instant.seconds : instant.seconds).toString();
  const isBig = magnitude.length > 18;
  const digits = Buffer.from(isBig ? magnitude : instant.fraction);
  const at = writer.reserve(INSTANT_SIZE + digits.length, 8);
  if (!isBig) writer.setLong(at, instant.seconds);
  writer.setWord(at + 8, isBig ? (instant.seconds < 0n ? -1 : 1) >>> 0 : 0);
  writer.setWord(at + 12, digits.length);
  writer.setBytes(at + INSTANT_SIZE, digits);
  return at;
}

function writeRange(writer: ByteWriter, text: string): number {
  const range = parseIpRange(text);
  if (range === undefined) return 0;
  const bits = range.family === 4 ? 32 : 128;
  const all = (1n << BigInt(bits)) - 1n;
  const mask = all ^ ((1n << BigInt(bits - range.prefixLength)) - 1n);
  const value = addressOf(range) & mask;
  const at = writer.reserve(RANGE_SIZE, 8);
  writer.setLong(at, value >> 64n);
  writer.setLong(at + 8, value);
  writer.setLong(at + 16, mask >> 64n);
  writer.setLong(at + 24, mask);
  writer.setWord(at + 32, range.family);
  return at;
}

function addressOf({ bytes }: IpRange): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

function writeBinary(writer: ByteWriter, text: string): number {
  const bytes = parseBase64(text);
  return bytes === undefined ? 0 : writer.appendBytes(bytes);
}
