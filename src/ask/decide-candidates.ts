/**
 * One question with one of its texts left open, decided for many candidates: in steps, so that other work goes on in between, and all
 * on the generation that the candidates were read from.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { EngineError } from "../engine/engine-error.js";
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import { RequestField } from "../wire/authorization-fields.js";
import { BatchAnswers, textBatch } from "../wire/batch.js";
import { encodeQuestion } from "../wire/encode-question.js";
import { decodeResponse } from "../wire/given-answers.js";
import type { CallFacts } from "./decided-call.js";
import type { DecisionPoint } from "./decision-point.js";

/** Candidates of one batch: decided where they arrive. */
const STEP = 500;

const fields = {
  principal: RequestField.Principal,
  action: RequestField.Action,
  resource: RequestField.Resource,
} as const;

/** What candidates stand for in the question. */
export type OpenText = keyof typeof fields;

/** How candidates are decided. */
export interface CandidateTerms {
  /** Empty for the default set. */
  readonly policySet: string;
  /** The generation that the candidates belong to. */
  readonly generation: number;
  readonly facts: CallFacts;
  readonly signal: AbortSignal;
}

/** Another generation than that of the candidates answered: whoever asked reads them again. */
export class GenerationChanged extends Error {
  override readonly name = "GenerationChanged";
}

/**
 * Gives candidate by candidate, in their order, whether it is allowed; what cannot be decided is not. No more is decided than a step
 * beyond what is taken. Rejects with GenerationChanged, or with EngineError.
 */
export async function* decideCandidates(
  point: DecisionPoint,
  question: AuthorizationQuestion,
  open: OpenText,
  candidates: readonly string[],
  terms: CandidateTerms,
): AsyncGenerator<boolean, void> {
  const defaults = encodeQuestion(question, "outcome");
  for (let at = 0; at < candidates.length; at += STEP) {
    if (at > 0) await nextTurn();
    if (terms.signal.aborted) throw new EngineError("cancelled", "call: cancelled");
    yield* await decideStep(point, fields[open], candidates.slice(at, at + STEP), defaults, terms);
  }
}

async function decideStep(
  point: DecisionPoint,
  field: (typeof fields)[OpenText],
  candidates: readonly string[],
  defaults: Uint8Array,
  { policySet, generation, facts, signal }: CandidateTerms,
): Promise<readonly boolean[]> {
  const batch = textBatch(field, candidates, { detail: "outcome", policySet, defaults });
  const answers = new BatchAnswers(await point.batchAuthorize(batch, facts, signal));
  if (answers.length !== candidates.length) {
    throw new Error(`engine: ${answers.length} answers to ${candidates.length} candidates`);
  }
  const decided = candidates.map((_, index) => decodeResponse(answers.at(index)));
  if (decided.some((one) => "policySet" in one && one.policySet.generation !== generation)) {
    throw new GenerationChanged("engine: another generation answered than that of the candidates");
  }
  return decided.map((one) => !("error" in one) && one.allowed);
}
