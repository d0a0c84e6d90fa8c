/**
 * Patterns as tokens, and two questions about pairs of them: does one cover all that the other
 * matches, can both match one text. A "yes" to the first and a "no" to the second are certain.
 */

import { lowerCaseUnit } from "../../text/fold.js";
import { hasWildcard, isAllStars, splitArnFields } from "./arn.js";
import type { DocumentVersion } from "./document.js";
import { parseTemplate, type TemplatePart } from "./template.js";

/** One token. `crossing` wildcards may match colons (RES-5, RES-6). */
export type GlobToken =
  | { readonly kind: "char"; readonly text: string }
  | { readonly kind: "variable"; readonly text: string }
  /** Every unit whose lower case is the text (STR-1). */
  | { readonly kind: "folded"; readonly text: string }
  | { readonly kind: "one"; readonly crossing: boolean }
  | { readonly kind: "star"; readonly crossing: boolean };

/** Tokens of a text without fields: action parts, StringLike values. */
export function plainTokens(text: string): readonly GlobToken[] {
  return unitsOf(text).map((unit) => tokenOf(unit, true));
}

/** Tokens of a text with variables and without fields. */
export function templateTokens(text: string, version: DocumentVersion): readonly GlobToken[] {
  return parseTemplate(text, version).flatMap((part) => partTokens(part, plainTokens));
}

/**
 * Tokens of a resource pattern (RES-5 to RES-7); undefined for one that matches nothing. `padded`
 * says whether missing fields are stars, as in identity policies.
 */
export function resourceTokens(
  pattern: string,
  version: DocumentVersion,
  padded: boolean,
): readonly GlobToken[] | undefined {
  const fields = splitArnFields(pattern);
  const isShort = fields.length < 6;
  if (isShort && !pattern.endsWith("*") && !padded) return undefined;
  const head = isShort ? fields : fields.slice(0, 5);
  const headTokens = head.flatMap((field, index) => [
    ...(index === 0 ? [] : [tokenOf(":", false)]),
    ...unitsOf(field).map((unit, at, all) => tokenOf(unit, unit === "*" && at === all.length - 1)),
  ]);
  if (isShort) return pattern.endsWith("*") ? headTokens : [...headTokens, ...plainTokens(":*")];
  const rest = parseTemplate(fields[5] ?? "", version).flatMap((part) => partTokens(part, plainTokens));
  return [...headTokens, tokenOf(":", false), ...rest];
}

/** False if the text before the first wildcard of `wide` shows already that it does not cover `narrow`. */
export function mayCover(wide: string, narrow: string): boolean {
  const patternAt = wide.search(/[*?$]/);
  return narrow.startsWith(patternAt < 0 ? wide : wide.slice(0, patternAt));
}

/** True only if every text that `narrow` matches is matched by `wide`. */
export function tokensCover(wide: readonly GlobToken[], narrow: readonly GlobToken[]): boolean {
  let below = new Uint8Array(narrow.length + 1);
  let current = new Uint8Array(narrow.length + 1);
  below[narrow.length] = 1;
  for (let row = wide.length - 1; row >= 0; row--) {
    const token = wide[row];
    for (let at = narrow.length; at >= 0; at--) {
      const other = narrow[at];
      const consumed = token !== undefined && other !== undefined && absorbs(token, other);
      const covers =
        token?.kind === "star"
          ? below[at] === 1 || (consumed && current[at + 1] === 1)
          : consumed && below[at + 1] === 1;
      current[at] = covers ? 1 : 0;
    }
    [below, current] = [current, below];
  }
  return below[0] === 1;
}

