/**
 * The tables of StringEqualsIgnoreCase (STR-1): lower case without locale, and which characters a sigma sees around it. Computed once
 * from the running Unicode tables and written into every image, so that no matcher has tables of its own to disagree with.
 */
import { CONTEXT_BITS, CONTEXT_CASED, CONTEXT_IGNORABLE } from "../../assembly/format/layout.js";

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

const PLANE = 0x10000;
/** Planes with characters that have case or are passed over; ideographs and private use have neither. */
const PLANES = [0, 1, 14];
const PIECE = 0x1000;
/** The one character whose lower case is two; the matcher adds the second (U+0307). */
const DOTTED_I = 0x130;

/** Words of (character, lower-case character << 16) for what lower-casing changes outside ASCII. */
function lowerWords(): Uint32Array {
  const words: number[] = [];
  for (const { text, codePoint } of found(/\p{Changes_When_Lowercased}/gu, [0])) {
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
  for (const { text, codePoint } of found(/[\p{Cased}\p{Case_Ignorable}]/gu, PLANES)) {
    if (codePoint !== next) begin(next, 0);
    begin(codePoint, /\p{Case_Ignorable}/u.test(text) ? CONTEXT_IGNORABLE : CONTEXT_CASED);
    next = codePoint + 1;
  }
  begin(next, 0);
  return Uint32Array.from(words);
}

/** The characters of some planes that a pattern matches, in order. */
function* found(pattern: RegExp, planes: readonly number[]): Iterable<{ text: string; codePoint: number }> {
  for (const plane of planes) {
    for (let start = plane * PLANE; start < (plane + 1) * PLANE; start += PIECE) {
      if (start >= 0xd800 && start < 0xe000) continue;
      for (const text of charactersFrom(start).match(pattern) ?? []) {
        yield { text, codePoint: text.codePointAt(0) ?? 0 };
      }
    }
  }
}

/** A piece of all characters as one text, made of UTF-16 units: one call for each character would take ten times as long. */
function charactersFrom(start: number): string {
  if (start < PLANE) return textOfUnits(PIECE, (index) => start + index);
  const offset = start - PLANE;
  return textOfUnits(PIECE * 2, (index) => {
    const at = offset + (index >> 1);
    return index % 2 === 0 ? 0xd800 + (at >> 10) : 0xdc00 + (at & 0x3ff);
  });
}

function textOfUnits(length: number, unitAt: (index: number) => number): string {
  const units = new Uint16Array(length);
  for (let index = 0; index < length; index++) units[index] = unitAt(index);
  return Reflect.apply(String.fromCharCode, undefined, units);
}
