// The conditions of a synthetic statement as a list, for those who translate them.
import { listOf, type StatementJson } from "../workloads/workload.js";

/** One operator, key and list of values. */
export interface ConditionTest {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

/** All tests of a statement; every one must hold (COND-2). */
export function conditionTests(statement: StatementJson): ConditionTest[] {
  return Object.entries(statement.Condition ?? {}).flatMap(([operator, tests]) =>
    Object.entries(tests).map(([key, values]) => ({ operator, key, values: listOf(values) })),
  );
}
