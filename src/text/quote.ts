/**
 * How texts of authors appear in messages: one line, of bounded length, whatever they contain. A
 * finding is printed to terminals and logs, so control characters never pass.
 */

const longestQuote = 120;

/** Puts a text of the author in backticks, with control characters escaped and the middle of long texts left out. */
export function quote(text: string): string {
  return `\`${printable(text)}\``;
}

/** Makes a text safe to show, without backticks: for element paths. */
export function printable(text: string): string {
  // Most names are short ASCII: paths are built for every value of a session policy that is fine.
  if (text.length <= longestQuote && /^[ -~]*$/.test(text)) return text;
  const short = text.length <= longestQuote ? text : `${text.slice(0, longestQuote - 20)}…${text.slice(-19)}`;
  return short.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, escapeCharacter);
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`;
}
