/** JSON that stays on its line and steers no terminal: control, format and invisible characters are escaped (hostile input in logs). */

/** A value as one line of JSON. */
export function jsonText(value: unknown): string {
  // JSON.stringify escapes what lies below a blank and lone surrogates; most lines have nothing else to escape.
  return safeJsonLine(JSON.stringify(value));
}

/** A line of JSON with what JSON lets pass escaped; a line break at its end stays. */
export function safeJsonLine(json: string): string {
  return plain.test(json) ? json : json.replace(unsafe, escaped);
}

const plain = /^[ -~]*\n?$/;
const unsafe = /(?!\n$)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

function escaped(character: string): string {
  return character
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}
