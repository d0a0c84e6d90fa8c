/** Whether two answers to one question are the same, for whoever decides a question twice: on another set, at another time. */
import type { Decision, DecisionError } from "../question/decision.js";
import type { GivenAnswer } from "../wire/given-answers.js";

/** Errors count as one decision, whatever they say. With reasons: what stood against it and which statements matched, in any order. */
export function isSameDecision(was: GivenAnswer, would: Decision | DecisionError, withReasons: boolean): boolean {
  if (decisionWord(was) !== decisionWord(would)) return false;
  if (!withReasons || "error" in was || "error" in would) return true;
  if (was.blockedBy !== undefined && was.blockedBy.join() !== would.blockedBy.join()) return false;
  if (was.matchedStatements === undefined) return true;
  return statementList(was.matchedStatements) === statementList(would.matchedStatements);
}

function decisionWord(answer: GivenAnswer): string {
  return "error" in answer ? "error" : answer.decision;
}

/** Positions in files are no reasons; a statement with a Sid may have moved. */
function statementList(statements: Decision["matchedStatements"]): string {
  return JSON.stringify(
    statements.map(({ policyType, policy, statement, sid }) => [policyType, policy, sid ?? statement]).sort(),
  );
}
