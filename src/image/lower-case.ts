/**
 * The tables of StringEqualsIgnoreCase (STR-1): lower case without locale, and which characters a sigma sees around it. Computed once
 * from the running Unicode tables and written into every image, so that no matcher has tables of its own to disagree with.
 */
import { CONTEXT_BITS, CONTEXT_CASED, CONTEXT_IGNORABLE } from "../../assembly/layout.js";

/** Lower case by character, and the runs of characters that are alike to a sigma, as the matcher searches them. */
export interface LowerTables {
  readonly lowers: Uint32Array;
  readonly contexts: Uint32Array;
}

let tables: LowerTables | undefined;

/** The tables, made when they are first asked for. */
export function lowerTables(): LowerTables {
  tables ??= { lowers: lowerWords(), contexts: contextWords() };
  return tables;
}

const BEYOND_UNITS = 0x10000;
const BEYOND_CHARACTERS = 0x110000;
const PIECE = 0x1000;
/** The one character whose lower case is two; the matcher adds the second (U+0307). */
const DOTTED_I = 0x130;

/** Words of (character, lower-case character << 16) for what lower-casing changes outside ASCII. */
function lowerWords(): Uint32Array {
  const words: number[] = [];
  for (const { text, codePoint } of found(/\p{Changes_When_Lowercased}/gu, BEYOND_UNITS)) {
    if (codePoint < 0x80) continue;
    const lower = text.toLowerCase();
    if (lower.length !== 1 && codePoint !== DOTTED_I)
      throw new Error(`U+${codePoint.toString(16)} has a lower case of its own`);
    words.push((codePoint | (lower.charCodeAt(0) << 16)) >>> 0);
  }
  return Uint32Array.from(words);
}

/** Words of (first code point << CONTEXT_BITS | what it is), one where a run begins, the first at 0. */
function contextWords(): Uint32Array {
  const words: number[] = [0];
  let next = 0;
  let run = 0;
  const begin = (codePoint: number, context: number): void => {
    if (context === run) return;
    words.push((codePoint << CONTEXT_BITS) | context);
    run = context;
  };
  for (const { text, codePoint } of found(/[\p{Cased}\p{Case_Ignorable}]/gu, BEYOND_CHARACTERS)) {
    if (codePoint !== next) begin(next, 0);
    begin(codePoint, /\p{Case_Ignorable}/u.test(text) ? CONTEXT_IGNORABLE : CONTEXT_CASED);
    next = codePoint + 1;
  }
  begin(next, 0);
  return Uint32Array.from(words);
}

/** The characters below `end` that a pattern matches, in order. In pieces, because a text has to be made of them. */
function* found(pattern: RegExp, end: number): Iterable<{ text: string; codePoint: number }> {
  for (let start = 0; start < end; start += PIECE) {
    if (start >= 0xd800 && start < 0xe000) continue;
    const codePoints = Array.from({ length: PIECE }, (_, index) => start + index);
    for (const text of String.fromCodePoint(...codePoints).match(pattern) ?? []) {
      yield { text, codePoint: text.codePointAt(0) ?? 0 };
    }
  }
}
