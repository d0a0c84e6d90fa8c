/** Entries of a list, and statements of a document, that another one makes superfluous. */
import { hasWildcard, isAllStars, splitArnFields } from "../policy/document/arn.js";
import type { ConditionTest, PatternList, PrincipalElement, Statement } from "../policy/document/document.js";
import { actionCovers, mayCover, resourceTokens } from "../policy/document/pattern-cover.js";
import { type GlobToken, tokensCover } from "../policy/document/token-relations.js";
import { quote } from "../text/quote.js";
import type { RuleId } from "./rules/rules.js";
import {
  advise,
  type PlacedStatement,
  type PlacedText,
  padsIncompleteArns,
  type Subject,
  statementPlace,
} from "./subject.js";

/** Covering compares pairs of patterns; beyond this many pairs of characters only equal entries are looked for. */
const mostSteps = 100_000_000;

/** How entries of a list compare. */
export interface EntryComparison {
  /** Entries with the same key are the same entry. */
  readonly keyOf: (text: string) => string;
  /** False for entries that cover nothing but themselves. */
  readonly isWide: (text: string) => boolean;
  /** Certain only if true. */
  readonly covers: Covers;
}

type Covers = (wide: string, narrow: string) => boolean;

/** Action patterns: case does not count (ACT-2). */
export const actionComparison: EntryComparison = {
  keyOf: (text) => text.toLowerCase(),
  isWide: hasWildcard,
  covers: actionCovers,
};

/** Adds a suggestion for every text that equals an earlier one or is covered by another one of the list. */
export function adviseRedundancy(
  subject: Subject,
  rule: RuleId,
  texts: readonly PlacedText[],
  { keyOf, isWide, covers }: EntryComparison,
): void {
  const distinct = new Map<string, PlacedText>();
  for (const place of texts) {
    const key = keyOf(place.text);
    if (!distinct.has(key)) distinct.set(key, place);
    else advise(subject, rule, "suggestion", place, `${quote(place.text)} is listed twice`, "leave it out");
  }
  const places = [...distinct.values()];
  const wide = new Set(places.filter(({ text }) => isWide(text)));
  if (lengthOfAll(wide) * lengthOfAll(places) > mostSteps) return;
  for (const [index, place] of places.entries()) {
    const wider = [...wide].find((other) => {
      if (other === place || !covers(other.text, place.text)) return false;
      // Two spellings of the same patterns: only the later one is superfluous.
      return places.indexOf(other) < index || !covers(place.text, other.text);
    });
    if (wider === undefined) continue;
    const cause = `${quote(place.text)} is covered by ${quote(wider.text)}`;
    advise(subject, rule, "suggestion", place, cause, "leave it out");
  }
}

/** Resource patterns as this document reads them. */
export function resourceComparison(subject: Subject): EntryComparison {
  const { version } = subject.document;
  const padded = padsIncompleteArns(subject);
  const isWide = (text: string) => hasWildcard(text) || splitArnFields(text).length < 6;
  const cache = new Map<string, readonly GlobToken[] | undefined>();
  const tokensOf = (text: string) => {
    if (!cache.has(text)) cache.set(text, resourceTokens(text, version, padded));
    return cache.get(text);
  };
  const covers: Covers = (wide, narrow) => {
    if (isAllStars(wide) || wide === narrow) return true;
    if (isAllStars(narrow) || !isWide(wide) || !mayCover(wide, narrow)) return false;
    const [wideTokens, narrowTokens] = [tokensOf(wide), tokensOf(narrow)];
    return wideTokens !== undefined && narrowTokens !== undefined && tokensCover(wideTokens, narrowTokens);
  };
  return { keyOf: (text) => text, isWide, covers };
}

function lengthOfAll(places: Iterable<{ readonly text: string }>): number {
  let sum = 0;
  for (const { text } of places) sum += text.length;
  return sum;
}

/** What statements of a document have to do with one another: asked for each of thousands, found once. */
interface Survey {
  /** Comparing all statements with one another takes too long. */
  readonly isTooLong: boolean;
  readonly covers: Covers;
  readonly denies: readonly PlacedStatement[];
  /** Denies of listed actions without a condition. */
  readonly plainDenies: readonly Statement[];
  readonly denying: Map<Statement, PlacedStatement | undefined>;
  readonly plainDeniesAt: Map<string, readonly Statement[]>;
}

const surveys = new WeakMap<Subject, Survey>();

function surveyOf(subject: Subject): Survey {
  const found = surveys.get(subject);
  if (found !== undefined) return found;
  const length = subject.statements.reduce(
    (sum, { statement: { action, resource } }) => sum + lengthOf(action) + lengthOf(resource),
    subject.statements.length,
  );
  const denies = subject.statements.filter(({ statement }) => statement.effect === "Deny");
  const survey: Survey = {
    isTooLong: length * length > mostSteps,
    covers: resourceComparison(subject).covers,
    denies,
    plainDenies: denies.flatMap(({ statement }) =>
      statement.conditions.length > 0 || statement.action.negated ? [] : [statement],
    ),
    denying: new Map(),
    plainDeniesAt: new Map(),
  };
  surveys.set(subject, survey);
  return survey;
}

