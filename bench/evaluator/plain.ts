// The plain baseline, and the workloads' reference: compiled statements, a scan of those that the principal carries. Identity
// policies of one account only, which is all that the workloads hold.
import type { Decision } from "../../test/oracle/simulation-case.js";
import { documentsOf, listOf, type StatementJson, type Workload } from "../workloads/workload.js";
import { type ContextTest, compileCondition } from "./condition.js";
import { compilePattern, compilePatterns, type TextTest } from "./pattern.js";
import type { ParsedQuestion } from "./question.js";

/** Something that decides parsed questions. */
export interface Evaluator {
  decide(question: ParsedQuestion): Decision;
}

/** A statement as closures. */
export interface CompiledStatement {
  readonly denies: boolean;
  readonly action: TextTest;
  readonly resource: TextTest;
  readonly conditions: readonly ContextTest[];
}

/** How single patterns are compiled. */
export interface PatternCompilers {
  readonly action: (pattern: string) => TextTest;
  readonly resource: (pattern: string) => TextTest;
}

/** The statements that each principal carries; a statement object is shared by all who carry it. */
export function statementsByPrincipal<T>(workload: Workload, compile: (statement: StatementJson) => T): T[][] {
  const compiled = new Map<string, T[]>();
  for (const [name, document] of Object.entries(workload.policies)) compiled.set(name, document.Statement.map(compile));
  return workload.principals.map((principal) =>
    documentsOf(workload, principal).flatMap((name) => compiled.get(name) ?? []),
  );
}

/** Compiles a statement. */
export function compileStatement(statement: StatementJson, compilers: PatternCompilers): CompiledStatement {
  const conditions = Object.entries(statement.Condition ?? {}).flatMap(([operator, tests]) =>
    Object.entries(tests).map(([key, values]) => compileCondition(operator, key, listOf(values))),
  );
  return {
    denies: statement.Effect === "Deny",
    action: compileElement(statement.Action, statement.NotAction, (one) => compilers.action(one.toLowerCase())),
    resource: compileElement(statement.Resource, statement.NotResource, compilers.resource),
    conditions,
  };
}

function compileElement(
  listed: string | readonly string[] | undefined,
  excluded: string | readonly string[] | undefined,
  compile: (pattern: string) => TextTest,
): TextTest {
  if (listed !== undefined) return compilePatterns(listOf(listed), compile);
  const isExcluded = compilePatterns(listOf(excluded), compile);
  return (text, context) => !isExcluded(text, context);
}

/** The evaluator without memory. */
export function plainEvaluator(workload: Workload): Evaluator {
  return evaluatorWith(workload, { action: compilePattern, resource: compilePattern });
}

/** An evaluator that scans what the principal carries. */
export function evaluatorWith(workload: Workload, compilers: PatternCompilers): Evaluator {
  const statements = statementsByPrincipal(workload, (statement) => compileStatement(statement, compilers));
  return {
    decide(question) {
      let allowed = false;
      for (const statement of statements[question.principal] ?? []) {
        // A further Allow changes nothing.
        if (allowed && !statement.denies) continue;
        if (!applies(statement, question)) continue;
        if (statement.denies) return "explicitDeny";
        allowed = true;
      }
      return allowed ? "allowed" : "implicitDeny";
    },
  };
}

function applies(statement: CompiledStatement, { action, resource, context }: ParsedQuestion): boolean {
  if (!statement.action(action, context) || !statement.resource(resource, context)) return false;
  for (const condition of statement.conditions) if (!condition(context)) return false;
  return true;
}
