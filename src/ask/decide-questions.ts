/**
 * Many questions as one batch through the decision point, encoded and decoded in steps so that a large one does not hold up
 * other calls. A question that could not be read keeps its place and its error.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import type { Decision, DecisionError } from "../question/decision.js";
import type { Detail } from "../wire/authorization-fields.js";
import { BatchAnswers, batchItem, joinBatch } from "../wire/batch.js";
import { encodeQuestion } from "../wire/encode-question.js";
import { decodeResponse } from "../wire/given-answers.js";
import type { CallFacts } from "./decided-call.js";
import type { DecisionPoint } from "./decision-point.js";
import { heapRoom } from "./heap-room.js";

/** How much an answer may be asked to tell. */
export const details: readonly Detail[] = ["outcome", "reason", "explain"];

/** What the query of a question may name. */
export const questionQuery = ["detail", "policySet"] as const;

/** How a batch is decided. */
export interface BatchOptions {
  readonly detail: Detail;
  /** Empty for the default set. */
  readonly policySet: string;
  readonly facts: CallFacts;
  readonly signal: AbortSignal;
}

/** Questions between two looks at other work: a few milliseconds. */
const STEP = 256;

/** Decides questions in order, all on one generation. Rejects with EngineError. */
export async function decideQuestions(
  point: DecisionPoint,
  questions: readonly (AuthorizationQuestion | DecisionError)[],
  { detail, policySet, facts, signal }: BatchOptions,
): Promise<readonly (Decision | DecisionError)[]> {
  const readable = questions.filter(isQuestion);
  const items = await inSteps(readable, (question) => batchItem(encodeQuestion(question, detail)));
  const batch = joinBatch(items.splice(0), { detail, policySet });
  const parts = new BatchAnswers(await point.batchAuthorize(batch, facts, signal));
  if (parts.length !== readable.length)
    throw new Error(`engine: ${parts.length} answers to ${readable.length} questions`);
  let at = 0;
  return inSteps(questions, (question) => {
    return isQuestion(question) ? decodeResponse(parts.at(at++)) : question;
  });
}

/** Maps a list and lets other work run every so often. Rejects with CallRefusal once there is no room on the heap. */
export async function inSteps<T, U>(items: readonly T[], map: (item: T) => U): Promise<U[]> {
  const results: U[] = [];
  for (const item of items) {
    results.push(map(item));
    if (results.length % STEP !== 0) continue;
    await nextTurn();
    heapRoom.require(0);
  }
  return results;
}

function isQuestion(one: AuthorizationQuestion | DecisionError): one is AuthorizationQuestion {
  return !("error" in one);
}
