// Traces of gRPC calls and HTTP requests, sent to a collector that speaks OTLP over HTTP.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { describe, expect, it } from "vitest";
import { type DecidedCall, observeAll } from "../../src/ask/decided-call.js";
import { DecisionPoint } from "../../src/ask/decision-point.js";
import { openLogger } from "../../src/observe/logger.js";
import { CallTally } from "../../src/observe/metrics/call-tally.js";
import { Tracing } from "../../src/observe/tracing.js";
import { AuthorizationClient } from "../kit/grpc-client.js";
import { startHttp } from "../kit/http-server.js";
import { asking, engineOf } from "../kit/logged-calls.js";
import { authorizationMethod } from "../kit/proto-file.js";
import { atEnd, serving } from "../kit/serving.js";

interface SentSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly status: { readonly code?: number };
  readonly attributes: readonly {
    readonly key: string;
    readonly value: { readonly stringValue?: string; readonly intValue?: number };
  }[];
}

/** A span as a test compares it, without the digest of the policy set. */
function plain({ name, kind, attributes, status }: SentSpan) {
  const known = attributes.filter(({ key }) => key !== "verdict.policy_set.digest");
  return {
    name,
    kind,
    failed: status.code === 2,
    ...Object.fromEntries(known.map(({ key, value }) => [key, value.stringValue ?? value.intValue])),
  };
}

