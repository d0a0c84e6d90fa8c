/** What came of an assertion. */
import { questionJson } from "../audit/question-json.js";
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import type { MatchedStatement } from "../question/decision.js";
import type { Assertion } from "./assertion.js";
import type { CheckReason } from "./document-checks.js";

/** Whether it holds. */
export type Outcome = "holds" | "fails" | "unknown";

/** Over what something was proved. */
export interface Universe {
  /** How many principals were told apart, strangers among them. */
  readonly principals: number;
  readonly strangers: number;
  /** Patterns of the assertion. */
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Whose list of actions and keys, or null where there is none and any action is meant. Unlisted actions are included either way. */
  readonly catalogue: string | null;
  /** Which keys a request may carry with any value. */
  readonly keys: "open" | "closed";
  readonly fixed: readonly string[];
}

/** The result of one assertion. */
export interface ProofResult {
  readonly assertion: Pick<Assertion, "id" | "why" | "place">;
  readonly result: Outcome;
  readonly counterexample: AuthorizationQuestion | undefined;
  readonly classes: number;
  /** Of the counterexample; of a proof those that carry it. */
  readonly decidedBy: readonly MatchedStatement[];
  /** A sentence: what breaks it, what it rests on, or why it is unknown and what helps. */
  readonly reason: string;
  readonly over: Universe;
  /** What the set does not know and the proof takes for granted. */
  readonly caveats: readonly string[];
  /** Of a document alone: the statements that are to blame, as AWS's checks name them. */
  readonly check?: { readonly message: string; readonly reasons: readonly CheckReason[] };
  /** What decides the counterexample of a document alone again, in a shell. */
  readonly replay?: string;
}

/** One line of JSON. */
export function proofJson({
  assertion,
  result,
  counterexample,
  classes,
  decidedBy,
  reason,
  over,
  caveats,
  check,
}: ProofResult): Readonly<Record<string, unknown>> {
  const { id, why, place } = assertion;
  return {
    id,
    result,
    counterexample: counterexample === undefined ? null : questionJson(counterexample),
    classes,
    decidedBy,
    reason,
    ...(why === undefined ? {} : { why }),
    ...check,
    over,
    ...(caveats.length === 0 ? {} : { caveats }),
    file: place.file,
    line: place.line,
    column: place.column,
  };
}
