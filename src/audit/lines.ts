/** The lines of an answer: JSON for programs, sorted by principal, action and resource as UTF-8 bytes. */
import type { AuditAnswer } from "./decided-again.js";
import { questionJson } from "./question-json.js";

/** One line about principal, action and resource. */
export interface AccessLine {
  readonly principal: string;
  /** The organization that the principal's account, which nobody knows, is supposed to be in. */
  readonly organization?: string | undefined;
  readonly action: string;
  readonly resource: string;
  readonly accessLevel: string | null;
  readonly answer: AuditAnswer;
  /** Lines with one object of it differ in the action and its level alone. */
  readonly alike?: object | undefined;
}

/** An answer as it is found: one step after the other, each with a line or without. */
export interface AccessLines {
  /** Steps. */
  readonly total: number;
  readonly lines: Iterable<AccessLine | undefined>;
}

/** The line as JSON. */
export function accessLineJson({
  principal,
  organization,
  action,
  resource,
  accessLevel,
  answer,
}: AccessLine): Readonly<Record<string, unknown>> {
  const { access, when, whenIsPartial, witness, counterexample, decidedBy, reason } = answer;
  return {
    principal,
    ...(organization === undefined ? {} : { organization }),
    action,
    resource,
    access,
    when,
    whenIsPartial,
    accessLevel,
    decidedBy,
    witness: witness === undefined ? null : questionJson(witness),
    counterexample: counterexample === undefined ? null : questionJson(counterexample),
    ...(reason === undefined ? {} : { reason }),
  };
}
