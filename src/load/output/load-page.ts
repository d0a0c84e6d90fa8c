/** A load test as one page for a person: it loads nothing, and says so to the browser. */
import { html, type Markup, type Piece } from "../../report/markup.js";
import { pageHead } from "../../report/page-head.js";
import { style } from "../../report/style.js";
import type { LatencySummary } from "../driver/latencies.js";
import type { LoadReport } from "../measure/load-report.js";
import { serverText, time } from "./load-table.js";
import { pageTable as table } from "./page-table.js";

/** What else stands on the page: parts of others, such as tables of costs. */
export interface PagePart {
  readonly title: string;
  readonly body: Markup;
}

const ownStyle = `
svg.chart{width:100%;min-width:30rem;max-width:46rem;height:auto;display:block;margin:.5rem 0}
.drawn{overflow-x:auto}
td code{word-break:normal;overflow-wrap:anywhere}
td.long{min-width:18rem}
svg.chart text{font-size:11px;fill:currentColor}
svg.chart .axis{stroke:currentColor;opacity:.35}
svg.chart .one{fill:none;stroke:currentColor;stroke-width:2}
svg.chart .two{fill:none;stroke:currentColor;stroke-width:2;stroke-dasharray:5 4}
svg.chart .dot{fill:currentColor}
svg.chart .cross{stroke:currentColor;stroke-width:2}
`;

/** The whole text. `percentiles`: pairs of a share and its latency in milliseconds. */
export function loadPage(
  report: LoadReport,
  percentiles: readonly (readonly [share: number, ms: number])[],
  parts: readonly PagePart[] = [],
): string {
  const css = `${style}${ownStyle}`;
  const { machine, version, policySet, seed, date, target, loopModel, arrivals, callers } = report;
  const loop =
    loopModel === "open"
      ? `open loop, ${arrivals} arrivals`
      : `closed loop of ${callers} caller${callers === 1 ? "" : "s"}`;
  const page = html`${pageHead(`Load test of ${date.slice(0, 10)}`, css)}
<body>
<header><h1>Load test</h1>
<p class="soft">${date}, ${target}, ${loop}; policy set <code>${policySet.digest.slice(0, 23)}</code>, Verdict ${version}, seed ${seed}, ${machine.cores} × ${machine.model}, Node ${machine.node}.</p></header>
<main>
${sweepPart(report)}
${figuresPart(report)}
<section><h2>Latency by percentile</h2>${percentileChart(percentiles)}<p class="soft">The scale of percentiles widens towards 100 %: each mark is ten times rarer.</p></section>
${timePart(report)}
${parts.map(({ title, body }) => html`<section><h2>${title}</h2>${body}</section>`)}
${coveragePart(report)}
${report.remarks.length === 0 ? "" : html`<section><h2>Notes</h2><ul>${report.remarks.map((one) => html`<li>${one}</li>`)}</ul></section>`}
</main>
</body>
</html>
`;
  return page.text;
}

