/** Entries of a list, and statements of a document, that another one makes superfluous. */
import { isAllStars } from "../policy/arn.js";
import type { ConditionTest, PatternList, PrincipalElement, Statement } from "../policy/document.js";
import { quote } from "../policy/quote.js";
import { actionCovers, resourceTokens, tokensCover } from "./glob-tokens.js";
import type { RuleId } from "./rules.js";
import {
  advise,
  type PlacedStatement,
  type PlacedText,
  padsIncompleteArns,
  placedStatements,
  type Subject,
  statementPlace,
} from "./subject.js";

/** Longer lists are searched for equal entries only: covering compares every pair. */
const mostCompared = 300;

/** Adds a suggestion for every text that equals an earlier one or is covered by another one of the list. */
export function adviseRedundancy(
  subject: Subject,
  rule: RuleId,
  texts: readonly PlacedText[],
  keyOf: (text: string) => string,
  covers: (wide: string, narrow: string) => boolean,
): void {
  const distinct = new Map<string, PlacedText>();
  for (const place of texts) {
    const key = keyOf(place.text);
    if (!distinct.has(key)) distinct.set(key, place);
    else advise(subject, rule, "suggestion", place, `${quote(place.text)} is listed twice`, "leave it out");
  }
  if (distinct.size > mostCompared) return;
  const places = [...distinct.values()];
  for (const [index, place] of places.entries()) {
    const wider = places.find((other, at) => {
      if (other === place || !covers(other.text, place.text)) return false;
      // Two spellings of the same patterns: only the later one is superfluous.
      return at < index || !covers(place.text, other.text);
    });
    if (wider === undefined) continue;
    const cause = `${quote(place.text)} is covered by ${quote(wider.text)}`;
    advise(subject, rule, "suggestion", place, cause, "leave it out");
  }
}

/** Whether one resource pattern covers another one in this document. Certain only if true. */
export function resourceCovers(subject: Subject): (wide: string, narrow: string) => boolean {
  const { version } = subject.document;
  const padded = padsIncompleteArns(subject);
  return (wide, narrow) => {
    if (isAllStars(wide)) return true;
    if (isAllStars(narrow)) return false;
    const wideTokens = resourceTokens(wide, version, padded);
    const narrowTokens = resourceTokens(narrow, version, padded);
    return wideTokens !== undefined && narrowTokens !== undefined && tokensCover(wideTokens, narrowTokens);
  };
}

/** Adds a suggestion for every statement that an equal or wider one with the same effect covers. */
export function adviseRedundantStatements(subject: Subject): void {
  const placed = placedStatements(subject);
  if (placed.length > mostCompared) return;
  const covers = resourceCovers(subject);
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
  const placed = placedStatements(subject);
  if (statement.effect !== "Allow" || placed.length > mostCompared) return undefined;
  const denied: Statement = { ...statement, effect: "Deny" };
  const covers = resourceCovers(subject);
  return placed.find(
    ({ statement: other }) => other.effect === "Deny" && !isInert(other) && statementCovers(other, denied, covers),
  );
}

/** Adds a warning for an Allow that allows nothing because of a Deny next to it. */
export function adviseDeniedStatement(subject: Subject, placed: PlacedStatement): void {
  const deny = denyingStatement(subject, placed);
  if (deny === undefined) return;
  const cause = `all that it allows is denied by ${deny.path}`;
  advise(subject, "LINT-SHADOWED", "warning", statementPlace(placed), cause, "leave one of the two out");
}

type Covers = (wide: string, narrow: string) => boolean;

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
  if (wide.patterns.length > mostCompared || narrow.patterns.length > mostCompared) return false;
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
