/**
 * `verdict.v1.AuthorizationService` over an engine: serialised requests in, serialised responses
 * out. Messages pass through as bytes.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ServerDuplexStream, ServerUnaryCall, ServiceDefinition, sendUnaryData } from "@grpc/grpc-js";
import type { AccessGate } from "../../access/access-gate.js";
import { authorizationProto } from "../../artifacts.js";
import { CallRefusal } from "../../ask/call-refusal.js";
import type { CallFacts } from "../../ask/decided-call.js";
import type { DecisionPoint } from "../../ask/decision-point.js";
import { MessageMemory } from "../../node-workarounds/message-memory.js";
import { BatchResponseField, ResponseField } from "../../wire/authorization-fields.js";
import { ByteBudget, type HeldBytes } from "../byte-budget.js";
import { CallEnd } from "../grpc/call-end.js";
import { callFacts, echoOf } from "../grpc/call-facts.js";
import { bytesDefinition, type GrpcService } from "../grpc/grpc-service.js";
import type { StalledCalls } from "../grpc/stalled-calls.js";
import { callStatusOf } from "../grpc/status.js";

/** Hears of failures that callers see as `internal error` only. */
export type InternalErrorListener = (error: unknown) => void;

/** The name of the service. */
export const authorizationServiceName = "verdict.v1.AuthorizationService";

/** What the service is made of. */
export interface AuthorizationServiceParts {
  readonly point: DecisionPoint;
  readonly gate: AccessGate;
  readonly onInternalError: InternalErrorListener;
  /** Bytes of batches in memory at once. */
  readonly maxPendingBytes: number;
  /** Calls that give way where their bytes are wanted. */
  readonly stalledCalls?: StalledCalls;
  /** Aborted when a stop begins: streams that have nothing to answer end then. */
  readonly stopping: AbortSignal;
}

/** The service with the names and paths of the .proto file, and bytes for messages. */
export function authorizationServiceDefinition(): ServiceDefinition {
  return bytesDefinition(authorizationServiceName, {
    Authorize: "unary",
    BatchAuthorize: "unary",
    StreamAuthorize: "bothStream",
  });
}

/** The service with its methods. */
export function authorizationService(parts: AuthorizationServiceParts): GrpcService {
  const { point, gate, onInternalError, stopping } = parts;
  const budget = new ByteBudget(parts.maxPendingBytes);
  const answerMemory = new MessageMemory();
  const failureOf = (error: unknown, facts?: CallFacts): Error & { code: number; details: string } => {
    const { code, details, isOurs } = callStatusOf(error);
    if (isOurs) onInternalError(error);
    const metadata = facts && echoOf(facts);
    return Object.assign(new Error(details), { code, details }, metadata && { metadata });
  };
  const admitted = (call: UnaryCall | StreamCall): CallFacts | Promise<CallFacts> => {
    const deadline = call.getDeadline();
    if (deadline !== Number.POSITIVE_INFINITY && Number(deadline) <= Date.now()) {
      throw new CallRefusal("expired", "deadline: has passed");
    }
    return callFacts(gate, "authorization", "grpc", call, point.isObserved);
  };
  /** Answers that nobody takes give way to a call that has no room. */
  const hold = async (share: string, bytes: number): Promise<HeldBytes> => {
    if (!budget.fits(share, bytes) && (parts.stalledCalls?.endOldest() ?? 0) > 0) {
      for (let turn = 0; turn < MOST_TURNS && !budget.fits(share, bytes); turn++) await nextTurn();
    }
    return budget.take(share, bytes);
  };
  const decideBatch = async (
    call: UnaryCall | StreamCall,
    message: Buffer,
    facts: CallFacts,
    held: HeldBytes,
    signal: CallEnd,
  ) => {
    const response = withDecisionId(
      await point.batchAuthorize(message, facts, signal, call.isOneOfMany),
      BatchResponseField.DecisionId,
      facts,
    );
    held.resize(response.length);
    answerMemory.add(response.length);
    return response;
  };

  /** Ids where a log has them: in every other answer they would name nothing. */
  const identified = (facts: CallFacts): CallFacts => {
    const decisionId = point.nextDecisionId();
    return decisionId === undefined ? facts : { ...facts, decisionId };
  };
  const decideOne = (call: UnaryCall, facts: CallFacts, answer: Answer): void => {
    const give = (bytes: Uint8Array): void =>
      answer(null, withDecisionId(bytes, ResponseField.DecisionId, facts), echoOf(facts));
    const fail = (error: unknown): void => answer(failureOf(error, facts));
    try {
      const response = point.authorize(call.request, facts);
      // Most calls are decided at once; a promise would cost them a turn.
      if (response instanceof Promise) response.then(give, fail);
      else give(response);
    } catch (error: unknown) {
      fail(error);
    }
  };

  const implementation = {
    Authorize(call: UnaryCall, answer: Answer): void {
      try {
        const facts = admitted(call);
        if (!(facts instanceof Promise)) decideOne(call, identified(facts), answer);
        else
          facts
            .then((known) => decideOne(call, identified(known), answer))
            .catch((error: unknown) => answer(failureOf(error)));
      } catch (error: unknown) {
        answer(failureOf(error));
      }
    },

    BatchAuthorize(call: UnaryCall, answer: Answer): void {
      const decide = async (): Promise<void> => {
        const facts = identified(await admitted(call));
        const signal = new CallEnd(call);
        const bytes = call.request.length;
        const share = shareOf(call, facts);
        const held = budget.fits(share, bytes) ? budget.take(share, bytes) : await hold(share, bytes);
        // A call is over, one way or the other, when its answer is taken.
        if (signal.aborted) held.release();
        else signal.addEventListener("abort", held.release);
        answer(null, await decideBatch(call, call.request, facts, held, signal), echoOf(facts));
      };
      decide().catch((error: unknown) => answer(failureOf(error)));
    },

    StreamAuthorize(call: StreamCall): void {
      const signal = new CallEnd(call);
      const admission = Promise.resolve().then(() => admitted(call));
      const fail = (error: unknown): void => {
        if (!signal.aborted) call.emit("error", failureOf(error));
      };
      const quiet = endWhenQuiet(call, stopping, () => fail(new CallRefusal("stopping", "server: is stopping")));
      let last: Promise<unknown> = admission;
      admission.catch(fail);
      // INVARIANT: one message at a time; the stream stays paused while it is decided and its answer is taken.
      call.on("data", (message: Buffer) => {
        call.pause();
        quiet.busy();
        const answerMessage = async (): Promise<void> => {
          const facts = identified(await admission);
          const held = await hold(shareOf(call, facts), message.length);
          try {
            await written(call, await decideBatch(call, message, facts, held, signal), signal);
          } finally {
            held.release();
          }
        };
        last = answerMessage().then(() => {
          quiet.idle();
          call.resume();
        }, fail);
      });
      call.on("end", () => void last.then(async () => call.end(echoOf(await admission))));
    },
  };
  return {
    name: authorizationServiceName,
    protoFile: authorizationProto,
    takesBytes: true,
    definition: authorizationServiceDefinition(),
    implementation,
  };
}

