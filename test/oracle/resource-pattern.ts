// Resource patterns (section 5), against the resource of the request as it came (RES-17): six fields, run-on stars, padding of short patterns, variables in the sixth field.
import { splitFields } from "./arn.js";
import { type GlobToken, isAllStars, matchGlob, utf16Units, wildcardToken } from "./glob.js";
import { InputError } from "./input-error.js";
import type { RequestContext } from "./request-context.js";
import { expandTemplate, missingVariables, parseTemplate } from "./template.js";

const COLON: GlobToken = { kind: "literal", unit: 0x3a };

/** How a document reads its resource patterns. */
export interface ResourceReading {
  /** Missing fields count as `*` (RES-7b), or the pattern matches nothing (RES-7c). */
  readonly padsMissingFields: boolean;
  readonly hasVariables: boolean;
}

/** Refuses a request resource that is neither `*` nor an ARN of six fields (RES-1, IN-6). */
export function requireResource(resource: string): void {
  if (resource === "*") return;
  if (resource.startsWith("arn:") && splitFields(resource).length === 6) return;
  throw new InputError("IN-6", `resource \`${resource}\` is neither \`*\` nor an ARN`);
}

/** Tells whether one pattern of Resource or NotResource matches the request's resource (RES-2 to RES-16). */
export function matchResourcePattern(
  pattern: string,
  resource: string,
  reading: ResourceReading,
  context: RequestContext,
): boolean {
  if (isAllStars(pattern)) return true;
  if (resource === "*") return false; // RES-9
  const fields = splitFields(pattern);
  const first = fields[0] ?? "";
  if (first !== "arn" && !/[*?]/.test(first)) return false; // RES-16
  if (fields.length < 6 && !pattern.endsWith("*")) {
    if (!reading.padsMissingFields) return false; // RES-7c
    while (fields.length < 6) fields.push("*"); // RES-7b
  }
  const tokens: GlobToken[] = [];
  for (const [index, field] of fields.entries()) {
    const fieldTokens = index < 5 ? earlyFieldTokens(field) : lastFieldTokens(field, reading.hasVariables, context);
    if (fieldTokens === undefined) return false; // VAR-5
    if (index > 0) tokens.push(COLON);
    tokens.push(...fieldTokens);
  }
  // The whole text, and nothing that is only near it (RES-14), as it is spelled (RES-4); an empty field is one of no characters (RES-8).
  return matchGlob(tokens, resource);
}

/** The unresolved variables without default of a resource pattern (OUT-6). */
export function missingResourceVariables(pattern: string, hasVariables: boolean, context: RequestContext): string[] {
  return missingVariables(parseTemplate(splitFields(pattern)[5] ?? "", hasVariables), context);
}

/** Fields 1 to 5, the service too (RES-15): wildcards stay in the field, but a star that ends it may run on (RES-5b, RES-6); no variables (VAR-11). */
function earlyFieldTokens(field: string): GlobToken[] {
  const symbols = utf16Units(field);
  return symbols.map((unit, index) => {
    const token = wildcardToken(unit, false);
    return token.kind === "many" && index === symbols.length - 1 ? { kind: "many", crossesColon: true } : token;
  });
}

/** The sixth field: wildcards match everything, variables are literal (RES-5a, VAR-4). */
function lastFieldTokens(field: string, hasVariables: boolean, context: RequestContext): GlobToken[] | undefined {
  const symbols = expandTemplate(parseTemplate(field, hasVariables), context);
  return symbols?.map(({ unit, literal }) => (literal ? { kind: "literal", unit } : wildcardToken(unit, true)));
}
