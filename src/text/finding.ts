/**
 * What a reader of policies has to say about one place in one file. Findings are data: the loader
 * collects all of them before it refuses a set, the validator prints them.
 */

/**
 * How much a finding weighs. Of those that loading has, only `error` refuses a policy set; the other three are advice. An error of advice
 * is what AWS refuses to store and a server decides all the same.
 */
export type Severity = "error" | "securityWarning" | "warning" | "suggestion";

/** A place in a source text. Line and column count from 1 (OUT-11); columns count UTF-16 units. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One statement about one place, with the rule of `SEMANTICS.md` (or a format rule) behind it. */
export interface Finding extends SourcePosition {
  /** Rule id, such as `DOC-2`, or a loader rule such as `SET-REFERENCE`. */
  readonly rule: string;
  readonly severity: Severity;
  /** Lower case, no full stop, user input in backticks, element path first. */
  readonly message: string;
  /** What the author may write instead, where that can be said. */
  readonly fix?: string;
}
