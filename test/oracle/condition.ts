// Condition tests: the decision table of section 7.1, row by row, and the AND over all tests (COND-2).
// A single value under a set operator is a list of one (SET-6); Bool has no negated form and misses a missing key (BOOL-3).
import { isArnValue } from "./arn-pattern.js";
import { foldAscii } from "./fold.js";
import { parseRequestAddress } from "./ip-address.js";
import { isList } from "./list-keys.js";
import type { Operator, PositiveOperator } from "./operator.js";
import type { RequestContext } from "./request-context.js";
import { missingVariables, parseTemplate } from "./template.js";
import { expandsVariables, isBlocking, matchValue } from "./value-match.js";

/** One operator, one key, its values: one test (COND-2). */
export interface ConditionTest {
  readonly operator: Operator;
  readonly key: string;
  readonly values: readonly string[];
}

/** What a test depends on besides its request: variables are read or not, and the effect of its statement (ARN-5). */
export interface ConditionReading {
  readonly hasVariables: boolean;
  readonly effect: "Allow" | "Deny";
}

/** Tells whether every test holds (COND-2). */
export function conditionHolds(
  tests: readonly ConditionTest[],
  reading: ConditionReading,
  context: RequestContext,
): boolean {
  return tests.every((test) => testHolds(test, reading, context));
}

/** Tells whether one test holds (section 7.1). */
export function testHolds(test: ConditionTest, reading: ConditionReading, context: RequestContext): boolean {
  const { qualifier, positive, negated, ifExists } = test.operator;
  const requestValues = context.lookup(test.key);
  if (positive === "Null") {
    const wanted = requestValues === undefined;
    return test.values.some((value) => (foldAscii(value) === "true") === wanted); // NULL-1, NULL-2
  }
  const satisfies = (requestValue: string): boolean => valueSatisfies(test, requestValue, reading, context);

  switch (qualifier) {
    case "none":
      if (requestValues === undefined) return negated || ifExists; // COND-5, COND-6
      if (isList(test.key, requestValues)) return false; // COND-9
      return requestValues.every(satisfies);
    case "ForAllValues":
      return requestValues === undefined || requestValues.every(satisfies); // SET-1, SET-2
    case "ForAnyValue":
      if (requestValues === undefined) return ifExists; // SET-4, SET-7
      return requestValues.some(satisfies); // SET-3
  }
}

/** m(v), or its complement for a negated operator (COND-3, COND-4, SET-5); neither for what is no address or ARN. */
function valueSatisfies(
  { operator: { positive, negated }, values }: ConditionTest,
  requestValue: string,
  { hasVariables, effect }: ConditionReading,
  context: RequestContext,
): boolean {
  if (!isComparable(positive, requestValue)) return false; // IP-6, ARN-3
  for (const value of values) {
    if (isBlocking(positive, value, hasVariables, context)) return effect === "Deny"; // ARN-5
    if (matchValue(positive, requestValue, value, hasVariables, context)) return !negated;
  }
  return negated;
}

/** Tells whether a request value satisfies one of the two forms of an operator (IP-6, ARN-3). */
function isComparable(positive: PositiveOperator, requestValue: string): boolean {
  if (positive === "IpAddress") return parseRequestAddress(requestValue) !== undefined;
  return positive !== "ArnLike" || isArnValue(requestValue);
}

/** The keys that the tests asked for and the request lacks (OUT-6). */
export function missingConditionKeys(
  tests: readonly ConditionTest[],
  hasVariables: boolean,
  context: RequestContext,
): string[] {
  return tests.flatMap(({ operator, key, values }) => {
    if (operator.positive === "Null") return [];
    const own = context.lookup(key) === undefined ? [key] : [];
    const expands = hasVariables && expandsVariables(operator.positive);
    return [...own, ...values.flatMap((value) => missingVariables(parseTemplate(value, expands), context))];
  });
}
