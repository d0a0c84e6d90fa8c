/** Runs what was planned: one run, or a sweep and a run at a part of what it found. */

import { arrivalsAt, recordedArrivals } from "../../load/driver/arrivals.js";
import type { Calibration } from "../../load/driver/client-signals.js";
import type { LoopModel } from "../../load/driver/drive.js";
import {
  GOOD_ERROR_SHARE,
  type MeasuredRun,
  type MeasureTerms,
  measuredTrial,
  measureRun,
} from "../../load/measure/measure-run.js";
import { settledRate } from "../../load/measure/settled-rate.js";
import { liveLine, trialLine } from "../../load/output/load-table.js";
import { type SweepResult, sweep } from "../../load/sweep/sweep.js";
import type { Traffic } from "../../load/traffic/traffic.js";
import { showProgress } from "../../terminal/progress.js";
import type { LoadPlan } from "./load-plan.js";
import type { OpenedTarget } from "./open-target.js";

/** What was found. */
export interface FoundLoad {
  readonly measured: MeasuredRun;
  readonly loop: LoopModel;
  readonly sweep: SweepResult | undefined;
  readonly remarks: readonly string[];
}

/** Of calls that are decided at once the clock is read around one of so many: it costs as much as a tenth of a decision or more. */
const clockEvery = 32;
const reportedShare = 0.85;
const pauseMs = 100;

/** Runs it; undefined if it was stopped before anything was measured. */
export async function measurePlan(
  opened: OpenedTarget,
  traffic: Traffic,
  plan: LoadPlan,
  signal: AbortSignal,
  seed: string,
): Promise<FoundLoad | undefined> {
  const { target, serverTime, serverMetrics } = opened;
  const { mode, arrivals, mostInFlight, durationMs = 10_000, warmUpMs, drainMs } = plan;
  const progress = showProgress();
  const remarks: string[] = [];
  const calibration: Calibration | undefined = plan.isRemote ? await opened.calibrate(signal) : undefined;
  if (signal.aborted) return undefined;
  const isFast = target.isAtOnce && target.questionsPerCall === 1;
  const base: Omit<MeasureTerms, "loop" | "durationMs" | "warmUpMs"> = {
    drainMs,
    signal,
    clockEvery: isFast && mode.kind === "closed" ? clockEvery : 1,
    calibration,
    serverTime,
    serverMetrics,
    onSecond: ({ count, p50, p99, errors }, lag) => progress.tell(liveLine({ count, p50, p99, errors, lag }, "load")),
  };
  if (isFast && mode.kind === "closed")
    remarks.push(`latencies are those of one call in ${clockEvery}; the rate counts all`);
  const open = (rate: number): LoopModel => ({
    kind: "open",
    arrivals: arrivalsAt(arrivals, rate, seed),
    mostInFlight,
  });
  try {
    if (mode.kind !== "sweep") {
      const loop: LoopModel =
        mode.kind === "closed"
          ? { kind: "closed", callers: target.isAtOnce ? 1 : mode.callers }
          : mode.kind === "rate"
            ? open(mode.rate)
            : { kind: "open", arrivals: recordedArrivals(traffic.dueMs ?? new Float64Array()), mostInFlight };
      if (mode.kind === "closed" && target.isAtOnce && mode.callers > 1)
        remarks.push("deciding on this thread has one caller: --workers has threads");
      const whole = (traffic.dueMs?.at(-1) ?? 0) + 1;
      const measuredMs = plan.durationMs ?? whole;
      const measured = await measureRun(target, { ...base, loop, durationMs: measuredMs, warmUpMs });
      return isStoppedBefore(measured) ? undefined : { measured, loop, sweep: undefined, remarks };
    }
    return await sweepAndMeasure(opened, { ...plan, durationMs }, base, mode.p99Ms, open, remarks);
  } finally {
    progress.end();
  }
}

async function sweepAndMeasure(
  { target }: OpenedTarget,
  { durationMs, warmUpMs }: LoadPlan & { readonly durationMs: number },
  base: Omit<MeasureTerms, "loop" | "durationMs" | "warmUpMs">,
  p99Ms: number,
  open: (rate: number) => LoopModel,
  remarks: string[],
): Promise<FoundLoad | undefined> {
  const { signal } = base;
  const progress = showProgress();
  const { onSecond: _, serverMetrics: __, ...quiet } = base;
  const probed = await settledRate(target, { ...quiet, warmUpMs });
  let last: { readonly measured: MeasuredRun; readonly loop: LoopModel } | undefined;
  const found = await sweep({
    goal: { p99Ms, errorShare: GOOD_ERROR_SHARE },
    startRate: Math.max(1, probed / 8),
    trialMs: durationMs,
    trial: async (rate, ms) => {
      const loop = open(rate);
      const measured = await measureRun(target, { ...quiet, loop, durationMs: ms, warmUpMs: 0 });
      last = { measured, loop };
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      return measuredTrial(rate, measured);
    },
    onTrial: (trial) => progress.tell(trialLine(trial)),
    isStopped: () => signal.aborted,
  });
  progress.end();
  const disturbed = found.trials.filter((trial) => trial.disturbed).length;
  if (disturbed > 0)
    remarks.push(
      `others took processor time that this process or the server waited for, in ${disturbed} of ${found.trials.length} trials: on a quiet machine more may hold`,
    );
  if (found.capacity > 0 && !signal.aborted) {
    const loop = open(found.capacity * reportedShare);
    const measured = await measureRun(target, { ...base, loop, durationMs, warmUpMs: 0 });
    return { measured, loop, sweep: found, remarks };
  }
  return last === undefined || isStoppedBefore(last.measured) ? undefined : { ...last, sweep: found, remarks };
}

/** Whether somebody stopped a run before its first call, as in its warm-up. */
function isStoppedBefore({ run }: MeasuredRun): boolean {
  return run.wasStopped && run.tally.due === 0;
}
