/** A tag, as every file and question writes it. */

/** A tag as written; keys are compared ignoring case (COND-7, CTX-11). */
export interface Tag {
  readonly key: string;
  readonly value: string;
}
