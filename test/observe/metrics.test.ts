// Metrics: the names that dashboards know, counts read from bytes, and no label that a caller chooses.
import { describe, expect, it } from "vitest";
import { DecisionPoint } from "../../src/ask/decision-point.js";
import {
  answeredCount,
  decisionNames,
  denyingLayers,
  TALLY_LENGTH,
  tallyOutcomes,
} from "../../src/observe/decision-log/outcome-count.js";
import { CallTally } from "../../src/observe/metrics/call-tally.js";
import { HistogramCells } from "../../src/observe/metrics/histogram-cells.js";
import { histogramText } from "../../src/observe/metrics/histogram-text.js";
import { Metrics } from "../../src/observe/metrics/metrics.js";
import { AuthorizationClient } from "../kit/grpc-client.js";
import { ann, asking, engineOf, facts, openLog, recorder, scratch } from "../kit/logged-calls.js";
import { authorizationMethod } from "../kit/proto-file.js";
import { serving } from "../kit/serving.js";

const { decide } = await recorder();

/** Counts by `decision layer`, without zeros. */
function counted(tally: Float64Array): Readonly<Record<string, number>> {
  const entries = [...tally].map((count, place) => [
    `${decisionNames[Math.floor(place / denyingLayers.length)]} ${denyingLayers[place % denyingLayers.length]}`,
    count,
  ]);
  return Object.fromEntries(entries.filter(([, count]) => count !== 0));
}

describe("tallyOutcomes()", () => {
  const asked = ["s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "s3:DeleteObject", "bad"].map((action) =>
    asking(action),
  );

  it.each([
    ["OUTCOME", { "allowed none": 1, "explicitDeny untold": 2, "implicitDeny untold": 1, "error none": 1 }],
    ["REASON", { "allowed none": 1, "explicitDeny identity": 2, "implicitDeny identity": 1, "error none": 1 }],
    ["EXPLAIN", { "allowed none": 1, "explicitDeny identity": 2, "implicitDeny identity": 1, "error none": 1 }],
  ])("counts single answers and batches alike (%s)", async (detail, want) => {
    const singles = new Float64Array(TALLY_LENGTH);
    for (const question of asked) {
      const { response } = await decide("Authorize", { ...question, detail });
      expect(tallyOutcomes("single", response, singles)).toBe(1);
    }
    expect(counted(singles)).toEqual(want);
    const batch = new Float64Array(TALLY_LENGTH);
    const { response } = await decide("BatchAuthorize", { requests: asked, detail });
    expect(tallyOutcomes("batch", response, batch)).toBe(5);
    expect(counted(batch)).toEqual(want);
  });

  it.each([
    ["scp", ["identity", "boundary", "session", "resource", "endpoint", "scp", "rcp", "service"]],
    ["rcp", ["identity", "rcp", "service"]],
    ["endpoint", ["session", "endpoint"]],
    ["session", ["identity", "boundary", "session", "resource"]],
    ["boundary", ["identity", "boundary", "resource"]],
    ["resource", ["identity", "resource"]],
    ["identity", ["identity", "service"]],
    ["service", ["service"]],
  ])("names %s where these deny: %j", (layer, blockedBy) => {
    const texts = blockedBy.map((text) => Buffer.concat([Buffer.from([0x12, text.length]), Buffer.from(text)]));
    const decision = Buffer.concat([Buffer.from([0x08, 3]), ...texts]);
    const tally = new Float64Array(TALLY_LENGTH);
    tallyOutcomes("batch", Buffer.concat([Buffer.from([0x1a, decision.length]), decision]), tally);
    expect(counted(tally)).toEqual({ [`implicitDeny ${layer}`]: 1 });
  });

  it("takes whatever bytes it is given", () => {
    for (const bytes of [[], [0xff], [0x12, 0x7f, 1], [0x1a, 1], [0x12, 3, 0, 9, 200]]) {
      expect(answeredCount("batch", Buffer.from(bytes))).toBeLessThan(200);
    }
    expect(answeredCount("single", Buffer.alloc(0))).toBe(1);
  });
});

describe("histograms", () => {
  it("put a value under the first bound that is not below it", () => {
    const cells = new HistogramCells([1, 5]);
    for (const value of [0, 1, 1.5, 5, 7]) cells.observe(value);
    expect(histogramText("sizes", "Some sizes.", [[{ kind: 'a"b' }, cells]])).toBe(
      [
        "# HELP sizes Some sizes.",
        "# TYPE sizes histogram",
        'sizes_bucket{kind="a\\"b",le="1"} 2',
        'sizes_bucket{kind="a\\"b",le="5"} 4',
        'sizes_bucket{kind="a\\"b",le="+Inf"} 5',
        'sizes_sum{kind="a\\"b"} 14.5',
        'sizes_count{kind="a\\"b"} 5',
        "",
      ].join("\n"),
    );
  });
});

