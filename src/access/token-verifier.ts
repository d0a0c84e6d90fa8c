/** What turns a bearer token into the name of its owner. */

/** One kind of token. */
export interface TokenVerifier {
  /** The owner's name as lists and logs show it; undefined for a token that is not valid. Rejects with AccessError `unavailable` if nobody can tell. */
  verify(token: string): string | undefined | Promise<string | undefined>;
  close(): void;
}
