/**
 * Answers in the JSON shape of a decision. Most answers were given before: reading one takes some microseconds, finding it half of
 * one (Node 20), so decisions are kept by their bytes.
 */
import type { Decision, DecisionError } from "../question/decision.js";
import { ResponseField } from "./authorization-fields.js";
import { type BatchAnswer, decisionWord, readBatch, readDecision, readSingle } from "./decode-answer.js";
import { type WireReader, wireReader } from "./wire-reader.js";

/** A decision as it was answered; without reasons where the caller asked for the outcome only. */
export type GivenDecision = Pick<Decision, "decision" | "allowed"> & Partial<Omit<Decision, "decision" | "allowed">>;

/** One answer. */
export type GivenAnswer = GivenDecision | DecisionError;

/** The policy set that decided, and its answers in order. */
export interface GivenAnswers {
  readonly digest: string;
  readonly generation: number;
  readonly answers: readonly GivenAnswer[];
}

/** The answer of a serialised AuthorizeResponse. */
export function givenAnswer(response: Uint8Array): GivenAnswers {
  const { version, outcome, decision } = readSingle(wireReader(response, "lenient", "cut"));
  return { ...version, answers: [decision === undefined ? outcomeAnswer(outcome) : knownDecision(decision)] };
}

/** Whether a serialised AuthorizeResponse allows; undefined where nothing was decided. Who decided is not read. */
export function isAllowedBy(response: Uint8Array): boolean | undefined {
  const reader = wireReader(response, "lenient", "cut");
  let outcome = 0;
  while (reader.next()) {
    if (reader.field === ResponseField.Outcome) outcome = reader.number();
    else if (reader.field === ResponseField.Decision) return allowedOf(knownDecision(reader.message()));
  }
  return allowedOf(outcomeAnswer(outcome));
}

function allowedOf(answer: GivenAnswer): boolean | undefined {
  return "error" in answer ? undefined : answer.allowed;
}

/** Most answers of single calls were given before, by the same policy set. */
const singles = new Map<string, GivenAnswers>();

/**
 * As `givenAnswer`, of the response that lies in a chunk; equal bytes give the same object as long as it is kept. `keyOf` makes a
 * text that only equal bytes have.
 */
export function knownAnswer<Chunk extends Uint8Array>(
  chunk: Chunk,
  at: number,
  end: number,
  keyOf: (chunk: Chunk, at: number, end: number) => string,
): GivenAnswers {
  if (end - at > LONGEST_KEY) return givenAnswer(chunk.subarray(at, end));
  const key = keyOf(chunk, at, end);
  const known = singles.get(key);
  if (known !== undefined) return known;
  const given = givenAnswer(chunk.subarray(at, end));
  if (singles.size >= MOST_DECISIONS) singles.clear();
  singles.set(key, given);
  return given;
}

/** The answers of a serialised BatchAuthorizeResponse. */
export function givenAnswers(response: Uint8Array): GivenAnswers {
  const { version, outcomes, decisions }: BatchAnswer = readBatch(wireReader(response, "lenient", "cut"));
  return { ...version, answers: [...outcomes.map(outcomeAnswer), ...decisions.map(knownDecision)] };
}

/** A serialised AuthorizeResponse as JSON. */
export function decodeResponse(bytes: Uint8Array): Decision | DecisionError {
  const { digest, generation, answers } = givenAnswer(bytes);
  const [answer] = answers;
  if (answer === undefined || "error" in answer) return answer ?? { error: "engine: no decision" };
  // A caller without the right to explanations gets the outcome alone (OUT-8).
  const { decision, allowed, blockedBy = [], matchedStatements = [], missingContextKeys = [], ...rest } = answer;
  const { missingContextKeysByType, unknownPrincipal = false, ...optional } = rest;
  return {
    decision,
    allowed,
    blockedBy,
    matchedStatements,
    missingContextKeys,
    ...(missingContextKeysByType === undefined ? {} : { missingContextKeysByType }),
    unknownPrincipal,
    policySet: { digest, generation },
    ...optional,
  };
}

const outcomeAnswers: Readonly<Record<Decision["decision"], GivenAnswer>> = {
  allowed: { decision: "allowed", allowed: true },
  explicitDeny: { decision: "explicitDeny", allowed: false },
  implicitDeny: { decision: "implicitDeny", allowed: false },
};
const undecided: GivenAnswer = { error: "the question could not be decided" };

/** Anything but the three decisions is an error, never an allow. */
function outcomeAnswer(outcome: number): GivenAnswer {
  const word = decisionWord(outcome);
  return word === undefined ? undecided : outcomeAnswers[word];
}

const kept = new Map<string, GivenAnswer>();
const MOST_DECISIONS = 4096;
const LONGEST_KEY = 2048;

/** INVARIANT: equal bytes give the same object as long as it is kept. */
function knownDecision(reader: WireReader): GivenAnswer {
  const key = reader.key();
  const known = kept.get(key);
  if (known !== undefined) return known;
  const { decision, error } = readDecision(reader);
  const answer = decision ?? (error === "" ? undecided : { error });
  if (key.length > LONGEST_KEY) return answer;
  if (kept.size >= MOST_DECISIONS) kept.clear();
  kept.set(key, answer);
  return answer;
}
