// Condition tests: the decision table of section 7.1, row by row, and the AND over all tests (COND-2).
import { foldAscii } from "./fold.js";
import type { Operator } from "./operator.js";
import type { RequestContext } from "./request-context.js";
import { missingVariables, parseTemplate } from "./template.js";
import { expandsVariables, matchValue } from "./value-match.js";

/** One operator, one key, its values: one test (COND-2). */
export interface ConditionTest {
  readonly operator: Operator;
  readonly key: string;
  readonly values: readonly string[];
}

/** Tells whether every test holds (COND-2). */
export function conditionHolds(
  tests: readonly ConditionTest[],
  hasVariables: boolean,
  context: RequestContext,
): boolean {
  return tests.every((test) => testHolds(test, hasVariables, context));
}

/** Tells whether one test holds (section 7.1). */
export function testHolds(test: ConditionTest, hasVariables: boolean, context: RequestContext): boolean {
  const { qualifier, positive, negated, ifExists } = test.operator;
  const requestValues = context.lookup(test.key);
  if (positive === "Null") {
    const wanted = requestValues === undefined ? "true" : "false";
    return test.values.some((value) => foldAscii(value) === wanted); // NULL-1, NULL-2
  }
  // m(v), or its complement for a negated operator (COND-3, COND-4, SET-5)
  const satisfies = (requestValue: string): boolean =>
    negated !== test.values.some((value) => matchValue(positive, requestValue, value, hasVariables, context));

  switch (qualifier) {
    case "none":
      if (requestValues === undefined) return negated || ifExists; // COND-5, COND-6
      if (requestValues.length > 1) return false; // COND-9
      return requestValues.every(satisfies);
    case "ForAllValues":
      return requestValues === undefined || requestValues.every(satisfies); // SET-1, SET-2
    case "ForAnyValue":
      if (requestValues === undefined) return ifExists; // SET-4, SET-7
      return requestValues.some(satisfies); // SET-3
  }
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
