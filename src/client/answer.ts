/** What the client gives back: decisions in the JSON shape that every surface shares, or why there is none. */

import type { PolicySetVersion, Decision as ReasonedDecision } from "../question/decision.js";

export type { MatchedStatement, PolicySetVersion, StatementExplanation } from "../question/decision.js";
export type { Detail } from "../wire/authorization-fields.js";

/** A decided question without its reasons. */
export interface OutcomeDecision {
  readonly decision: "allowed" | "explicitDeny" | "implicitDeny";
  readonly allowed: boolean;
  readonly policySet: PolicySetVersion;
  /** The id of this decision in the server's log, where it keeps one. */
  readonly decisionId?: string;
}

/** A decided question. */
export interface Decision extends ReasonedDecision {
  /** The server told the outcome only, because this caller may not see reasons: the lists are empty, not known to be empty. */
  readonly outcomeOnly?: true;
  /** The id of this decision in the server's log, where it keeps one. */
  readonly decisionId?: string;
}

/**
 * Why there is no decision. `invalidQuestion`: it cannot be sent; `undecided`: the server answered ERROR; `invalidAnswer`: the
 * answer does not fit the question; `refused`: the server refused the call; the rest are the call's own ends.
 */
export type FailureCode =
  | "invalidQuestion"
  | "undecided"
  | "invalidAnswer"
  | "refused"
  | "unauthenticated"
  | "overloaded"
  | "unavailable"
  | "deadlineExceeded"
  | "cancelled"
  | "closed"
  | "internal";

/** A question without a decision: a denial that says why. */
export interface Failure {
  readonly decision: "error";
  readonly allowed: false;
  readonly code: FailureCode;
  /** One line for a log; may name parts of the question. */
  readonly error: string;
  /** Name of the gRPC status, where a call ended with one. */
  readonly status?: string;
}

/** The answer to a question; whatever is not an allow has `allowed: false`. */
export type Answer = Decision | Failure;

/** The answer to a question that asked for the outcome alone. */
export type OutcomeAnswer = OutcomeDecision | Failure;

/** A failure where only an error can be given: streams, set-up. */
export class ClientError extends Error {
  readonly allowed = false;
  readonly failure: Failure;

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.error, options);
    this.name = "ClientError";
    this.failure = failure;
  }
}

/** A denial that says why. */
export function failureOf(code: FailureCode, error: string, status?: string): Failure {
  return status === undefined
    ? { decision: "error", allowed: false, code, error }
    : { decision: "error", allowed: false, code, error, status };
}

/** Whether an answer, or a message that may be one, says why there is no decision. */
export function isFailure(answer: Buffer | OutcomeAnswer | readonly OutcomeAnswer[]): answer is Failure {
  return "decision" in answer && answer.decision === "error";
}