const path = { name: "default", origin: "path", place: "x", confirmedAtMs: 0 } as const;
/** What a server without TLS, issuers and policy sets has. */
const elsewhere = {
  version: "9.9.9",
  policySets: () => [],
  certificateNotAfterMs: () => undefined,
  fetchedKeys: () => undefined,
} as const;

describe("metrics", () => {
  it("tell of decisions, calls, policy sets and the decision log", async () => {
    const tally = new CallTally();
    const { log } = await openLog(`${scratch()}/log`);
    const engine = await engineOf();
    const point = new DecisionPoint(engine, tally);
    const metrics = new Metrics({
      calls: tally,
      decisionLog: () => log.status,
      queueDepth: () => 3,
      workerRestarts: () => 2,
      turnedAway: () => ({ connection_limit: 4 }),
      ...elsewhere,
      certificateNotAfterMs: () => 1_800_000_000_000,
      fetchedKeys: () => ({ fetchedAtMs: 1_700_000_001_000, failures: 3 }),
      policySets: () => [{ ...path, seenAtMs: 1_700_000_002_000 }],
    });
    metrics.activated("default", "sha256:12", 1_700_000_000_500, 7);
    const { address } = await serving({ point, observer: { tally } });
    const client = new AuthorizationClient(address);
    await client.call("Authorize", asking("s3:PutObject"));
    await client.call("BatchAuthorize", { requests: [asking("s3:DeleteObject"), asking("s3:DeleteObject")] });
    await client.send("BatchAuthorize", Buffer.from([0xff]));
    await client.stream("StreamAuthorize", [{ requests: [asking("s3:ListBucket")] }]);
    await point.authorize(authorizationMethod("Authorize").requestSerialize(asking("s3:PutObject")), {
      ...facts,
      transport: "http",
    });
    client.close();
    const { contentType, body } = await metrics.text();
    expect(contentType).toBe("text/plain; version=0.0.4; charset=utf-8");
    const lines = body.split("\n");
    const grpc = 'grpc_service="verdict.v1.AuthorizationService",grpc_method=';
    for (const want of [
      'verdict_decisions_total{decision="allowed",layer="none",transport="grpc"} 1',
      'verdict_decisions_total{decision="allowed",layer="none",transport="http"} 1',
      'verdict_decisions_total{decision="explicitDeny",layer="identity",transport="grpc"} 2',
      'verdict_decisions_total{decision="implicitDeny",layer="identity",transport="grpc"} 1',
      "verdict_decision_duration_seconds_count 4",
      "verdict_batch_size_count 2",
      "verdict_batch_size_sum 3",
      "verdict_queue_depth 3",
      'verdict_shed_total{reason="connection_limit"} 4',
      "verdict_worker_restarts_total 2",
      'verdict_snapshot_info{name="default",digest="sha256:12",revision="7"} 1',
      'verdict_snapshot_activated_timestamp_seconds{name="default"} 1700000000.5',
      `verdict_build_info{version="9.9.9",node_version="${process.versions.node}"} 1`,
      "verdict_tls_certificate_not_after_timestamp_seconds 1800000000",
      "verdict_jwks_fetched_timestamp_seconds 1700000001",
      "verdict_jwks_fetch_failures_total 3",
      'verdict_snapshot_seen_timestamp_seconds{name="default",origin="path"} 1700000002',
      'verdict_snapshot_failing{name="default",origin="path"} 0',
      "verdict_decision_log_dropped_total 0",
      "verdict_decision_log_lag_seconds 0",
      `grpc_server_started_total{grpc_type="unary",${grpc}"Authorize"} 1`,
      `grpc_server_handled_total{grpc_type="unary",${grpc}"Authorize",grpc_code="OK"} 1`,
      `grpc_server_handled_total{grpc_type="unary",${grpc}"BatchAuthorize",grpc_code="OK"} 1`,
      `grpc_server_handled_total{grpc_type="unary",${grpc}"BatchAuthorize",grpc_code="INVALID_ARGUMENT"} 1`,
      `grpc_server_handled_total{grpc_type="bidi_stream",${grpc}"StreamAuthorize",grpc_code="OK"} 1`,
      `grpc_server_handling_seconds_count{grpc_type="unary",${grpc}"BatchAuthorize"} 2`,
    ]) {
      expect(lines).toContain(want);
    }
    for (const name of ["verdict_snapshot_load_failures_total", "verdict_shed_total", "process_cpu_seconds_total"]) {
      expect(body).toContain(`# TYPE ${name} counter`);
    }
    expect(body).not.toContain(ann);
    expect(body).not.toContain("arn:");
  });

  it("have names and types by the rules of Prometheus", async () => {
    const tally = new CallTally();
    tally.method("a.Service", "Method", "unary").ended("OK", 1);
    tally.route("/v1/authorize").ended(200, 1);
    tally.answeredProxy("orders", "passed", { ...facts, transport: "ext_authz" });
    tally.searched("subject", 10, 2);
    const { log } = await openLog(`${scratch()}/log`);
    const metrics = new Metrics({
      calls: tally,
      decisionLog: () => log.status,
      queueDepth: () => 0,
      workerRestarts: () => 0,
      turnedAway: () => ({}),
      ...elsewhere,
    });
    const { body } = await metrics.text();
    const help = new Map([...body.matchAll(/^# HELP (\S+) (.+)$/gm)].map(([, name = "", text = ""]) => [name, text]));
    const types = [...body.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
    expect(types.length).toBeGreaterThan(40);
    const problems = types.flatMap(([, name = "", type = ""]) => [
      ...(help.has(name) ? [] : [`${name}: has no help`]),
      ...(/^[a-z][a-z0-9_]*$/.test(name) ? [] : [`${name}: is not written in small letters`]),
      ...((type === "counter") === name.endsWith("_total") ? [] : [`${name}: is a ${type}`]),
      ...(/_(count|sum|bucket)$/.test(name) ? [`${name}: ends like a part of a histogram`] : []),
      ...(/_(milliseconds|ms|minutes|hours|days|kilobytes|megabytes|percent)(_|$)/.test(name)
        ? [`${name}: is not in base units`]
        : []),
      ...(/counter|gauge|histogram|summary/.test(name) ? [`${name}: says its type`] : []),
    ]);
    expect(problems).toEqual([]);
    // Whoever wants the sums of these has the metrics without the ending.
    expect(body).not.toMatch(/^nodejs_active_\w+_total/m);
    expect([...help.keys()].filter((name) => !types.some(([, typed]) => typed === name))).toEqual([]);
  });

  it("tell of HTTP requests, proxies, searches and loads", async () => {
    const tally = new CallTally();
    const metrics = new Metrics({
      calls: tally,
      queueDepth: () => 0,
      workerRestarts: () => 0,
      turnedAway: () => ({}),
      ...elsewhere,
    });
    tally.route("/v1/authorize").ended(200, 0.001);
    tally.route("/v1/authorize").ended(400, 0.001);
    tally.answeredProxy("orders", "passed", { ...facts, transport: "http" });
    tally.answeredProxy("orders", "denied", { ...facts, transport: "http" });
    tally.searched("subject", 10, 2);
    const published = { digest: "sha256:1" } as never;
    const active = { published, activatedAtMs: 0 };
    metrics.supplied({ kind: "activated", status: { ...path, active }, active, findings: [], durationMs: 2000 });
    metrics.mapped({ kind: "activated", name: "authzen", place: "x", findings: [] });
    const { body } = await metrics.text();
    const lines = body.split("\n");
    for (const want of [
      'verdict_http_requests_total{route="/v1/authorize",status="200"} 1',
      'verdict_http_requests_total{route="/v1/authorize",status="400"} 1',
      'verdict_http_request_duration_seconds_count{route="/v1/authorize"} 2',
      'verdict_proxy_decisions_total{route="orders",outcome="passed",transport="http"} 1',
      'verdict_proxy_decisions_total{route="orders",outcome="denied",transport="http"} 1',
      'verdict_proxy_decisions_total{route="orders",outcome="refusal",transport="http"} 0',
      'verdict_search_candidates_sum{searched="subject"} 10',
      'verdict_search_results_sum{searched="subject"} 2',
      "verdict_snapshot_load_duration_seconds_sum 2",
      "verdict_snapshot_load_duration_seconds_count 1",
    ]) {
      expect(lines).toContain(want);
    }
    expect(body).toMatch(/^verdict_mapping_activated_timestamp_seconds\{mapping="authzen"\} \d/m);
    // Nothing is said of certificates and keys that are not there.
    expect(body).not.toMatch(/^verdict_(tls|jwks)\w*_timestamp_seconds [^#]/m);
  });

  it("count policy sets that do not load, by reason", async () => {
    const metrics = new Metrics({
      calls: new CallTally(),
      queueDepth: () => 0,
      workerRestarts: () => 0,
      turnedAway: () => ({}),
      ...elsewhere,
    });
    const status = path;
    const failure = { reason: "invalid", message: "no", findings: [], atMs: 0 } as const;
    for (let i = 0; i < 2; i++) metrics.supplied({ kind: "failed", status, failure });
    metrics.activated("default", "sha256:12", 0);
    metrics.supplied({ kind: "evicted", status, because: "unloaded" });
    const { body } = await metrics.text();
    expect(body).toContain('verdict_snapshot_load_failures_total{reason="invalid"} 2\n');
    // What has not happened is there as well, so that its first time is an increase.
    expect(body).toContain('verdict_snapshot_load_failures_total{reason="rollback"} 0\n');
    expect(body).toContain('verdict_mapping_load_failures_total{mapping="authzen"} 0\n');
    expect(body).not.toContain("verdict_snapshot_info{");
    expect(body).not.toContain("verdict_decision_log");
  });
});
