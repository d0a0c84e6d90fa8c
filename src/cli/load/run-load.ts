/** The work of `verdict load`: traffic, targets, a run or a sweep, and what was found in every form that was asked for. */
import { access, constants, stat, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { dirname } from "node:path";
import { policyPath } from "../../config/policy-settings.js";
import { readSetting } from "../../config/settle-setting.js";
import { fileFailure } from "../../files/file-failure.js";
import { WRONG_ANSWER } from "../../load/driver/judge-answer.js";
import { type LoadReport, loadReport } from "../../load/measure/load-report.js";
import { GOOD_ERROR_SHARE, type MeasuredRun } from "../../load/measure/measure-run.js";
import { hgrmText } from "../../load/output/hgrm.js";
import { loadLines } from "../../load/output/load-table.js";
import type { Mix } from "../../load/traffic/traffic.js";
import type { PolicySet } from "../../policy/policy-set.js";
import type { ReachFlags } from "../../reach/server-options.js";
import { CommandError, refuse } from "../../terminal/command-error.js";
import { loadPolicies } from "../../terminal/load-policies.js";
import { packageVersion } from "../../terminal/package-version.js";
import { printError, printJson, printLine } from "../../terminal/terminal.js";
import { wrapped } from "../../terminal/wrap.js";
import { untilInterrupted } from "../audit/until-interrupted.js";
import { isServer } from "./compare-sides.js";
import { type LoadPlan, planOf } from "./load-plan.js";
import { makeLoadTraffic } from "./load-traffic.js";
import { measurePlan } from "./measure-plan.js";
import { openTarget } from "./open-target.js";
import { type Costs, costsOf, wantsCosts } from "./run-costs.js";

/** What the command line gave; durations in milliseconds. */
export interface LoadOptions extends ReachFlags {
  readonly policies?: string;
  readonly form?: LoadPlan["form"];
  readonly extAuthz?: string;
  readonly batch?: number;
  readonly workers?: number;
  readonly rate?: number;
  readonly closed?: number;
  readonly sweep?: boolean;
  readonly p99?: number;
  readonly arrivals?: "poisson" | "uniform";
  readonly inFlight?: number;
  readonly duration?: number;
  readonly warmUp?: number;
  readonly drain?: number;
  readonly seed?: string;
  readonly mix?: Mix;
  readonly names?: "zipf" | "uniform";
  readonly questions?: number;
  readonly replay?: string;
  readonly speed?: number;
  readonly budget?: number;
  readonly allowWhatIf?: boolean;
  readonly target?: string;
  readonly connections?: number;
  readonly metrics?: string;
  readonly profile?: boolean;
  readonly compare?: string;
  readonly failOnRegression?: number;
  readonly margin?: number;
  readonly top?: number;
  readonly json?: boolean;
  readonly hgrm?: string;
  readonly report?: string;
}

/** Runs the command. */
export async function runLoad(options: LoadOptions): Promise<void> {
  const plan = planOf(options);
  const wants = wantsCosts(options);
  // What cannot be written is told before the work.
  for (const path of [options.hgrm, options.report]) if (path !== undefined) await requireWritable(path);
  const path = readSetting(policyPath, { policies: options.policies });
  const set = await loadPolicies(path);
  // So far nothing is measured that Ctrl-C would have to save: it ends the process at once, whatever that is busy with.
  const traffic = await makeLoadTraffic(set, options, plan);
  const costs = wants ? await costsOf(set, path, traffic, options, plan) : undefined;
  if (costs?.isRegression === true) process.exitCode = 1;
  if (costs !== undefined && !asksForRates(options)) return await tellCosts(costs, set, options);
  const opened = await openTarget(set, traffic, options, plan);
  await untilInterrupted(async (signal) => {
    try {
      const found = await measurePlan(opened, traffic, plan, signal, options.seed ?? "1");
      if (found === undefined) {
        if (costs !== undefined) await tellCosts(costs, set, options);
        return stopped("stopped before anything was measured");
      }
      const { measured, loop, sweep, remarks } = found;
      const { target, calls } = opened;
      const report = loadReport(measured, {
        form: plan.form,
        target: target.name,
        questionsPerCall: target.questionsPerCall,
        loop: loop.kind === "open" ? { arrivals: loop.arrivals } : { callers: loop.callers },
        traffic,
        digest: set.digest,
        version: packageVersion(),
        seed: options.seed ?? "1",
        date: new Date().toISOString(),
        remarks: [...calls.remarks, ...remarks],
        ...(sweep === undefined ? {} : { sweep }),
      });
      await tell(report, measured, options, costs);
      if (signal.aborted) stopped("stopped: the figures are of what was measured until then");
      else process.exitCode = exitCodeOf(report) || (costs?.isRegression === true ? 1 : 0);
    } finally {
      await opened.target.close();
    }
  });
}

async function tell(
  report: LoadReport,
  measured: MeasuredRun,
  { json, hgrm, report: page }: LoadOptions,
  costs: Costs | undefined,
): Promise<void> {
  if (json === true) await printJson({ ...report, ...costs?.json });
  else
    for (const line of [...loadLines(report), ...(costs === undefined ? [] : ["", ...costs.lines])])
      await printLine(line);
  if (hgrm !== undefined) await write(hgrm, hgrmText(measured));
  if (page === undefined) return;
  // Most loads want no pictures, and the library that draws them takes a while to load.
  const { loadPage } = await import("../../load/output/load-page.js");
  await write(page, loadPage(report, percentilesOf(measured), costs?.parts));
}

/** Whether rates and latencies are wanted beside costs. */
function asksForRates({ rate, closed, sweep, target, report, hgrm, duration, compare }: LoadOptions): boolean {
  // Servers that are compared have their target and rate for that.
  const isAboutServers = compare !== undefined && isServer(compare);
  const ofOne = isAboutServers ? [] : [rate, target];
  return [...ofOne, closed, sweep, report, hgrm, duration].some((given) => given !== undefined);
}

/** Costs alone, and whose they are. */
async function tellCosts(costs: Costs, { digest }: PolicySet, { json, seed = "1" }: LoadOptions): Promise<void> {
  const [processor] = cpus();
  const machine = { cores: cpus().length, model: processor?.model ?? "", node: process.version };
  const version = packageVersion();
  if (json === true) return await printJson({ ...costs.json, machine, version, policySet: { digest }, seed });
  for (const line of costs.lines) await printLine(line);
  await printLine("");
  const made = `${machine.cores} × ${machine.model}, Node ${machine.node}, Verdict ${version}`;
  for (const line of wrapped(`${made}, set ${digest.slice(0, 19)}, seed ${seed}`, 80)) await printLine(line);
}

/** 2 where nothing was answered, 1 where answers were wrong, more calls failed than a good run may have, or no rate holds. */
export function exitCodeOf({ errors, count, sweep }: Pick<LoadReport, "errors" | "count" | "sweep">): number {
  const failed = Object.values(errors).reduce((sum, one) => sum + one, 0);
  // Nothing that was answered: nothing was measured.
  if (failed === count) return 2;
  if ((errors[WRONG_ANSWER] ?? 0) > 0 || sweep?.capacity === 0) return 1;
  // Calls that are still under way at the end are what a rate that is too high looks like: a figure, no failure.
  return sweep === undefined && failed > GOOD_ERROR_SHARE * count ? 1 : 0;
}

function percentilesOf({ run }: MeasuredRun): readonly (readonly [share: number, ms: number])[] {
  const { latency } = run.tally;
  const { count } = latency.summary();
  const shares: number[] = [];
  for (let rarer = 1; rarer <= Math.max(10, count); rarer *= 1.2) shares.push(1 - 1 / rarer);
  return shares.map((share) => [share, latency.quantile(share)]);
}

function stopped(text: string): void {
  printError(text);
  process.exitCode = 2;
}

async function requireWritable(path: string): Promise<void> {
  try {
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory() === true) throw refuse(`${path}: cannot be written: is a directory`);
    if (found === undefined && !(await stat(path && dirname(path))).isDirectory())
      throw refuse(`${path}: cannot be written: its folder is none`);
    await access(found === undefined ? dirname(path) : path, constants.W_OK);
  } catch (error: unknown) {
    if (error instanceof CommandError) throw error;
    throw refuse(`${path}: cannot be written: ${fileFailure(error)}`, error);
  }
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error: unknown) {
    throw refuse(`${path}: cannot be written: ${fileFailure(error)}`, error);
  }
}
