// One matcher for all globs: a set of pattern positions is carried over the text, one UTF-16 unit at a time,
// so the work is at most pattern x text. What a wildcard may cross is said by its token (RES-5, RES-6, STR-3).

/** One element of a pattern: a UTF-16 unit, exactly one unit (`?`), or any number of them (`*`) (STR-4). */
export type GlobToken =
  | { readonly kind: "literal"; readonly unit: number }
  | { readonly kind: "one"; readonly crossesColon: boolean }
  | { readonly kind: "many"; readonly crossesColon: boolean };

const COLON = 0x3a;
const STAR = 0x2a;
const QUESTION = 0x3f;

/** Tells whether the tokens match the whole text (ACT-6, STR-3). */
export function matchGlob(tokens: readonly GlobToken[], text: string): boolean {
  let positions = skipStars(tokens, new Set([0]));
  for (const unit of utf16Units(text)) {
    const next = new Set<number>();
    for (const position of positions) {
      const token = tokens[position];
      if (token === undefined) continue;
      if (token.kind === "literal" && token.unit === unit) next.add(position + 1);
      if (token.kind !== "literal" && (token.crossesColon || unit !== COLON)) {
        next.add(token.kind === "one" ? position + 1 : position);
      }
    }
    positions = skipStars(tokens, next);
  }
  return positions.has(tokens.length);
}

/** The tokens of plain text in which `*` and `?` are wildcards without limits (ACT-3, STR-3). */
export function globTokens(pattern: string): GlobToken[] {
  return utf16Units(pattern).map((unit) => wildcardToken(unit, true));
}

/** The token of one unescaped unit; wildcards cross colons or not as told (RES-5). */
export function wildcardToken(unit: number, crossesColon: boolean): GlobToken {
  if (unit === STAR) return { kind: "many", crossesColon };
  if (unit === QUESTION) return { kind: "one", crossesColon };
  return { kind: "literal", unit };
}

/** Tells whether a pattern consists of stars and nothing else (ACT-4, RES-2, ARN-5). */
export function isAllStars(pattern: string): boolean {
  return pattern !== "" && utf16Units(pattern).every((unit) => unit === STAR);
}

/** The UTF-16 units of a text; a character beyond U+FFFF has two (STR-4). */
export function utf16Units(text: string): number[] {
  return Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
}

/** Adds every position that is reached by letting stars match nothing. */
function skipStars(tokens: readonly GlobToken[], positions: Set<number>): Set<number> {
  // A Set visits what is added while it is walked, so runs of stars are skipped to their end.
  for (const position of positions) {
    if (tokens[position]?.kind === "many") positions.add(position + 1);
  }
  return positions;
}
