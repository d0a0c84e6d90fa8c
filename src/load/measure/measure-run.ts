/** One measured run: warm-up first, which counts for nothing, then the run with all that was seen beside it. */
import { type Bottleneck, bottleneckOf, type Calibration, isDisturbed } from "../driver/client-signals.js";
import { realClock } from "../driver/clock.js";
import { type DrivenRun, drive, type LoopModel } from "../driver/drive.js";
import { type MachineSignals, type ThreadTime, watchMachine } from "../driver/machine-signals.js";
import { figuresBetween, type MetricsSnapshot, type ServerFigures } from "../driver/server-metrics.js";
import type { Second } from "../driver/tally.js";
import { type DecisionCounts, type LoadTarget, noDecisions } from "../driver/target.js";
import type { Measured } from "../sweep/sweep.js";

/** What a run is made with. */
export interface MeasureTerms {
  readonly loop: LoopModel;
  readonly durationMs: number;
  readonly warmUpMs: number;
  readonly drainMs: number;
  readonly signal: AbortSignal;
  readonly clockEvery: number;
  readonly calibration: Calibration | undefined;
  /** What the server's main thread had so far. */
  readonly serverTime: () => ThreadTime | undefined;
  /** What the server says of itself so far. */
  readonly serverMetrics?: (() => Promise<MetricsSnapshot>) | undefined;
  readonly onSecond?: (second: Second, lagP99: number) => void;
}

/** What came of it. */
export interface MeasuredRun {
  readonly run: DrivenRun;
  readonly signals: MachineSignals;
  readonly decisions: DecisionCounts;
  readonly bottleneck: Bottleneck;
  readonly why: string;
  /** What the server says of the run. */
  readonly server: ServerFigures | undefined;
  readonly remarks: readonly string[];
}

/** Measures. */
export async function measureRun(target: LoadTarget, terms: MeasureTerms): Promise<MeasuredRun> {
  const { loop, durationMs, warmUpMs, drainMs, signal, clockEvery, calibration, serverTime, serverMetrics, onSecond } =
    terms;
  if (warmUpMs > 0 && !signal.aborted) {
    const firstMessage = Math.floor(target.messages / 2);
    await drive(target, realClock, { loop, durationMs: warmUpMs, drainMs, signal, clockEvery, firstMessage });
  }
  Object.assign(target.decisions, noDecisions());
  const metricsBefore = await serverMetrics?.();
  const seen = watchMachine(serverTime);
  const heard = onSecond === undefined ? {} : { onSecond };
  const run = await drive(target, realClock, { loop, durationMs, drainMs, signal, clockEvery, ...heard });
  const signals = seen();
  let metricsAfter: MetricsSnapshot | undefined;
  const lost: string[] = [];
  try {
    metricsAfter = await serverMetrics?.();
  } catch (error: unknown) {
    // A server that is gone leaves what was measured until then.
    lost.push(`the server's own figures are missing: ${error instanceof Error ? error.message : String(error)}`);
  }
  const server = metricsBefore && metricsAfter && figuresBetween(metricsBefore, metricsAfter);
  const { bottleneck, why } = bottleneckOf(run, signals, target.isAtOnce, calibration);
  return {
    run,
    signals,
    decisions: { ...target.decisions },
    bottleneck,
    why,
    server,
    remarks: [...remarksOf(run, signals, loop, durationMs), ...lost],
  };
}

/** What a sweep wants to know of it. */
export function measuredTrial(rate: number, { run, signals, bottleneck, why }: MeasuredRun): Measured {
  const { tally, achieved, elapsedMs, keptShare } = run;
  const { p50, p99, p999 } = tally.latency.summary();
  return {
    rate,
    achieved,
    durationS: elapsedMs / 1000,
    p50,
    p99,
    p999,
    errors: tally.errorCount,
    skipped: tally.skipped,
    unfinished: tally.unfinished,
    keptShare,
    errorShare: tally.due === 0 ? 0 : tally.errorCount / tally.due,
    disturbed: isDisturbed(signals),
    bottleneck,
    why,
  };
}

const drift = 1.25;
const muchSteal = 0.02;
/** More failures than that are no good run. */
export const GOOD_ERROR_SHARE = 0.001;

/** What makes figures doubtful. */
function remarksOf(
  { tally, keptShare }: DrivenRun,
  { stealShare }: MachineSignals,
  loop: LoopModel,
  durationMs: number,
): readonly string[] {
  const remarks: string[] = [];
  if (tally.due === 0) remarks.push("no call was due: nothing was measured");
  const failed = tally.errorCount / Math.max(1, tally.due);
  if (failed > GOOD_ERROR_SHARE)
    remarks.push(`${(failed * 100).toFixed(1)} % of the calls failed: rates count them, latencies do not`);
  const quarters = driftingQuarters(tally.timeline, durationMs);
  if (quarters !== undefined)
    remarks.push(
      `the first and the last quarter differ (p50 ${quarters.map((p50) => p50.toFixed(3)).join(" and ")} ms): a longer --warm-up, or a quieter machine`,
    );
  if (loop.kind === "open" && keptShare < 0.99)
    remarks.push(`the rate was not reached (${(keptShare * 100).toFixed(1)} % of the calls): no result at that rate`);
  if (stealShare > muchSteal)
    remarks.push(`a hypervisor took ${(stealShare * 100).toFixed(1)} % of the machine's time`);
  if (tally.latency.clamped > 0) remarks.push(`${tally.latency.clamped} latencies over an hour count as an hour`);
  return remarks;
}

/** The p50 of the first and the last quarter of a run where they differ. The last calls end after it, in a second of their own that says nothing. */
export function driftingQuarters(
  timeline: readonly Second[],
  durationMs: number,
): readonly [first: number, last: number] | undefined {
  const whole = timeline.filter(({ second }) => (second + 1) * 1000 <= durationMs);
  const quarter = Math.floor(whole.length / 4);
  if (quarter === 0) return undefined;
  const [first, last] = [meanP50(whole.slice(0, quarter)), meanP50(whole.slice(-quarter))];
  return first > last * drift || last > first * drift ? [first, last] : undefined;
}

function meanP50(seconds: readonly Second[]): number {
  const count = seconds.reduce((sum, one) => sum + one.count, 0);
  return count === 0 ? 0 : seconds.reduce((sum, one) => sum + one.p50 * one.count, 0) / count;
}
