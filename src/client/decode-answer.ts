/**
 * Answers for the caller. INVARIANT: an answer says `allowed` only where the server said ALLOWED at the very place of that question,
 * in a message with exactly as many answers as there were questions.
 */
import { OutcomeNumber } from "../wire/authorization-fields.js";
import { decisionWord, type ReadDecision, readBatch, readDecision, readSingle } from "../wire/decode-answer.js";
import { nodeText } from "../wire/node-text.js";
import { wireReader } from "../wire/wire-reader.js";
import {
  type Answer,
  type Decision,
  type Detail,
  type Failure,
  failureOf,
  isFailure,
  type OutcomeAnswer,
  type PolicySetVersion,
} from "./answer.js";

const nothing: readonly never[] = Object.freeze([]);

/** The answer in an AuthorizeResponse. Bytes that are no answer give a failure. */
export function decodeSingle(bytes: Uint8Array, detail: Detail): OutcomeAnswer {
  return orInvalid(() => {
    const { version, outcome, decision, decisionId } = readSingle(wireReader(bytes, "lenient", nodeText));
    if (decision === undefined) return identified(outcomeAnswer(outcome, version, detail), decisionId);
    const read = readDecision(decision, version);
    return read.outcome === outcome ? identified(answerOf(read), decisionId) : invalid("outcome and decision differ");
  });
}

/** The answers in a BatchAuthorizeResponse, one a question; or a failure that holds for all of them. */
export function decodeBatch(bytes: Uint8Array, count: number, detail: Detail): readonly OutcomeAnswer[] | Failure {
  return orInvalid(() => {
    const { version, outcomes, decisions, decisionId } = readBatch(wireReader(bytes, "lenient", nodeText), count);
    if (outcomes.length + decisions.length !== count) {
      return invalid(`${outcomes.length + decisions.length} answers to ${count} questions`);
    }
    if (outcomes.length > 0 && decisions.length > 0) return invalid("outcomes beside decisions");
    if (decisions.length > 0) {
      return decisions.map((decision, index) =>
        identified(answerOf(readDecision(decision, version)), decisionId && `${decisionId}.${index}`),
      );
    }
    if (decisionId !== "") {
      return outcomes.map((outcome, index) =>
        identified(outcomeAnswer(outcome, version, detail), `${decisionId}.${index}`),
      );
    }
    // Few different answers: the questions of a batch share them.
    const shared = new Map<number, OutcomeAnswer>();
    return outcomes.map((outcome) => {
      const known = shared.get(outcome);
      if (known !== undefined) return known;
      const answer = outcomeAnswer(outcome, version, detail);
      shared.set(outcome, answer);
      return answer;
    });
  });
}

/**
 * As `decodeBatch`, with the questions that were not sent at their places: they fail for what was wrong with them, and they alone.
 */
export function decodePlaced(
  bytes: Uint8Array,
  { count, refused }: { readonly count: number; readonly refused: ReadonlyMap<number, string> },
  detail: Detail,
): readonly OutcomeAnswer[] | Failure {
  const answers = decodeBatch(bytes, count - refused.size, detail);
  if (refused.size === 0 || isFailure(answers)) return answers;
  let next = 0;
  return Array.from({ length: count }, (_, index) => {
    const why = refused.get(index);
    return why === undefined ? (answers[next++] ?? invalid("missing")) : failureOf("invalidQuestion", why);
  });
}

/** A decision with the id that it has in the server's log. */
function identified<A extends OutcomeAnswer>(answer: A, decisionId: string): A {
  return decisionId === "" || isFailure(answer) ? answer : { ...answer, decisionId };
}

function orInvalid<T>(decode: () => T): T | Failure {
  try {
    return decode();
  } catch (error: unknown) {
    return invalid(error instanceof Error ? error.message : String(error));
  }
}

function invalid(why: string): Failure {
  return failureOf("invalidAnswer", `answer: ${why}`);
}

function answerOf({ outcome, decision, error }: ReadDecision<Decision>): Answer {
  return decision ?? noDecision(outcome, error);
}

function noDecision(outcome: number, error: string): Failure {
  if (outcome !== OutcomeNumber.Error) return invalid(`unknown outcome ${outcome}`);
  return failureOf("undecided", error === "" ? "the server could not decide this question" : error);
}

/** An answer without reasons; where reasons were asked for, it says that there are none. */
function outcomeAnswer(outcome: number, policySet: PolicySetVersion, detail: Detail): OutcomeAnswer {
  const decision = decisionWord(outcome);
  if (decision === undefined) return noDecision(outcome, "");
  const told = { decision, allowed: decision === "allowed", policySet } as const;
  if (detail === "outcome") return told;
  const redacted: Decision = {
    ...told,
    blockedBy: nothing,
    matchedStatements: nothing,
    missingContextKeys: nothing,
    unknownPrincipal: false,
    outcomeOnly: true,
  };
  return redacted;
}
