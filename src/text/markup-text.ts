/** Text in XML and in HTML documents: nothing in it is markup, neither between tags nor in a quoted attribute. */

/** The text for HTML; control and invisible characters are told by number. */
export function escapeHtml(text: string): string {
  return escapeMarkup(text).replace(
    /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (unit) => `\\u{${(unit.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** The text for XML; what XML cannot hold, even as a reference, is shown as a code. */
export function escapeXml(text: string): string {
  return escapeMarkup(text).replace(
    /(?!\n)[\p{Cc}\p{Cs}\ufffe\uffff]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function escapeMarkup(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** An attribute's value with its quotes. */
export function xmlAttribute(text: string): string {
  return `"${escapeXml(text)}"`;
}
