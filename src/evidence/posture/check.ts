/** What a check of the posture is and what it gives. */
import type { Statement } from "../../policy/document/document.js";
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import type { SourcePosition } from "../../text/finding.js";
import type { PostureContext } from "./context.js";

/** From the lightest. */
export const severities = ["low", "medium", "high"] as const;

/** How much a finding weighs. */
export type PostureSeverity = (typeof severities)[number];

/** Something that is wrong. */
export interface Found {
  /** The ARN or the account that it is about. */
  readonly subject: string;
  readonly reason: string;
  /** Which of several things of one subject: part of what tells findings apart, and never a date or a count. */
  readonly detail?: string;
  /** The statement that it is about: a changed one has to be looked at again. */
  readonly statement?: Statement | undefined;
  /** Where it differs from the check's. */
  readonly severity?: PostureSeverity;
  readonly fix?: string;
  /** A request that is allowed and should not be. */
  readonly witness?: AuthorizationQuestion | undefined;
  /** A request that is refused today, by something else than what the finding is about. */
  readonly counterexample?: AuthorizationQuestion | undefined;
  /** False: something keeps it from happening today, and the severity is lowered. */
  readonly effective?: boolean;
  /** Where it is written, or the file that says so. */
  readonly place?: SourcePosition | undefined;
  readonly account?: string | undefined;
}

/** What could not be looked at. */
export interface Unchecked {
  readonly subject: string;
  readonly needs: string;
}

/** One check. */
export interface Check {
  /** A stable word of ours. */
  readonly id: string;
  /** What should be so, as a sentence without a full stop. */
  readonly title: string;
  readonly severity: PostureSeverity;
  /** Numbers of recommendations: `CIS v7.0.0 2.4`. */
  readonly standard: readonly string[];
  readonly fix: string;
  readonly find: (context: PostureContext) => Iterable<Found | Unchecked>;
}

/** Versions of the CIS AWS Foundations Benchmark by the order in which rows write their numbers. */
const versions = ["v7.0.0", "v6.0.0", "v5.0.0"] as const;

/** The numbers of a recommendation in versions 7, 6 and 5; undefined where a version has none. */
export function cis(...numbers: readonly (string | undefined)[]): readonly string[] {
  return versions.flatMap((version, index) => {
    const number = numbers[index];
    return number === undefined ? [] : [`CIS ${version} ${number}`];
  });
}

/** One step lighter. */
export function lowered(severity: PostureSeverity): PostureSeverity {
  return severities[Math.max(0, severities.indexOf(severity) - 1)] ?? "low";
}
