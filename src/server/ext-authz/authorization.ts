/**
 * `envoy.service.auth.v3.Authorization` over a decision point: one Check is one HTTP request, one question and one answer. Every
 * call that was let in is answered with a CheckResponse; only what decides says yes.
 */
import { randomUUID } from "node:crypto";
import type { ServerUnaryCall, sendUnaryData } from "@grpc/grpc-js";
import { extAuthzProto } from "../../artifacts.js";
import type { Decision, DecisionError } from "../../engine/decision.js";
import { EngineError, type EngineErrorCode } from "../../engine/engine-error.js";
import { decodeResponse } from "../../engine/messages.js";
import type { AccessGate } from "../access-gate.js";
import { callFacts } from "../call-facts.js";
import type { CallFacts, DecisionPoint } from "../decision-point.js";
import { bytesDefinition, type GrpcService } from "../grpc-service.js";
import { callFailure, callStatusOf } from "../status.js";
import { type AskedQuestion, askQuestion, type Refusal, refuse } from "./ask-question.js";
import { readCheckRequest } from "./check-request.js";
import { denied, passed, refused, undecided } from "./check-response.js";
import type { Mapping } from "./mapping.js";
import { readAllowed, writeQuestion } from "./question-message.js";
import { wantsHeader } from "./request-headers.js";
import { WireError } from "./wire-reader.js";

const serviceName = "envoy.service.auth.v3.Authorization";

/** What the service works with. */
export interface ExtAuthzOptions {
  readonly point: DecisionPoint;
  readonly gate: AccessGate;
  /** The mapping in force; a call is answered with the one that it began with. */
  readonly mapping: () => Mapping;
  /** Hears of failures that callers see as `no decision` only. */
  readonly onInternalError: (error: unknown) => void;
}

/** The service, to be served beside others. */
export function extAuthzService(options: ExtAuthzOptions): GrpcService {
  return {
    name: serviceName,
    protoFile: extAuthzProto,
    // Messages stay bytes: see `wire-reader.ts` and `wire-writer.ts`.
    definition: bytesDefinition(serviceName, { Check: "unary" }),
    implementation: {
      Check(call: CheckCall, answer: sendUnaryData<Uint8Array>): void {
        const fail = (error: unknown): void => {
          if (callStatusOf(error).isOurs) options.onInternalError(error);
          answer(callFailure(error));
        };
        try {
          const response = check(call, options);
          // Most requests are decided at once; a promise would cost them a turn.
          if (response instanceof Promise) response.then((bytes) => answer(null, bytes), fail);
          else answer(null, response);
        } catch (error: unknown) {
          fail(error);
        }
      },
    },
  };
}

type CheckCall = ServerUnaryCall<Buffer, Uint8Array>;
type Response = Uint8Array | Promise<Uint8Array>;

/** Throws or rejects only where the gate does not let the caller in. */
function check(call: CheckCall, options: ExtAuthzOptions): Response {
  const caller = callFacts(options.gate, "extAuthz", "ext_authz", call);
  return caller instanceof Promise
    ? caller.then((facts) => answerCaller(call, facts, options))
    : answerCaller(call, caller, options);
}

function answerCaller(call: CheckCall, caller: CallFacts, options: ExtAuthzOptions): Response {
  const decisionId = randomUUID();
  const mapping = options.mapping();
  try {
    const asked = readQuestion(call.request, mapping);
    if (asked.kind === "refusal") return refused(asked, decisionId);
    const request = writeQuestion(asked.question, mapping.policySet);
    const decided = options.point.authorize(request, { ...caller, decisionId });
    if (!(decided instanceof Promise)) return answerOf(decided, asked, decisionId, mapping);
    return inTime(decided, timeoutOf(call, mapping))
      .then((bytes) => answerOf(bytes, asked, decisionId, mapping))
      .catch((error: unknown) => failed(error, decisionId, options));
  } catch (error: unknown) {
    return failed(error, decisionId, options);
  }
}

function readQuestion(message: Buffer, mapping: Mapping): AskedQuestion | Refusal {
  try {
    return askQuestion(
      mapping,
      readCheckRequest(message, (name) => wantsHeader(name, mapping.headersRead)),
    );
  } catch (error: unknown) {
    if (error instanceof WireError) return refuse(400, error.message);
    throw error;
  }
}

function answerOf(decided: Uint8Array, asked: AskedQuestion, decisionId: string, mapping: Mapping): Uint8Array {
  const policySet = readAllowed(decided);
  if (policySet !== undefined) return passed(mapping, asked, policySet, decisionId);
  const decision = decodeResponse(decided);
  // The engine understood its policies and not the question, and the question is the caller's.
  if ("error" in decision || decision.allowed) return refused(refuse(403, questionError(decision)), decisionId);
  return denied(mapping, asked, decision, decisionId);
}

function questionError(decision: Decision | DecisionError): string {
  return "error" in decision ? decision.error : "contradictory answer";
}

/** What a caller can bring about must not count as our failure: see `ask-question.ts`. */
function failed(error: unknown, decisionId: string, { onInternalError }: ExtAuthzOptions): Uint8Array {
  if (error instanceof EngineError && callersFault.has(error.code)) {
    return refused(refuse(403, error.code), decisionId);
  }
  if (error instanceof TimeoutError) return undecided(503, "timeout", decisionId);
  const { isOurs } = callStatusOf(error);
  if (!isOurs && error instanceof EngineError) return undecided(503, error.code, decisionId);
  onInternalError(error);
  return undecided(500, "internal", decisionId);
}

const callersFault: ReadonlySet<EngineErrorCode> = new Set(["malformed", "messageTooLarge", "batchTooLarge"]);

class TimeoutError extends Error {}

/** The rest of the time until the deadline of the call is for the way back. */
const shareOfDeadline = 0.8;

function timeoutOf(call: CheckCall, { timeoutMs }: Mapping): number {
  const deadline = Number(call.getDeadline());
  const left = Number.isFinite(deadline) ? (deadline - Date.now()) * shareOfDeadline : timeoutMs;
  return Math.max(1, Math.min(timeoutMs, left));
}

function inTime<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new TimeoutError("no decision in time")), timeoutMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
