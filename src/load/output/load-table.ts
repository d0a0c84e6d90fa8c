/** What a load test found, for people: lines of at most 80 columns. */
import type { LatencySummary } from "../driver/latencies.js";
import type { ServerFigures } from "../driver/server-metrics.js";
import type { LoadReport } from "../measure/load-report.js";
import type { Trial } from "../sweep/sweep.js";

const width = 80;
const mostUnreachable = 20;
const mostSeconds = 12;

/** The lines. */
export function loadLines(report: LoadReport): readonly string[] {
  return [
    ...headLines(report),
    "",
    ...(report.sweep === undefined ? [] : sweepLines(report)),
    ...figureLines(report),
    "",
    ...latencyLines(report),
    ...timeLines(report),
    "",
    ...bottleneckLines(report),
    ...coverageLines(report),
    ...report.remarks.flatMap((remark) => wrapped(`note: ${remark}`)),
    "",
    ...machineLines(report),
  ];
}

/** One line of less than 80 columns for a terminal, while it runs. */
export function liveLine(
  { count, p50, p99, errors, lag }: { count: number; p50: number; p99: number; errors: number; lag: number },
  what: string,
): string {
  return `${what}  ${number(count)} calls/s  p50 ${time(p50)}  p99 ${time(p99)}  errors ${errors}  lag ${time(lag)}`.slice(
    0,
    width - 1,
  );
}

/** A trial as one line. */
export function trialLine({
  stage,
  rate,
  achieved,
  p50,
  p99,
  p999,
  errors,
  passed,
  reason,
  bottleneck,
}: Trial): string {
  const verdict = passed
    ? "holds"
    : `${failures[reason ?? ""] ?? "fails"}${bottleneck === "unknown" ? "" : `, ${bottleneck}`}`;
  const cells = [
    stages[stage].padEnd(7),
    number(rate).padStart(9),
    number(achieved).padStart(9),
    ...[p50, p99, p999].map((ms) => time(ms).padStart(9)),
    String(errors).padStart(6),
  ];
  return `${cells.join(" ")}  ${verdict}`.slice(0, width);
}

const stages = { growth: "grow", bisection: "bisect", confirmation: "confirm", curve: "curve" } as const;
/** What kept a trial from holding, in few letters. */
const failures: Readonly<Record<string, string>> = { p99: "p99", errors: "errors", "rate not reached": "rate" };

const trialHead = `${"trial".padEnd(7)} ${"calls/s".padStart(9)} ${"achieved".padStart(9)} ${"p50".padStart(9)} ${"p99".padStart(9)} ${"p99.9".padStart(9)} ${"errors".padStart(6)}  result`;

function headLines({ loopModel, arrivals, callers, rate, target, questionsPerCall }: LoadReport): readonly string[] {
  const loop =
    loopModel === "open"
      ? `open loop, ${arrivals} arrivals at ${number(rate ?? 0)} calls a second`
      : `closed loop of ${callers} caller${callers === 1 ? "" : "s"}: capacity with so many, no latency under load`;
  return [
    ...wrapped(`${target}${questionsPerCall === 1 ? "" : `, ${number(questionsPerCall)} questions a call`}`),
    ...wrapped(loop),
  ];
}

function sweepLines({ sweep }: LoadReport): readonly string[] {
  if (sweep === undefined) return [];
  const { capacity, goal, isConfirmed, trials, at } = sweep;
  const said =
    capacity === 0
      ? `no rate holds a p99 of ${time(goal.p99Ms)}`
      : `${number(capacity)} calls a second hold a p99 of ${time(goal.p99Ms)}${isConfirmed ? "" : " (not confirmed)"}`;
  return [
    said,
    "",
    trialHead,
    ...trials.filter(({ stage }) => stage !== "curve").map(trialLine),
    "",
    ...(at.length === 0 ? [] : [`${"share".padEnd(7)}${trialHead.slice(7)}`]),
    ...at.map((one) => `${`${Math.round(one.share * 100)} %`.padEnd(7)}${trialLine(one).slice(7)}`),
    ...(at.length === 0 ? [] : [""]),
    capacity === 0 ? "the last trial:" : "the last run, at 85 % of it:",
    "",
  ];
}

function figureLines(report: LoadReport): readonly string[] {
  const { achieved, decisionsPerSecond, questionsPerCall, durationS, count, errors, skipped, unfinished, decisions } =
    report;
  const total = decisions.allowed + decisions.explicitDeny + decisions.implicitDeny + decisions.error;
  const share = (part: number): string => (total === 0 ? "0 %" : `${((part / total) * 100).toFixed(1)} %`);
  const failed = Object.entries(errors).map(([name, times]) => `${name} ${times}`);
  return [
    `achieved     ${number(achieved)} calls/s${questionsPerCall === 1 ? "" : `, ${number(decisionsPerSecond)} decisions/s`}`,
    `calls        ${count.toLocaleString("en-US")} in ${durationS.toFixed(1)} s, skipped ${skipped}, unfinished ${unfinished}`,
    ...wrapped(`errors       ${failed.length === 0 ? "none" : failed.join(", ")}`),
    ...wrapped(
      `decisions    allowed ${share(decisions.allowed)}, implicit deny ${share(decisions.implicitDeny)}, explicit deny ${share(decisions.explicitDeny)}${decisions.error === 0 ? "" : `, error ${share(decisions.error)}`}`,
    ),
  ];
}

