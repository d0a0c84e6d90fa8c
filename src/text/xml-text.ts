/** Text in XML documents. */

/** The text for content or an attribute; what XML cannot hold, even as a reference, is shown as a code. */
export function escapeXml(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(
      /(?!\n)[\p{Cc}\p{Cs}\ufffe\uffff]/gu,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
}

/** An attribute's value with its quotes. */
export function xmlAttribute(text: string): string {
  return `"${escapeXml(text)}"`;
}
