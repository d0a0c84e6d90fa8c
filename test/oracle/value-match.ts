// One request value against one policy value under one positive operator (section 8).
// Whatever does not parse, on either side, does not match (COND-4). Stars are text but under StringLike and the ARN operators (STR-2),
// and the backslash is text everywhere (STR-5). Which key is read does not matter, nor does its clock (DATE-5).
import { isArnPattern, matchArnPattern } from "./arn-pattern.js";
import { equalBinary } from "./base64.js";
import { compareDecimals, type Decimal, parseDecimal } from "./decimal.js";
import { foldAscii, lowerCase } from "./fold.js";
import { matchGlob, wildcardToken } from "./glob.js";
import { parseInstant } from "./instant.js";
import { isInRange } from "./ip-address.js";
import type { PositiveOperator } from "./operator.js";
import type { RequestContext } from "./request-context.js";
import { expandTemplate, parseTemplate, symbolText, type TemplateSymbol } from "./template.js";

/** Tells whether variables are expanded in the values of an operator (VAR-3, VAR-10, BOOL-4). */
export function expandsVariables(operator: PositiveOperator): boolean {
  return operator.startsWith("String") || operator === "ArnLike" || operator === "Bool";
}

/** Tells whether a policy value expands to what no ARN can be compared with, which settles its test (ARN-5). */
export function isBlocking(
  operator: PositiveOperator,
  policyValue: string,
  hasVariables: boolean,
  context: RequestContext,
): boolean {
  if (operator !== "ArnLike") return false;
  const symbols = expandTemplate(parseTemplate(policyValue, hasVariables), context);
  return symbols !== undefined && !isArnPattern(policyValue, symbols);
}

/** Tells whether a request value matches one policy value: the `m(v)` of section 7.1, for one value. */
export function matchValue(
  operator: PositiveOperator,
  requestValue: string,
  policyValue: string,
  hasVariables: boolean,
  context: RequestContext,
): boolean {
  const pieces = parseTemplate(policyValue, hasVariables && expandsVariables(operator));
  const symbols = expandTemplate(pieces, context);
  if (symbols === undefined) return false; // VAR-7
  const text = symbolText(symbols);
  switch (operator) {
    case "StringEquals":
      return requestValue === text;
    case "StringEqualsIgnoreCase":
      return lowerCase(requestValue) === lowerCase(text);
    case "StringLike":
      return matchGlob(symbols.map(likeToken), requestValue);
    case "ArnLike":
      return matchArnPattern(policyValue, symbols, requestValue);
    case "Bool":
      return matchBool(requestValue, text);
    case "BinaryEquals":
      return equalBinary(requestValue, text);
    case "IpAddress":
      return isInRange(requestValue, text);
    case "Null":
      return false; // tests presence, not values: condition.ts
    default:
      return operator.startsWith("Numeric")
        ? matchOrder(operator.slice("Numeric".length), parseDecimal(requestValue), parseDecimal(text))
        : matchOrder(operator.slice("Date".length), parseInstant(requestValue), parseInstant(text));
  }
}

/** The request value is the left operand (NUM-2, DATE-1). */
function matchOrder(relation: string, left: Decimal | undefined, right: Decimal | undefined): boolean {
  if (left === undefined || right === undefined) return false;
  const order = compareDecimals(left, right);
  switch (relation) {
    case "Equals":
      return order === 0;
    case "LessThan":
      return order < 0;
    case "LessThanEquals":
      return order <= 0;
    case "GreaterThan":
      return order > 0;
    case "GreaterThanEquals":
      return order >= 0;
    default:
      throw new Error(`no relation ${relation}`);
  }
}

/** Whatever is not the word `true` is false (BOOL-1). */
function matchBool(requestValue: string, policyValue: string): boolean {
  return (foldAscii(requestValue) === "true") === (foldAscii(policyValue) === "true");
}

function likeToken({ unit, literal }: TemplateSymbol): ReturnType<typeof wildcardToken> {
  return literal ? { kind: "literal", unit } : wildcardToken(unit, true);
}