function sweepPart({ sweep }: LoadReport): Markup | undefined {
  if (sweep === undefined) return undefined;
  const { capacity, goal, isConfirmed, trials, at } = sweep;
  const said =
    capacity === 0
      ? `No rate holds a p99 of ${time(goal.p99Ms)}.`
      : `${count(capacity)} calls a second hold a p99 of ${time(goal.p99Ms)}${isConfirmed ? "" : ", not confirmed"}.`;
  const points = [...trials].sort((one, other) => one.rate - other.rate);
  const rates = points.map(({ rate }) => rate);
  const most = Math.max(...points.map(({ p99 }) => p99), goal.p99Ms);
  const x = scale(Math.min(...rates), Math.max(...rates), 60, 620, true);
  const least = Math.min(goal.p99Ms / 20, ...points.map(({ p50 }) => Math.max(p50, 1e-4)));
  const y = scale(least, most, 210, 15, true);
  const marks = points.map(({ rate, p99, passed, achieved }) => {
    // Where nothing was answered there is no time, and none is later.
    const [at, said] = achieved === 0 ? [15, "no answer"] : [y(Math.max(p99, least)), `p99 ${time(p99)}`];
    return passed
      ? html`<circle class="dot" cx="${x(rate)}" cy="${at}" r="3"><title>${`${count(rate)}/s: ${said}, holds`}</title></circle>`
      : html`<path class="cross" d="${`M${x(rate) - 3} ${at - 3}l6 6m0-6l-6 6`}"><title>${`${count(rate)}/s: ${said}, fails`}</title></path>`;
  });
  const goalAt = y(goal.p99Ms);
  // Beside the axis, where no trial is; where it is the highest time, that is said by it.
  const mostLabel = goalAt < 38 ? "" : html`<text x="56" y="24" text-anchor="end">${time(most)}</text>`;
  const curve = html`<div class="drawn" tabindex="0"><svg class="chart" viewBox="0 0 640 240" role="img" aria-label="p99 of each trial by its rate"><line class="axis" x1="60" x2="620" y1="210" y2="210"/><line class="axis" x1="60" x2="60" y1="15" y2="210"/><line class="two" x1="60" x2="620" y1="${goalAt}" y2="${goalAt}"/><text x="56" y="${goalAt + 4}" text-anchor="end">${time(goal.p99Ms)}</text><text x="60" y="228">${count(Math.min(...rates))}/s</text><text x="620" y="228" text-anchor="end">${count(Math.max(...rates))}/s</text>${mostLabel}${marks}</svg></div>`;
  const row = (label: string, one: (typeof trials)[number]): readonly Piece[] => [
    label,
    count(one.rate),
    count(one.achieved),
    time(one.p50),
    time(one.p99),
    time(one.p999),
    String(one.errors),
    one.passed ? "holds" : `fails: ${one.reason ?? ""}`,
    one.bottleneck,
  ];
  const head = ["Trial", "Calls/s", "Achieved", "p50", "p99", "p99.9", "Errors", "Result", "Bottleneck"];
  return html`<section><h2>Capacity</h2><p><strong>${said}</strong></p>${trials.length === 0 ? "" : curve}<p class="soft">Dots hold, crosses fail, the line across is the goal; both scales are logarithmic.</p>${
    at.length === 0
      ? ""
      : table(
          head,
          at.map((one) => row(`${Math.round(one.share * 100)} %`, one)),
        )
  }<details><summary>Every trial</summary>${table(
    head,
    trials.map((one) => row(one.stage, one)),
  )}</details></section>`;
}

function figuresPart(report: LoadReport): Markup {
  const {
    achieved,
    decisionsPerSecond,
    questionsPerCall,
    count: calls,
    skipped,
    unfinished,
    errors,
    bottleneck,
    why,
    loopModel,
    server,
  } = report;
  const failed = Object.entries(errors).map(([name, times]) => `${name} ${times}`);
  const row = (name: string, { p50, p90, p99, p999, max }: LatencySummary): readonly Piece[] => [
    name,
    ...[p50, p90, p99, p999, max].map(time),
  ];
  const rows =
    loopModel === "closed"
      ? [row("latency (closed loop)", report.latencyMs)]
      : [
          row("from the intended start", report.latencyMs),
          row("from the actual send", report.serviceMs),
          row("delay of sends", report.lagMs),
        ];
  const many = questionsPerCall === 1 ? "" : `, ${count(decisionsPerSecond)} decisions a second`;
  return html`<section><h2>Figures</h2><p>${count(achieved)} calls a second${many}; ${calls.toLocaleString("en-US")} calls, ${skipped} skipped, ${unfinished} unfinished; errors: ${failed.length === 0 ? "none" : failed.join(", ")}.</p><p>Bottleneck: <strong>${bottleneck}</strong>, ${why}.${server === undefined ? "" : ` By its own metrics ${serverText(server)}.`}</p>${table(["", "p50", "p90", "p99", "p99.9", "max"], rows)}</section>`;
}

