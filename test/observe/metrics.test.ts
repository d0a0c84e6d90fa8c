// Metrics: the names that dashboards know, counts read from bytes, and no label that a caller chooses.
import { describe, expect, it } from "vitest";
import { DecisionPoint } from "../../src/ask/decision-point.js";
import {
  decisionNames,
  denyingLayers,
  questionCount,
  TALLY_LENGTH,
  tallyOutcomes,
} from "../../src/observe/decision-log/outcome-count.js";
import { CallTally } from "../../src/observe/metrics/call-tally.js";
import { HistogramCells } from "../../src/observe/metrics/histogram-cells.js";
import { histogramText } from "../../src/observe/metrics/histogram-text.js";
import { Metrics } from "../../src/observe/metrics/metrics.js";
import { method } from "../kit/batch-messages.js";
import { AuthorizationClient } from "../kit/grpc-client.js";
import { ann, asking, engineOf, facts, openLog, recorder, scratch } from "../kit/logged-calls.js";
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
      expect(questionCount("batch", Buffer.from(bytes))).toBeLessThan(200);
    }
    expect(questionCount("single", Buffer.alloc(0))).toBe(1);
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
    });
    metrics.activated("default", "sha256:12", 1_700_000_000_500, 7);
    const { address } = await serving({ point, observer: { tally } });
    const client = new AuthorizationClient(address);
    await client.call("Authorize", asking("s3:PutObject"));
    await client.call("BatchAuthorize", { requests: [asking("s3:DeleteObject"), asking("s3:DeleteObject")] });
    await client.send("BatchAuthorize", Buffer.from([0xff]));
    await client.stream("StreamAuthorize", [{ requests: [asking("s3:ListBucket")] }]);
    await point.authorize(method("Authorize").requestSerialize(asking("s3:PutObject")), {
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

  it("count policy sets that do not load, by reason", async () => {
    const metrics = new Metrics({
      calls: new CallTally(),
      queueDepth: () => 0,
      workerRestarts: () => 0,
      turnedAway: () => ({}),
    });
    const status = { name: "default", origin: "path", place: "x", confirmedAtMs: 0 } as const;
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
