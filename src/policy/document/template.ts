/**
 * Policy variables in a text (section 9 of the semantics). A text becomes parts once, at load time;
 * what a variable brings in is literal by construction and can never start another one (VAR-4). All policy
 * types are read alike (VAR-13).
 */

import { quote } from "../../text/quote.js";
import type { DocumentVersion } from "./document.js";

/** One part of a text with variables. */
export type TemplatePart =
  /** Text as written; `*` and `?` in it are wildcards where the element has wildcards. */
  | { readonly kind: "text"; readonly text: string }
  /** The character of `${*}`, `${?}` or `${$}`; never a wildcard (VAR-8). */
  | { readonly kind: "literal"; readonly text: string }
  /** The value of a context key. The default stands in for a missing or empty value (VAR-6). */
  | { readonly kind: "variable"; readonly key: string; readonly default?: string };

/** What is wrong with one `${…}`. */
export interface TemplateProblem {
  readonly rule: "VAR-2" | "VAR-6" | "VAR-12";
  /** Offset of the `${` in the template. */
  readonly at: number;
  readonly message: string;
  /** What to write instead, where that is known. */
  readonly fix?: string;
}

/** True if the text has variables at all, which documents without `2012-10-17` never have (VAR-1). */
export function hasVariables(text: string, version: DocumentVersion): boolean {
  return version === "2012-10-17" && text.includes("${");
}

/** Splits a text into its parts; the empty text has none. Problems are added to `problems` if it is given. */
export function parseTemplate(
  text: string,
  version: DocumentVersion,
  problems?: TemplateProblem[],
): readonly TemplatePart[] {
  if (text === "") return [];
  if (!hasVariables(text, version)) return [{ kind: "text", text }];
  const parts: TemplatePart[] = [];
  let textAt = 0;
  for (let openAt = text.indexOf("${"); openAt >= 0; openAt = text.indexOf("${", textAt)) {
    const closeAt = text.indexOf("}", openAt);
    if (closeAt < 0) {
      problems?.push({
        rule: "VAR-12",
        at: openAt,
        message: `variable ${quote(text.slice(openAt))} has no closing \`}\``,
        fix: "close it behind its name, such as `${aws:username}`",
      });
      break;
    }
    if (openAt > textAt) parts.push({ kind: "text", text: text.slice(textAt, openAt) });
    parts.push(parsePart(text, openAt, closeAt, problems));
    textAt = closeAt + 1;
  }
  if (textAt < text.length) parts.push({ kind: "text", text: text.slice(textAt) });
  return parts;
}

/** The text as its pattern sees it, each variable a `$`: what a variable brings in separates no fields (ARN-4). */
export function templateSkeleton(parts: readonly TemplatePart[]): string {
  return parts.map((part) => (part.kind === "text" ? part.text : "$")).join("");
}

function parsePart(
  text: string,
  openAt: number,
  closeAt: number,
  problems: TemplateProblem[] | undefined,
): TemplatePart {
  const inner = text.slice(openAt + 2, closeAt);
  if (inner === "*" || inner === "?" || inner === "$") return { kind: "literal", text: inner };
  const problem = (rule: TemplateProblem["rule"], cause: string): void => {
    problems?.push({ rule, at: openAt, message: `variable ${quote(text.slice(openAt, closeAt + 1))} ${cause}` });
  };
  const commaAt = inner.indexOf(",");
  const key = commaAt < 0 ? inner : inner.slice(0, commaAt);
  if (key.trim() === "") problem("VAR-12", "has no name");
  else if (key.includes("${")) problem("VAR-12", "has another variable in its name");
  else if (commaAt >= 0 && /\s$/.test(key)) problem("VAR-6", "has a blank before the comma of its default");
  else if (/\s/.test(key)) problem("VAR-2", "has a blank in its name");
  if (commaAt < 0) return { kind: "variable", key };
  const written = inner.slice(commaAt + 1).trimStart();
  const value = written.slice(1, -1);
  if (written.length < 2 || !written.startsWith("'") || !written.endsWith("'") || value.includes("'")) {
    problem("VAR-6", "has a default that is not a text in single quotes");
    return { kind: "variable", key };
  }
  return { kind: "variable", key, default: value };
}
