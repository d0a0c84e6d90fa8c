// The memoised baseline: every statement remembers which actions and resources it matched. Warm, it is the fastest that plain
// JavaScript does on these questions; its memory grows with what it is asked.
import type { Workload } from "../workloads/workload.js";
import { type CompiledStatement, compileStatement, type Evaluator, statementsByPrincipal } from "./plain.js";
import type { ParsedQuestion } from "./question.js";

interface MemoisedStatement extends CompiledStatement {
  readonly actions: Map<string, boolean>;
  readonly resources: Map<string, boolean>;
}

/** An evaluator that remembers; ask everything once before timing it. */
export function memoisedEvaluator(workload: Workload): Evaluator {
  const statements = statementsByPrincipal(
    workload,
    (statement): MemoisedStatement => ({ ...compileStatement(statement), actions: new Map(), resources: new Map() }),
  );
  return {
    decide(question) {
      let allowed = false;
      for (const statement of statements[question.principal] ?? []) {
        if (allowed && !statement.denies) continue;
        if (!applies(statement, question)) continue;
        if (statement.denies) return "explicitDeny";
        allowed = true;
      }
      return allowed ? "allowed" : "implicitDeny";
    },
  };
}

function applies(statement: MemoisedStatement, { action, resource, context }: ParsedQuestion): boolean {
  let matches = statement.actions.get(action);
  if (matches === undefined) {
    matches = statement.action(action, context);
    statement.actions.set(action, matches);
  }
  if (!matches) return false;
  if (!statement.resourceIsFixed) {
    if (!statement.resource(resource, context)) return false;
  } else {
    matches = statement.resources.get(resource);
    if (matches === undefined) {
      matches = statement.resource(resource, context);
      statement.resources.set(resource, matches);
    }
    if (!matches) return false;
  }
  for (const condition of statement.conditions) if (!condition(context)) return false;
  return true;
}
