/**
 * Numbers of the fields and values of proto/verdict/v1/authorization.proto by their names: those of the fields are the matcher's own
 * list, a list a message. A test holds them against the file; nothing else in the host says a number.
 */

export * from "../../assembly/wire/fields.js";

/** Values of Outcome. Only `Allowed` lets anybody pass. */
export enum OutcomeNumber {
  Unspecified = 0,
  Allowed = 1,
  ExplicitDeny = 2,
  ImplicitDeny = 3,
  Error = 4,
}

/** How much an answer is to tell. */
export type Detail = "outcome" | "reason" | "explain";

/** Values of Detail. */
export const detailNumbers: Readonly<Record<Detail, number>> = { outcome: 1, reason: 2, explain: 3 };
