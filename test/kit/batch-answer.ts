/** What tests look at of a decoded BatchAuthorizeResponse. */
export interface BatchAnswer {
  readonly policySet: { readonly digest: string; readonly generation: number };
  readonly outcomes: readonly string[];
  readonly decisions: readonly {
    readonly outcome: string;
    readonly error: string;
    readonly blockedBy: readonly string[];
    readonly matchedStatements: readonly { readonly sid: string; readonly file: string; readonly line: number }[];
  }[];
}
