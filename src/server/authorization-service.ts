/**
 * `verdict.v1.AuthorizationService` over an engine: serialised requests in, serialised responses
 * out. Names and paths come from the .proto file; messages pass through as bytes.
 */
import { once } from "node:events";
import type {
  ServerDuplexStream,
  ServerUnaryCall,
  ServiceDefinition,
  sendUnaryData,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { authorizationProto } from "../artifacts.js";
import type { AccessGate } from "./access-gate.js";
import { callFacts } from "./call-facts.js";
import type { CallFacts, DecisionPoint } from "./decision-point.js";
import { callStatusOf } from "./status.js";

/** Hears of failures that callers see as `internal error` only. */
export type InternalErrorListener = (error: unknown) => void;

/** The service with the names and paths of the .proto file, and bytes for messages. */
export function authorizationServiceDefinition(): ServiceDefinition {
  const loaded = loadSync(authorizationProto);
  const service = loaded["verdict.v1.AuthorizationService"];
  if (service === undefined || "format" in service) throw new Error("authorization.proto holds no such service");
  const methods = Object.entries(service).map(([name, { path, requestStream, responseStream }]) => [
    name,
    {
      path,
      requestStream,
      responseStream,
      requestSerialize: asBuffer,
      requestDeserialize: asBuffer,
      responseSerialize: asBuffer,
      responseDeserialize: asBuffer,
    },
  ]);
  return Object.fromEntries(methods);
}

/** The methods of the service. */
export function authorizationService(
  point: DecisionPoint,
  gate: AccessGate,
  onInternalError: InternalErrorListener,
): UntypedServiceImplementation {
  const failureOf = (error: unknown): Error & { code: number; details: string } => {
    const { code, details, isOurs } = callStatusOf(error);
    if (isOurs) onInternalError(error);
    return Object.assign(new Error(details), { code, details });
  };
  const admitted = (call: UnaryCall | StreamCall): CallFacts | Promise<CallFacts> =>
    callFacts(gate, "authorization", "grpc", call);

  return {
    Authorize(call: UnaryCall, answer: Answer): void {
      try {
        const facts = admitted(call);
        const response =
          facts instanceof Promise
            ? facts.then((known) => point.authorize(call.request, known))
            : point.authorize(call.request, facts);
        // Most calls are decided at once; a promise would cost them a turn.
        if (!(response instanceof Promise)) answer(null, response);
        else
          response.then(
            (bytes) => answer(null, bytes),
            (error: unknown) => answer(failureOf(error)),
          );
      } catch (error: unknown) {
        answer(failureOf(error));
      }
    },

    BatchAuthorize(call: UnaryCall, answer: Answer): void {
      const decide = async (): Promise<Uint8Array> =>
        point.batchAuthorize(call.request, await admitted(call), abortedWith(call));
      decide().then(
        (response) => answer(null, response),
        (error: unknown) => answer(failureOf(error)),
      );
    },

    StreamAuthorize(call: StreamCall): void {
      const signal = abortedWith(call);
      const admission = Promise.resolve().then(() => admitted(call));
      let last: Promise<unknown> = admission;
      const fail = (error: unknown): void => {
        if (!signal.aborted) call.emit("error", failureOf(error));
      };
      admission.catch(fail);
      // INVARIANT: one message at a time; the stream stays paused while it is decided and its answer is taken.
      call.on("data", (message: Buffer) => {
        call.pause();
        last = admission
          .then((facts) => answerMessage(point, call, message, facts, signal))
          .then(() => void call.resume(), fail);
      });
      call.on("end", () => void last.then(() => call.end()));
    },
  };
}

type UnaryCall = ServerUnaryCall<Buffer, Uint8Array>;
type StreamCall = ServerDuplexStream<Buffer, Uint8Array>;
type Answer = sendUnaryData<Uint8Array>;

async function answerMessage(
  point: DecisionPoint,
  call: StreamCall,
  message: Buffer,
  facts: CallFacts,
  signal: AbortSignal,
): Promise<void> {
  const response = await point.batchAuthorize(message, facts, signal);
  if (!call.write(response)) await once(call, "drain", { signal });
}

/** A cancelled call and one whose deadline has passed both emit `cancelled`. */
function abortedWith(call: UnaryCall | StreamCall): AbortSignal {
  const controller = new AbortController();
  if (call.cancelled) controller.abort();
  else call.once("cancelled", () => controller.abort());
  return controller.signal;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
