/**
 * Who holds the rate back: this process, the server, or nobody knows. Out of signals that cost nothing: delay of sends, how busy this thread
 * was, processor time that others took away, the processor time of a server on the same machine, and calls that decide nothing.
 */
import { readFileSync } from "node:fs";
import type { DrivenRun } from "./drive.js";

/** Who holds the rate back. */
export type Bottleneck = "client" | "server" | "unknown";

/** What was seen beside the calls of a run. */
export interface MachineSignals {
  /** Processor seconds of this process. */
  readonly clientCpuS: number;
  /** Of the server's busiest thread, where it runs on this machine and may be looked at. */
  readonly serverCpuS: number | undefined;
  /** The share of the time in which a control group kept this process from running. */
  readonly throttledShare: number;
  /** The share of the machine's time that a hypervisor took. */
  readonly stealShare: number;
  readonly elapsedS: number;
}

/** What this process and the way to a server can do: calls that decide nothing, as many as go. */
export interface Calibration {
  /** Calls a second. */
  readonly rate: number;
  /** How busy this thread was meanwhile. */
  readonly busyShare: number;
}

/** What somebody may read of the bottleneck. */
export interface BottleneckAnswer {
  readonly bottleneck: Bottleneck;
  /** In words. */
  readonly why: string;
}

const busy = 0.9;
const lagShare = 0.1;
/** Delays below are those of any event loop. */
const leastLagMs = 0.2;
const fewThrottled = 0.02;

/** Answers for one run. `isAtOnce`: deciding and sending share this thread. */
export function bottleneckOf(
  run: DrivenRun,
  signals: MachineSignals,
  isAtOnce: boolean,
  calibration: Calibration | undefined,
): BottleneckAnswer {
  const { tally, busyShare } = run;
  const client = (why: string): BottleneckAnswer => ({ bottleneck: "client", why });
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  if (signals.throttledShare > fewThrottled)
    return client(`a control group kept this process from running for ${percent(signals.throttledShare)} of the time`);
  const cpuShare = signals.clientCpuS / Math.max(signals.elapsedS, 1e-9);
  if (busyShare > 0.5 && cpuShare < 0.7 * busyShare)
    return client(
      `this thread had work for ${percent(busyShare)} of the time and got ${percent(cpuShare)} of a processor`,
    );
  if (isAtOnce) {
    return busyShare > busy
      ? { bottleneck: "server", why: `deciding keeps this thread busy for ${percent(busyShare)} of the time` }
      : { bottleneck: "unknown", why: "nothing is full" };
  }
  if (busyShare > busy) return client(`this thread was busy for ${percent(busyShare)} of the time`);
  const lag = tally.lag.quantile(0.99);
  const p99 = tally.latency.quantile(0.99);
  if (lag > leastLagMs && lag > lagShare * p99)
    return client(`sends were ${lag.toFixed(2)} ms late (p99), of ${p99.toFixed(2)} ms in all`);
  if (calibration !== undefined) {
    const ceiling = calibration.rate / Math.max(calibration.busyShare, 0.05);
    if (run.achieved * 1.1 > ceiling)
      return client(`calls that decide nothing come to no more than ${Math.round(ceiling)} a second here`);
  }
  const { serverCpuS } = signals;
  if (serverCpuS === undefined) return { bottleneck: "unknown", why: "the server's processor time is not known" };
  const share = serverCpuS / Math.max(signals.elapsedS, 1e-9);
  return share > 0.8
    ? { bottleneck: "server", why: `the server's main thread was busy for ${percent(share)} of the time` }
    : {
        bottleneck: "unknown",
        why: `neither is full: this thread ${percent(busyShare)}, the server ${percent(share)}`,
      };
}

/** Looks at the machine until it is asked. `server`: gives the processor seconds of the server so far. */
export function watchMachine(server: () => number | undefined): () => MachineSignals {
  const startMs = performance.now();
  const cpu = process.cpuUsage();
  const throttled = throttledS();
  const machine = stealTicks();
  const serverBefore = server();
  return () => {
    const elapsedS = (performance.now() - startMs) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const after = stealTicks();
    const serverAfter = server();
    const ticks = after.total - machine.total;
    return {
      clientCpuS: (user + system) / 1e6,
      serverCpuS: serverBefore === undefined || serverAfter === undefined ? undefined : serverAfter - serverBefore,
      throttledShare: Math.max(0, throttledS() - throttled) / Math.max(elapsedS, 1e-9),
      stealShare: ticks <= 0 ? 0 : (after.steal - machine.steal) / ticks,
      elapsedS,
    };
  };
}

/** Seconds that the control group was not let run. */
function throttledS(): number {
  for (const [file, name, unit] of [
    ["/sys/fs/cgroup/cpu.stat", "throttled_usec", 1e6],
    ["/sys/fs/cgroup/cpu/cpu.stat", "throttled_time", 1e9],
  ] as const) {
    const found = new RegExp(`^${name} (\\d+)$`, "m").exec(textOf(file));
    if (found !== null) return Number(found[1]) / unit;
  }
  return 0;
}

function stealTicks(): { readonly steal: number; readonly total: number } {
  const numbers = (/^cpu +(.*)$/m.exec(textOf("/proc/stat"))?.[1] ?? "").split(/ +/).map(Number);
  return { steal: numbers[7] ?? 0, total: numbers.reduce((sum, one) => sum + (one || 0), 0) };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
