/** What a load test found, as programs read it: names as ghz has them where they mean the same. */
import { cpus } from "node:os";
import type { Arrivals } from "../driver/arrivals.js";
import type { Bottleneck } from "../driver/client-signals.js";
import type { Latencies, LatencySummary } from "../driver/latencies.js";
import type { ServerFigures } from "../driver/server-metrics.js";
import type { Second } from "../driver/tally.js";
import type { DecisionCounts } from "../driver/target.js";
import type { SweepResult } from "../sweep/sweep.js";
import { hitBy, type Mix, type Traffic } from "../traffic/traffic.js";
import type { MeasuredRun } from "./measure-run.js";

/** A statement that the traffic does not reach. */
export interface UnreachableLine {
  readonly policy: string;
  readonly sid?: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** No request reaches it; else nobody knows. */
  readonly proved: boolean;
  readonly why: string;
}

/** The whole. Times are milliseconds but for the members that ghz has, which are nanoseconds as there. */
export interface LoadReport {
  readonly loopModel: "open" | "closed";
  /** Of an open loop: how gaps come about. */
  readonly arrivals?: string;
  /** Of a closed loop: callers who each wait for their answer. */
  readonly callers?: number;
  readonly form: string;
  readonly target: string;
  readonly questionsPerCall: number;
  /** Asked for, in calls a second; absent in a closed loop. */
  readonly rate?: number;
  readonly achieved: number;
  readonly decisionsPerSecond: number;
  readonly durationS: number;
  readonly count: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly skipped: number;
  readonly unfinished: number;
  readonly latencyMs: LatencySummary;
  readonly serviceMs: LatencySummary;
  readonly lagMs: LatencySummary;
  readonly meanInFlight: number;
  readonly bottleneck: Bottleneck;
  readonly why: string;
  /** Processor seconds of this process and of the server's main thread, and how long both main threads waited for a processor. */
  readonly cpu: {
    readonly clientS: number;
    readonly clientWaitS: number | null;
    readonly serverS: number | null;
    readonly serverWaitS: number | null;
  };
  /** What the server's own metrics say of the time. */
  readonly server?: ServerFigures;
  readonly decisions: DecisionCounts;
  readonly mix: Mix;
  readonly coverage?: {
    readonly statements: number;
    readonly hit: number;
    readonly unreachable: readonly UnreachableLine[];
  };
  readonly sweep?: SweepResult;
  readonly timeline: readonly Second[];
  readonly policySet: { readonly digest: string };
  readonly machine: { readonly cores: number; readonly model: string; readonly node: string };
  readonly version: string;
  readonly seed: string;
  readonly date: string;
  readonly remarks: readonly string[];
  readonly total: number;
  readonly average: number;
  readonly fastest: number;
  readonly slowest: number;
  readonly rps: number;
  readonly errorDistribution: Readonly<Record<string, number>>;
  readonly statusCodeDistribution: Readonly<Record<string, number>>;
  readonly latencyDistribution: readonly { readonly percentage: number; readonly latency: number }[];
  readonly histogram: readonly { readonly mark: number; readonly count: number; readonly frequency: number }[];
}

/** What a report is about beside its figures. */
export interface ReportTerms {
  readonly form: string;
  readonly target: string;
  readonly questionsPerCall: number;
  readonly loop: { readonly arrivals: Arrivals } | { readonly callers: number };
  readonly traffic: Traffic;
  readonly digest: string;
  readonly version: string;
  readonly seed: string;
  readonly date: string;
  readonly remarks: readonly string[];
  readonly sweep?: SweepResult;
}

const percentages = [10, 25, 50, 75, 90, 95, 99, 99.9] as const;

/** Puts it together. */
export function loadReport(measured: MeasuredRun, terms: ReportTerms): LoadReport {
  const { run, signals, decisions, bottleneck, why } = measured;
  const { tally, achieved, elapsedMs } = run;
  const latency = tally.latency.summary();
  const errors = Object.fromEntries([...tally.errors].sort());
  const ns = (ms: number): number => Math.round(ms * 1e6);
  const { loop, traffic, sweep } = terms;
  const { coverage } = traffic;
  return {
    ...("arrivals" in loop
      ? { loopModel: "open", arrivals: loop.arrivals.name, rate: loop.arrivals.rate }
      : { loopModel: "closed", callers: loop.callers }),
    form: terms.form,
    target: terms.target,
    questionsPerCall: terms.questionsPerCall,
    achieved,
    decisionsPerSecond: achieved * terms.questionsPerCall,
    durationS: elapsedMs / 1000,
    count: tally.good + tally.errorCount,
    errors,
    skipped: tally.skipped,
    unfinished: tally.unfinished,
    latencyMs: latency,
    serviceMs: tally.service.summary(),
    lagMs: tally.lag.summary(),
    meanInFlight: run.meanInFlight,
    bottleneck: sweep?.bottleneck ?? bottleneck,
    why: sweep?.why ?? why,
    cpu: {
      clientS: signals.clientCpuS,
      clientWaitS: signals.clientWaitS ?? null,
      serverS: signals.serverCpuS ?? null,
      serverWaitS: signals.serverWaitS ?? null,
    },
    ...(measured.server === undefined ? {} : { server: measured.server }),
    decisions,
    mix: traffic.mix,
    ...(coverage === undefined
      ? {}
      : {
          coverage: {
            statements: coverage.statements,
            hit: hitBy(coverage, tally.sent * terms.questionsPerCall),
            unreachable: coverage.unreachable.map(({ statement, proved, why: cause }) => {
              const { policy, sid, file, line, column } = statement;
              return { policy, ...(sid === undefined ? {} : { sid }), file, line, column, proved, why: cause };
            }),
          },
        }),
    ...(sweep === undefined ? {} : { sweep }),
    timeline: tally.timeline,
    policySet: { digest: terms.digest },
    machine: { cores: cpus().length, model: cpus()[0]?.model ?? "", node: process.version },
    version: terms.version,
    seed: terms.seed,
    date: terms.date,
    remarks: [...traffic.remarks, ...terms.remarks, ...measured.remarks],
    total: ns(elapsedMs),
    average: ns(latency.mean),
    fastest: ns(latency.min),
    slowest: ns(latency.max),
    rps: achieved,
    errorDistribution: errors,
    statusCodeDistribution: { OK: tally.good, ...errors },
    latencyDistribution: percentages.map((percentage) => ({
      percentage,
      latency: ns(tally.latency.quantile(percentage / 100)),
    })),
    histogram: histogramOf(measured),
  };
}

const bars = 11;

/** Bars of equal width from the fastest to the slowest, as ghz draws them; marks are milliseconds. */
function histogramOf({ run }: MeasuredRun): LoadReport["histogram"] {
  const { latency } = run.tally;
  const { count, min, max } = latency.summary();
  if (count === 0) return [];
  const marks = Array.from({ length: bars }, (_, index) => min + ((max - min) * index) / (bars - 1));
  const below = marks.map((mark, index) => (index === bars - 1 ? 1 : shareUpTo(latency, mark)));
  return marks.map((mark, index) => {
    const frequency = Math.max(0, (below[index] ?? 0) - (below[index - 1] ?? 0));
    return { mark, count: Math.round(frequency * count), frequency };
  });
}

/** The share of latencies up to a mark. */
function shareUpTo(latency: Latencies, ms: number): number {
  let [low, high] = [0, 1];
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (latency.quantile(middle) <= ms * 1.0005) low = middle;
    else high = middle;
  }
  return low;
}
