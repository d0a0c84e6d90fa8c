/** What a run says against itself. */
import { describe, expect, it } from "vitest";
import { driftingQuarters } from "../../src/load/measure/measure-run.js";

describe("driftingQuarters()", () => {
  const seconds = (...p50s: readonly number[]) =>
    p50s.map((p50, second) => ({ second, count: 1000, errors: 0, p50, p99: p50, max: p50 }));

  it("tells the quarters that differ", () => {
    expect(driftingQuarters(seconds(2, 1, 1, 1), 4000)).toEqual([2, 1]);
    expect(driftingQuarters(seconds(1, 1, 1, 1.3), 4000)).toEqual([1, 1.3]);
    expect(driftingQuarters(seconds(1, 1, 1, 1.2), 4000)).toBeUndefined();
  });

  it("passes over the second in which the last answers come", () => {
    expect(driftingQuarters(seconds(1, 1, 1, 1, 2), 4000)).toBeUndefined();
  });

  it("knows no quarters of less than four seconds", () => {
    expect(driftingQuarters(seconds(1, 1, 2, 2), 3000)).toBeUndefined();
  });
});
