// The plain baseline, and the workloads' reference: compiled statements, a scan of those that the principal carries. Identity
// policies of one account only, which is all that the workloads hold.
import type { Decision } from "../../test/oracle/simulation-case.js";
import { documentsOf, listOf, type StatementJson, type Workload } from "../workloads/workload.js";
import { type ContextTest, compileCondition } from "./condition.js";
import { compilePatterns, type TextTest } from "./pattern.js";
import type { ContextValues, ParsedQuestion } from "./question.js";

/** Something that decides parsed questions. */
export interface Evaluator {
  decide(question: ParsedQuestion): Decision;
}

/** A statement as closures. */
export interface CompiledStatement {
  readonly denies: boolean;
  readonly action: TextTest;
  readonly resource: TextTest;
  /** Whether the resource test looks at nothing but the resource. */
  readonly resourceIsFixed: boolean;
  readonly conditions: readonly ContextTest[];
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
export function compileStatement(statement: StatementJson): CompiledStatement {
  const conditions = Object.entries(statement.Condition ?? {}).flatMap(([operator, tests]) =>
    Object.entries(tests).map(([key, values]) => compileCondition(operator, key, listOf(values))),
  );
  const resources = [...listOf(statement.Resource), ...listOf(statement.NotResource)];
  return {
    denies: statement.Effect === "Deny",
    action: compileElement(statement.Action, statement.NotAction, (pattern) => pattern.toLowerCase()),
    resource: compileElement(statement.Resource, statement.NotResource, (pattern) => pattern),
    resourceIsFixed: !resources.some((pattern) => pattern.includes("${")),
    conditions,
  };
}

function compileElement(
  listed: string | readonly string[] | undefined,
  excluded: string | readonly string[] | undefined,
  spell: (pattern: string) => string,
): TextTest {
  if (listed !== undefined) return compilePatterns(listOf(listed).map(spell));
  const isExcluded = compilePatterns(listOf(excluded).map(spell));
  return (text, context) => !isExcluded(text, context);
}

/** The evaluator without memory. */
export function plainEvaluator(workload: Workload): Evaluator {
  const statements = statementsByPrincipal(workload, compileStatement);
  return {
    decide({ principal, action, resource, context }) {
      let allowed = false;
      for (const statement of statements[principal] ?? []) {
        // A further Allow changes nothing.
        if (allowed && !statement.denies) continue;
        if (!statement.action(action, context) || !statement.resource(resource, context)) continue;
        if (!holdAll(statement.conditions, context)) continue;
        if (statement.denies) return "explicitDeny";
        allowed = true;
      }
      return allowed ? "allowed" : "implicitDeny";
    },
  };
}

/** Whether every condition holds. */
export function holdAll(conditions: readonly ContextTest[], context: ContextValues): boolean {
  for (const condition of conditions) if (!condition(context)) return false;
  return true;
}
