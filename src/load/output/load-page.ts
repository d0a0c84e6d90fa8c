/** A load test as one page for a person: it loads nothing, and says so to the browser. */
import { html, type Markup, type Piece } from "../../report/markup.js";
import { pageHead } from "../../report/page-head.js";
import { style } from "../../report/style.js";
import type { LatencySummary } from "../driver/latencies.js";
import type { LoadReport } from "../measure/load-report.js";
import { percentileChart, sweepChart, timeChart } from "./load-charts.js";
import { serverText, time } from "./load-table.js";
import { pageTable as table } from "./page-table.js";

/** What else stands on the page: parts of others, such as tables of costs. */
export interface PagePart {
  readonly title: string;
  readonly body: Markup;
}

const ownStyle = `
.drawn{overflow-x:auto;max-width:100%}
.drawn svg{max-width:46rem;min-width:34rem;width:100%;height:auto;margin:.5rem 0}
td code{word-break:normal;overflow-wrap:anywhere}
td.long{min-width:16rem;overflow-wrap:anywhere}
@media (max-width:600px){td.long{min-width:11rem}}
@media print{.drawn{overflow:visible}.drawn svg{min-width:0}td.long{min-width:0}}
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
  return html`<section><h2>Capacity</h2><p><strong>${said}</strong></p>${trials.length === 0 ? "" : sweepChart(sweep)}<p class="soft">Dots hold, crosses fail, the line across is the goal; both scales are logarithmic.</p>${
    at.length === 0
      ? ""
      : table(
          "Shares of the capacity",
          head,
          at.map((one) => row(`${Math.round(one.share * 100)} %`, one)),
        )
  }<details><summary>Every trial</summary>${table(
    "Every trial",
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
      ? [row("of a closed loop", report.latencyMs)]
      : [
          row("from the intended start", report.latencyMs),
          row("from the actual send", report.serviceMs),
          row("delay of sends", report.lagMs),
        ];
  const many = questionsPerCall === 1 ? "" : `, ${count(decisionsPerSecond)} decisions a second`;
  return html`<section><h2>Figures</h2><p>${count(achieved)} calls a second${many}; ${calls.toLocaleString("en-US")} calls, ${skipped} skipped, ${unfinished} unfinished; errors: ${failed.length === 0 ? "none" : failed.join(", ")}.</p><p>Bottleneck: <strong>${bottleneck}</strong>, ${why}.${server === undefined ? "" : ` By its own metrics ${serverText(server)}.`}</p>${table("Figures", ["Latency", "p50", "p90", "p99", "p99.9", "max"], rows)}</section>`;
}

function timePart({ timeline }: LoadReport): Markup | undefined {
  if (timeline.length < 2) return undefined;
  return html`<section><h2>Second by second</h2>${timeChart(timeline)}<p class="soft">p99, and p50 dashed.</p><details><summary>As a table</summary>${table(
    "Second by second",
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
  return html`<section><h2>Statements</h2><p>${hit} of ${statements} were hit.</p>${rows.length === 0 ? "" : table("Statements that no request reaches", ["Reached", "Statement", "Where", "Why"], rows)}</section>`;
}

function count(value: number): string {
  return value >= 100 || Number.isInteger(value) ? Math.round(value).toLocaleString("en-US") : value.toPrecision(3);
}
