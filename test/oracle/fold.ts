// Case folding, lower-casing and code-point order. Actions, operator names and words fold ASCII only; key names fold all of
// Unicode, one code point to one (COND-7); StringEqualsIgnoreCase lower-cases (STR-1).

/** The code points of a text. */
export function codePoints(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0);
}

/**
 * Folds one code point to one code point: lower(upper(c)), else lower(c), else c; only to a letter that
 * Unicode's simple case folding equates with it, so that `ı` is no `i` (COND-7).
 */
export function foldCodePoint(codePoint: number): number {
  const known = foldedCodePoints.get(codePoint);
  if (known !== undefined) return known;
  // Unicode's table has these three pairs, which no upper- or lower-casing shows.
  if (codePoint === 0x1fd3 || codePoint === 0x1fe3) return codePoint === 0x1fd3 ? 0x390 : 0x3b0;
  if (codePoint === 0xfb05) return 0xfb06;
  const text = String.fromCodePoint(codePoint);
  const candidates = [text.toUpperCase().toLowerCase(), text.toLowerCase()];
  const folded = isSingle(text.toUpperCase()) ? candidates : candidates.slice(1);
  const found = folded.find((candidate) => isSingle(candidate) && isEquated(text, candidate)) ?? text;
  const result = found.codePointAt(0) ?? codePoint;
  foldedCodePoints.set(codePoint, result);
  return result;
}

const foldedCodePoints = new Map<number, number>();

/** Tells whether two characters are one to a regular expression that ignores case, which folds simply (COND-7). */
function isEquated(character: string, other: string): boolean {
  return isAscii(character) || new RegExp(`^${character}$`, "iu").test(other);
}

/** Folds a text code point by code point; no locale, no normalization (COND-7). */
export function fold(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  return codePoints(text)
    .map((codePoint) => String.fromCodePoint(foldCodePoint(codePoint)))
    .join("");
}

/**
 * Lower-cases a text: the full mapping with context, so that `Σ` ends a word as `ς`; what lies beyond U+FFFF stays as it is
 * but is context (STR-1).
 */
export function lowerCase(text: string): string {
  const lowered = text.toLowerCase();
  let at = 0;
  return Array.from(text, (character) => {
    const piece = lowered.slice(at, at + character.toLowerCase().length);
    at += piece.length;
    return character.length > 1 ? character : piece;
  }).join("");
}

/** Folds A to Z only (ACT-2, COND-1, BOOL-1). */
export function foldAscii(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Orders two texts by code point (CTX-11, OUT-6). */
export function compareCodePoints(left: string, right: string): number {
  const a = codePoints(left);
  const b = codePoints(right);
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}

function isSingle(text: string): boolean {
  return codePoints(text).length === 1;
}
