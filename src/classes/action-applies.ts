/** Whether a statement is about an action, remembered by statement: every requester and situation asks again. */
import type { Statement } from "../policy/document/document.js";
import { actionGlob, type Glob, globHolds } from "./glob.js";

/** What is known of one statement. */
interface Applying {
  readonly globs: readonly Glob[];
  readonly known: Map<string, boolean>;
}

const memo = new WeakMap<Statement, Applying>();

/** So many answers are kept for a statement. */
const mostKnown = 50_000;

/** Whether the statement's action element matches an action in lower case (ACT-2 to ACT-8). */
export function actionApplies(statement: Statement, action: string): boolean {
  let applying = memo.get(statement);
  if (applying === undefined) {
    applying = { globs: statement.action.patterns.map(compiledAction), known: new Map() };
    memo.set(statement, applying);
  }
  const { globs, known } = applying;
  let applies = known.get(action);
  if (applies === undefined) {
    applies = globs.some((glob) => globHolds(glob, action)) !== statement.action.negated;
    if (known.size >= mostKnown) known.clear();
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
