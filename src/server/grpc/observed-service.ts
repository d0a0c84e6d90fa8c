/** A gRPC service whose calls are counted and, where traces are on, traced. Passes everything through as it is. */
import type { sendUnaryData, UntypedHandleCall } from "@grpc/grpc-js";
import type { CallTally, MethodTally } from "../../observe/metrics/call-tally.js";
import { grpcMethodType, type RpcObserver, type RpcSpan, type RpcTracer } from "../../observe/metrics/rpc-observer.js";
import type { GrpcService } from "./grpc-service.js";
import { statusName } from "./status.js";

/** The same service, observed. */
export function observedService(service: GrpcService, { tally, tracer }: RpcObserver): GrpcService {
  const { name, definition } = service;
  const implementation: Record<string, UntypedHandleCall> = {};
  for (const [method, handle] of Object.entries(service.implementation)) {
    const described = definition[method];
    if (described === undefined) continue;
    const type = grpcMethodType(described.requestStream, described.responseStream);
    const counts = tally.method(name, described.path.slice(described.path.lastIndexOf("/") + 1), type);
    const begin = (call: ObservedCall): EndOfCall => new EndOfCall(call, tally, counts, spanOf(call, counts, tracer));
    // Answers come through a callback exactly where the response is no stream.
    implementation[method] = described.responseStream
      ? (call: ObservedStream) => {
          const end = begin(call);
          call.once("error", (error) => end.with(error));
          call.once("finish", () => end.with(null));
          call.once("cancelled", () => end.with(null));
          Reflect.apply(handle, service.implementation, [call]);
        }
      : (call: ObservedCall, answer: sendUnaryData<unknown>) => {
          const end = begin(call);
          const answered: sendUnaryData<unknown> = (error, value, trailer, flags) => {
            end.with(error);
            answer(error, value, trailer, flags);
          };
          Reflect.apply(handle, service.implementation, [call, answered]);
        };
  }
  return { ...service, implementation };
}

interface ObservedCall {
  readonly metadata: { get(key: string): (string | Buffer)[]; set(key: string, value: string): void };
  readonly cancelled: boolean;
  getDeadline(): Date | number;
}

interface ObservedStream extends ObservedCall {
  once(event: "error", listener: (error: { readonly code?: unknown }) => void): unknown;
  once(event: "finish" | "cancelled", listener: () => void): unknown;
}

/** Notes how a call ended; the first end counts. */
class EndOfCall {
  private readonly startedAt = performance.now();
  private hasEnded = false;

  constructor(
    private readonly call: ObservedCall,
    private readonly tally: CallTally,
    private readonly counts: MethodTally,
    private readonly span: RpcSpan | undefined,
  ) {
    counts.started++;
  }

  with(error: { readonly code?: unknown } | null): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    const { call } = this;
    // What a caller that has gone away is told is not what the handler answers.
    const left = (): string => (Number(call.getDeadline()) <= Date.now() ? "DEADLINE_EXCEEDED" : "CANCELLED");
    const code = call.cancelled ? left() : error === null ? "OK" : statusName(error.code);
    this.counts.ended(code, (performance.now() - this.startedAt) / 1000);
    if (code === "RESOURCE_EXHAUSTED") this.tally.refused("overloaded");
    this.span?.end(code);
  }
}

function spanOf(
  call: ObservedCall,
  { service, method }: MethodTally,
  tracer: RpcTracer | undefined,
): RpcSpan | undefined {
  if (tracer === undefined) return undefined;
  const [traceparent] = call.metadata.get("traceparent");
  const [tracestate] = call.metadata.get("tracestate");
  const span = tracer.begin(`${service}/${method}`, metadataText(traceparent), metadataText(tracestate));
  // Whatever the call does next, decision records among it, belongs to its own span.
  call.metadata.set("traceparent", span.traceparent);
  return span;
}

function metadataText(value: string | Buffer | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
