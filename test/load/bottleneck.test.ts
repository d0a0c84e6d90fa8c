import { describe, expect, it } from "vitest";
import { bottleneckOf, type MachineSignals } from "../../src/load/driver/client-signals.js";
import type { DrivenRun } from "../../src/load/driver/drive.js";
import { Tally } from "../../src/load/driver/tally.js";

const calm: MachineSignals = { clientCpuS: 3, serverCpuS: 4, throttledShare: 0, stealShare: 0, elapsedS: 10 };

/** A run of 10 s whose sends were late and whose calls took so long, in milliseconds. */
function runOf({ lag = 0.01, latency = 1, busyShare = 0.3, achieved = 1000 }): DrivenRun {
  const tally = new Tally();
  for (let call = 0; call < 1000; call++) {
    tally.lag.record(lag);
    tally.answered(latency, 0, 0);
  }
  return {
    tally,
    elapsedMs: 10_000,
    achieved,
    keptShare: 1,
    meanInFlight: 1,
    busyShare,
    mostWaiting: 0,
    wasStopped: false,
  };
}

describe("bottleneckOf()", () => {
  it.each([
    ["a control group", runOf({}), { throttledShare: 0.5 }, "client"],
    ["a processor that others have", runOf({ busyShare: 0.95 }), { clientCpuS: 1 }, "client"],
    ["a full thread", runOf({ busyShare: 0.95 }), { clientCpuS: 9.5 }, "client"],
    ["late sends", runOf({ lag: 5, latency: 20 }), {}, "client"],
    ["what health checks come to", runOf({ achieved: 9500 }), {}, "client"],
    ["a full server", runOf({ latency: 50 }), { serverCpuS: 9 }, "server"],
    ["a server that nobody can look at", runOf({ latency: 50 }), { serverCpuS: undefined }, "unknown"],
    ["nothing", runOf({}), {}, "unknown"],
  ] as const)("names who is held back by %s", (_, run, seen, want) => {
    expect(bottleneckOf(run, { ...calm, ...seen }, false, { rate: 3000, busyShare: 0.3 }).bottleneck).toBe(want);
  });

  it("takes deciding on the own thread for the server", () => {
    const run = runOf({ busyShare: 0.97 });
    expect(bottleneckOf(run, { ...calm, clientCpuS: 9.7 }, true, undefined).bottleneck).toBe("server");
    expect(bottleneckOf(run, { ...calm, clientCpuS: 1 }, true, undefined).bottleneck).toBe("client");
  });
});