function latencyLines({ loopModel, latencyMs, serviceMs, lagMs }: LoadReport): readonly string[] {
  const row = (name: string, { p50, p90, p99, p999, max }: LatencySummary): string =>
    `${name.padEnd(24)}${[p50, p90, p99, p999, max].map((ms) => time(ms).padStart(10)).join("")}`;
  const head = `${"".padEnd(24)}${["p50", "p90", "p99", "p99.9", "max"].map((title) => title.padStart(10)).join("")}`;
  if (loopModel === "closed") return [head, row("latency (closed loop)", latencyMs)];
  return [
    head,
    row("from the intended start", latencyMs),
    row("from the actual send", serviceMs),
    row("delay of sends", lagMs),
  ];
}

function timeLines({ timeline }: LoadReport): readonly string[] {
  if (timeline.length < 2) return [];
  const step = Math.ceil(timeline.length / mostSeconds);
  const most = Math.max(...timeline.map(({ p99 }) => p99), 1e-9);
  const lines: string[] = ["", `second     calls       p50       p99       max  p99 as a bar`];
  for (let from = 0; from < timeline.length; from += step) {
    const part = timeline.slice(from, from + step);
    const worst = part.reduce((one, other) => (other.p99 > one.p99 ? other : one));
    const count = part.reduce((sum, one) => sum + one.count, 0);
    const bar = "█".repeat(Math.max(1, Math.round((worst.p99 / most) * 24)));
    lines.push(
      `${String(worst.second).padStart(6)}${number(count).padStart(10)}${time(worst.p50).padStart(10)}${time(worst.p99).padStart(10)}${time(worst.max).padStart(10)}  ${bar}`,
    );
  }
  return step === 1 ? lines : [...lines, `(the worst of every ${step} seconds)`];
}

function bottleneckLines({ bottleneck, why, cpu, server }: LoadReport): readonly string[] {
  const serverS = cpu.serverS === null ? "" : `, server's main thread ${cpu.serverS.toFixed(1)} s`;
  return [
    ...wrapped(`bottleneck: ${bottleneck} (${why}); processor time: client ${cpu.clientS.toFixed(1)} s${serverS}`),
    ...(server === undefined ? [] : wrapped(serverText(server))),
  ];
}

/** What the server says of itself, in one sentence. */
export function serverText({ calls, meanMs, p50Ms, p99Ms, cpuS }: ServerFigures): string {
  const at = (name: string, ms: number | undefined): string => (ms === undefined ? "" : `, ${name} ${time(ms)}`);
  const cpu = cpuS === undefined ? "" : `; processor time of all its threads ${cpuS.toFixed(1)} s`;
  return `the server had ${number(calls)} calls for ${time(meanMs)} on average${at("p50", p50Ms)}${at("p99", p99Ms)}${cpu}`;
}

function coverageLines({ coverage }: LoadReport): readonly string[] {
  if (coverage === undefined) return [];
  const { statements, hit, unreachable } = coverage;
  const proved = unreachable.filter((one) => one.proved).length;
  const lines = wrapped(
    `statements: ${hit} of ${statements} hit, ${proved} proved dead, ${unreachable.length - proved} unknown`,
  );
  const told = unreachable
    .slice(0, mostUnreachable)
    .flatMap(({ file, line, sid, policy, proved: isProved, why }) => [
      ...wrapped(`  ${isProved ? "dead" : "unknown"}: ${sid ?? policy} ${file}:${line}`),
      ...wrapped(`    ${why}`),
    ]);
  const more = unreachable.length - mostUnreachable;
  return [...lines, ...told, ...(more > 0 ? [`  and ${more} more: see --json`] : [])];
}

function machineLines({ machine, version, policySet, seed, date }: LoadReport): readonly string[] {
  return wrapped(
    `${machine.cores} × ${machine.model}, Node ${machine.node}, Verdict ${version}, set ${policySet.digest.slice(0, 19)}, seed ${seed}, ${date}`,
  );
}

/** Three digits, or whole numbers. */
function number(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString("en-US");
  return value >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toPrecision(3);
}

/** Milliseconds with their unit, three digits. */
export function time(ms: number): string {
  if (ms === 0) return "0";
  const [value, unit] =
    ms >= 1000 ? [ms / 1000, "s"] : ms >= 1 ? [ms, "ms"] : ms >= 0.001 ? [ms * 1000, "µs"] : [ms * 1e6, "ns"];
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ${unit}`;
}

function wrapped(text: string): readonly string[] {
  const indent = /^ */.exec(text)?.[0] ?? "";
  const lines: string[] = [];
  let line = indent;
  for (const word of text.trim().split(" ")) {
    if (line.trim() !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = `${indent}  `;
    }
    line += line.trim() === "" ? word : ` ${word}`;
  }
  return [...lines, line];
}
