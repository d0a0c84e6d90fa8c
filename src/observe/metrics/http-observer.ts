/** Who hears of the beginning and the end of HTTP requests: counts and, where they are on, traces. */
import type { CallTally } from "./call-tally.js";

/** The span of one request. */
export interface HttpSpan {
  /** The span as a W3C `traceparent`, for whatever the request does next. */
  readonly traceparent: string;
  /** The request ended with an HTTP status. */
  endRequest(status: number): void;
}

/** Begins spans of requests. */
export interface HttpTracer {
  /** A request came to a route, with the trace context that it brought. */
  beginRequest(
    method: string,
    route: string,
    traceparent: string | undefined,
    tracestate: string | undefined,
  ): HttpSpan;
}

/** What HTTP listeners are observed by. */
export interface HttpObserver {
  readonly tally: CallTally;
  readonly tracer?: HttpTracer | undefined;
}
