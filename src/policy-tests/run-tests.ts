/** Asks the questions of tests and judges the answers. Decides nothing itself: the engine does, over the set as it would be served. */

import { Engine } from "../engine/engine.js";
import { closestPrincipal } from "../policy/closest-principal.js";
import type { PolicySet } from "../policy/policy-set.js";
import type { Decision, DecisionError } from "../question/decision.js";
import { errorText } from "../text/error-text.js";
import { quote } from "../text/quote.js";
import { Coverage } from "./coverage.js";
import type { Expectation, PolicyTest } from "./policy-test.js";
import { type SetStatement, setStatements } from "./set-statements.js";
import { meantStatement, namesStatement } from "./statement-name.js";

/** What became of one test. */
export interface TestResult {
  readonly test: PolicyTest;
  /** With what each policy type answered if the test failed or coverage is counted. */
  readonly answer: Decision | DecisionError;
  /** What was not as expected, a sentence each; empty iff the test passed. */
  readonly failures: readonly string[];
  /** Who may have been meant by the principal of a failed test, if the set does not know it. */
  readonly meant?: string;
  /** How long the answer took, in milliseconds. */
  readonly durationMs: number;
}

/** Asks one policy set. */
export class TestRun {
  /** Absent unless it is wanted. */
  readonly coverage: Coverage | undefined;
  private statements: readonly SetStatement[] | undefined;

  private constructor(
    private readonly engine: Engine,
    private readonly policySet: PolicySet,
    wantsCoverage: boolean,
  ) {
    this.coverage = wantsCoverage ? new Coverage(this.allStatements()) : undefined;
  }

  /** Compiles the set; `close` ends it. */
  static async start(policySet: PolicySet, wantsCoverage: boolean): Promise<TestRun> {
    // A test may set derived keys by saying `whatIf` (CTX-1), as a simulation may.
    const engine = await Engine.start({ workers: 0, allowWhatIf: true });
    engine.publish(policySet);
    return new TestRun(engine, policySet, wantsCoverage);
  }

  /** Asks one question. */
  ask(test: PolicyTest): TestResult {
    const startedAt = performance.now();
    const first = this.decide(test, this.coverage === undefined ? "reason" : "explain");
    const failures = this.failuresOf(test.expected, first);
    const answer = failures.length > 0 && this.coverage === undefined ? this.decide(test, "explain") : first;
    if (!("error" in answer)) this.coverage?.count(answer);
    const isStranger = failures.length > 0 && !("error" in answer) && answer.unknownPrincipal;
    const meant = isStranger ? closestPrincipal(test.question.principal, this.policySet) : undefined;
    const durationMs = performance.now() - startedAt;
    return { test, answer, failures, ...(meant === undefined ? {} : { meant }), durationMs };
  }

  /** Ends the engine. */
  async close(): Promise<void> {
    await this.engine.close();
  }

  /** A question that is refused is an answer; an engine that cannot go on is none. */
  private decide({ question, nowMs, place }: PolicyTest, detail: "reason" | "explain"): Decision | DecisionError {
    try {
      return this.engine.decide(question, { detail, ...(nowMs === undefined ? {} : { nowMs }) });
    } catch (cause: unknown) {
      const reason = errorText(cause);
      throw new Error(`${place.file}:${place.line}:${place.column}: ${reason}`, { cause });
    }
  }

  private failuresOf(expected: Expectation, answer: Decision | DecisionError): readonly string[] {
    if ("error" in answer) return [`cannot be decided: ${answer.error}`];
    const failures: string[] = [];
    const { decision, blockedBy, matchedStatements } = answer;
    if (decision !== expected.decision) failures.push(`expected ${expected.decision}, got ${decision}`);
    else if (expected.blockedBy !== undefined && !holdsSame(expected.blockedBy, blockedBy)) {
      failures.push(`expected to be blocked by ${listed(expected.blockedBy)}, not by ${listed(blockedBy)}`);
    }
    for (const name of expected.decidedBy) {
      if (matchedStatements.some((statement) => namesStatement(name, statement))) continue;
      failures.push(`expected to be decided by ${quote(name)}${this.hintOn(name)}`);
    }
    return failures;
  }

  private hintOn(name: string): string {
    const statements = this.allStatements();
    if (statements.some((statement) => namesStatement(name, statement))) return "";
    const meant = meantStatement(name, statements);
    const what = ", which names no statement of the policy set";
    return meant === undefined ? what : `${what}: did you mean ${quote(meant)}?`;
  }

  private allStatements(): readonly SetStatement[] {
    this.statements ??= setStatements(this.policySet);
    return this.statements;
  }
}

function holdsSame(left: readonly string[], right: readonly string[]): boolean {
  return new Set(left).size === new Set(right).size && left.every((one) => right.includes(one));
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? "nothing" : names.join(", ");
}
