/** The JSON values of a text: one, or several one after the other, as JSON Lines and what `>>` leaves hold them. */

/** A text with more values is none of AWS's. */
const mostValues = 200_000;

/** Lists and objects within each other: more are none of AWS's answers, and whoever walks through them would run out of stack. */
export const deepestJson = 100;

/** The values of a text; undefined if it holds anything else. */
export function jsonValues(text: string): readonly unknown[] | "too deep" | undefined {
  const plain = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  const values = valuesOf(plain);
  return values !== undefined && isTooDeep(plain) ? "too deep" : values;
}

function valuesOf(plain: string): readonly unknown[] | undefined {
  const whole = parse(plain);
  if (whole !== undefined) return [whole];
  const values: unknown[] = [];
  let start = 0;
  while (start < plain.length) {
    const end = endOfValue(plain, start);
    if (end === undefined) return plain.slice(start).trim() === "" && values.length > 0 ? values : undefined;
    const value = parse(plain.slice(start, end));
    if (value === undefined || values.length >= mostValues) return undefined;
    values.push(value);
    start = end;
  }
  return values;
}

/** Whether the brackets of a text, of JSON or not, stand within each other so often. */
export function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
      if (at < 0) return false;
    } else if (code === OPEN_OBJECT || code === OPEN_LIST) {
      if (++depth > deepestJson) return true;
    } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) depth--;
  }
  return false;
}

const QUOTE = 0x22;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** The end of the object or list that begins next: where its brackets close. */
function endOfValue(text: string, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (character === '"') {
      at = endOfString(text, at);
      if (at < 0) return undefined;
    } else if (character === "{" || character === "[") depth++;
    else if ((character === "}" || character === "]") && --depth <= 0) return at + 1;
  }
  return undefined;
}

function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text[at - 1 - backslashes] === "\\") backslashes++;
    if (backslashes % 2 === 0) return at;
  }
  return -1;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
