import { describe, expect, it } from "vitest";
import { figuresBetween, readMetrics } from "../../src/load/driver/server-metrics.js";

const name = "grpc_server_handling_seconds";

function text(unary: readonly number[], stream: readonly number[], sum: number, cpu: string): string {
  const bounds = ["0.001", "0.01", "+Inf"];
  const lines = [unary, stream].flatMap((counts, index) =>
    counts.map((count, at) => `${name}_bucket{grpc_method="M${index}",le="${bounds[at]}"} ${count}`),
  );
  return [
    `# HELP ${name} Time.`,
    `# TYPE ${name} histogram`,
    ...lines,
    `${name}_sum{grpc_method="M0"} ${sum}`,
    `${name}_sum{grpc_method="M1"} 1e-3`,
    'verdict_other_bucket{le="0.001"} 9',
    cpu,
    "",
  ].join("\n");
}

describe("readMetrics()", () => {
  it("sums a histogram up over its labels, and finds processor time", () => {
    const read = readMetrics(text([1, 2, 3], [10, 20, 30], 0.5, "process_cpu_seconds_total 1.25"), name);
    expect(read).toEqual({
      buckets: new Map([
        [0.001, 11],
        [0.01, 22],
        [Number.POSITIVE_INFINITY, 33],
      ]),
      seconds: 0.501,
      cpuS: 1.25,
    });
    expect(readMetrics("# TYPE another histogram\n", name)).toBeUndefined();
  });
});

describe("figuresBetween()", () => {
  it("tells what happened in between, quantiles within their buckets", () => {
    const before = readMetrics(text([100, 100, 100], [0, 0, 0], 1, "process_cpu_seconds_total 1"), name);
    const after = readMetrics(text([190, 200, 200], [0, 0, 0], 1.2, "process_cpu_seconds_total 1.5"), name);
    if (before === undefined || after === undefined) throw new Error("not read");
    const { calls, meanMs, p50Ms, p99Ms, cpuS } = figuresBetween(before, after);
    expect({ calls, cpuS }).toEqual({ calls: 100, cpuS: 0.5 });
    expect(meanMs).toBeCloseTo(2, 9);
    expect(p50Ms).toBeCloseTo(0.5556, 3);
    expect(p99Ms).toBeCloseTo(9.1, 9);
  });

  it("tells no quantile over the last bound, and none of nothing", () => {
    const none = readMetrics(text([0, 0, 0], [0, 0, 0], 0, ""), name);
    const slow = readMetrics(text([0, 0, 10], [0, 0, 0], 5, ""), name);
    if (none === undefined || slow === undefined) throw new Error("not read");
    expect(figuresBetween(none, slow)).toMatchObject({
      calls: 10,
      p50Ms: undefined,
      p99Ms: undefined,
      cpuS: undefined,
    });
    expect(figuresBetween(none, none)).toMatchObject({ calls: 0, meanMs: 0, p99Ms: undefined });
  });
});