/** False only if no text is matched by both. */
export function tokensIntersect(left: readonly GlobToken[], right: readonly GlobToken[]): boolean {
  if (beginApart(left, right)) return false;
  const lastFull = right.findLastIndex((token) => !canBeEmpty(token));
  let below = Uint8Array.from({ length: right.length + 1 }, (_, at) => (at > lastFull ? 1 : 0));
  let current = new Uint8Array(right.length + 1);
  for (let row = left.length - 1; row >= 0; row--) {
    const one = left[row];
    if (one === undefined) continue;
    const isEmptiable = canBeEmpty(one);
    for (let at = right.length; at >= 0; at--) {
      const other = right[at];
      let meets = isEmptiable && below[at] === 1;
      if (!meets && other !== undefined) {
        const isOtherEmptiable = canBeEmpty(other);
        meets =
          (isOtherEmptiable && current[at + 1] === 1) ||
          (canMeet(one, other) &&
            (below[at + 1] === 1 || (isEmptiable && current[at + 1] === 1) || (isOtherEmptiable && below[at] === 1)));
      }
      current[at] = meets ? 1 : 0;
    }
    [below, current] = [current, below];
  }
  return below[0] === 1;
}

/** True if the characters before the first wildcards differ, as those of most pairs do: no table is needed then. */
function beginApart(left: readonly GlobToken[], right: readonly GlobToken[]): boolean {
  for (let at = 0; ; at++) {
    const [one, other] = [left[at], right[at]];
    if (one?.kind !== "char" || other?.kind !== "char") return false;
    if (one.text !== other.text) return true;
  }
}

/** True if the action pattern `wide` covers all that `narrow` matches (ACT-2 to ACT-6). */
export function actionCovers(wide: string, narrow: string): boolean {
  if (isAllStars(wide)) return true;
  if (isAllStars(narrow)) return false;
  if (!hasWildcard(wide)) return wide.toLowerCase() === narrow.toLowerCase();
  if (!mayCover(wide.toLowerCase(), narrow.toLowerCase())) return false;
  const [widePrefix, wideName] = actionParts(wide);
  const [narrowPrefix, narrowName] = actionParts(narrow);
  return (
    tokensCover(plainTokens(widePrefix), plainTokens(narrowPrefix)) &&
    tokensCover(plainTokens(wideName), plainTokens(narrowName))
  );
}

/** Prefix and name of an action pattern, in lower case. */
export function actionParts(pattern: string): readonly [prefix: string, name: string] {
  const folded = pattern.toLowerCase();
  const colonAt = folded.indexOf(":");
  return colonAt < 0 ? [folded, ""] : [folded.slice(0, colonAt), folded.slice(colonAt + 1)];
}

function partTokens(part: TemplatePart, tokens: (text: string) => readonly GlobToken[]): readonly GlobToken[] {
  if (part.kind === "text") return tokens(part.text);
  if (part.kind === "literal") return [{ kind: "char", text: part.text }];
  return [{ kind: "variable", text: JSON.stringify([part.key.toLowerCase(), part.default ?? null]) }];
}

/** UTF-16 units, of which `?` stands for one (STR-4). */
function unitsOf(text: string): readonly string[] {
  return text.split("");
}

function tokenOf(character: string, crossing: boolean): GlobToken {
  if (character === "*") return { kind: "star", crossing };
  return character === "?" ? { kind: "one", crossing } : { kind: "char", text: character };
}

/** Whether the token of the wider pattern stands for all that one token of the narrower one stands for. */
function absorbs(wide: GlobToken, narrow: GlobToken): boolean {
  if (wide.kind === "folded" && narrow.kind === "char") return lowerCaseUnit(narrow.text) === wide.text;
  if (wide.kind !== "one" && wide.kind !== "star") return narrow.kind === wide.kind && narrow.text === wide.text;
  if (narrow.kind === "variable") return wide.kind === "star" && wide.crossing;
  if (narrow.kind === "char" || narrow.kind === "folded") return wide.crossing || narrow.text !== ":";
  if (narrow.kind === "star" && wide.kind === "one") return false;
  return wide.crossing || !narrow.crossing;
}

function canBeEmpty(token: GlobToken): boolean {
  return token.kind === "star" || token.kind === "variable";
}

/** Whether one character can be matched by both tokens. */
function canMeet(one: GlobToken, other: GlobToken): boolean {
  if (one.kind === "char" && other.kind === "char") return one.text === other.text;
  if (other.kind === "char") return canMeet(other, one);
  if (one.kind === "char") {
    if (other.kind === "folded") return lowerCaseUnit(one.text) === other.text;
    return one.text !== ":" || other.kind === "variable" || other.crossing;
  }
  return one.kind !== "folded" || other.kind !== "folded" || one.text === other.text;
}