/** Percentiles on a scale on which each mark is ten times rarer. */
function percentileChart(percentiles: readonly (readonly [share: number, ms: number])[]): Markup {
  const shown = percentiles.filter(([share]) => share < 1);
  const rarest = Math.max(...shown.map(([share]) => 1 / (1 - share)), 10);
  const x = scale(1, rarest, 60, 620, true);
  const most = Math.max(...shown.map(([, ms]) => ms), 1e-6);
  const least = Math.min(...shown.map(([, ms]) => Math.max(ms, 1e-6)), most);
  const y = scale(least / 1.5, most * 1.2, 210, 15, true);
  const line = shown
    .map(([share, ms], index) => `${index === 0 ? "M" : "L"}${x(1 / (1 - share))} ${y(Math.max(ms, 1e-6))}`)
    .join("");
  const marks = [0, 0.9, 0.99, 0.999, 0.9999, 0.99999].filter((share) => 1 / (1 - share) <= rarest * 1.0001);
  return html`<div class="drawn" tabindex="0"><svg class="chart" viewBox="0 0 640 240" role="img" aria-label="Latency by percentile"><line class="axis" x1="60" x2="620" y1="210" y2="210"/><line class="axis" x1="60" x2="60" y1="15" y2="210"/>${marks.map((share) => html`<text x="${x(1 / (1 - share))}" y="228" text-anchor="middle">${`${Number((share * 100).toPrecision(7))} %`}</text>`)}<text x="56" y="24" text-anchor="end">${time(most)}</text><text x="56" y="208" text-anchor="end">${time(least)}</text><path class="one" d="${line}"/></svg></div>`;
}

function timePart({ timeline }: LoadReport): Markup | undefined {
  if (timeline.length < 2) return undefined;
  const last = timeline[timeline.length - 1]?.second ?? 1;
  const x = scale(0, Math.max(1, last), 60, 620, false);
  const most = Math.max(...timeline.map(({ p99 }) => p99), 1e-6);
  const y = scale(0, most, 210, 15, false);
  const path = (value: (one: (typeof timeline)[number]) => number): string =>
    timeline.map((one, index) => `${index === 0 ? "M" : "L"}${x(one.second)} ${y(value(one))}`).join("");
  return html`<section><h2>Second by second</h2><div class="drawn" tabindex="0"><svg class="chart" viewBox="0 0 640 240" role="img" aria-label="p50 and p99 by second"><line class="axis" x1="60" x2="620" y1="210" y2="210"/><line class="axis" x1="60" x2="60" y1="15" y2="210"/><text x="56" y="24" text-anchor="end">${time(most)}</text><text x="60" y="228">0 s</text><text x="620" y="228" text-anchor="end">${last} s</text><path class="one" d="${path(({ p99 }) => p99)}"/><path class="two" d="${path(({ p50 }) => p50)}"/></svg></div><p class="soft">p99, and p50 dashed.</p><details><summary>As a table</summary>${table(
    ["Second", "Calls", "Errors", "p50", "p99", "max"],
    timeline.map((one) => [
      String(one.second),
      count(one.count),
      String(one.errors),
      time(one.p50),
      time(one.p99),
      time(one.max),
    ]),
  )}</details></section>`;
}

function coveragePart({ coverage }: LoadReport): Markup | undefined {
  if (coverage === undefined) return undefined;
  const { statements, hit, unreachable } = coverage;
  const rows = unreachable.map(({ policy, sid, file, line, proved, why }) => [
    proved ? "dead, proved" : "unknown",
    sid ?? policy,
    `${file}:${line}`,
    why,
  ]);
  return html`<section><h2>Statements</h2><p>${hit} of ${statements} were hit.</p>${rows.length === 0 ? "" : table(["", "Statement", "Where", "Why"], rows)}</section>`;
}

function scale(
  from: number,
  to: number,
  start: number,
  end: number,
  isLogarithmic: boolean,
): (value: number) => number {
  const place = isLogarithmic ? Math.log : (value: number) => value;
  const [low, high] = [place(from), place(to)];
  return (value) =>
    Number((high === low ? start : start + ((place(value) - low) / (high - low)) * (end - start)).toFixed(1));
}

function count(value: number): string {
  return value >= 100 || Number.isInteger(value) ? Math.round(value).toLocaleString("en-US") : value.toPrecision(3);
}
