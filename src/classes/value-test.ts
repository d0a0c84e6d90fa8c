/**
 * One condition test with its variables replaced, as a question to one value of its key: does the value pass? (Section 8 of the
 * semantics.) How many values there are is another matter (`key-space.ts`).
 */
import {
  anyArn,
  arnGlob,
  equalGlob,
  foldedGlob,
  foldsByUnit,
  type Glob,
  globHolds,
  likeGlob,
  literalGlob,
  type Resolved,
  type VariableLookup,
} from "../globs/glob.js";
import { parseBase64 } from "../policy/document/base64.js";
import { compareInstants, type Instant, parseDate } from "../policy/document/date.js";
import { compareDecimals, type Decimal, parseDecimal } from "../policy/document/decimal.js";
import type { ConditionTest, DocumentVersion } from "../policy/document/document.js";
import { type IpRange, parseIpAddress, parseIpRange } from "../policy/document/ip-address.js";
import { operators, type Relation } from "../policy/document/operators.js";
import { parseTemplate, type TemplatePart } from "../policy/document/template.js";
import { foldText } from "../text/fold.js";

/** What a value is compared with, by the way in which it is compared. */
export type Comparison =
  /** The value is in one of the globs, or (`complement`) in none. `arn`: only ARNs pass either form (ARN-3). */
  | { readonly family: "text"; readonly globs: readonly Glob[]; readonly complement: boolean; readonly arn: boolean }
  /** Texts whose lower case depends on more than each unit by itself (STR-1): compared, but no language of globs. */
  | { readonly family: "caseless"; readonly texts: readonly string[] }
  | { readonly family: "number"; readonly relation: Relation; readonly numbers: readonly Decimal[] }
  | { readonly family: "date"; readonly relation: Relation; readonly instants: readonly Instant[] }
  | { readonly family: "address"; readonly ranges: readonly IpRange[] }
  | { readonly family: "presence"; readonly missing: boolean; readonly present: boolean };

/** A test of one key; tests with equal ids hold alike in every request. */
export interface ValueTest {
  readonly id: string;
  readonly source: ConditionTest;
  /** In lower case. */
  readonly key: string;
  /** Undefined where the test is tied to another open key by a variable, or cannot be taken apart. */
  readonly comparison: Comparison | undefined;
  /** The values as they are told: own variables of the principal replaced, open ones left. */
  readonly values: readonly string[];
  /** The open keys of its variables. */
  readonly openKeys: readonly string[];
}

/** Tests without variables, by the name of their key: every world asks again. */
const plainTests = new WeakMap<ConditionTest, Map<string, ValueTest>>();

/** Builds a test. `lookup` answers for variables of documents of 2012-10-17, `nameOf` names the key as values are kept under. */
export function valueTest(
  source: ConditionTest,
  version: DocumentVersion,
  lookup: VariableLookup,
  nameOf: (key: string) => string = foldText,
): ValueTest {
  const key = nameOf(source.key);
  if (source.values.some((value) => value.includes("$"))) return buildTest(source, version, lookup, key);
  const known = plainTests.get(source) ?? new Map<string, ValueTest>();
  plainTests.set(source, known);
  const found = known.get(key) ?? buildTest(source, version, lookup, key);
  known.set(key, found);
  return found;
}

