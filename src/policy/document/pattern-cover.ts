/** Patterns as tokens, of which `token-relations` tells what they are to each other, and which action patterns cover others. */

import { hasWildcard, isAllStars, splitArnFields } from "./arn.js";
import type { DocumentVersion } from "./document.js";
import { parseTemplate, type TemplatePart } from "./template.js";
import { type GlobToken, tokensCover } from "./token-relations.js";

/** Tokens of a text without fields, one for each UTF-16 unit, of which `?` stands for one (STR-4): action parts, StringLike values. */
export function plainTokens(text: string): readonly GlobToken[] {
  return text.split("").map((unit) => tokenOf(unit, true));
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
  const tokens: GlobToken[] = [];
  for (const [index, field] of (isShort ? fields : fields.slice(0, 5)).entries()) {
    if (index > 0) tokens.push(tokenOf(":", false));
    for (let at = 0; at < field.length; at++) {
      const unit = field.charAt(at);
      tokens.push(tokenOf(unit, unit === "*" && at === field.length - 1));
    }
  }
  if (isShort) return pattern.endsWith("*") ? tokens : [...tokens, ...plainTokens(":*")];
  tokens.push(tokenOf(":", false));
  for (const part of parseTemplate(fields[5] ?? "", version)) tokens.push(...partTokens(part, plainTokens));
  return tokens;
}

/** False if the text before the first wildcard of `wide` shows already that it does not cover `narrow`. */
export function mayCover(wide: string, narrow: string): boolean {
  const patternAt = wide.search(/[*?$]/);
  return narrow.startsWith(patternAt < 0 ? wide : wide.slice(0, patternAt));
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

function tokenOf(character: string, crossing: boolean): GlobToken {
  if (character === "*") return crossing ? crossingStar : fieldStar;
  if (character === "?") return crossing ? crossingOne : fieldOne;
  let token = characters.get(character);
  if (token === undefined) {
    token = { kind: "char", text: character };
    characters.set(character, token);
  }
  return token;
}

const crossingStar: GlobToken = { kind: "star", crossing: true };
const fieldStar: GlobToken = { kind: "star", crossing: false };
const crossingOne: GlobToken = { kind: "one", crossing: true };
const fieldOne: GlobToken = { kind: "one", crossing: false };
/** One token for each of the 65,536 units at most: a set of policies has as many tokens as it has characters. */
const characters = new Map<string, GlobToken>();