function lengthOf(list: PatternList | undefined): number {
  return list?.patterns.reduce((sum, { length }) => sum + length, 0) ?? 0;
}

/** Whether the document has a Deny at all. */
export function hasDeny(subject: Subject): boolean {
  return surveyOf(subject).denies.length > 0;
}

/** Denies of listed actions that hit a resource pattern without a condition. */
export function plainDeniesAt(subject: Subject, reach: string): readonly Statement[] {
  const { plainDenies, plainDeniesAt: known, covers } = surveyOf(subject);
  const found =
    known.get(reach) ??
    // A NotResource denies at least what is not listed: too much to be certain of.
    plainDenies.filter(
      ({ resource }) => resource?.negated === true || resource?.patterns.some((one) => covers(one, reach)) === true,
    );
  known.set(reach, found);
  return found;
}

/** Adds a suggestion for every statement that an equal or wider one with the same effect covers. */
export function adviseRedundantStatements(subject: Subject): void {
  const placed = subject.statements;
  const { isTooLong, covers } = surveyOf(subject);
  if (isTooLong) return;
  for (const one of placed) {
    const wider = placed.find((other) => {
      if (other === one || !statementCovers(other.statement, one.statement, covers)) return false;
      return other.index < one.index || !statementCovers(one.statement, other.statement, covers);
    });
    if (wider === undefined) continue;
    const cause = `all that it covers is covered by ${wider.path}`;
    advise(subject, "LINT-REDUNDANT-STATEMENT", "suggestion", statementPlace(one), cause, "leave it out");
  }
}

/** The Deny of the document that hits all that an Allow of it allows; undefined if none certainly does. */
export function denyingStatement(subject: Subject, { statement }: PlacedStatement): PlacedStatement | undefined {
  const { isTooLong, covers, denies, denying } = surveyOf(subject);
  if (statement.effect !== "Allow" || isTooLong) return undefined;
  if (denying.has(statement)) return denying.get(statement);
  const denied: Statement = { ...statement, effect: "Deny" };
  const found = denies.find(({ statement: other }) => !isInert(other) && statementCovers(other, denied, covers));
  denying.set(statement, found);
  return found;
}

/** Adds a warning for an Allow that allows nothing because of a Deny next to it. */
export function adviseDeniedStatement(subject: Subject, placed: PlacedStatement): void {
  const deny = denyingStatement(subject, placed);
  if (deny === undefined) return;
  const cause = `all that it allows is denied by ${deny.path}`;
  advise(subject, "LINT-SHADOWED", "warning", statementPlace(placed), cause, "leave one of the two out");
}

function statementCovers(wide: Statement, narrow: Statement, resourceCoversPattern: Covers): boolean {
  return (
    wide.effect === narrow.effect &&
    !isInert(narrow) &&
    principalCovers(wide.principal, narrow.principal) &&
    listCovers(wide.action, narrow.action, actionCovers) &&
    resourceListCovers(wide.resource, narrow.resource, resourceCoversPattern) &&
    wide.conditions.every((test) => narrow.conditions.some((other) => sameTest(test, other)))
  );
}

/** Applies to nothing anyway, which is another finding (DOC-10). */
function isInert({ action, resource, principal }: Statement): boolean {
  return [action.patterns, resource?.patterns, principal?.entries].some((list) => list?.length === 0);
}

function listCovers(wide: PatternList, narrow: PatternList, covers: Covers): boolean {
  if (!wide.negated && wide.patterns.some(isAllStars)) return true;
  if (wide.negated !== narrow.negated) return false;
  // What the wider list excludes, the narrower one excludes too.
  const [outer, inner] = wide.negated ? [narrow, wide] : [wide, narrow];
  return inner.patterns.every((pattern) => outer.patterns.some((other) => covers(other, pattern)));
}

// RES-12: without the element every resource that the document is asked about is meant.
function resourceListCovers(wide: PatternList | undefined, narrow: PatternList | undefined, covers: Covers): boolean {
  if (wide === undefined) return true;
  if (narrow === undefined) return !wide.negated && wide.patterns.some(isAllStars);
  return listCovers(wide, narrow, covers);
}

function principalCovers(wide: PrincipalElement | undefined, narrow: PrincipalElement | undefined): boolean {
  if (wide === undefined || narrow === undefined) return wide === narrow;
  if (!wide.negated && wide.entries.some(({ kind }) => kind === "everyone")) return true;
  if (wide.negated !== narrow.negated) return false;
  const keys = (element: PrincipalElement) => new Set(element.entries.map((entry) => JSON.stringify(entry)));
  const [outer, inner] = wide.negated ? [keys(narrow), keys(wide)] : [keys(wide), keys(narrow)];
  // A shorter NotPrincipal can reach fewer: exemption needs a whole chain (NPR-2).
  return [...inner].every((key) => outer.has(key)) && (!wide.negated || inner.size === outer.size);
}

function sameTest(left: ConditionTest, right: ConditionTest): boolean {
  return testKey(left) === testKey(right);
}

function testKey({ operator, key, values }: ConditionTest): string {
  const { kind, negated, ifExists, qualifier } = operator;
  return JSON.stringify([kind, negated, ifExists, qualifier, key.toLowerCase(), [...new Set(values)].sort()]);
}
