/**
 * What is known of a call once it is decided, and who hears of it. Serialised messages and facts; no transport, no engine.
 */

/** What a surface knows about a call. */
export interface CallFacts {
  readonly transport: "grpc" | "http" | "ext_authz";
  /** As the gate let it in: its name for logs, and whether it may have more than outcomes (OUT-8). */
  readonly caller: { readonly name: string; readonly mayExplain: boolean };
  /** Address of the other side, as logs show it. */
  readonly peer: string;
  /** W3C trace context of the call. */
  readonly traceparent?: string | undefined;
  /** Method or route that was called, as logs show it; default: the gRPC method of the kind of call. */
  readonly path?: string | undefined;
  /** The id that the answer tells its caller, for logs to name the decision alike; default: one of their own. */
  readonly decisionId?: string | undefined;
  /** What the caller calls its request (`x-request-id`), if it is fit to be written down. */
  readonly requestId?: string | undefined;
  /** Where the ids of the decisions are noted that come of a request, for its answer to tell. */
  readonly decisionIds?: string[] | undefined;
}

/** A caller's name for its request, if it is one to 256 visible ASCII characters. */
export function requestIdOf(text: string | readonly string[] | undefined): string | undefined {
  return typeof text === "string" && /^[!-~]{1,256}$/.test(text) ? text : undefined;
}

/** Serialised questions with their serialised answers. */
export interface DecidedCall {
  /** `single`: AuthorizeRequest and AuthorizeResponse; `batch`: BatchAuthorizeRequest and BatchAuthorizeResponse. */
  readonly kind: "single" | "batch";
  readonly request: Uint8Array;
  readonly response: Uint8Array;
  readonly facts: CallFacts;
  /** The clock that decided it (CTX-12), in milliseconds since 1970. */
  readonly clockMs: number;
  /** When the answer was there, in milliseconds since 1970. */
  readonly endedAtMs: number;
  readonly durationMs: number;
}

/** Sees every decided call before its caller does; the answer waits for a promise, and a rejection refuses the call. */
export interface DecisionObserver {
  decided(call: DecidedCall): Promise<void> | undefined;
  /** The id that the next call will have in a log of decisions, if it is given no other; absent without such a log. */
  readonly nextDecisionId?: () => string;
}

/** One observer that stands for several, asked in order; undefined for none. */
export function observeAll(observers: readonly DecisionObserver[]): DecisionObserver | undefined {
  if (observers.length < 2) return observers[0];
  const logging = observers.find(({ nextDecisionId }) => nextDecisionId !== undefined);
  return {
    ...(logging?.nextDecisionId === undefined ? {} : { nextDecisionId: logging.nextDecisionId }),
    decided(call) {
      let waiting: Promise<void>[] | undefined;
      for (const observer of observers) {
        const seen = observer.decided(call);
        if (seen !== undefined) waiting = [...(waiting ?? []), seen];
      }
      return waiting === undefined ? undefined : allSeen(waiting);
    },
  };
}

/** Rejects as the first one that did, but when all have ended: they read the call, whose bytes are used again. */
async function allSeen(waiting: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(waiting);
  await Promise.all(waiting);
}
