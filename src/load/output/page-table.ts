/** Tables of the page: they scroll by themselves where the page is too narrow. */
import { html, type Markup, type Piece } from "../../report/markup.js";

/** A table. `label`: what a reader hears of it, unlike any other of the page; `long`: columns, by their titles, that keep room for sentences. */
export function pageTable(
  label: string,
  head: readonly string[],
  rows: readonly (readonly Piece[])[],
  long: ReadonlySet<string> = new Set(),
): Markup {
  const titles = head.map((title) => html`<th scope="col">${title}</th>`);
  const cell = (piece: Piece, column: number): Markup =>
    long.has(head[column] ?? "") ? html`<td class="long">${piece}</td>` : html`<td>${piece}</td>`;
  const lines = rows.map((row) => html`<tr>${row.map(cell)}</tr>`);
  return html`<div class="wide" tabindex="0" role="region" aria-label="${label}"><table><thead><tr>${titles}</tr></thead><tbody>${lines}</tbody></table></div>`;
}
