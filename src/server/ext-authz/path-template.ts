/** Path templates such as `/orders/{orderId}/refunds` and `/files/{rest...}`: from text to parts. Matches nothing. */

/** A part of a template between two slashes. */
export type PathPart =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "capture"; readonly name: string };

/** A template. */
export interface PathTemplate {
  readonly text: string;
  readonly parts: readonly PathPart[];
  /** Captures one or more further segments; undefined where the template ends with its parts. */
  readonly rest: string | undefined;
  /** Takes paths that end in a slash, and only those. */
  readonly endsInSlash: boolean;
}

/** Why a text is no template. */
export interface TemplateRefusal {
  readonly refusal: string;
}

/** Reads a template. */
export function parsePathTemplate(text: string): PathTemplate | TemplateRefusal {
  if (!text.startsWith("/")) return { refusal: "must begin with a slash" };
  const segments = text.slice(1).split("/");
  const endsInSlash = segments.at(-1) === "";
  if (endsInSlash) segments.pop();
  const parts: PathPart[] = [];
  const names = new Set<string>();
  let rest: string | undefined;
  for (const [index, segment] of segments.entries()) {
    const [, name, dots] = /^\{([A-Za-z_][A-Za-z0-9_]*)(\.\.\.)?\}$/.exec(segment) ?? [];
    if (name === undefined) {
      const refusal = refusalOfLiteral(segment);
      if (refusal !== undefined) return { refusal };
      parts.push({ kind: "literal", text: segment });
      continue;
    }
    if (names.has(name)) return { refusal: `captures \`${name}\` twice` };
    names.add(name);
    if (dots === undefined) parts.push({ kind: "capture", name });
    else if (index < segments.length - 1) return { refusal: `has segments after \`{${name}...}\`` };
    else rest = name;
  }
  return { text, parts, rest, endsInSlash };
}

function refusalOfLiteral(segment: string): string | undefined {
  if (segment === "") return "has an empty segment";
  if (segment === "." || segment === "..") return "has a dot segment";
  if (/[{}]/.test(segment)) return "has a brace that is no whole segment: write `/{name}/` or `/{name...}`";
  if (segment.includes("%")) return "has an escape: paths are compared decoded";
  const [delimiter] = /[\\;?#]/.exec(segment) ?? [];
  if (delimiter !== undefined) return `has \`${delimiter}\`, and no path that has one is accepted`;
  return /[\p{Cc}\p{Cs}\s]/u.test(segment) ? "has a blank or a control character" : undefined;
}

/** Names that a template captures. */
export function captureNames({ parts, rest }: PathTemplate): readonly string[] {
  const names = parts.flatMap((part) => (part.kind === "capture" ? [part.name] : []));
  return rest === undefined ? names : [...names, rest];
}

/** What a template captures from the decoded segments of a path that it matches. */
export function capturesOf(
  { parts, rest, endsInSlash }: PathTemplate,
  segments: readonly string[],
): ReadonlyMap<string, string> {
  const captures = new Map<string, string>();
  for (const [index, part] of parts.entries()) {
    if (part.kind === "capture") captures.set(part.name, segments[index] ?? "");
  }
  if (rest !== undefined) captures.set(rest, segments.slice(parts.length, endsInSlash ? -1 : undefined).join("/"));
  return captures;
}
