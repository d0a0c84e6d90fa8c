/** Which statements ask for tags of resources, and so for which actions tags have a say. */

import type { Statement } from "../policy/document/document.js";
import { attachedStatements, type PolicySet } from "../policy/policy-set.js";
import { lowerAscii } from "../text/fold.js";
import { actionApplies } from "./action-applies.js";

const tagStatementMemo = new WeakMap<PolicySet, readonly Statement[]>();

/** The statements that ask for tags of resources. */
export function tagStatements(set: PolicySet): readonly Statement[] {
  let found = tagStatementMemo.get(set);
  if (found === undefined) {
    const asks = (text: string): boolean => /aws:resourcetag\//i.test(text);
    found = [...attachedStatements(set)].filter(
      ({ resource, conditions }) =>
        resource?.patterns.some(asks) || conditions.some(({ key, values }) => asks(key) || values.some(asks)),
    );
    tagStatementMemo.set(set, found);
  }
  return found;
}

const askingMemo = new WeakMap<PolicySet, Map<string, boolean>>();
/** So many actions are kept of a set. */
const mostActions = 100_000;

/** Whether some statement about the action asks for a tag of the resource. */
export function asksForTags(set: PolicySet, action: string): boolean {
  let known = askingMemo.get(set);
  if (known === undefined || known.size >= mostActions) {
    known = new Map();
    askingMemo.set(set, known);
  }
  let asks = known.get(action);
  if (asks === undefined) {
    const folded = lowerAscii(action);
    asks = tagStatements(set).some((statement) => actionApplies(statement, folded));
    known.set(action, asks);
  }
  return asks;
}
