/**
 * The one door between surfaces and the engine: every question that any surface answers passes here, so that a caller's
 * rights are applied and observers miss nothing. Knows no transport.
 */
import type { Decision, DecisionError } from "../engine/decision.js";
import type { Engine } from "../engine/engine.js";
import { decodeResponse, encodeQuestion } from "../engine/messages.js";
import type { AuthorizationQuestion } from "../policy/authorization-question.js";
import type { Caller } from "./access-gate.js";

/** What a surface knows about a call. */
export interface CallFacts {
  readonly transport: "grpc" | "http" | "ext_authz";
  readonly caller: Caller;
  /** Address of the other side, as logs show it. */
  readonly peer: string;
  /** W3C trace context of the call. */
  readonly traceparent?: string | undefined;
}

/** Serialised questions with their serialised answers. */
export interface DecidedCall {
  /** `single`: AuthorizeRequest and AuthorizeResponse; `batch`: BatchAuthorizeRequest and BatchAuthorizeResponse. */
  readonly kind: "single" | "batch";
  readonly request: Uint8Array;
  readonly response: Uint8Array;
  readonly facts: CallFacts;
  /** When the answer was there, in milliseconds since 1970. */
  readonly endedAtMs: number;
  readonly durationMs: number;
}

/** Sees every decided call before its caller does; the answer waits for a promise, and a rejection refuses the call. */
export interface DecisionObserver {
  decided(call: DecidedCall): Promise<void> | undefined;
}

/** An engine behind rights and observers. */
export class DecisionPoint {
  constructor(
    readonly engine: Engine,
    private readonly observer?: DecisionObserver,
  ) {}

  /** Decides a serialised AuthorizeRequest; gives a serialised AuthorizeResponse. Throws or rejects with EngineError. */
  authorize(request: Uint8Array, facts: CallFacts): Uint8Array | Promise<Uint8Array> {
    const rights = { explain: facts.caller.mayExplain };
    if (this.observer === undefined) return this.engine.authorize(request, rights);
    const startedAt = performance.now();
    const response = this.engine.authorize(request, rights);
    const seen = this.observe("single", request, response, facts, startedAt);
    return seen === undefined ? response : seen.then(() => response);
  }

  /** Decides a serialised BatchAuthorizeRequest; gives a serialised BatchAuthorizeResponse. Rejects with EngineError. */
  async batchAuthorize(request: Uint8Array, facts: CallFacts, signal?: AbortSignal): Promise<Uint8Array> {
    const startedAt = performance.now();
    const response = await this.engine.batchAuthorize(request, signal, { explain: facts.caller.mayExplain });
    await this.observe("batch", request, response, facts, startedAt);
    return response;
  }

  /** Decides one question in the JSON of design.md, section 4. */
  async decide(
    question: AuthorizationQuestion,
    facts: CallFacts,
    options: { readonly detail?: "reason" | "explain"; readonly policySet?: string } = {},
  ): Promise<Decision | DecisionError> {
    const request = encodeQuestion(question, options.detail ?? "reason", options.policySet);
    return decodeResponse(await this.authorize(request, facts), question);
  }

  private observe(
    kind: DecidedCall["kind"],
    request: Uint8Array,
    response: Uint8Array,
    facts: CallFacts,
    startedAt: number,
  ): Promise<void> | undefined {
    const durationMs = performance.now() - startedAt;
    return this.observer?.decided({ kind, request, response, facts, endedAtMs: Date.now(), durationMs });
  }
}
