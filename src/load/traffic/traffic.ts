/** What a load test sends: questions with their expected answers, in the order of sending, and what of the policy set they reach. */
import type { SetStatement } from "../../policy-tests/set-statements.js";
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import type { Decision } from "../../question/decision.js";

/** How a question is answered; `error`: it cannot be decided. */
export type Expected = Decision["decision"] | "error";

/** One question with the answer that the matcher gives in this process. */
export interface LoadQuestion {
  readonly question: AuthorizationQuestion;
  readonly expected: Expected;
}

/** Shares of the answers, which add up to 1. */
export interface Mix {
  readonly allowed: number;
  readonly implicitDeny: number;
  readonly explicitDeny: number;
}

/** A statement that no question of the traffic reaches. */
export interface Unreachable {
  readonly statement: SetStatement;
  /** True: no request reaches it. False: nobody knows, or it was not looked at. */
  readonly proved: boolean;
  readonly why: string;
}

/** What of the set the traffic reaches. */
export interface TrafficCoverage {
  readonly statements: number;
  /** For each statement that is reached: the first place of `order` whose question reaches it. */
  readonly firstAt: readonly { readonly statement: SetStatement; readonly position: number }[];
  readonly unreachable: readonly Unreachable[];
}

/** The whole. */
export interface Traffic {
  /** Each once. */
  readonly questions: readonly LoadQuestion[];
  /** Of traffic for ext_authz: the request of each question, as Envoy sends it. */
  readonly checks?: readonly Buffer[];
  /** Places of `questions` in the order of sending, again and again. */
  readonly order: Uint32Array;
  /** Of replayed traffic: when each is due, in milliseconds from the first, at the speed asked for. */
  readonly dueMs?: Float64Array;
  readonly coverage: TrafficCoverage | undefined;
  /** The shares of `order`. */
  readonly mix: Mix;
  /** What could not be had, in words. */
  readonly remarks: readonly string[];
  /** The clock, in milliseconds since 1970, that the expected answers are by. */
  readonly nowMs: number;
}

/** How many of the statements some first questions reach. */
export function hitBy({ firstAt }: TrafficCoverage, sent: number): number {
  return firstAt.filter(({ position }) => position < sent).length;
}

/** The shares of the answers in the order of sending. */
export function mixOf(questions: readonly LoadQuestion[], order: Uint32Array): Mix {
  const counts = { allowed: 0, implicitDeny: 0, explicitDeny: 0, error: 0 };
  for (const index of order) counts[questions[index]?.expected ?? "error"]++;
  const share = (count: number): number => (order.length === 0 ? 0 : count / order.length);
  return {
    allowed: share(counts.allowed),
    implicitDeny: share(counts.implicitDeny),
    explicitDeny: share(counts.explicitDeny),
  };
}