function buildTest(source: ConditionTest, version: DocumentVersion, lookup: VariableLookup, key: string): ValueTest {
  const { operator } = source;
  const openKeys: string[] = [];
  const resolvedAll = (
    resolve: (value: string, version: DocumentVersion, lookup: VariableLookup) => Resolved,
  ): Glob[] =>
    source.values.flatMap((value) => {
      const resolved = resolve(value, version, lookup);
      if ("open" in resolved) openKeys.push(...resolved.open);
      return "glob" in resolved ? [resolved.glob] : [];
    });
  const text = (globs: readonly Glob[], more: Partial<{ complement: boolean; arn: boolean }> = {}): Comparison => ({
    family: "text",
    globs,
    complement: false,
    arn: false,
    ...more,
  });
  let comparison: Comparison | undefined;
  switch (operator.kind) {
    case "StringEquals":
      comparison = text(resolvedAll(equalGlob));
      break;
    case "StringEqualsIgnoreCase": {
      const texts = resolvedAll(equalGlob).map(({ prefix }) => prefix);
      comparison = texts.every(foldsByUnit) ? text(texts.map(foldedGlob)) : { family: "caseless", texts };
      break;
    }
    case "StringLike":
      comparison = text(resolvedAll(likeGlob));
      break;
    case "ArnLike":
      comparison = text(resolvedAll(arnGlob), { arn: true });
      break;
    case "Bool":
      comparison = boolComparison(resolvedAll(equalGlob));
      break;
    case "BinaryEquals":
      // Equal bytes have equal canonical texts; anything else matches nothing (BIN-2).
      comparison = text(source.values.filter((value) => parseBase64(value) !== undefined).map(literalGlob));
      break;
    case "IpAddress":
      comparison = { family: "address", ranges: source.values.flatMap((value) => parseIpRange(value) ?? []) };
      break;
    case "Null": {
      const has = (word: string): boolean => source.values.some((value) => value.toLowerCase() === word);
      comparison = { family: "presence", missing: has("true"), present: has("false") };
      break;
    }
    default: {
      const { relation = "equal", values } = operators[operator.kind];
      if (values === "date") {
        comparison = { family: "date", relation, instants: source.values.flatMap((value) => parseDate(value) ?? []) };
      } else if (values === "decimal") {
        comparison = {
          family: "number",
          relation,
          numbers: source.values.flatMap((value) => parseDecimal(value) ?? []),
        };
      }
      // INVARIANT: of an operator that is not known here nothing is claimed: its tests stay open.
    }
  }
  if (openKeys.length > 0) comparison = undefined;
  const values = source.values.map((value) => tell(value, version, lookup));
  const { kind, negated, ifExists, qualifier } = operator;
  const id = JSON.stringify([spellingOf(source, key), kind, negated, ifExists, qualifier, [...new Set(values)].sort()]);
  return { id, source, key, comparison, values, openKeys: [...new Set(openKeys)] };
}

/** What keys of tags of the resource begin with, in lower case. */
export const resourceTag = "aws:resourcetag/";

/** The key as its values are kept under; of a tag of the resource as the test spells it: there may be another in other case (CTX-11). */
export function spellingOf({ key: written }: Pick<ConditionTest, "key">, key: string): string {
  return key.startsWith(resourceTag) ? resourceTag + written.slice(resourceTag.length) : key;
}

/**
 * Whether one present value passes the operator without prefix: for negated operators that it matches nothing of the list (COND-4), but
 * no address and no ARN pass neither form (IP-6, ARN-3).
 */
export function passes({ source, comparison }: ValueTest, value: string): boolean | undefined {
  if (comparison === undefined) return undefined;
  const { negated } = source.operator;
  switch (comparison.family) {
    case "text": {
      if (comparison.arn && !globHolds(anyArn, value)) return false;
      const holds = comparison.globs.some((glob) => globHolds(glob, value)) !== comparison.complement;
      return holds !== negated;
    }
    case "caseless": {
      const folded = lowerText(value);
      return comparison.texts.some((one) => lowerText(one) === folded) !== negated;
    }
    case "number":
      return isRelated(parseDecimal(value), comparison.numbers, compareDecimals, comparison.relation) !== negated;
    case "date":
      return isRelated(parseDate(value), comparison.instants, compareInstants, comparison.relation) !== negated;
    case "address": {
      const address = parseIpAddress(value);
      if (address === undefined) return false;
      return comparison.ranges.some((range) => inRange(address, range)) !== negated;
    }
    case "presence":
      return comparison.present;
  }
}

/** Whether the test holds for the values of its key; undefined values: the key is missing (section 7.1). */
export function holdsFor(
  test: ValueTest,
  values: readonly string[] | undefined,
  isListKey: boolean,
): boolean | undefined {
  const { qualifier } = test.source.operator;
  if (values === undefined || values.length === 0) return holdsWithout(test);
  if (test.comparison === undefined) return undefined;
  if (test.comparison.family === "presence") return test.comparison.present;
  if (qualifier === "ForAllValues") return values.every((value) => passes(test, value) === true);
  if (qualifier === "ForAnyValue") return values.some((value) => passes(test, value) === true);
  const [value, ...more] = values;
  return value !== undefined && more.length === 0 && !isListKey ? passes(test, value) : false;
}

