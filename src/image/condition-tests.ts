/**
 * Condition tests as records: operators become numbers, values are parsed once (numbers, dates, ranges, base64, patterns).
 * Equal tests are stored once, and the matcher evaluates a shared one once a request.
 */
import {
  BOOL_LISTS_FALSE,
  BOOL_LISTS_TRUE,
  NULL_LISTS_FALSE,
  NULL_LISTS_TRUE,
  Operator,
  Qualifier,
  TEST_IF_EXISTS,
  TEST_LIST,
  TEST_MEMO,
  TEST_NEGATED,
  TEST_VARIABLES,
} from "../../assembly/format/layout.js";
import { DecimalFields, InstantFields, RangeFields, TestFields } from "../../assembly/format/records.js";
import { parseBase64 } from "../policy/document/base64.js";
import { parseDate } from "../policy/document/date.js";
import { parseDecimal, trimTrailingZeros } from "../policy/document/decimal.js";
import type { ConditionTest, DocumentVersion } from "../policy/document/document.js";
import { type IpRange, mappedRange, parseIpRange } from "../policy/document/ip-address.js";
import {
  type OperatorKind,
  type OperatorRow,
  operators,
  type ValueFormatName,
  valueFormats,
} from "../policy/document/operators.js";
import { hasVariables } from "../policy/document/template.js";
import { lowerAscii } from "../text/fold.js";
import { utf8Bytes } from "../text/utf8.js";
import type { ByteWriter } from "./byte-writer.js";
import { isListKey } from "./context-keys.js";
import { arnProgram, equalsProgram, likeProgram, type Program } from "./pattern.js";
import { recordType } from "./record.js";
import type { NumberedTest } from "./test-numbers.js";

const DECIMAL = recordType(DecimalFields);
const INSTANT = recordType(InstantFields);
const RANGE = recordType(RangeFields);
const TEST = recordType(TestFields);

/** The matcher's number of each kind: both lists have the same names, or one of these two lines does not compile. */
const NUMBERS: Readonly<Record<OperatorKind, Operator>> = Operator;
const ROWS: Readonly<Record<keyof typeof Operator, OperatorRow>> = operators;
const QUALIFIERS = {
  none: Qualifier.None,
  ForAllValues: Qualifier.ForAllValues,
  ForAnyValue: Qualifier.ForAnyValue,
} as const;

/** The program of a text value under an operator that takes variables, else undefined (VAR-3, VAR-10). */
export function valueProgram(kind: OperatorKind, value: string, version: DocumentVersion): Program | undefined {
  switch (ROWS[kind].values) {
    case "text":
      return equalsProgram(value, version);
    case "pattern":
      return likeProgram(value, version);
    case "arn":
      return arnProgram(value, version);
    case "boolean":
      return hasVariables(value, version) ? equalsProgram(value, version) : undefined;
    case "decimal":
    case "date":
    case "base64":
    case "range":
    case "presence":
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
  /** Writes the values of all tests as policies have them, once every test is written: only explanations read them. */
  writeValues(): void;
}

/** A writer that has written none of the tests. */
export function testWriter(context: TestContext, tests: readonly NumberedTest[]): TestWriter {
  const written = new Uint32Array(tests.length);
  const list: number[] = [];
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
    writeValues() {
      const { writer } = context;
      for (const [number, { test }] of tests.entries()) {
        const at = written[number] ?? 0;
        if (at === 0) continue;
        list.length = 0;
        list.push(test.values.length);
        for (const value of test.values) list.push(writer.text(value));
        writer.setWord(at + TestFields.writtenAt, writer.appendWords(list));
      }
    },
  };
}

/** Orders tests, cheapest first (COND-2 lets them run in any order). */
export function byCost(a: ConditionTest, b: ConditionTest): number {
  return ROWS[a.operator.kind].cost - ROWS[b.operator.kind].cost;
}

