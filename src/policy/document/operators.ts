/**
 * The table of condition operators (section 8 of the semantics): one row each, from which names are read, values are checked, images
 * are written, statements are sorted by cost and advice is given. The matcher has the same names in its `Operator`.
 */
import { coversSixFields, splitArnFields } from "./arn.js";
import { parseBase64 } from "./base64.js";
import { parseDate } from "./date.js";
import { parseDecimal } from "./decimal.js";
import { readIpRange } from "./ip-address.js";
import { type TemplatePart, templateSkeleton } from "./template.js";

/** The types of AWS's service authorization reference. */
export type KeyType = "String" | "ARN" | "Bool" | "Date" | "Numeric" | "IPAddress" | "Binary";

/** What an order has to be for the test to hold, request value first. */
export type Relation = "equal" | "less" | "lessOrEqual" | "greater" | "greaterOrEqual";

/** What an operator is, apart from what it means: that only the matcher knows. */
export interface OperatorRow {
  /** As AWS writes them; a document may write them in any case (COND-1). */
  readonly names: readonly string[];
  /** The names of its complement (COND-4). */
  readonly negatedNames: readonly string[];
  readonly values: ValueFormatName;
  /** Only of operators that compare an order. */
  readonly relation?: Relation;
  /** The type of the keys that it is for. */
  readonly keys: KeyType | "any";
  /** Cheap tests come first in a statement: a failing one spares the others. The number has no unit. */
  readonly cost: number;
}

const row = (
  names: readonly string[],
  negatedNames: readonly string[],
  values: ValueFormatName,
  keys: OperatorRow["keys"],
  cost: number,
  relation?: Relation,
): OperatorRow => ({ names, negatedNames, values, keys, cost, ...(relation === undefined ? {} : { relation }) });

const numeric = (name: string, relation: Relation, negatedNames: readonly string[] = []) =>
  row([name], negatedNames, "decimal", "Numeric", 3, relation);
const dated = (name: string, relation: Relation, negatedNames: readonly string[] = []) =>
  row([name], negatedNames, "date", "Date", 4, relation);

const rows = {
  StringEquals: row(["StringEquals"], ["StringNotEquals"], "text", "String", 2),
  StringEqualsIgnoreCase: row(["StringEqualsIgnoreCase"], ["StringNotEqualsIgnoreCase"], "text", "String", 6),
  StringLike: row(["StringLike"], ["StringNotLike"], "pattern", "String", 5),
  NumericEquals: numeric("NumericEquals", "equal", ["NumericNotEquals"]),
  NumericLessThan: numeric("NumericLessThan", "less"),
  NumericLessThanEquals: numeric("NumericLessThanEquals", "lessOrEqual"),
  NumericGreaterThan: numeric("NumericGreaterThan", "greater"),
  NumericGreaterThanEquals: numeric("NumericGreaterThanEquals", "greaterOrEqual"),
  DateEquals: dated("DateEquals", "equal", ["DateNotEquals"]),
  DateLessThan: dated("DateLessThan", "less"),
  DateLessThanEquals: dated("DateLessThanEquals", "lessOrEqual"),
  DateGreaterThan: dated("DateGreaterThan", "greater"),
  DateGreaterThanEquals: dated("DateGreaterThanEquals", "greaterOrEqual"),
  Bool: row(["Bool"], [], "boolean", "Bool", 1),
  BinaryEquals: row(["BinaryEquals"], [], "base64", "Binary", 7),
  IpAddress: row(["IpAddress"], ["NotIpAddress"], "range", "IPAddress", 3),
  // ARN-1: the Equals forms take wildcards too.
  ArnLike: row(["ArnEquals", "ArnLike"], ["ArnNotEquals", "ArnNotLike"], "arn", "ARN", 5),
  Null: row(["Null"], [], "presence", "any", 0),
};

/** The positive operators; `negated` on the operator gives the other half of COND-1's table. */
export type OperatorKind = keyof typeof rows;

/** The operators by kind. */
export const operators: Readonly<Record<OperatorKind, OperatorRow>> = rows;

/** The operators in the order of the table. */
export const operatorRows: readonly (readonly [kind: OperatorKind, row: OperatorRow])[] = rowsOf(rows);