async function collector() {
  const spans: SentSpan[] = [];
  const resources: unknown[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      for (const { resource, scopeSpans } of JSON.parse(Buffer.concat(chunks).toString()).resourceSpans) {
        resources.push(...resource.attributes);
        for (const scope of scopeSpans) spans.push(...scope.spans);
      }
      response.setHeader("content-type", "application/json");
      response.end("{}");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  atEnd(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { spans, resources, url: `http://127.0.0.1:${port}/v1/traces` };
}

async function traced(url: string) {
  const notes: string[] = [];
  const logger = openLogger("warn", (line) => void notes.push(line));
  const tracing = new Tracing({
    version: "9.9.9",
    logger,
    exporter: new OTLPTraceExporter({ url, timeoutMillis: 500 }),
  });
  const calls: DecidedCall[] = [];
  const observers = observeAll([tracing, { decided: (call) => void calls.push(call) }]);
  const point = new DecisionPoint(await engineOf(), observers);
  const { address } = await serving({ point, observer: { tally: new CallTally(), tracer: tracing } });
  const client = new AuthorizationClient(address);
  atEnd(() => client.close());
  const call = (bytes: Buffer, name: string, metadata: Readonly<Record<string, string>> = {}) =>
    client.send(name, bytes, { metadata });
  return { tracing, calls, call, notes, logger };
}

describe("traces", () => {
  it("have a span a call, within the caller's trace, in the current conventions", async () => {
    const { spans, resources, url } = await collector();
    const { tracing, calls, call } = await traced(url);
    const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    const question = authorizationMethod("Authorize").requestSerialize(asking("s3:PutObject"));
    await call(question, "Authorize", { traceparent: `00-${trace}-00f067aa0ba902b7-01`, tracestate: "a=1" });
    await call(Buffer.from([0xff]), "BatchAuthorize", { traceparent: "00-nonsense" });
    await tracing.close(5000);
    expect(spans.map(plain)).toEqual([
      {
        name: "verdict.v1.AuthorizationService/Authorize",
        kind: 2,
        failed: false,
        "rpc.system.name": "grpc",
        "rpc.method": "verdict.v1.AuthorizationService/Authorize",
        "rpc.response.status_code": "OK",
        "verdict.batch_size": 1,
        "verdict.decision": "allowed",
        "verdict.policy_set.generation": 1,
      },
      {
        name: "verdict.v1.AuthorizationService/BatchAuthorize",
        kind: 2,
        failed: false,
        "rpc.system.name": "grpc",
        "rpc.method": "verdict.v1.AuthorizationService/BatchAuthorize",
        "rpc.response.status_code": "INVALID_ARGUMENT",
        "error.type": "INVALID_ARGUMENT",
      },
    ]);
    expect(spans[0]).toMatchObject({ traceId: trace, parentSpanId: "00f067aa0ba902b7" });
    expect(spans[1]?.traceId).not.toBe(trace);
    expect(resources).toContainEqual({ key: "service.name", value: { stringValue: "verdict" } });
    // Records of the decision log name the span of the call itself.
    expect(calls[0]?.facts.traceparent).toBe(`00-${trace}-${spans[0]?.spanId}-01`);
  });

  it("tell of a batch how many questions were decided how", async () => {
    const { spans, url } = await collector();
    const { tracing, call } = await traced(url);
    const requests = ["s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "bad"].map((action) => asking(action));
    await call(authorizationMethod("BatchAuthorize").requestSerialize({ requests }), "BatchAuthorize");
    await tracing.close(5000);
    expect(spans.map(plain)).toMatchObject([
      {
        "verdict.batch_size": 4,
        "verdict.decisions.allowed": 1,
        "verdict.decisions.explicitDeny": 1,
        "verdict.decisions.implicitDeny": 1,
        "verdict.decisions.error": 1,
        "verdict.layers.identity": 2,
      },
    ]);
    expect(spans[0]?.attributes.find(({ key }) => key === "verdict.policy_set.digest")?.value.stringValue).toMatch(
      /^sha256:[0-9a-f]{64}$/,
    );
    // Neither principals nor resources leave by traces.
    expect(JSON.stringify(spans)).not.toContain("arn:");
  });

  it("have a span an HTTP request by its route, and none for probes, scrapes and what no route answers", async () => {
    const { spans, url } = await collector();
    const logger = openLogger("warn", () => {});
    const tracing = new Tracing({ version: "9.9.9", logger, exporter: new OTLPTraceExporter({ url }) });
    const tally = new CallTally();
    const calls: DecidedCall[] = [];
    const seen = { decided: (call: DecidedCall) => void calls.push(call) };
    const observer = observeAll([tracing, seen]);
    const server = await startHttp({
      ...(observer === undefined ? {} : { observer }),
      listener: { observer: { tally, tracer: tracing } },
    });
    atEnd(() => void server.close());
    const question = {
      principal: "arn:aws:iam::111111111111:user/alice",
      action: "s3:GetObject",
      resource: "arn:aws:s3:::reports/q3.csv",
      context: {},
    };
    const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    const parent = { traceparent: `00-${trace}-00f067aa0ba902b7-01` };
    expect((await server.post("/v1/authorize?secret=1", question, parent)).status).toBe(400);
    expect((await server.post("/v1/authorize", question, parent)).json.decision).toBe("implicitDeny");
    for (const path of ["/healthz", "/metrics", "/none"]) await server.get(path);
    await tracing.close(5000);
    expect(spans.map(plain)).toEqual([
      {
        name: "POST /v1/authorize",
        kind: 2,
        failed: false,
        "http.request.method": "POST",
        "http.route": "/v1/authorize",
        "http.response.status_code": 400,
      },
      {
        name: "POST /v1/authorize",
        kind: 2,
        failed: false,
        "http.request.method": "POST",
        "http.route": "/v1/authorize",
        "http.response.status_code": 200,
        "verdict.batch_size": 1,
        "verdict.decision": "implicitDeny",
        "verdict.layer": "identity",
        "verdict.policy_set.generation": 1,
      },
    ]);
    expect(spans[1]).toMatchObject({ traceId: trace, parentSpanId: "00f067aa0ba902b7" });
    expect(calls[0]?.facts.traceparent).toBe(`00-${trace}-${spans[1]?.spanId}-01`);
    const counted = [...tally.routes.values()].flatMap(({ route, statuses }) =>
      [...statuses].map(([status, count]) => `${route} ${status} ${count}`),
    );
    expect(counted.sort()).toEqual([
      "/healthz 200 1",
      "/metrics 404 1",
      "/v1/authorize 200 1",
      "/v1/authorize 400 1",
      "none 404 1",
    ]);
  });

  it("leave calls alone when there is no collector, and a stop does not wait for it", async () => {
    const { tracing, calls, call, notes, logger } = await traced("http://127.0.0.1:1/v1/traces");
    await call(authorizationMethod("Authorize").requestSerialize(asking("s3:PutObject")), "Authorize");
    expect(calls.length).toBe(1);
    await tracing.close(100);
    await logger.close();
    expect(notes.map((note) => JSON.parse(note))).toMatchObject([{ level: "warn" }]);
  });
});
