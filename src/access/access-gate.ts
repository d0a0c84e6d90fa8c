/** Who may call what: the question that every surface asks before it answers. Decides nothing about policies. */

/** What a gate guards, one by one. */
export type GuardedService = "authorization" | "policySets" | "audits" | "extAuthz" | "http";

/** What a caller shows. */
export interface Credentials {
  /** The `authorization` header. */
  readonly authorization: string | undefined;
  /** Names in the client's verified certificate: SPIFFE ID and other SANs; empty without mTLS. */
  readonly certificateNames: readonly string[];
}

/** A caller that was let in. */
export interface Caller {
  /** How logs name it: a SPIFFE ID, a token's subject, or `anonymous`. */
  readonly name: string;
  /** Whether it may have more than outcomes (OUT-8). */
  readonly mayExplain: boolean;
}

/** Lets callers in or throws an AccessError. */
export interface AccessGate {
  admit(service: GuardedService, credentials: Credentials): Caller | Promise<Caller>;
}

/** Why a caller was not let in: nothing valid was shown, it was not enough, or nobody can tell at present. */
export type AccessErrorCode = "unauthenticated" | "forbidden" | "unavailable";

/** A caller that was not let in. The message is safe to show it. */
export class AccessError extends Error {
  constructor(
    readonly code: AccessErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "AccessError";
  }
}

const anyone: Caller = { name: "anonymous", mayExplain: true };

/** Lets everyone in: for loopback and unix sockets, where the operating system is the lock. */
export const openGate: AccessGate = { admit: () => anyone };
