/** Whether a statement is about an action, remembered by statement: every requester and situation asks again. */
import type { Statement } from "../policy/document/document.js";
import { actionGlob, type Glob, globHolds } from "./glob.js";

const actionMemo = new WeakMap<Statement, Map<string, boolean>>();

/** Whether the statement's action element matches an action in lower case (ACT-2 to ACT-8). */
export function actionApplies(statement: Statement, action: string): boolean {
  let known = actionMemo.get(statement);
  if (known === undefined) {
    known = new Map();
    actionMemo.set(statement, known);
  }
  let applies = known.get(action);
  if (applies === undefined) {
    const { negated, patterns } = statement.action;
    applies = patterns.some((pattern) => globHolds(compiledAction(pattern), action)) !== negated;
    known.set(action, applies);
  }
  return applies;
}

const actionGlobs = new Map<string, Glob>();

function compiledAction(pattern: string): Glob {
  let glob = actionGlobs.get(pattern);
  if (glob === undefined) {
    glob = actionGlob(pattern);
    actionGlobs.set(pattern, glob);
  }
  return glob;
}
