/**
 * The values of one condition key: absent, one value, a list. Finds values that pass some tests and fail others, or proves that there
 * are none (sections 7 and 7.2 of the semantics).
 */
import { anyArn, type Glob, globHolds } from "../globs/glob.js";
import { findText, type Work } from "../globs/solve-text.js";
import type { KeyType } from "../policy/document/operators.js";
import { FoundBefore } from "./found-before.js";
import { samplesOf, valuesAround } from "./sample-values.js";
import { type Comparison, holdsWithout, passes, type ValueTest } from "./value-test.js";

/** What a request can hold under a key. */
export interface KeyFacts {
  /** Undefined: any text. */
  readonly type: KeyType | undefined;
  /** Every request has it. */
  readonly alwaysPresent: boolean;
  /** A list by definition, whatever the number of its values (CTX-14). */
  readonly isList: boolean;
  /** At most one value. */
  readonly single: boolean;
  /** The one value that it can have where it is there, as a test spells it; undefined: any of the type. */
  readonly fixedValue?: ((spelling: string) => string) | undefined;
}

/** A test that is to hold, or not. */
export interface Demand {
  readonly test: ValueTest;
  readonly holds: boolean;
}

/** Values for the key; null: it is absent. */
export type KeyAnswer = { readonly values: readonly string[] | null } | "none" | "unknown";

/** Finds values under which each test holds as demanded; tests that are tied to other keys bind nothing here but the key's presence. */
export function findValues(facts: KeyFacts, demands: readonly Demand[], work: Work): KeyAnswer {
  if (!facts.alwaysPresent && demands.every(({ test, holds }) => holdsWithout(test) === holds)) return { values: null };
  if (facts.fixedValue !== undefined) return tryFixed(facts.fixedValue, demands);
  let answer: KeyAnswer = "none";
  for (const state of [facts.isList ? undefined : findSingle, facts.single ? undefined : findList]) {
    const found = state?.(facts, demands, work) ?? "none";
    if (typeof found === "object") return found;
    if (found === "unknown") answer = found;
  }
  return answer;
}

function tryFixed(fixedValue: (spelling: string) => string, demands: readonly Demand[]): KeyAnswer {
  const value = fixedValue(demands[0]?.test.source.key ?? "");
  const isHeld = demands.filter(isAboutValues).every(({ test, holds }) => passes(test, value) === holds);
  return isHeld && presenceHolds(demands) ? { values: [value] } : "none";
}

/** Tests of presence, which the number of values does not matter to; false if one is broken. */
function presenceHolds(demands: readonly Demand[]): boolean {
  return demands.every(
    ({ test: { comparison }, holds }) => comparison?.family !== "presence" || comparison.present === holds,
  );
}

function findSingle(facts: KeyFacts, demands: readonly Demand[], work: Work): KeyAnswer {
  if (!presenceHolds(demands)) return "none";
  const found = findValue(facts.type, demands.filter(isAboutValues), work);
  return typeof found === "string" ? found : { values: [found.value] };
}

/** Two values and more, or one of a list by definition: universal tests bind all of them, existential ones need one each. */
function findList(facts: KeyFacts, demands: readonly Demand[], work: Work): KeyAnswer {
  if (!presenceHolds(demands)) return "none";
  const forAll: Demand[] = [];
  const forOne: Demand[] = [];
  for (const demand of demands) {
    if (!isAboutValues(demand)) continue;
    const { qualifier } = demand.test.source.operator;
    if (qualifier === "none") {
      // A list passes no plain operator (COND-9).
      if (demand.holds) return "none";
    } else if ((qualifier === "ForAllValues") === demand.holds) forAll.push(demand);
    else forOne.push(demand);
  }
  const values = new Set<string>();
  let answer: KeyAnswer = "none";
  for (const demand of forOne.length === 0 ? [undefined] : forOne) {
    const found = findValue(facts.type, demand === undefined ? forAll : [...forAll, demand], work);
    if (found === "none") return "none";
    if (found === "unknown") answer = found;
    else values.add(found.value);
  }
  if (answer === "unknown") return answer;
  const [first = ""] = values;
  return { values: values.size > 1 || facts.isList ? [...values] : [first, first] };
}

function isAboutValues({ test: { comparison } }: Demand): boolean {
  return comparison !== undefined && comparison.family !== "presence";
}

type ValueAnswer = { readonly value: string } | "none" | "unknown";

const foundBefore = new FoundBefore<ValueAnswer>();