/** Whether the test holds if the key is missing (COND-5, COND-6, SET-2, SET-4, SET-7, NULL-1); also where it is tied. */
export function holdsWithout({ source, comparison }: ValueTest): boolean {
  const { kind, negated, ifExists, qualifier } = source.operator;
  if (kind === "Null") return comparison?.family === "presence" && comparison.missing;
  if (ifExists || qualifier === "ForAllValues") return true;
  return qualifier === "none" && negated;
}

function boolComparison(globs: readonly Glob[]): Comparison {
  const isTrue = globs.map(({ prefix }) => prefix.toLowerCase() === "true");
  const base = { family: "text", globs: [foldedGlob("true")], arn: false } as const;
  // BOOL-1: whatever is not the word `true` is false.
  if (isTrue.includes(true) && isTrue.includes(false)) return { ...base, globs: [], complement: true };
  if (isTrue.includes(true)) return { ...base, complement: false };
  return isTrue.length > 0 ? { ...base, complement: true } : { ...base, globs: [], complement: false };
}

/** STR-1: with context, and nothing beyond U+FFFF changes. */
function lowerText(text: string): string {
  const lower = text.toLowerCase();
  if (!/[\u{10000}-\u{10ffff}]/u.test(text)) return lower;
  // Astral letters have astral lower cases, one for one and in order.
  const astral = text.match(/[\u{10000}-\u{10ffff}]/gu) ?? [];
  let at = 0;
  return lower.replace(/[\u{10000}-\u{10ffff}]/gu, () => astral[at++] ?? "");
}

/** Whether a value is in the relation to one of the constants; what does not parse is in none (NUM-3, DATE-4). */
function isRelated<T>(
  value: T | undefined,
  constants: readonly T[],
  compare: (left: T, right: T) => number,
  relation: Relation,
): boolean {
  return value !== undefined && constants.some((one) => inRelation(compare(value, one), relation));
}

function inRelation(order: number, relation: Relation): boolean {
  switch (relation) {
    case "equal":
      return order === 0;
    case "less":
      return order < 0;
    case "lessOrEqual":
      return order <= 0;
    case "greater":
      return order > 0;
    case "greaterOrEqual":
      return order >= 0;
  }
}

function inRange({ family, bytes }: IpRange, range: IpRange): boolean {
  if (family !== range.family) return false;
  return bytes.every((byte, index) => {
    const kept = Math.min(Math.max(range.prefixLength - index * 8, 0), 8);
    return (byte & (0xff00 >>> kept) & 0xff) === range.bytes[index];
  });
}

/** A value as it is told to a reader of a 2012-10-17 document: what is known of the principal stands in it, wildcards in it as `${*}`. */
function tell(value: string, version: DocumentVersion, lookup: VariableLookup): string {
  if (version !== "2012-10-17") return value.replaceAll("${", "${$}{");
  if (!value.includes("${")) return value;
  return parseTemplate(value, version)
    .map((part) => tellPart(part, lookup))
    .join("");
}

function tellPart(part: TemplatePart, lookup: VariableLookup): string {
  if (part.kind === "text") return part.text;
  if (part.kind === "literal") return `\${${part.text}}`;
  const known = lookup(part.key);
  const isValue = known === undefined || ("text" in known && known.text === "");
  if (isValue && part.default !== undefined) return escapeText(part.default);
  if (known !== undefined && "text" in known) return escapeText(known.text);
  return `\${${part.key}${part.default === undefined ? "" : `, '${part.default}'`}}`;
}

/** A text as it stands for itself in a document of 2012-10-17 (VAR-8). */
export function escapeText(text: string): string {
  return text.replaceAll(/[*?]|\$(?=\{)/g, (unit) => `\${${unit}}`);
}
