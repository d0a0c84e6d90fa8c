// ARN condition operators: six fields, each globbed on its own, no run-on star (section 8.7).
import { splitFields } from "./arn.js";
import { type GlobToken, isAllStars, matchGlob, wildcardToken } from "./glob.js";
import type { TemplateSymbol } from "./template.js";

const COLON = 0x3a;
const STAR: TemplateSymbol = { codePoint: 0x2a, literal: false };

/** Tells whether a request value matches a pattern, given as written and expanded (ARN-1 to ARN-5). */
export function matchArnPattern(pattern: string, expanded: readonly TemplateSymbol[], requestValue: string): boolean {
  const valueFields = splitFields(requestValue);
  if (valueFields.length < 6 || valueFields[0] !== "arn") return false;
  if (isAllStars(pattern)) return true;
  const patternFields = splitSymbols(expanded);
  if (patternFields.length < 6 && !pattern.endsWith("*")) return false;
  while (patternFields.length < 6) patternFields.push([STAR]);
  return patternFields.every((field, index) => matchGlob(field.map(tokenOf), valueFields[index] ?? ""));
}

/** Splits at the first five colons that the policy wrote; substituted colons do not split (ARN-4). */
function splitSymbols(symbols: readonly TemplateSymbol[]): TemplateSymbol[][] {
  const fields: TemplateSymbol[][] = [[]];
  for (const symbol of symbols) {
    if (!symbol.literal && symbol.codePoint === COLON && fields.length < 6) fields.push([]);
    else fields.at(-1)?.push(symbol);
  }
  return fields;
}

function tokenOf({ codePoint, literal }: TemplateSymbol): GlobToken {
  return literal ? { kind: "literal", codePoint } : wildcardToken(codePoint, true);
}