/** One value that passes and fails the operators, each for itself. */
function findValue(type: KeyType | undefined, demands: readonly Demand[], work: Work): ValueAnswer {
  return foundBefore.answer(type ?? "", demands, work, "unknown", (own) => seekValue(type, demands, own));
}

function seekValue(type: KeyType | undefined, demands: readonly Demand[], work: Work): ValueAnswer {
  const fits = (value: string): boolean =>
    isOfType(type, value) && demands.every(({ test, holds }) => passes(test, value) === holds);
  const samples = samplesOf(type).filter(fits);
  if (samples[0] !== undefined) return { value: samples[0] };
  const comparisons = demands.flatMap(({ test }) => test.comparison ?? []);
  const families = new Set(comparisons.map(({ family }) => family));
  if (type === "Bool" && (families.size === 0 || (families.size === 1 && families.has("text")))) return "none";
  let isComplete = true;
  const candidates: string[] = [];
  for (const comparison of comparisons) {
    const around = valuesAround(comparison);
    if (around === undefined) isComplete = false;
    candidates.push(...(around ?? []), ...spelledOut(comparison));
  }
  const ordered = isOrdered(type) ? candidates : [...candidates, "x", "-"];
  const fitting = ordered.find(fits);
  if (fitting !== undefined) return { value: fitting };
  if (families.has("text")) {
    const text = findByText(type, demands, work);
    if (text === "none") return "none";
    if (typeof text === "object" && fits(text.value)) return text;
    // Only where texts are all that is compared does the search over texts decide.
    return families.size === 1 && !isOrdered(type) && text !== "unknown" ? "none" : "unknown";
  }
  return isComplete && families.size <= 1 && !families.has("caseless") ? "none" : "unknown";
}

/** Types whose values are fewer than all texts, and no language of globs. */
function isOrdered(type: KeyType | undefined): boolean {
  return type === "Numeric" || type === "Date" || type === "IPAddress";
}

function isOfType(type: KeyType | undefined, value: string): boolean {
  switch (type) {
    case "Bool":
      return value === "true" || value === "false";
    case "ARN":
      return globHolds(anyArn, value);
    case "Numeric":
      return /^-?[0-9]+(?:\.[0-9]+)?$/.test(value);
    case "Date":
      return /^(?:[0-9]{4}-[0-9T:.Z-]+|-?[0-9]+)$/.test(value);
    case "IPAddress":
      return /^[0-9A-Fa-f.:]+$/.test(value) && /[.:]/.test(value);
    default:
      return true;
  }
}

/** Constants of text tests, which other families may take for numbers, dates or addresses. */
function spelledOut(comparison: Comparison): readonly string[] {
  if (comparison.family === "caseless") return comparison.texts.flatMap((text) => [text, text.toLowerCase()]);
  if (comparison.family !== "text") return [];
  return comparison.globs.flatMap(({ places, prefix }) => (prefix.length === places.length ? [prefix] : []));
}

interface Alternative {
  readonly inside?: readonly Glob[];
  readonly outside?: readonly Glob[];
}

/** The text tests alone, as globs to be in and out of. */
function findByText(type: KeyType | undefined, demands: readonly Demand[], work: Work): ValueAnswer {
  const inside: (readonly Glob[])[] = type === "ARN" ? [[anyArn]] : [];
  const outside: Glob[] = [];
  const open: (readonly Alternative[])[] = [];
  for (const { test, holds } of demands) {
    if (test.comparison?.family !== "text") continue;
    const { globs, complement, arn } = test.comparison;
    const isIn = (holds !== test.source.operator.negated) !== complement;
    // No ARN passes neither form: a test of ARNs that fails leaves both ways open (ARN-3).
    if (arn && !holds) open.push([isIn ? { inside: globs } : { outside: globs }, { outside: [anyArn] }]);
    else {
      if (arn) inside.push([anyArn]);
      if (isIn) inside.push(globs);
      else outside.push(...globs);
    }
  }
  return findAmong(inside, outside, open, work);
}

function findAmong(
  inside: readonly (readonly Glob[])[],
  outside: readonly Glob[],
  open: readonly (readonly Alternative[])[],
  work: Work,
): ValueAnswer {
  const [alternatives, ...others] = open;
  if (alternatives === undefined) {
    const found = findText({ inside, outside }, work);
    return typeof found === "object" ? { value: found.text } : found;
  }
  let answer: ValueAnswer = "none";
  for (const { inside: more, outside: less = [] } of alternatives) {
    const found = findAmong(more === undefined ? inside : [...inside, more], [...outside, ...less], others, work);
    if (typeof found === "object") return found;
    if (found === "unknown") answer = found;
  }
  return answer;
}
