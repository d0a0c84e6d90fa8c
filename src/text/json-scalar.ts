/**
 * Strings and numbers of JSON: the two scalars with an inner grammar. A string without escapes is a
 * slice of the source; everything works on character codes.
 */
import { quote } from "./quote.js";

/** A reader's place in a text and its way to report. `note` says whether reading may go on, `fail` ends it. */
export interface TextCursor {
  readonly text: string;
  at: number;
  note(offset: number, message: string): boolean;
  fail(offset: number, message: string): undefined;
}

const quotationMark = 0x22;
const backslash = 0x5c;

const escapes = new Map([
  [0x22, '"'],
  [0x5c, "\\"],
  [0x2f, "/"],
  [0x62, "\b"],
  [0x66, "\f"],
  [0x6e, "\n"],
  [0x72, "\r"],
  [0x74, "\t"],
]);

/** Reads the string whose opening quotation mark is at the cursor; undefined after a fatal error. */
export function readJsonString(cursor: TextCursor): string | undefined {
  const { text } = cursor;
  const openAt = cursor.at;
  let at = openAt + 1;
  let runAt = at;
  let value = "";
  // One complaint of each sort a string is enough, and keeps the findings of a binary file few.
  let noted = false;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code >= 0x20 && code !== quotationMark && code !== backslash && (code & 0xf800) !== 0xd800) {
      at++;
    } else if (code === quotationMark) {
      cursor.at = at + 1;
      return runAt === openAt + 1 ? text.slice(runAt, at) : value + text.slice(runAt, at);
    } else if (code === backslash) {
      value += text.slice(runAt, at);
      const escaped = readEscape(cursor, at);
      if (escaped === undefined) return undefined;
      if (escaped.lone && !noted) {
        noted = true;
        if (!cursor.note(at, `lone surrogate ${quote(text.slice(at, at + 6))} in a string`)) return undefined;
      }
      value += escaped.value;
      at = runAt = escaped.end;
    } else if (at >= text.length) {
      return cursor.fail(openAt, "string without a closing quotation mark");
    } else {
      const paired = (code & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
      if (!paired && !noted) {
        noted = true;
        const sort = code < 0x20 ? "unescaped control character" : "lone surrogate";
        if (!cursor.note(at, `${sort} ${quote(text.charAt(at))} in a string`)) return undefined;
      }
      at += paired ? 2 : 1;
    }
  }
}

interface Escape {
  readonly value: string;
  readonly end: number;
  readonly lone: boolean;
}

function readEscape(cursor: TextCursor, at: number): Escape | undefined {
  const { text } = cursor;
  const letter = text.charCodeAt(at + 1);
  const simple = escapes.get(letter);
  if (simple !== undefined) return { value: simple, end: at + 2, lone: false };
  const unit = letter === 0x75 ? hexUnit(text, at + 2) : -1;
  if (unit < 0) return cursor.fail(at, `unknown escape ${quote(text.slice(at, letter === 0x75 ? at + 6 : at + 2))}`);
  if ((unit & 0xf800) !== 0xd800) return { value: String.fromCharCode(unit), end: at + 6, lone: false };
  const low = text.startsWith("\\u", at + 6) ? hexUnit(text, at + 8) : -1;
  if ((unit & 0xfc00) === 0xd800 && low >= 0 && (low & 0xfc00) === 0xdc00) {
    return { value: String.fromCharCode(unit, low), end: at + 12, lone: false };
  }
  return { value: String.fromCharCode(unit), end: at + 6, lone: true };
}

function hexUnit(text: string, at: number): number {
  let unit = 0;
  for (let index = at; index < at + 4; index++) {
    const code = text.charCodeAt(index);
    if (code >= 0x30 && code <= 0x39) unit = unit * 16 + code - 0x30;
    else if (code >= 0x41 && code <= 0x46) unit = unit * 16 + code - 0x37;
    else if (code >= 0x61 && code <= 0x66) unit = unit * 16 + code - 0x57;
    else return -1;
  }
  return unit;
}

/** Reads the number that begins at the cursor and returns its source text; undefined after an error. */
export function readJsonNumber(cursor: TextCursor): string | undefined {
  const { text, at: start } = cursor;
  let at = text.charAt(start) === "-" ? start + 1 : start;
  const integerAt = at;
  at = skipDigits(text, at);
  let good = at > integerAt && (at === integerAt + 1 || text.charAt(integerAt) !== "0");
  if (good && text.charAt(at) === ".") {
    const fractionAt = at + 1;
    at = skipDigits(text, fractionAt);
    good = at > fractionAt;
  }
  if (good && (text.charAt(at) === "e" || text.charAt(at) === "E")) {
    const sign = text.charAt(at + 1);
    const exponentAt = sign === "+" || sign === "-" ? at + 2 : at + 1;
    at = skipDigits(text, exponentAt);
    good = at > exponentAt;
  }
  // `01`, `1.2.3` and `0x1F` end here too: one number, one message.
  if (good && !isNumberCharacter(text.charCodeAt(at))) {
    cursor.at = at;
    return text.slice(start, at);
  }
  at = start;
  while (isNumberCharacter(text.charCodeAt(at))) at++;
  return cursor.fail(start, `malformed number ${quote(text.slice(start, at))}`);
}

function skipDigits(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (!(code >= 0x30 && code <= 0x39)) return at;
    at++;
  }
}

function isNumberCharacter(code: number): boolean {
  const letter = code | 0x20;
  return (
    (code >= 0x30 && code <= 0x39) ||
    (letter >= 0x61 && letter <= 0x7a) ||
    code === 0x2b ||
    code === 0x2d ||
    code === 0x2e
  );
}
