/** What the client gives back: decisions in the JSON shape that every surface shares, or why there is none. */

/** How much an answer tells: the outcome alone, which statements decided, or what every statement said. */
export type Detail = "outcome" | "reason" | "explain";

/** Which policy set decided; equal digests decide alike. */
export interface PolicySetVersion {
  readonly digest: string;
  readonly generation: number;
}

/** A statement that an answer names. */
export interface MatchedStatement {
  readonly policyType: string;
  readonly policy: string;
  readonly statement: number;
  readonly sid?: string;
  readonly effect: "Allow" | "Deny";
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Why one statement did or did not apply. */
export interface StatementExplanation {
  readonly statement: MatchedStatement;
  readonly applies: boolean;
  readonly failedElement?: string;
  readonly operator?: string;
  readonly key?: string;
  readonly requestValues?: readonly string[];
  readonly keyMissing?: boolean;
}

/** A decided question without its reasons. */
export interface OutcomeDecision {
  readonly decision: "allowed" | "explicitDeny" | "implicitDeny";
  readonly allowed: boolean;
  readonly policySet: PolicySetVersion;
}

/** A decided question. */
export interface Decision extends OutcomeDecision {
  readonly blockedBy: readonly string[];
  readonly matchedStatements: readonly MatchedStatement[];
  readonly missingContextKeys: readonly string[];
  /** By policy type: what each that denied or was silent asked for and the question lacked; left out if there is nothing (OUT-13). */
  readonly missingContextKeysByType?: Readonly<Record<string, readonly string[]>>;
  readonly unknownPrincipal: boolean;
  /** The server told the outcome only, because this caller may not see reasons: the lists are empty, not known to be empty. */
  readonly outcomeOnly?: true;
  readonly allowedByOrganizations?: boolean;
  readonly allowedByPermissionsBoundary?: boolean;
  readonly layers?: readonly { readonly policyType: string; readonly verdict: string }[];
  readonly statements?: readonly StatementExplanation[];
  readonly message?: string;
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
