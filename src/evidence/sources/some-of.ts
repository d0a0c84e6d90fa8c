/** Lists in sentences. */

/** The first of some texts, and how many there are besides. */
export function someOf(texts: readonly string[], most: number): string {
  const shown = texts.slice(0, most).join(", ");
  return texts.length > most ? `${shown} and ${texts.length - most} more` : shown;
}
