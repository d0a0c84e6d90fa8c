/** `arn:acme:records:::record/{id}`: names of requests become names of policies, and back. Exact in both directions. */

/** A text with one gap. */
export interface IdTemplate {
  readonly prefix: string;
  readonly suffix: string;
}

/** Reads a template; undefined unless the gap is there exactly once. */
export function parseIdTemplate(text: string, gap: string): IdTemplate | undefined {
  const parts = text.split(gap);
  const [prefix, suffix] = parts;
  return parts.length === 2 && prefix !== undefined && suffix !== undefined ? { prefix, suffix } : undefined;
}

/** The text with the gap filled. */
export function fillTemplate({ prefix, suffix }: IdTemplate, id: string): string {
  return `${prefix}${id}${suffix}`;
}

/** What fills the gap to give this text; undefined where nothing does. Action names ignore case (ACT-2). */
export function idIn({ prefix, suffix }: IdTemplate, text: string, ignoresCase = false): string | undefined {
  const fold = (part: string): string => (ignoresCase ? part.toLowerCase() : part);
  const fits =
    text.length > prefix.length + suffix.length &&
    fold(text.slice(0, prefix.length)) === fold(prefix) &&
    fold(text.slice(text.length - suffix.length)) === fold(suffix);
  return fits ? text.slice(prefix.length, text.length - suffix.length) : undefined;
}
