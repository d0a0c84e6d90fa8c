/**
 * Who owns the resources of an own service, said by pattern (XACC-5): order among patterns, and the
 * pattern that a resource falls under. Fields are matched one by one, so that no star leaves its field.
 */
import { compareTexts } from "../text/compare-texts.js";
import { splitArnFields } from "./document/arn.js";
import { plainTokens } from "./document/pattern-cover.js";
import { type GlobToken, tokensCover, tokensIntersect } from "./document/token-relations.js";

/** Resources that match the pattern belong to the account. */
export interface OwnerPattern {
  /** Six fields, the first of them `arn`; `*` and `?` stay inside the first five. */
  readonly pattern: string;
  readonly account: string;
}

/** How many patterns a set may have: every question may meet all of those of its service. */
export const mostOwnerPatterns = 1000;

/** Two patterns of which neither is more specific, or that are equal. */
export interface OwnerConflict<T> {
  readonly one: T;
  readonly other: T;
  readonly kind: "equal" | "overlap" | "tooAlike";
}

/** Steps that comparing all patterns of a set may take: far more than patterns need that people write. */
const MOST_STEPS = 10_000_000;

/**
 * The patterns, each before those that it is more specific than, and those that cannot be ordered. A pattern is more
 * specific than another if that one matches all that it matches.
 */
export function orderOwners<T extends OwnerPattern>(
  owners: readonly T[],
): { readonly ordered: readonly T[]; readonly conflicts: readonly OwnerConflict<T>[] } {
  const read = owners.map((owner) => ({ owner, fields: fieldsOf(owner.pattern), covers: 0 }));
  const conflicts: OwnerConflict<T>[] = [];
  let steps = 0;
  for (const [index, one] of read.entries()) {
    for (const other of read.slice(0, index)) {
      if (fieldsDiffer(one.fields, other.fields)) continue;
      steps += one.owner.pattern.length * other.owner.pattern.length;
      if (steps > MOST_STEPS) {
        conflicts.push({ one: one.owner, other: other.owner, kind: "tooAlike" });
        return { ordered: owners, conflicts };
      }
      if (!everyField(one.fields, other.fields, tokensIntersect)) continue;
      const isWider = everyField(one.fields, other.fields, tokensCover);
      const isNarrower = everyField(other.fields, one.fields, tokensCover);
      if (isWider === isNarrower) {
        conflicts.push({ one: one.owner, other: other.owner, kind: isWider ? "equal" : "overlap" });
      } else if (isWider) other.covers++;
      else one.covers++;
    }
  }
  // INVARIANT: what covers a pattern covers all that the pattern covers, so the more specific one is covered more often.
  const ordered = read
    .sort((left, right) => right.covers - left.covers || compareTexts(left.owner.pattern, right.owner.pattern))
    .map(({ owner }) => owner);
  return { ordered, conflicts };
}

/** The most specific pattern that the resource matches; `owners` as `orderOwners` gave them. */
export function ownerOf<T extends OwnerPattern>(owners: readonly T[], resource: string): T | undefined {
  if (owners.length === 0) return undefined;
  const fields = splitArnFields(resource);
  if (fields.length !== 6) return undefined;
  const texts = fields.map((field) => field.split("").map((text): GlobToken => ({ kind: "char", text })));
  return owners.find(({ pattern }) => everyField(fieldsOf(pattern), texts, tokensCover));
}

/** The pattern with its wildcards in one order: `*?` and `?*` match the same texts. */
export function normaliseOwnerPattern(pattern: string): string {
  return pattern.replace(/[*?]*\*[*?]*/g, (run) => `${run.replaceAll("*", "")}*`);
}

type Fields = readonly (readonly GlobToken[])[];

function fieldsOf(pattern: string): Fields {
  return splitArnFields(normaliseOwnerPattern(pattern)).map(plainTokens);
}

/** Whether some field has no wildcard in either and differs: what tells nearly all patterns apart. */
function fieldsDiffer(left: Fields, right: Fields): boolean {
  return left.some((field, index) => {
    const other = right[index] ?? [];
    if (!isPlain(field) || !isPlain(other)) return false;
    return textOfTokens(field) !== textOfTokens(other);
  });
}

function isPlain(field: readonly GlobToken[]): boolean {
  return field.every(({ kind }) => kind === "char");
}

function textOfTokens(field: readonly GlobToken[]): string {
  return field.map((token) => (token.kind === "char" ? token.text : "")).join("");
}

function everyField(
  left: Fields,
  right: Fields,
  holds: (one: readonly GlobToken[], other: readonly GlobToken[]) => boolean,
): boolean {
  return left.every((field, index) => holds(field, right[index] ?? []));
}
