/** What turns a bearer token into the name of its owner. */

/** One kind of token. */
export interface TokenVerifier {
  /** The owner's name as lists and logs show it; undefined for a token that is not valid. Rejects with AccessError `unavailable` if nobody can tell. */
  verify(token: string): string | undefined | Promise<string | undefined>;
  /** How the keys of an issuer stand; absent where none are fetched. */
  readonly fetched?: (() => KeyStatus) | undefined;
  close(): void;
}

/** Keys that are fetched. */
export interface KeyStatus {
  /** When they were last fetched, in milliseconds since 1970; undefined before the first time. */
  readonly fetchedAtMs: number | undefined;
  /** Attempts that failed. */
  readonly failures: number;
}
