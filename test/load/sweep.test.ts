import { describe, expect, it } from "vitest";
import { type Measured, type SweepResult, sweep } from "../../src/load/sweep/sweep.js";

/** A server that holds a capacity; `noise` is added to each latency, trial by trial. */
function search(
  capacity: number,
  noise: (trial: number) => number = () => 0,
  startRate = 100,
  longCapacity = capacity,
  blames: "client" | "server" | "others" = "server",
): Promise<SweepResult> {
  let trials = 0;
  return sweep({
    goal: { p99Ms: 2, errorShare: 0.001 },
    startRate,
    trialMs: 10_000,
    trial: async (rate, durationMs): Promise<Measured> => {
      const isOver = rate > (durationMs < 10_000 ? capacity : longCapacity);
      const added = noise(trials++);
      const p99 = (isOver ? 50 : 1 / (1.5 - rate / capacity)) + added;
      return {
        rate,
        achieved: Math.min(rate, capacity),
        durationS: durationMs / 1000,
        p50: p99 / 3,
        p99,
        p999: p99 * 2,
        errors: 0,
        skipped: 0,
        unfinished: 0,
        keptShare: Math.min(1, capacity / rate),
        errorShare: 0,
        bottleneck: added > 0 && blames !== "others" ? blames : isOver ? "server" : "unknown",
        disturbed: added > 0 && blames === "others",
        why: isOver ? "full" : "nothing is full",
      };
    },
  });
}

describe("sweep()", () => {
  it.each([37, 5000, 123_456])("finds a capacity of %d within 2 %%, from below and from above", async (capacity) => {
    for (const startRate of [10, 1_000_000]) {
      const { capacity: found, isConfirmed, bottleneck } = await search(capacity, undefined, startRate);
      expect(found / capacity).toBeGreaterThan(0.98);
      expect(found / capacity).toBeLessThanOrEqual(1);
      expect(isConfirmed).toBe(true);
      expect(bottleneck).toBe("server");
    }
  });

  it("has long trials say what holds and what does not, and measures the curve at parts of the capacity", async () => {
    const { trials, at, capacity } = await search(5000);
    const long = trials.filter(({ stage }) => stage === "confirmation");
    expect(new Set(long.map(({ durationS }) => durationS))).toEqual(new Set([10]));
    const [held, failed] = [long.filter(({ passed }) => passed), long.filter(({ passed }) => !passed)];
    expect(held.filter(({ rate }) => rate === capacity)).toHaveLength(2);
    const least = Math.min(...failed.map(({ rate }) => rate));
    expect(failed.filter(({ rate }) => rate === least)).toHaveLength(2);
    expect(least / capacity).toBeLessThanOrEqual(1.03);
    expect(at.map(({ share, rate }) => [share, Math.round((rate / capacity) * 100)])).toEqual([
      [0.5, 50],
      [0.7, 70],
      [0.85, 85],
      [1, 100],
    ]);
  });

  it("takes a trial without an answer for none that holds", async () => {
    const silent: Measured = {
      rate: 1,
      achieved: 0,
      durationS: 1,
      p50: 0,
      p99: 0,
      p999: 0,
      errors: 0,
      skipped: 0,
      unfinished: 0,
      keptShare: 1,
      errorShare: 0,
      bottleneck: "client",
      disturbed: false,
      why: "late",
    };
    const terms = { goal: { p99Ms: 2, errorShare: 0.001 }, startRate: 8, trialMs: 1000 };
    const { capacity, trials } = await sweep({ ...terms, trial: async (rate) => ({ ...silent, rate }) });
    expect(capacity).toBe(0);
    expect(new Set(trials.map(({ reason }) => reason))).toEqual(new Set(["no answer"]));
  });

  it("makes trials again that failed while the client was held back, a few times a rate", async () => {
    // Four trials in ten, and three in a row.
    const noise = (trial: number): number => (trial % 10 < 3 || trial % 10 === 5 ? 100 : 0);
    const { capacity } = await search(5000, noise, 100, 5000, "client");
    expect(capacity / 5000).toBeGreaterThan(0.95);
    expect((await search(5000, noise)).capacity).toBeLessThan(capacity);
    const never = await search(5000, () => 100, 100, 5000, "client");
    expect([never.capacity, never.bottleneck]).toEqual([0, "client"]);
    expect(never.trials.length).toBeLessThan(50);
  });

  it("makes trials again that failed while others took the processors, as long as there is hope", async () => {
    const noise = (trial: number): number => (trial % 10 < 3 || trial % 10 === 5 ? 100 : 0);
    const { capacity } = await search(5000, noise, 100, 5000, "others");
    expect(capacity / 5000).toBeGreaterThan(0.95);
    expect((await search(5000, noise)).capacity).toBeLessThan(capacity);
    const never = await search(5000, () => 100, 100, 5000, "others");
    expect([never.capacity, never.trials.length < 50]).toEqual([0, true]);
  });

  it("ends where the client is late at whatever rate, and says so", async () => {
    const { capacity, isConfirmed, bottleneck, trials } = await search(5000, () => 30, 1000, 5000, "client");
    expect({ capacity, isConfirmed, bottleneck }).toEqual({ capacity: 0, isConfirmed: false, bottleneck: "client" });
    expect(Math.min(...trials.map(({ rate }) => rate))).toBe(125);
    // A client that does not even send in full is asked for less, since less is what it may hold.
    const overloaded = await search(40, (trial) => (trial < 40 ? 30 : 0), 1_000_000, 40, "client");
    expect(overloaded.capacity).toBeGreaterThan(38);
  });

  it("goes up again where a bad moment of the short trials left the bound too low", async () => {
    // Both chances of one rate of the bisection.
    const { capacity, trials } = await search(5000, (trial) => (trial === 8 || trial === 9 ? 100 : 0));
    expect(trials.slice(8, 10).map(({ stage, rate, passed }) => [stage, rate < 4900, passed])).toEqual([
      ["bisection", true, false],
      ["bisection", true, false],
    ]);
    expect(capacity / 5000).toBeGreaterThan(0.95);
  });

  it("goes down where the long trials do not hold, and does not stumble over one bad trial in three", async () => {
    const once = await search(5000, (trial) => (trial % 7 === 3 ? 100 : 0));
    expect(once.capacity / 5000).toBeGreaterThan(0.85);
    // What only long trials see is found all the same, in few of them.
    const longer = await search(5000, () => 0, 100, 1200);
    expect(longer.capacity / 1200).toBeGreaterThan(0.95);
    expect(longer.capacity).toBeLessThanOrEqual(1200);
    expect(longer.trials.filter(({ stage }) => stage === "confirmation").length).toBeLessThan(25);
    const never = await search(5000, () => 100);
    expect(never.capacity).toBe(0);
    expect(never.isConfirmed).toBe(false);
  });
});
