import { describe, expect, it } from "vitest";
import { bottleneckOf, isDisturbed } from "../../src/load/driver/client-signals.js";
import type { DrivenRun } from "../../src/load/driver/drive.js";
import { type MachineSignals, throttledFiles } from "../../src/load/driver/machine-signals.js";
import { Tally } from "../../src/load/driver/tally.js";

const calm: MachineSignals = {
  clientCpuS: 3,
  clientWaitS: 0.1,
  serverCpuS: 4,
  serverWaitS: 0.1,
  throttledShare: 0,
  stealShare: 0,
  othersCpus: 0,
  elapsedS: 10,
};

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
    ["a control group, with a full server", runOf({}), { throttledShare: 0.5, serverCpuS: 9.5 }, "client"],
    ["a processor that others have", runOf({ busyShare: 0.95 }), { clientCpuS: 1 }, "client"],
    ["a full thread", runOf({ busyShare: 0.95 }), { clientCpuS: 9.5 }, "client"],
    ["late sends", runOf({ lag: 5, latency: 20 }), {}, "client"],
    ["what health checks come to", runOf({ achieved: 9500 }), {}, "client"],
    ["a full server", runOf({ latency: 50 }), { serverCpuS: 9 }, "server"],
    ["a server that nobody can look at", runOf({ latency: 50 }), { serverCpuS: undefined }, "unknown"],
    ["nothing", runOf({}), {}, "unknown"],
    [
      "a processor shared with nine others",
      runOf({ lag: 40, latency: 90 }),
      { clientCpuS: 1, clientWaitS: 8.8 },
      "client",
    ],
    [
      "a server that has the processor of both",
      runOf({ lag: 6, latency: 40 }),
      { clientCpuS: 2, clientWaitS: 5, serverCpuS: 7, serverWaitS: 2.9 },
      "server",
    ],
    [
      "others who keep both from running",
      runOf({ lag: 20, latency: 138, busyShare: 0.2 }),
      { clientCpuS: 0.3, clientWaitS: 3, serverCpuS: 0.6, serverWaitS: 9.2 },
      "client",
    ],
    [
      "nine busy loops, whose server waits so long that being late looks small beside it",
      runOf({ lag: 90, latency: 1500, busyShare: 0.5 }),
      { clientCpuS: 0.9, clientWaitS: 5, serverCpuS: 0.9, serverWaitS: 9 },
      "client",
    ],
    [
      "others on the server's processor alone",
      runOf({ latency: 1500 }),
      { clientCpuS: 0.9, clientWaitS: 0.5, serverCpuS: 0.9, serverWaitS: 9 },
      "server",
    ],
    [
      "others on the processor of both",
      runOf({ lag: 40, latency: 90 }),
      { clientCpuS: 1, clientWaitS: 8, serverCpuS: 1, serverWaitS: 8.8 },
      "client",
    ],
    [
      "a client that takes the processor of both",
      runOf({ lag: 6, latency: 40, busyShare: 0.6 }),
      { clientCpuS: 5, clientWaitS: 4, serverCpuS: 4.9, serverWaitS: 5 },
      "client",
    ],
    [
      "callers who wait for a server that waits for a processor",
      runOf({ lag: 0, latency: 14, busyShare: 0.2 }),
      { clientCpuS: 1, clientWaitS: 1.7, serverCpuS: 3.7, serverWaitS: 6 },
      "server",
    ],
    ["a server that waits for its processor", runOf({ latency: 50 }), { serverCpuS: 2, serverWaitS: 7.5 }, "server"],
    ["waiting between sends that are in time", runOf({ latency: 50 }), { clientWaitS: 3, serverCpuS: 9 }, "server"],
    ["a system that does not tell who waits", runOf({ lag: 5, latency: 20 }), { clientWaitS: undefined }, "client"],
  ] as const)("names who is held back by %s", (_, run, seen, want) => {
    expect(bottleneckOf(run, { ...calm, ...seen }, false, { rate: 3000, busyShare: 0.3 }).bottleneck).toBe(want);
  });

  it("takes deciding on the own thread for the server", () => {
    const run = runOf({ busyShare: 0.97 });
    expect(bottleneckOf(run, { ...calm, clientCpuS: 9.7 }, true, undefined).bottleneck).toBe("server");
    expect(bottleneckOf(run, { ...calm, clientCpuS: 1 }, true, undefined).bottleneck).toBe("client");
  });
});

describe("isDisturbed()", () => {
  it.each([
    ["nobody", {}, false],
    ["others whom nobody waits for", { othersCpus: 1.5 }, false],
    ["its own threads", { clientWaitS: 3, serverWaitS: 3 }, false],
    ["others, whom the server waits for", { othersCpus: 0.3, serverWaitS: 1 }, true],
    ["others, whom this process waits for", { othersCpus: 0.3, clientWaitS: 1 }, true],
    ["a hypervisor", { stealShare: 0.1 }, true],
    ["what nobody can tell", { othersCpus: undefined, clientWaitS: undefined, serverWaitS: undefined }, false],
  ] as const)("says whether %s took what was waited for", (_, seen, want) => {
    expect(isDisturbed({ ...calm, ...seen })).toBe(want);
  });
});

describe("throttledFiles()", () => {
  it.each([
    ["version 2", "0::/user.slice/a\n", ["user.slice/a", "user.slice", ""].map((group) => ["", group])],
    [
      "version 1",
      "9:memory:/x\n1:cpu:/a\n0::/\n",
      [
        ["cpu", "a"],
        ["cpu", ""],
        ["", ""],
      ],
    ],
    [
      "version 1, joined",
      "4:cpu,cpuacct:/\n",
      [
        ["cpu", ""],
        ["cpu,cpuacct", ""],
      ],
    ],
    ["no groups", "", []],
  ] as const)("looks where control groups of %s count, from the own group up", (_, groups, want) => {
    const path = (parts: readonly string[]): string =>
      ["/sys/fs/cgroup", ...parts.filter((part) => part !== ""), "cpu.stat"].join("/");
    expect(throttledFiles(groups)).toEqual(want.map(path));
  });
});
