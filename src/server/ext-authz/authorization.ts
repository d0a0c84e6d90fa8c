/**
 * `envoy.service.auth.v3.Authorization` over a decision point: one Check is one HTTP request, one question and one answer. Every
 * call that was let in is answered with a CheckResponse; only what decides says yes.
 */
import { randomUUID } from "node:crypto";
import type { ServerUnaryCall, sendUnaryData } from "@grpc/grpc-js";
import type { AccessGate } from "../../access/access-gate.js";
import { extAuthzProto } from "../../artifacts.js";
import type { CallFacts } from "../../ask/decided-call.js";
import { callFacts } from "../grpc/call-facts.js";
import { bytesDefinition, type GrpcService } from "../grpc/grpc-service.js";
import { callStatusOf, grpcError } from "../grpc/status.js";
import { type CheckFacts, readCheckRequest } from "./check-request.js";
import { denied, passed, refused, undecided } from "./check-response.js";
import { type CheckOutcome, type CheckTerms, decideCheck, failedCheck } from "./decide-check.js";
import type { Mapping } from "./mapping.js";
import { wantsHeader } from "./request-headers.js";

const serviceName = "envoy.service.auth.v3.Authorization";

/** What the service works with. */
export interface ExtAuthzOptions extends CheckTerms {
  readonly gate: AccessGate;
  /** The mapping in force; a call is answered with the one that it began with. */
  readonly mapping: () => Mapping;
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
          answer(grpcError(error));
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
  const facts = { ...caller, decisionId };
  const mapping = options.mapping();
  const read = (): CheckFacts => readCheckRequest(call.request, (name) => wantsHeader(name, mapping.headersRead));
  const respond = (outcome: CheckOutcome): Uint8Array => responseOf(outcome, mapping, decisionId);
  const fail = (error: unknown): Uint8Array => respond(failedCheck(error, options, facts));
  try {
    const outcome = decideCheck(read, mapping, options, facts, () => timeoutOf(call, mapping));
    return outcome instanceof Promise ? outcome.then(respond).catch(fail) : respond(outcome);
  } catch (error: unknown) {
    return fail(error);
  }
}

function responseOf(outcome: CheckOutcome, mapping: Mapping, decisionId: string): Uint8Array {
  switch (outcome.kind) {
    case "passed":
      return passed(mapping, outcome.asked, outcome.policySet, decisionId);
    case "denied":
      return denied(mapping, outcome.asked, outcome.decision, decisionId);
    case "refusal":
      return refused(outcome, decisionId);
    case "undecided":
      return undecided(outcome, decisionId);
  }
}

/** The rest of the time until the deadline of the call is for the way back. */
const shareOfDeadline = 0.8;

function timeoutOf(call: CheckCall, { timeoutMs }: Mapping): number {
  const deadline = Number(call.getDeadline());
  const left = Number.isFinite(deadline) ? (deadline - Date.now()) * shareOfDeadline : timeoutMs;
  return Math.max(1, Math.min(timeoutMs, left));
}
