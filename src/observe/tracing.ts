/**
 * OpenTelemetry traces of gRPC calls and HTTP requests over OTLP, in the current RPC and HTTP conventions, with what was decided within
 * them. Loaded only where traces are on; endpoint,
 * service name, sampler and limits come from the standard `OTEL_…` variables, which the library reads itself.
 */

import {
  createTraceState,
  DiagLogLevel,
  diag,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from "@opentelemetry/sdk-trace-base";
import type { DecidedCall, DecisionObserver } from "../ask/decided-call.js";
import { RecurringTrouble } from "../supply/recurring-trouble.js";
import { errorText } from "../text/error-text.js";
import type { Logger } from "./logger.js";
import type { HttpSpan, HttpTracer } from "./metrics/http-observer.js";
import type { RpcSpan, RpcTracer } from "./metrics/rpc-observer.js";
import { SpanDecisions } from "./span-decisions.js";

/** How traces are set up. */
export interface TracingOptions {
  readonly version: string;
  readonly logger: Logger;
  /** Default: OTLP over HTTP, as `OTEL_EXPORTER_OTLP_…` have it. */
  readonly exporter?: SpanExporter;
}

/** Statuses that are a server's fault, by the conventions. */
const serverErrors = new Set(["UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"]);

/** Traces of a process. */
export class Tracing implements RpcTracer, HttpTracer, DecisionObserver {
  /** Spans that are to be sent, by what their calls carry as trace context. */
  private readonly open = new Map<string, SpanDecisions>();
  private readonly provider: BasicTracerProvider;
  private readonly tracer: Tracer;
  private readonly logger: Logger;

  constructor({ version, logger, exporter = new OTLPTraceExporter() }: TracingOptions) {
    this.logger = logger;
    const trouble = new RecurringTrouble((line) => logger.warn(`tracing: ${line}`), "spans are taken again");
    // Once for the collector and every batch that it does not take.
    const tell = (message: string): void => void trouble.failed(message);
    diag.setLogger({ error: tell, warn: tell, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);
    this.provider = new BasicTracerProvider({
      resource: defaultResource()
        .merge(resourceFromAttributes({ "service.name": "verdict", "service.version": version }))
        .merge(detectResources({ detectors: [envDetector] })),
      spanProcessors: [new BatchSpanProcessor(toldOf(exporter, () => trouble.succeeded()))],
    });
    this.tracer = this.provider.getTracer("verdict", version);
  }

  begin(method: string, traceparent: string | undefined, tracestate: string | undefined): RpcSpan {
    const attributes = { "rpc.system.name": "grpc", "rpc.method": method };
    const span = this.tracer.startSpan(
      method,
      { kind: SpanKind.SERVER, attributes },
      contextOf(traceparent, tracestate),
    );
    const own = this.opened(span);
    return {
      traceparent: own,
      end: (code) => {
        span.setAttribute("rpc.response.status_code", code);
        if (code !== "OK") span.setAttribute("error.type", code);
        this.end(span, own, serverErrors.has(code));
      },
    };
  }

  beginRequest(
    method: string,
    route: string,
    traceparent: string | undefined,
    tracestate: string | undefined,
  ): HttpSpan {
    const attributes = { "http.request.method": method, "http.route": route };
    const span = this.tracer.startSpan(
      `${method} ${route}`,
      { kind: SpanKind.SERVER, attributes },
      contextOf(traceparent, tracestate),
    );
    const own = this.opened(span);
    return {
      traceparent: own,
      endRequest: (status) => {
        span.setAttribute("http.response.status_code", status);
        if (status >= 500) span.setAttribute("error.type", String(status));
        this.end(span, own, status >= 500);
      },
    };
  }

  /** A call carries its span as trace context. */
  decided(call: DecidedCall): undefined {
    this.open.get(call.facts.traceparent ?? "")?.add(call);
  }

  private opened(span: Span): string {
    const traceparent = traceparentOf(span);
    if (span.isRecording()) this.open.set(traceparent, new SpanDecisions());
    return traceparent;
  }

  private end(span: Span, traceparent: string, isFailure: boolean): void {
    span.setAttributes(this.open.get(traceparent)?.attributes ?? {});
    this.open.delete(traceparent);
    if (isFailure) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  }

  /** Sends what is left, for at most so long. */
  async close(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<"late">((resolve) => {
      timer = setTimeout(resolve, timeoutMs, "late");
    });
    const failed = (error: unknown): void => {
      this.logger.warn(`tracing: the last spans are lost: ${errorText(error)}`);
    };
    const ended = await Promise.race([this.provider.shutdown().catch(failed), late]);
    clearTimeout(timer);
    if (ended === "late") this.logger.warn("tracing: the collector does not answer: the last spans are lost");
    diag.disable();
  }
}

/** An exporter whose successes somebody hears of. */
function toldOf(exporter: SpanExporter, onSuccess: () => void): SpanExporter {
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        // 0 is success, as ExportResultCode has it.
        if (result.code === 0) onSuccess();
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
}

function contextOf(traceparent: string | undefined, tracestate: string | undefined): typeof ROOT_CONTEXT {
  const [, version, traceId = "", spanId = "", flags = ""] =
    /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/.exec(traceparent ?? "") ?? [];
  const isNone = version === undefined || version === "ff" || /^0*$/.test(traceId) || /^0*$/.test(spanId);
  if (isNone) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & 1,
    isRemote: true,
    ...(tracestate === undefined || tracestate.length > 512 ? {} : { traceState: createTraceState(tracestate) }),
  });
}

function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
}
