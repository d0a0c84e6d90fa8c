/** Texts with placeholders such as `arn:acme:orders:eu:{tenant}:order/{orderId}`: from text to pieces, and filled in. */
import { quote } from "../../text/quote.js";
import { type Placeholder, parsePlaceholder, type RequestValues, valuesOf } from "./placeholder.js";

/** A template: texts and placeholders in turn. */
export interface ValueTemplate {
  readonly text: string;
  readonly pieces: readonly TemplatePiece[];
}

/** A piece of a template. */
export type TemplatePiece = { readonly literal: string } | { readonly placeholder: Placeholder };

/** Why a text is no template. */
export interface ValueTemplateRefusal {
  readonly refusal: string;
}

/** Reads a template; there is no way to write a literal brace. */
export function parseValueTemplate(text: string): ValueTemplate | ValueTemplateRefusal {
  const pieces: TemplatePiece[] = [];
  for (const [index, part] of text.split(/\{([^{}]*)\}/).entries()) {
    if (index % 2 === 0) {
      if (/[{}]/.test(part)) return { refusal: "has a brace without its partner" };
      if (part !== "") pieces.push({ literal: part });
      continue;
    }
    const placeholder = parsePlaceholder(part);
    if (placeholder === undefined) return { refusal: `has an unknown placeholder ${quote(`{${part}}`)}` };
    pieces.push({ placeholder });
  }
  return { text, pieces };
}

/** The placeholders of a template. */
export function placeholdersOf({ pieces }: ValueTemplate): readonly Placeholder[] {
  return pieces.flatMap((piece) => ("placeholder" in piece ? [piece.placeholder] : []));
}

/** Fills a template in with one text; undefined where a value is missing, is one of several, or is not accepted. */
export function fillText(
  { pieces }: ValueTemplate,
  values: RequestValues,
  accepts: (value: string, placeholder: Placeholder, isLast: boolean) => boolean = () => true,
): string | undefined {
  let text = "";
  for (const [index, piece] of pieces.entries()) {
    if ("literal" in piece) {
      text += piece.literal;
      continue;
    }
    const [value, another] = valuesOf(piece.placeholder, values) ?? [];
    if (value === undefined || another !== undefined) return undefined;
    if (!accepts(value, piece.placeholder, index === pieces.length - 1)) return undefined;
    text += value;
  }
  return text;
}

/** Fills a template in: a lone placeholder may have several values. Undefined where a value is missing. */
export function fillValues(template: ValueTemplate, values: RequestValues): readonly string[] | undefined {
  const [only, another] = template.pieces;
  if (only !== undefined && another === undefined && "placeholder" in only) return valuesOf(only.placeholder, values);
  const text = fillText(template, values);
  return text === undefined ? undefined : [text];
}
