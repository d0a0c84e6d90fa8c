// One matcher for all globs: a set of pattern positions is carried over the text, one code point at a time,
// so the work is at most pattern x text. What a wildcard may cross is said by its token (RES-5, RES-6, STR-3).
import { codePoints } from "./fold.js";

/** One element of a pattern: a code point, exactly one code point (`?`), or any number of them (`*`). */
export type GlobToken =
  | { readonly kind: "literal"; readonly codePoint: number }
  | { readonly kind: "one"; readonly crossesColon: boolean }
  | { readonly kind: "many"; readonly crossesColon: boolean };

const COLON = 0x3a;
const STAR = 0x2a;
const QUESTION = 0x3f;

/** Tells whether the tokens match the whole text (ACT-6, STR-3). */
export function matchGlob(tokens: readonly GlobToken[], text: string): boolean {
  let positions = skipStars(tokens, new Set([0]));
  for (const codePoint of codePoints(text)) {
    const next = new Set<number>();
    for (const position of positions) {
      const token = tokens[position];
      if (token === undefined) continue;
      if (token.kind === "literal" && token.codePoint === codePoint) next.add(position + 1);
      if (token.kind !== "literal" && (token.crossesColon || codePoint !== COLON)) {
        next.add(token.kind === "one" ? position + 1 : position);
      }
    }
    positions = skipStars(tokens, next);
  }
  return positions.has(tokens.length);
}

/** The tokens of plain text in which `*` and `?` are wildcards without limits (ACT-3, STR-3). */
export function globTokens(pattern: string): GlobToken[] {
  return codePoints(pattern).map((codePoint) => wildcardToken(codePoint, true));
}

/** The token of one unescaped code point; wildcards cross colons or not as told (RES-5). */
export function wildcardToken(codePoint: number, crossesColon: boolean): GlobToken {
  if (codePoint === STAR) return { kind: "many", crossesColon };
  if (codePoint === QUESTION) return { kind: "one", crossesColon };
  return { kind: "literal", codePoint };
}

/** Tells whether a pattern consists of stars and nothing else (ACT-4, RES-2, ARN-5). */
export function isAllStars(pattern: string): boolean {
  return pattern !== "" && codePoints(pattern).every((codePoint) => codePoint === STAR);
}

/** Adds every position that is reached by letting stars match nothing. */
function skipStars(tokens: readonly GlobToken[], positions: Set<number>): Set<number> {
  // A Set visits what is added while it is walked, so runs of stars are skipped to their end.
  for (const position of positions) {
    if (tokens[position]?.kind === "many") positions.add(position + 1);
  }
  return positions;
}
