/** Policy tests as exact types: questions with the answers that their author expects. */
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import type { Decision } from "../question/decision.js";
import type { LayerName } from "../question/layers.js";
import type { SourcePosition } from "../text/finding.js";

/** What a test expects of the answer. */
export interface Expectation {
  readonly decision: Decision["decision"];
  /** Where that is written. */
  readonly place: SourcePosition;
  /** The policy types that the answer has to blame, all of them and no others (OUT-2). */
  readonly blockedBy?: readonly LayerName[];
  /** Statements that have to be among those that decided (OUT-3), as `statement-name.ts` reads them. */
  readonly decidedBy: readonly string[];
}

/** One question with what is expected of its answer. */
export interface PolicyTest {
  /** Unique in its file; of a cell of a matrix, the id of the matrix and what the cell asks. */
  readonly id: string;
  /** The author's reason. */
  readonly why?: string;
  readonly place: SourcePosition;
  readonly question: AuthorizationQuestion;
  /** The clock (CTX-12), in milliseconds since 1970; absent for the time of the run. */
  readonly nowMs?: number;
  readonly expected: Expectation;
}

/** The tests of one file. */
export interface TestFile {
  readonly file: string;
  /** The policy set that the file names, relative to the folder of the file. */
  readonly policies?: string;
  readonly tests: readonly PolicyTest[];
}
