/** A percentile distribution as HdrHistogram's tools write and draw it, in milliseconds. */
import type { MeasuredRun } from "../measure/measure-run.js";

/** The text of a `.hgrm` file. */
export function hgrmText({ run }: MeasuredRun): string {
  return `${run.tally.latency.whole.outputPercentileDistribution(5, 1e6).trimEnd()}\n`;
}
