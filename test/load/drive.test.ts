import { describe, expect, it } from "vitest";
import { arrivalsAt, recordedArrivals } from "../../src/load/driver/arrivals.js";
import { type DrivenRun, drive, type LoopModel } from "../../src/load/driver/drive.js";
import { Latencies } from "../../src/load/driver/latencies.js";
import { FakeTime, type SimulatedServer, simulatedServer } from "../kit/load-world.js";

function run(server: SimulatedServer, loop: LoopModel, durationMs = 1000, drainMs = 500): Promise<DrivenRun> {
  const time = new FakeTime();
  return time.until(drive(simulatedServer(time, server), time, { loop, durationMs, drainMs }));
}

const open = (rate: number, mostInFlight = 1000): LoopModel => ({
  kind: "open",
  arrivals: arrivalsAt("uniform", rate, "1"),
  mostInFlight,
});

describe("drive()", () => {
  it("counts latency from the intended start: a stall is seen by every call that was due in it", async () => {
    const stall = { fromMs: 300, forMs: 200 };
    const { tally, achieved, keptShare } = await run({ serviceMs: 0.1, stall }, open(500));
    expect(tally.due).toBe(499);
    expect(achieved).toBeCloseTo(499, 0);
    expect(keptShare).toBe(1);
    // A fifth of the calls was due while nothing was answered, and they waited 100 ms on average.
    expect(tally.latency.quantile(0.75)).toBeLessThan(1);
    expect(tally.latency.quantile(0.9)).toBeGreaterThan(90);
    expect(tally.latency.quantile(0.99)).toBeGreaterThan(180);
  });

  it("sees the same stall once in a closed loop of one caller", async () => {
    const stall = { fromMs: 300, forMs: 200 };
    const { tally } = await run({ serviceMs: 0.1, stall }, { kind: "closed", callers: 1 });
    expect(tally.latency.quantile(0.99)).toBeLessThan(1);
    expect(tally.latency.summary().max).toBeGreaterThan(199);
  });

  it("skips what is over the bound in flight, counts it, and does not send it later in a burst", async () => {
    const { tally, keptShare, achieved } = await run({ serviceMs: 4 }, open(1000, 10));
    expect(tally.due).toBe(999);
    expect(tally.sent + tally.skipped).toBe(999);
    expect(tally.skipped).toBeGreaterThan(700);
    expect(achieved).toBeLessThan(265);
    expect(keptShare).toBeLessThan(0.27);
    expect(tally.latency.summary().max).toBeLessThan(45);
  });

  it("counts calls that are never answered with their age, and failures apart", async () => {
    const { tally } = await run({ serviceMs: 0.1, losesEvery: 10, failsEvery: 25 }, open(500), 1000, 300);
    expect(tally.unfinished).toBe(49);
    expect(tally.latency.summary().max).toBeGreaterThan(1200);
    expect(Object.fromEntries(tally.errors)).toEqual({ UNAVAILABLE: 10 });
    expect(tally.failed.summary().count).toBe(10);
    expect(tally.latency.summary().count).toBe(tally.good + tally.unfinished);
    expect(tally.good + tally.unfinished + tally.errorCount).toBe(tally.due);
  });

  it("tells the seconds, and the calls in flight as rate times latency", async () => {
    const { tally, meanInFlight } = await run({ serviceMs: 1 }, open(500), 3000);
    expect(tally.timeline.map(({ second }) => second)).toEqual([0, 1, 2]);
    expect(tally.timeline.reduce((sum, { count }) => sum + count, 0)).toBe(tally.good);
    expect(meanInFlight).toBeCloseTo((tally.good / 3000) * tally.latency.summary().mean, 1);
  });

  it("sleeps between calls where waiting awake would take the processor of others away", async () => {
    const time = new FakeTime(0);
    const plan = { loop: open(400), durationMs: 1000, drainMs: 500 };
    const server = simulatedServer(time, { serviceMs: 0.1 });
    const { tally } = await time.until(drive(server, time, plan));
    expect(tally.due).toBe(399);
    expect(tally.lag.summary().max).toBeLessThan(1.1);
    expect(time.turns).toBe(0);
  });

  it("stops where it is told to, with what was measured", async () => {
    const time = new FakeTime();
    const stopping = new AbortController();
    time.at(500, () => stopping.abort());
    const plan = { loop: open(500), durationMs: 10_000, drainMs: 500, signal: stopping.signal };
    const { tally, elapsedMs, wasStopped } = await time.until(
      drive(simulatedServer(time, { serviceMs: 0.1 }), time, plan),
    );
    expect(wasStopped).toBe(true);
    expect(elapsedMs).toBeLessThan(560);
    expect(tally.good).toBeGreaterThan(240);
  });
});

describe("arrivals", () => {
  it("have exponential gaps with the mean of the rate, the same for the same seed", () => {
    const gaps = (seed: string): number[] => {
      const arrivals = arrivalsAt("poisson", 100, seed);
      return Array.from({ length: 20_000 }, () => arrivals.nextGapMs());
    };
    const have = gaps("1");
    expect(have.reduce((sum, gap) => sum + gap, 0) / have.length).toBeCloseTo(10, 0);
    // Of exponential gaps 1 / e are longer than their mean.
    expect(have.filter((gap) => gap > 10).length / have.length).toBeCloseTo(1 / Math.E, 1);
    expect(gaps("1")).toEqual(have);
    expect(gaps("2")).not.toEqual(have);
  });

  it("come again as they were recorded", () => {
    const arrivals = recordedArrivals(Float64Array.from([0, 10, 30]));
    expect(Array.from({ length: 4 }, () => arrivals.nextGapMs())).toEqual([15, 10, 20, 15]);
  });
});

describe("Latencies", () => {
  it("keeps three digits over twelve orders of magnitude, and counts what is over an hour as an hour", () => {
    const latencies = new Latencies();
    for (const ms of [0.000_5, 0.001, 0.5, 1, 1000, 60_000, 5_000_000]) latencies.record(ms);
    expect(latencies.clamped).toBe(1);
    expect(latencies.quantile(0.5) / 1).toBeCloseTo(1, 2);
    expect(latencies.summary().max / 3_600_000).toBeCloseTo(1, 2);
    const both = new Latencies();
    both.add(latencies);
    both.add(latencies);
    expect(both.summary().count).toBe(14);
    expect(both.quantile(0.5)).toBe(latencies.quantile(0.5));
  });
});