/** The answer with the id of its decision behind it, as one more field. */
function withDecisionId(response: Uint8Array, field: number, { decisionId }: CallFacts): Uint8Array {
  if (decisionId === undefined) return response;
  // INVARIANT: ids are this server's own, ASCII and shorter than 128 characters.
  const whole = Buffer.allocUnsafe(response.length + 2 + decisionId.length);
  whole.set(response);
  whole[response.length] = (field << 3) | 2;
  whole[response.length + 1] = decisionId.length;
  whole.write(decisionId, response.length + 2, "latin1");
  return whole;
}

/** Whom a call counts for: a proved name, else its connection. */
function shareOf(call: UnaryCall | StreamCall, { caller }: CallFacts): string {
  return caller.name === "anonymous" ? `connection ${call.getPeer()}` : `name ${caller.name}`;
}

/** A call that is ended gives back what it holds within a few turns. */
const MOST_TURNS = 20;

/** What `byte-call.ts` knows more of a call than grpc-js. */
interface AmongCalls {
  readonly isOneOfMany?: boolean;
}
type UnaryCall = ServerUnaryCall<Buffer, Uint8Array> & AmongCalls;
type StreamCall = ServerDuplexStream<Buffer, Uint8Array> & AmongCalls;
type Answer = sendUnaryData<Uint8Array>;

/** Resolves when the answer has left: a reader that is slow holds one answer in memory and no more. */
function written(call: StreamCall, response: Uint8Array, signal: CallEnd): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new CallRefusal("expired", "call: ended before its answer was taken"));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
    call.write(response, () => {
      signal.removeEventListener("abort", abort);
      resolve();
    });
  });
}

/** A message that a client sent before it heard of the stop arrives within this time. */
const QUIET_MS = 50;

/** Ends a stream once a stop has begun and no message was under way for a moment. */
function endWhenQuiet(call: StreamCall, stopping: AbortSignal, end: () => void): { busy(): void; idle(): void } {
  let timer: NodeJS.Timeout | undefined;
  let isBusy = false;
  const wait = (): void => {
    clearTimeout(timer);
    if (stopping.aborted && !isBusy && !call.cancelled) timer = setTimeout(look, QUIET_MS);
  };
  // Where this process itself was held up, what has arrived meanwhile is not read yet.
  const look = (): void => void setImmediate(() => setImmediate(() => !isBusy && end()));
  const forget = (): void => {
    clearTimeout(timer);
    stopping.removeEventListener("abort", wait);
  };
  stopping.addEventListener("abort", wait, { once: true });
  call.once("cancelled", forget);
  call.once("end", forget);
  return {
    busy() {
      isBusy = true;
      clearTimeout(timer);
    },
    idle() {
      isBusy = false;
      wait();
    },
  };
}
