/** Documents whose statements about an action say the same need not be searched: most of what two versions of a policy hold is alike. */
import { textBesideAction } from "../audit/answer-classes.js";
import { actionApplies } from "../classes/action-applies.js";
import type { Effect, PolicyDocument, Statement } from "../policy/document/document.js";

/**
 * Whether the second document allows nothing of an action, in lower case, that the first does not, by what their statements say: each of
 * its Allows is the first's too, and each Deny of the first its own (EVAL-1, EVAL-2). False where that takes a search.
 */
export function addsNothing(existing: PolicyDocument, updated: PolicyDocument, action: string): boolean {
  const allowed = new Set(textsOf(existing, action, "Allow"));
  for (const text of textsOf(updated, action, "Allow")) if (!allowed.has(text)) return false;
  const denied = new Set(textsOf(updated, action, "Deny"));
  for (const text of textsOf(existing, action, "Deny")) if (!denied.has(text)) return false;
  return true;
}

function* textsOf({ statements, version }: PolicyDocument, action: string, effect: Effect): Generator<string> {
  for (const statement of statements) {
    if (statement.effect !== effect || !actionApplies(statement, action)) continue;
    let text = texts.get(statement);
    if (text === undefined) {
      text = textBesideAction(statement, version);
      texts.set(statement, text);
    }
    yield text;
  }
}

const texts = new WeakMap<Statement, string>();
