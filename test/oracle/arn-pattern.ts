// ARN condition operators: six fields, each globbed on its own, no run-on star (section 8.7).
import { splitFields } from "./arn.js";
import { type GlobToken, isAllStars, matchGlob, wildcardToken } from "./glob.js";
import type { TemplateSymbol } from "./template.js";

const COLON = 0x3a;
const STAR: TemplateSymbol = { unit: 0x2a, literal: false };

/** Tells whether a request value is an ARN: `arn` and five further fields (ARN-3). */
export function isArnValue(requestValue: string): boolean {
  const fields = splitFields(requestValue);
  return fields.length === 6 && fields[0] === "arn";
}

/** Tells whether a pattern, expanded, is one that ARNs can be compared with (ARN-5). */
export function isArnPattern(pattern: string, expanded: readonly TemplateSymbol[]): boolean {
  return splitSymbols(expanded).length === 6 || pattern.endsWith("*");
}

/** Tells whether an ARN matches a pattern, given as written and expanded (ARN-1 to ARN-5). */
export function matchArnPattern(pattern: string, expanded: readonly TemplateSymbol[], requestValue: string): boolean {
  if (!isArnValue(requestValue) || !isArnPattern(pattern, expanded)) return false;
  if (isAllStars(pattern)) return true;
  const valueFields = splitFields(requestValue);
  const patternFields = splitSymbols(expanded);
  while (patternFields.length < 6) patternFields.push([STAR]);
  // Field by field, and no star runs on (ARN-2).
  return patternFields.every((field, index) => matchGlob(field.map(tokenOf), valueFields[index] ?? ""));
}

/** Splits at the first five colons that the policy wrote; substituted colons do not split (ARN-4). */
function splitSymbols(symbols: readonly TemplateSymbol[]): TemplateSymbol[][] {
  const fields: TemplateSymbol[][] = [[]];
  for (const symbol of symbols) {
    if (!symbol.literal && symbol.unit === COLON && fields.length < 6) fields.push([]);
    else fields.at(-1)?.push(symbol);
  }
  return fields;
}

function tokenOf({ unit, literal }: TemplateSymbol): GlobToken {
  return literal ? { kind: "literal", unit } : wildcardToken(unit, true);
}
