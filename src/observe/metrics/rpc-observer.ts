/** Who hears of the beginning and the end of gRPC calls: counts and, where they are on, traces. */
import type { CallTally, GrpcMethodType } from "./call-tally.js";

/** The span of one call. */
export interface RpcSpan {
  /** The span as a W3C `traceparent`, for whatever the call does next. */
  readonly traceparent: string;
  /** The call ended with a status of this name. */
  end(code: string): void;
}

/** Begins spans. */
export interface RpcTracer {
  /** A call of `package.Service/Method` began, with the trace context that came with it. */
  begin(method: string, traceparent: string | undefined, tracestate: string | undefined): RpcSpan;
}

/** What gRPC listeners are observed by. */
export interface RpcObserver {
  readonly tally: CallTally;
  readonly tracer?: RpcTracer | undefined;
}

/** As the `grpc_type` label has it. */
export function grpcMethodType(requestStream: boolean, responseStream: boolean): GrpcMethodType {
  if (requestStream) return responseStream ? "bidi_stream" : "client_stream";
  return responseStream ? "server_stream" : "unary";
}
