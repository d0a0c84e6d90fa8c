/**
 * The one door between surfaces and the engine: every question that any surface answers passes here, so that a caller's
 * rights are applied and observers miss nothing. Knows no transport.
 */
import type { Cancellation } from "../engine/cancellation.js";
import type { Engine } from "../engine/engine.js";
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import type { Decision, DecisionError } from "../question/decision.js";
import { encodeQuestion } from "../wire/encode-question.js";
import { decodeResponse } from "../wire/given-answers.js";
import type { CallFacts, DecidedCall, DecisionObserver } from "./decided-call.js";

/** An engine behind rights and observers. */
export class DecisionPoint {
  constructor(
    readonly engine: Engine,
    private readonly observer?: DecisionObserver,
    /** The clock of observed calls (CTX-12), in milliseconds since 1970: observers are told what decided. */
    private readonly nowMs: () => number = Date.now,
  ) {}

  /** Whether anybody looks at more of a call's facts than at its caller. */
  get isObserved(): boolean {
    return this.observer !== undefined;
  }

  /** The id of the next decision in the log of decisions; undefined without one. */
  nextDecisionId(): string | undefined {
    return this.observer?.nextDecisionId?.();
  }

  /** Decides a serialised AuthorizeRequest; gives a serialised AuthorizeResponse. Throws or rejects with EngineError. */
  authorize(request: Uint8Array, facts: CallFacts): Uint8Array | Promise<Uint8Array> {
    const explain = facts.caller.mayExplain;
    if (this.observer === undefined) return this.engine.authorize(request, { explain });
    const nowMs = this.nowMs();
    const startedAt = performance.now();
    const response = this.engine.authorize(request, { explain, nowMs });
    const seen = this.observe("single", request, response, facts, nowMs, startedAt);
    return seen === undefined ? response : seen.then(() => response);
  }

  /**
   * Decides a serialised BatchAuthorizeRequest; gives a serialised BatchAuthorizeResponse. Rejects with EngineError. `isOneOfMany`: other
   * calls are waiting.
   */
  async batchAuthorize(
    request: Uint8Array,
    facts: CallFacts,
    signal?: Cancellation,
    isOneOfMany = false,
  ): Promise<Uint8Array> {
    const explain = facts.caller.mayExplain;
    if (this.observer === undefined) return this.engine.batchAuthorize(request, signal, { explain, isOneOfMany });
    const nowMs = this.nowMs();
    const startedAt = performance.now();
    const response = await this.engine.batchAuthorize(request, signal, { explain, isOneOfMany, nowMs });
    await this.observe("batch", request, response, facts, nowMs, startedAt);
    return response;
  }

  /** Decides one question in the JSON of `POST /v1/authorize`. */
  async decide(
    question: AuthorizationQuestion,
    facts: CallFacts,
    options: { readonly detail?: "reason" | "explain"; readonly policySet?: string } = {},
  ): Promise<Decision | DecisionError> {
    const request = encodeQuestion(question, options.detail ?? "reason", options.policySet);
    return decodeResponse(await this.authorize(request, facts));
  }

  /** The facts with the id of this decision, which is noted for the answer. */
  private identified(facts: CallFacts, noted: string[]): CallFacts {
    const decisionId = facts.decisionId ?? this.nextDecisionId();
    if (decisionId === undefined) return facts;
    noted.push(decisionId);
    return { ...facts, decisionId };
  }

  private observe(
    kind: DecidedCall["kind"],
    request: Uint8Array,
    response: Uint8Array,
    facts: CallFacts,
    clockMs: number,
    startedAt: number,
  ): Promise<void> | undefined {
    const durationMs = performance.now() - startedAt;
    return this.observer?.decided({
      kind,
      request,
      response,
      facts: facts.decisionIds === undefined ? facts : this.identified(facts, facts.decisionIds),
      clockMs,
      endedAtMs: clockMs + durationMs,
      durationMs,
    });
  }
}
