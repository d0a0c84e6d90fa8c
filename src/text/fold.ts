/**
 * Simple case folding, one code point to one, no locale (COND-7): computed once from the running Unicode tables
 * and written into every image, so that compiler and matcher fold alike.
 */

/** Sorted pairs (code point, folded code point) of every character outside ASCII that folds to another. */
let pairs: Uint32Array | undefined;
let folded: Map<number, number> | undefined;

/** The table as the matcher searches it. */
export function foldPairs(): Uint32Array {
  pairs ??= computePairs();
  return pairs;
}

// As many arguments as a stack holds anywhere.
const PIECE = 0x1000;

function computePairs(): Uint32Array {
  const found: number[] = [];
  // This runs at every start (12 ms of a processor on Node 20); making the text out of a list of code points took 18.
  for (const text of characters().match(/\p{Changes_When_Casemapped}/gu) ?? []) {
    const codePoint = text.codePointAt(0) ?? 0;
    const target = codePoint < 0x80 ? codePoint : foldOf(text, text.toUpperCase(), text.toLowerCase());
    if (target !== codePoint) found.push(codePoint, target);
  }
  return Uint32Array.from(found);
}

/** Every character below U+20000, beyond which no letters have case, in order; surrogates are no characters. */
function characters(): string {
  const units = new Uint16Array(0x10000 - 0x800 + 2 * 0x10000);
  let at = 0;
  for (let unit = 0; unit < 0xd800; unit++) units[at++] = unit;
  for (let unit = 0xe000; unit < 0x10000; unit++) units[at++] = unit;
  for (let high = 0xd800; high < 0xd840; high++) {
    for (let low = 0xdc00; low < 0xe000; low++) {
      units[at++] = high;
      units[at++] = low;
    }
  }
  let text = "";
  for (let start = 0; start < at; start += PIECE) {
    // Spread they would be gone through one by one.
    text += Reflect.apply(String.fromCharCode, undefined, units.subarray(start, start + PIECE));
  }
  return text;
}

/** Pairs of letters that Unicode folds together although neither upper- nor lower-casing is one to one for them. */
const IRREGULAR: ReadonlyMap<number, number> = new Map([
  [0x1fd3, 0x390],
  [0x1fe3, 0x3b0],
  [0xfb05, 0xfb06],
]);

/** Two characters that simple folding equates. */
const SAME = /^(.)\1$/isu;

/** lower(upper(c)) or lower(c), if it is one character that Unicode's simple folding equates with c (so not `ı` with `i`). */
function foldOf(text: string, upper: string, lower: string): number {
  const irregular = IRREGULAR.get(text.codePointAt(0) ?? 0);
  if (irregular !== undefined) return irregular;
  const candidates = isSingle(upper) ? [upper.toLowerCase(), lower] : [lower];
  for (const candidate of candidates) {
    if (isSingle(candidate) && SAME.test(text + candidate)) return candidate.codePointAt(0) ?? 0;
  }
  return text.codePointAt(0) ?? 0;
}

function isSingle(text: string): boolean {
  const codePoint = text.codePointAt(0);
  return codePoint !== undefined && String.fromCodePoint(codePoint).length === text.length;
}

/** Folds a text code point by code point. */
export function foldText(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  const table = foldMap();
  let result = "";
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0;
    result += codePoint < 0x80 ? character.toLowerCase() : String.fromCodePoint(table.get(codePoint) ?? codePoint);
  }
  return result;
}

function foldMap(): Map<number, number> {
  if (folded !== undefined) return folded;
  folded = new Map();
  const table = foldPairs();
  for (let i = 0; i < table.length; i += 2) folded.set(table[i] ?? 0, table[i + 1] ?? 0);
  return folded;
}

/** Lower-cases A to Z only (ACT-2). */
export function lowerAscii(text: string): string {
  // Where there is nothing but ASCII the whole text is lower-cased at once: a fifth of the time.
  const lower = text.toLowerCase();
  if (lower === text || isAscii(text)) return lower;
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function isAscii(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII is meant
  return /^[\x00-\x7f]*$/.test(text);
}

/** The lower case of one UTF-16 unit where it is one unit; `Σ` and `İ` depend on what is around them and are left to the caller (STR-1). */
export function lowerCaseUnit(unit: string): string {
  const lower = unit.toLowerCase();
  return lower.length === 1 ? lower : unit;
}
