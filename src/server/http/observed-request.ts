/** One HTTP request for those who look on: counted when its answer is over and, where traces are on, a span. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { HttpObserver, HttpSpan } from "../../observe/metrics/http-observer.js";
import { callerGone, noRoute } from "../../observe/metrics/route-tally.js";
import type { Route } from "./route.js";

/** A request from its beginning to the end of its answer, or to the end of its connection. */
export class ObservedRequest {
  private readonly startedAt = performance.now();
  private route = noRoute;
  private span: HttpSpan | undefined;

  constructor(
    private readonly request: IncomingMessage,
    response: ServerResponse,
    private readonly observer: HttpObserver | undefined,
  ) {
    if (observer === undefined) return;
    response.once("close", () => {
      const status = response.headersSent ? response.statusCode : callerGone;
      observer.tally.route(this.route).ended(status, (performance.now() - this.startedAt) / 1000);
      this.span?.endRequest(status);
    });
  }

  /** The request is one for this route. */
  found(route: Route): void {
    this.route = route.path;
    const { observer, request } = this;
    // Probes and scrapes come every few seconds, and nobody waits for what they ask.
    if (observer?.tracer === undefined || route.isOpen === true || route.isScraped === true) return;
    const { traceparent, tracestate } = request.headers;
    const method = request.method ?? route.method;
    this.span = observer.tracer.beginRequest(method, route.path, headerText(traceparent), headerText(tracestate));
  }

  /** The trace context of whatever the request does next: its own span, else what its caller said. */
  get traceparent(): string | undefined {
    return this.span?.traceparent ?? headerText(this.request.headers.traceparent);
  }
}

function headerText(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === "string" ? header : undefined;
}
