/** The pictures of a load test: latency by percentile, second by second, trials by their rate. */
import { axis, drawChart, ink } from "../../report/chart.js";
import { html, type Markup } from "../../report/markup.js";
import type { LoadReport } from "../measure/load-report.js";
import { time } from "./load-table.js";

type Sweep = NonNullable<LoadReport["sweep"]>;

const size = { width: 720, height: 260 } as const;
const grid = { left: 80, right: 70, top: 16, bottom: 30 } as const;
/** Latencies are never nothing, and a logarithm wants that said. */
const least = 1e-4;

/** Percentiles on a scale on which each mark is ten times rarer. */
export function percentileChart(percentiles: readonly (readonly [share: number, ms: number])[]): Markup {
  const points = percentiles
    .filter(([share]) => share < 1)
    .map(([share, ms]) => [1 / (1 - share), Math.max(ms, least)]);
  const share = (rarity: number): string => `${Number((100 * (1 - 1 / rarity)).toPrecision(7))} %`;
  return drawn({
    label: "Latency by percentile",
    xAxis: {
      type: "log",
      min: 1,
      max: Math.max(10, ...points.map(([rarity = 1]) => rarity)),
      ...axis,
      splitLine: { show: false },
      axisLabel: { ...axis.axisLabel, formatter: share, showMaxLabel: false },
    },
    yAxis: timeAxis(points.map(([, ms = least]) => ms)),
    series: [line(points, "solid")],
  });
}

/** p99, and p50 dashed, of each second. */
export function timeChart(timeline: LoadReport["timeline"]): Markup {
  const most = Math.max(...timeline.map(({ p99 }) => p99), least);
  return drawn({
    label: "p50 and p99 by second",
    xAxis: {
      type: "value",
      min: 0,
      minInterval: 1,
      ...axis,
      splitLine: { show: false },
      axisLabel: { ...axis.axisLabel, formatter: "{value} s" },
    },
    yAxis: {
      type: "value",
      min: 0,
      ...(most === least ? { max: 1 } : {}),
      ...axis,
      axisLabel: { ...axis.axisLabel, formatter: time },
    },
    series: [
      {
        ...line(
          timeline.map(({ second, p99 }) => [second, p99]),
          "solid",
        ),
        ...named("p99"),
      },
      {
        ...line(
          timeline.map(({ second, p50 }) => [second, p50]),
          "dashed",
        ),
        ...named("p50"),
      },
    ],
  });
}

/** The trials: dots hold, crosses fail, the line across is the goal. */
export function sweepChart({ goal, trials }: Sweep): Markup {
  const answered = trials.filter(({ achieved }) => achieved > 0).map(({ p99 }) => Math.max(p99, least));
  const times = [...answered, goal.p99Ms];
  // Where nothing was answered there is no time, and none is later.
  const latest = Math.max(...times) * 1.5;
  const points = trials.map(({ rate, p99, achieved, passed }) => ({
    value: [Math.max(rate, least), achieved === 0 ? latest : Math.max(p99, least)],
    symbol: passed ? "circle" : "path://M0 0L6 6M0 6L6 0",
    symbolSize: passed ? 7 : 9,
    itemStyle: passed ? { color: ink.text } : { color: "none", borderColor: ink.text, borderWidth: 2 },
  }));
  const rates = trials.map(({ rate }) => Math.max(rate, least));
  const [lowest, highest] = [Math.min(...rates) / 1.2, Math.max(...rates) * 1.2];
  return drawn({
    label: "p99 of each trial by its rate",
    xAxis: {
      type: "log",
      min: lowest,
      max: highest,
      ...axis,
      splitLine: { show: false },
      axisLabel: { ...axis.axisLabel, formatter: perSecond, customValues: marks(rates) },
      axisTick: { ...axis.axisTick, customValues: marks(rates) },
    },
    yAxis: timeAxis([...times, latest]),
    series: [
      {
        type: "scatter",
        clip: false,
        silent: true,
        data: points,
      },
      {
        ...line(
          [
            [lowest, goal.p99Ms],
            [highest, goal.p99Ms],
          ],
          "dashed",
        ),
        ...named(time(goal.p99Ms)),
      },
    ],
    titleOf: (series, place) => {
      const trial = series > 0 ? undefined : trials[place];
      if (trial === undefined) return undefined;
      const { rate, p99, achieved, passed } = trial;
      return `${perSecond(rate)}: ${achieved === 0 ? "no answer" : `p99 ${time(p99)}`}, ${passed ? "holds" : "fails"}`;
    },
  });
}

interface Drawn {
  readonly label: string;
  readonly xAxis: object;
  readonly yAxis: object;
  readonly series: readonly object[];
  readonly titleOf?: (series: number, place: number) => string | undefined;
}

function drawn({ label, xAxis, yAxis, series, titleOf }: Drawn): Markup {
  const markOf = (series: number, place: number): { readonly title: string } | undefined => {
    const title = titleOf?.(series, place);
    return title === undefined ? undefined : { title };
  };
  const picture = drawChart({ label, ...size, option: { grid, xAxis, yAxis, series }, markOf });
  return html`<div class="drawn" tabindex="0" role="region" aria-label="${label}">${picture}</div>`;
}

function line(data: readonly (readonly number[])[], type: "solid" | "dashed"): object {
  return {
    type: "line",
    clip: false,
    silent: true,
    // A line of one point is not seen.
    showSymbol: data.length === 1,
    symbol: "circle",
    symbolSize: 6,
    itemStyle: { color: ink.text },
    lineStyle: { color: ink.text, width: 2, type },
    data,
  };
}

/** A name at the end of a line. */
function named(formatter: string): object {
  return {
    labelLayout: { moveOverlap: "shiftY" },
    endLabel: { show: true, formatter, color: ink.text, fontSize: 12, textBorderWidth: 0 },
  };
}

/** Times on a logarithmic scale, with marks also where they are less than ten times apart. */
function timeAxis(times: readonly number[]): object {
  const values = marks(times);
  return {
    type: "log",
    min: Math.min(...times) / 1.3,
    max: Math.max(...times) * 1.2,
    ...axis,
    axisLabel: { ...axis.axisLabel, formatter: time, customValues: values },
    axisTick: { ...axis.axisTick, customValues: values },
    splitLine: { show: false },
  };
}

/** Round numbers, where there is room for them: 1, 2 and 5 times powers of ten, or fewer. */
function marks(values: readonly number[]): readonly number[] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const decades = Math.log10(high / low);
  const steps = decades > 3 ? [1] : [1, 2, 5];
  const found: number[] = [];
  for (let power = Math.floor(Math.log10(low)) - 1; power <= Math.ceil(Math.log10(high)); power++)
    for (const step of steps) {
      const mark = Number(`${step}e${power}`);
      if (mark >= low / 1.2 && mark <= high * 1.2) found.push(mark);
    }
  return found.length >= 2 ? found : low === high ? [low] : [low, high];
}

function perSecond(rate: number): string {
  return `${rate >= 100 || Number.isInteger(rate) ? Math.round(rate).toLocaleString("en-US") : rate.toPrecision(3)}/s`;
}