function writeTest(context: TestContext, { test, version, isShared }: NumberedTest, memo: number): number {
  const { writer } = context;
  const { kind, negated, ifExists, qualifier } = test.operator;
  const operator = NUMBERS[kind];
  const values = valuesOf(context, test, version);
  const operatorTextAt = writer.text(test.operatorName);
  const slot = context.slotOf(test.key);
  const isList = qualifier === "none" && isListKey(test.key);
  const flags =
    (negated ? TEST_NEGATED : 0) |
    (ifExists ? TEST_IF_EXISTS : 0) |
    (isShared ? TEST_MEMO : 0) |
    (isList ? TEST_LIST : 0) |
    (valueFormats[ROWS[kind].values].takesVariables ? TEST_VARIABLES : 0);
  const fields = {
    operator,
    qualifier: QUALIFIERS[qualifier],
    flags,
    slot,
    memo: isShared ? memo : 0,
    operatorTextAt,
    valueCount: values.length,
    single: listedWords(kind, test.values),
    writtenAt: 0,
  };
  const at = writer.record(TEST, fields, values.length * 4);
  writer.setWords(at + TEST.size, values);
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

/** Writes one policy value and gives its offset, 0 for one that matches nothing. */
type ValueWriter = (context: TestContext, value: string, kind: OperatorKind, version: DocumentVersion) => number;

const pattern: ValueWriter = ({ patternOf }, value, kind, version) => {
  const program = valueProgram(kind, value, version);
  return program === undefined ? 0 : patternOf(program, `${kind} ${version} ${value}`);
};

/** How values of each format are written; a format without a row does not compile, so that none can match nothing. */
const VALUE_WRITERS: Readonly<Record<ValueFormatName, ValueWriter>> = {
  text: pattern,
  pattern,
  arn: pattern,
  decimal: ({ writer }, value) => writeDecimal(writer, value),
  date: ({ writer }, value) => writeInstant(writer, value),
  base64: ({ writer }, value) => writeBinary(writer, value),
  range: ({ writer }, value) => writeRange(writer, value),
  // The words are bits of the test itself; what is left are texts with variables (BOOL-4).
  boolean: pattern,
  presence: () => 0,
};

function valuesOf(context: TestContext, test: ConditionTest, version: DocumentVersion): number[] {
  const { kind } = test.operator;
  const write = VALUE_WRITERS[ROWS[kind].values];
  // INVARIANT: validation refused values that do not parse; should one come through, it matches nothing.
  return test.values.map((value) => write(context, value, kind, version)).filter((at) => at !== 0);
}

function writeDecimal(writer: ByteWriter, text: string): number {
  const number = parseDecimal(text);
  if (number === undefined) return 0;
  const digits = utf8Bytes(number.digits);
  const fields = { exponent: BigInt(number.exponent), negative: number.negative ? 1 : 0, length: digits.length };
  const at = writer.record(DECIMAL, fields, digits.length, 8);
  writer.setBytes(at + DECIMAL.size, digits);
  return at;
}

/** Seconds of up to 18 digits are one number; longer ones keep their digits. */
function writeInstant(writer: ByteWriter, text: string): number {
  const instant = parseDate(text);
  if (instant === undefined) return 0;
  const magnitude = (instant.seconds < 0n ? -instant.seconds : instant.seconds).toString();
  const isBig = magnitude.length > 18;
  const digits = utf8Bytes(isBig ? magnitude : trimTrailingZeros(instant.fraction.slice(0, 3)));
  const fields = {
    seconds: isBig ? 0n : instant.seconds,
    bigSign: isBig ? (instant.seconds < 0n ? -1 : 1) : 0,
    digitsLength: digits.length,
  };
  const at = writer.record(INSTANT, fields, digits.length, 8);
  writer.setBytes(at + INSTANT.size, digits);
  return at;
}

function writeRange(writer: ByteWriter, text: string): number {
  const range = parseIpRange(text);
  if (range === undefined || mappedRange(range) !== undefined) return 0; // no request is mapped IPv6 (IP-5)
  const bits = range.family === 4 ? 32 : 128;
  const all = (1n << BigInt(bits)) - 1n;
  const mask = all ^ ((1n << BigInt(bits - range.prefixLength)) - 1n);
  const value = addressOf(range) & mask;
  const fields = { high: value >> 64n, low: value, highMask: mask >> 64n, lowMask: mask, family: range.family };
  return writer.record(RANGE, fields, 0, 8);
}

function addressOf({ bytes }: IpRange): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

/** The text as it is: only canonical base64 counts, and there equal bytes have equal texts (BIN-2). */
function writeBinary(writer: ByteWriter, text: string): number {
  return parseBase64(text) === undefined ? 0 : writer.text(text);
}
