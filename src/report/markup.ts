/** HTML out of templates: whatever is put in is text and is escaped, but for pieces that were made so themselves. */

import { escapeHtml } from "../text/markup-text.js";

/** A piece of markup. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What a template takes: text, pieces, lists of them, and nothing. */
export type Piece = string | number | Markup | readonly Piece[] | undefined;

/** A template. */
export function html(texts: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  return new Markup(texts.reduce((all, text, index) => all + render(pieces[index - 1]) + text));
}

function render(piece: Piece): string {
  if (piece === undefined) return "";
  if (piece instanceof Markup) return piece.text;
  if (typeof piece === "string" || typeof piece === "number") return escapeHtml(String(piece));
  return piece.map(render).join("");
}

/** A sentence in which what stands in backticks is code. */
export function sentence(text: string): Markup {
  const pieces = text.split("`");
  // One backtick too many is one.
  if (pieces.length % 2 === 0) return html`${text}`;
  return html`${pieces.map((piece, index) => (index % 2 === 0 ? piece : html`<code>${piece}</code>`))}`;
}

/** An ARN or a name, which may be broken behind its separators. */
export function breakable(text: string): Markup {
  return html`${text.split(/(?<=[:/])/).map((piece, index) => (index === 0 ? piece : html`<wbr>${piece}`))}`;
}

/** JSON that can stand in a script element of type `application/json`. */
export function embeddedJson(value: unknown): Markup {
  return new Markup(
    JSON.stringify(value).replace(
      /[<>&\u2028\u2029]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
    ),
  );
}
