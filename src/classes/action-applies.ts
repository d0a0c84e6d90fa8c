/** Whether a statement is about an action, remembered by statement: every requester and situation asks again. */
import { actionGlob, type Glob, globHolds } from "../globs/glob.js";
import type { Statement } from "../policy/document/document.js";

/** What is known of one statement. */
interface Applying {
  readonly globs: readonly Glob[];
  /** Of long elements only: short ones are matched in the time that a look takes, and large sets have many. */
  readonly known: Map<string, boolean> | undefined;
}

const memo = new WeakMap<Statement, Applying>();

/** So many patterns. */
const shortElement = 4;
/** So many answers are kept for a statement. */
const mostKnown = 50_000;

/** Whether the statement's action element matches an action in lower case (ACT-2 to ACT-8). */
export function actionApplies(statement: Statement, action: string): boolean {
  let applying = memo.get(statement);
  if (applying === undefined) {
    const { patterns } = statement.action;
    applying = { globs: patterns.map(compiledAction), known: patterns.length > shortElement ? new Map() : undefined };
    memo.set(statement, applying);
  }
  const { globs, known } = applying;
  let applies = known?.get(action);
  if (applies === undefined) {
    applies = globs.some((glob) => globHolds(glob, action)) !== statement.action.negated;
    if (known === undefined) return applies;
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
