// Policy variables: text is cut into characters and variables, and variables are replaced by literal text
// in one pass (section 9), the same in every policy type (VAR-13). Nothing that comes out of a variable is a wildcard or a separator (VAR-4, ARN-4).
import { utf16Units } from "./glob.js";
import { isList } from "./list-keys.js";
import type { RequestContext } from "./request-context.js";

/** A UTF-16 unit of expanded text (STR-4); a literal one is never a wildcard or a separator (VAR-4, VAR-8). */
export interface TemplateSymbol {
  readonly unit: number;
  readonly literal: boolean;
}

/** A piece of policy text: a symbol, a variable, or a variable that is misspelled and never resolves. */
export type TemplatePiece =
  | { readonly kind: "symbol"; readonly symbol: TemplateSymbol }
  | { readonly kind: "variable"; readonly name: string; readonly fallback: string | undefined }
  | { readonly kind: "malformed" };

/** Cuts policy text into pieces; under 2008-10-17 `${` is ordinary text (VAR-1, DOC-4). */
export function parseTemplate(text: string, hasVariables: boolean): TemplatePiece[] {
  const pieces: TemplatePiece[] = [];
  let rest = text;
  while (rest !== "") {
    const end = hasVariables && rest.startsWith("${") ? rest.indexOf("}") : -1;
    if (end >= 0) {
      pieces.push(parseVariable(rest.slice(2, end)));
      rest = rest.slice(end + 1);
    } else {
      // An unclosed `${` is ordinary text, wildcards and all (VAR-12).
      pieces.push({ kind: "symbol", symbol: { unit: rest.charCodeAt(0), literal: false } });
      rest = rest.slice(1);
    }
  }
  return pieces;
}

/** Replaces the variables; undefined if one of them does not resolve (VAR-5, VAR-7). */
export function expandTemplate(
  pieces: readonly TemplatePiece[],
  context: RequestContext,
): TemplateSymbol[] | undefined {
  const symbols: TemplateSymbol[] = [];
  for (const piece of pieces) {
    if (piece.kind === "symbol") {
      symbols.push(piece.symbol);
      continue;
    }
    const value = piece.kind === "variable" ? resolve(piece.name, piece.fallback, context) : undefined;
    if (value === undefined) return undefined;
    symbols.push(...literalSymbols(value));
  }
  return symbols;
}

/** The names of variables without a default whose key the request lacks (OUT-6). */
export function missingVariables(pieces: readonly TemplatePiece[], context: RequestContext): string[] {
  return pieces.flatMap((piece) =>
    piece.kind === "variable" && piece.fallback === undefined && context.lookup(piece.name) === undefined
      ? [piece.name]
      : [],
  );
}

/** Symbols that stand for themselves only (VAR-4). */
export function literalSymbols(text: string): TemplateSymbol[] {
  return utf16Units(text).map((unit) => ({ unit, literal: true }));
}

/** The text that symbols spell. */
export function symbolText(symbols: readonly TemplateSymbol[]): string {
  return symbols.map(({ unit }) => String.fromCharCode(unit)).join("");
}

/** VAR-2, VAR-6: one value, or the default when the key is missing or its value is empty; never a list (VAR-9). */
function resolve(name: string, fallback: string | undefined, context: RequestContext): string | undefined {
  const values = context.lookup(name);
  if (values === undefined) return fallback;
  if (isList(name, values)) return undefined;
  return values[0] === "" && fallback !== undefined ? fallback : values[0];
}

/** Reads what stands between `${` and `}` (VAR-2, VAR-6, VAR-8, VAR-12). */
function parseVariable(inside: string): TemplatePiece {
  const comma = inside.indexOf(",");
  const name = (comma < 0 ? inside : inside.slice(0, comma)).trim();
  if (comma < 0) {
    if (name === "*" || name === "?" || name === "$") {
      return { kind: "symbol", symbol: { unit: name.charCodeAt(0), literal: true } };
    }
    return name === "" ? { kind: "malformed" } : { kind: "variable", name, fallback: undefined };
  }
  const quoted = inside.slice(comma + 1).trimStart();
  const text = quoted.slice(1, -1);
  const wellFormed = quoted.length >= 2 && quoted.startsWith("'") && quoted.endsWith("'") && !text.includes("'");
  return wellFormed && name !== "" ? { kind: "variable", name, fallback: text } : { kind: "malformed" };
}
