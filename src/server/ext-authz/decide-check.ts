/**
 * From the facts of one HTTP request to what becomes of it, whoever asks: Envoy over gRPC, other proxies over HTTP. Only `passed`
 * says yes, and whatever goes wrong on the way is another outcome.
 */

import type { CallFacts } from "../../ask/decided-call.js";
import type { DecisionPoint } from "../../ask/decision-point.js";
import { EngineError, type EngineErrorCode } from "../../engine/engine-error.js";
import type { Decision, DecisionError } from "../../question/decision.js";
import { readAllowed } from "../../wire/decode-answer.js";
import { encodeQuestion } from "../../wire/encode-question.js";
import { decodeResponse } from "../../wire/given-answers.js";
import { nodeText } from "../../wire/node-text.js";
import { WireError } from "../../wire/wire-reader.js";
import { callStatusOf } from "../grpc/status.js";
import { askQuestion, denyUnasked, type MappedQuestion, type UnaskedDenial } from "./ask-question.js";
import type { CheckFacts } from "./check-request.js";
import type { Mapping } from "./mapping.js";

/** What becomes of a request. */
export type CheckOutcome =
  | { readonly kind: "passed"; readonly asked: MappedQuestion; readonly policySet: Decision["policySet"] }
  /** The policies say no. */
  | { readonly kind: "denied"; readonly asked: MappedQuestion; readonly decision: Decision }
  | UnaskedDenial
  | Undecided;

/** Nothing could be decided, by no fault of the caller. */
export interface Undecided {
  readonly kind: "undecided";
  readonly httpStatus: 500 | 503;
  /** For whoever runs the proxy; the caller does not read it. */
  readonly reason: string;
}

/** What deciding works with. */
export interface CheckTerms {
  readonly point: DecisionPoint;
  /** Hears of failures that callers see as `no decision` only. */
  readonly onInternalError: (error: unknown) => void;
  /** Hears of decided requests, by the name of their route. */
  readonly onDecided?: (route: string, outcome: "passed" | "denied" | "refusal", facts: CallFacts) => void;
  /** Hears of requests that are answered without a decision: these are in no decision log. */
  readonly onUndecided?: (answered: UnaskedDenial | Undecided, facts: CallFacts) => void;
}

/** Decides a request whose facts `read` gives (it may throw WireError); throws and rejects with what `failedCheck` understands. */
export function decideCheck(
  read: () => CheckFacts,
  mapping: Mapping,
  { point, onUndecided, onDecided }: CheckTerms,
  facts: CallFacts,
  timeoutMs: () => number,
): CheckOutcome | Promise<CheckOutcome> {
  const asked = readQuestion(read, mapping);
  if (asked.kind === "refusal") {
    onUndecided?.(asked, facts);
    return asked;
  }
  // As much detail as a decision log wants to know.
  const message = encodeQuestion(asked.question, "reason", mapping.policySet, pooled);
  const decided = point.authorize(message, facts);
  const outcome = (bytes: Uint8Array): DecidedOutcome => {
    const found = outcomeOf(bytes, asked);
    onDecided?.(asked.route.name, found.kind, facts);
    return found;
  };
  return decided instanceof Promise ? inTime(decided, timeoutMs()).then(outcome) : outcome(decided);
}

/** What a failure means. What a caller can bring about must not count as our failure: see `ask-question.ts`. */
export function failedCheck(error: unknown, options: CheckTerms, facts: CallFacts): UnaskedDenial | Undecided {
  const answered = answerTo(error, options);
  options.onUndecided?.(answered, facts);
  return answered;
}

function answerTo(error: unknown, { onInternalError }: CheckTerms): UnaskedDenial | Undecided {
  if (error instanceof EngineError && callersFault.has(error.code)) return denyUnasked(403, error.code);
  if (error instanceof TimeoutError) return { kind: "undecided", httpStatus: 503, reason: "timeout" };
  const { isOurs } = callStatusOf(error);
  if (!isOurs && error instanceof EngineError) return { kind: "undecided", httpStatus: 503, reason: error.code };
  onInternalError(error);
  return { kind: "undecided", httpStatus: 500, reason: "internal" };
}

const callersFault: ReadonlySet<EngineErrorCode> = new Set(["malformed", "messageTooLarge", "batchTooLarge"]);

function readQuestion(read: () => CheckFacts, mapping: Mapping): MappedQuestion | UnaskedDenial {
  try {
    return askQuestion(mapping, read());
  } catch (error: unknown) {
    if (error instanceof WireError) return denyUnasked(400, error.message);
    throw error;
  }
}

type DecidedOutcome = Exclude<CheckOutcome, Undecided>;

function outcomeOf(decided: Uint8Array, asked: MappedQuestion): DecidedOutcome {
  const policySet = readAllowed(decided, nodeText);
  if (policySet !== undefined) return { kind: "passed", asked, policySet };
  const decision = decodeResponse(decided);
  // The engine understood its policies and not the question, and the question is the caller's.
  if ("error" in decision || decision.allowed) return denyUnasked(403, questionError(decision));
  return { kind: "denied", asked, decision };
}

function questionError(decision: Decision | DecisionError): string {
  return "error" in decision ? decision.error : "contradictory answer";
}

/** Node's pool of buffers serves small messages: memory of their own costs more to collect. */
function pooled(bytes: Uint8Array): Uint8Array {
  return Buffer.from(bytes);
}

class TimeoutError extends Error {}

function inTime<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new TimeoutError("no decision in time")), timeoutMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
