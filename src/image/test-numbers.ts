/** Numbers for condition tests: equal tests share one. Found by one map after the other, so that no text has to be composed. */
import type { ConditionTest, DocumentVersion } from "../policy/document/document.js";

/** A distinct test, and whether statements have it more than once in all. */
export interface NumberedTest {
  readonly test: ConditionTest;
  readonly version: DocumentVersion;
  isShared: boolean;
}

/** One text of a test: operator, key or value. A test ends here if there is a number. */
interface Step {
  number?: number;
  readonly next: Map<string, Step>;
}

/** Numbers tests in the order in which they are first met. */
export class TestNumbers {
  /** The place of a test is its number. */
  readonly tests: NumberedTest[] = [];
  private readonly roots: Readonly<Record<DocumentVersion, Step>> = {
    "2008-10-17": { next: new Map() },
    "2012-10-17": { next: new Map() },
  };

  /** The number of a test. Operator, key and values make a test, and the version says what variables are. */
  numberOf(test: ConditionTest, version: DocumentVersion): number {
    let step = follow(follow(this.roots[version], test.operatorName), test.key);
    for (const value of test.values) step = follow(step, value);
    if (step.number === undefined) {
      step.number = this.tests.push({ test, version, isShared: false }) - 1;
      return step.number;
    }
    const known = this.tests[step.number];
    if (known !== undefined) known.isShared = true;
    return step.number;
  }
}

function follow(step: Step, text: string): Step {
  const known = step.next.get(text);
  if (known !== undefined) return known;
  const next: Step = { next: new Map() };
  step.next.set(text, next);
  return next;
}