/** Keys of an object literal are its type's keys. */
function rowsOf<Kind extends string>(
  table: Readonly<Record<Kind, OperatorRow>>,
): readonly (readonly [Kind, OperatorRow])[] {
  const kinds: Kind[] = [];
  for (const kind in table) kinds.push(kind);
  return kinds.map((kind) => [kind, table[kind]] as const);
}

/** What the values of an operator are read as. */
export type ValueFormatName =
  | "text"
  | "pattern"
  | "arn"
  | "decimal"
  | "date"
  | "boolean"
  | "presence"
  | "base64"
  | "range";

/** What is wrong with a value; the cause follows the value in the message. */
export interface ValueProblem {
  readonly rule: string;
  readonly cause: string;
  readonly fix?: string;
}

/** How values are read. */
export interface ValueFormat {
  /** Whether policy variables are expanded in them (VAR-3, VAR-10, BOOL-4). */
  readonly takesVariables: boolean;
  /** What is wrong with a value without variables; absent where any text is a value. */
  readonly problem?: (value: string) => ValueProblem | undefined;
  /** Likewise of a text with its variables taken out. */
  readonly templateProblem?: (parts: readonly TemplatePart[]) => ValueProblem | undefined;
  /**
   * What tells equal values: their texts; their texts unless they have wildcards; their texts ignoring case; or nothing that texts
   * could tell, as one value has many spellings or stands for more than itself.
   */
  readonly equality: "text" | "plainText" | "foldedText" | "several";
}

function formatOf(rule: string, noun: string, fix: string, accepts: (value: string) => boolean) {
  return (value: string): ValueProblem | undefined =>
    accepts(value) ? undefined : { rule, cause: `is not ${noun}`, fix };
}

/** ARN-5: fields are counted before variables bring in text; a star at the end stands for those that lack. */
function arnProblem(parts: readonly TemplatePart[]): ValueProblem | undefined {
  const skeleton = templateSkeleton(parts);
  if (coversSixFields(skeleton)) return undefined;
  const cause = `lacks ${6 - splitArnFields(skeleton).length} of the six fields of an ARN`;
  return { rule: "ARN-5", cause, fix: "write all six fields, or end it in `*`" };
}

function rangeProblem(value: string): ValueProblem | undefined {
  const range = readIpRange(value);
  if (!("rule" in range)) return undefined;
  const { rule, cause, instead } = range;
  return { rule, cause, fix: instead === undefined ? rangeForms : `write \`${instead}\`` };
}

const rangeForms = "write it as `203.0.113.0/24`, `203.0.113.7` or `2001:db8::/32`";

function isTrueOrFalse(value: string): boolean {
  return /^(?:true|false)$/i.test(value);
}

/** The formats by name. */
export const valueFormats: Readonly<Record<ValueFormatName, ValueFormat>> = {
  text: { takesVariables: true, equality: "text" },
  pattern: { takesVariables: true, equality: "plainText" },
  arn: { takesVariables: true, templateProblem: arnProblem, equality: "several" },
  decimal: {
    takesVariables: false,
    problem: formatOf(
      "NUM-3",
      "a decimal number",
      "write digits, such as `10` or `0.5`",
      (value) => parseDecimal(value) !== undefined,
    ),
    equality: "several",
  },
  date: {
    takesVariables: false,
    problem: formatOf(
      "DATE-4",
      "a date or epoch seconds",
      "write it as `2026-12-31` or `2026-12-31T00:00:00Z`",
      (value) => parseDate(value) !== undefined,
    ),
    equality: "several",
  },
  boolean: {
    takesVariables: true,
    problem: formatOf("BOOL-2", "`true` or `false`", "write one of the two", isTrueOrFalse),
    equality: "foldedText",
  },
  presence: {
    takesVariables: false,
    problem: formatOf(
      "NULL-1",
      "`true` or `false`",
      "write `true` for a key that is missing, `false` for one that is there",
      isTrueOrFalse,
    ),
    equality: "several",
  },
  base64: {
    takesVariables: false,
    problem: formatOf(
      "BIN-2",
      "canonical base64",
      "write it as encoders do, such as `AQI=`",
      (value) => parseBase64(value) !== undefined,
    ),
    equality: "several",
  },
  range: { takesVariables: false, problem: rangeProblem, equality: "several" },
};
