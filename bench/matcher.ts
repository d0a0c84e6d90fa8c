// The matcher in process, on one core: request bytes in, response bytes out, against the memoised baseline that gets parsed
// questions for free. (The plain baseline would share its code in the compiler's eyes and slow it down; baseline.ts has both.)
// `npm run bench:matcher [-- W1 W3x] [--against DIST]`; DIST is the `dist` folder of another build, which then runs beside this.
import { parseArgs } from "node:util";
import { Detail } from "../assembly/layout.js";
import { baselineContestant } from "./evaluator/contestant.js";
import { memoisedEvaluator } from "./evaluator/memoised.js";
import {
  type Contestant,
  formatRate,
  formatRatio,
  machineLine,
  median,
  medianRatio,
  printTable,
  quantile,
  race,
  timeCalls,
} from "./measure.js";
import { loadBuild, type Subject } from "./subject.js";
import { decodeBatch, decodeResponse, encodeBatch, encodeRequest } from "./wire.js";
import { loadWorkload } from "./workloads/load-workload.js";
import { loadWorkloadSet } from "./workloads/policy-set.js";
import type { Workload } from "./workloads/workload.js";

/** Questions in one batch message. */
const BATCH = 1_000;

interface Messages {
  readonly single: readonly Buffer[];
  readonly singleOutcome: readonly Buffer[];
  readonly batchOutcome: readonly Buffer[];
  readonly batchReason: readonly Buffer[];
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { against: { type: "string", multiple: true }, rounds: { type: "string", default: "11" } },
    allowPositionals: true,
  });
  console.log(machineLine());
  const builds = [{ label: "", build: await loadBuild() }];
  for (const dist of values.against ?? []) builds.push({ label: ` [${dist}]`, build: await loadBuild(dist) });
  const rows: string[][] = [];
  for (const name of positionals.length > 0 ? positionals : ["W1", "W3", "W3x"]) {
    const workload = loadWorkload(name);
    const messages = encodeWorkload(workload);
    const contestants = [baselineContestant("memoised JavaScript", workload, memoisedEvaluator(workload))];
    const latencies = new Map<string, number[]>();
    for (const { label, build } of builds) {
      const subject = build.open(loadWorkloadSet(build.loader, workload));
      checkAnswers(subject, messages, workload);
      contestants.push(...subjectContestants(subject, messages, label));
      latencies.set(`single${label}`, timeCalls(messages.single.length, singleCall(subject, messages.single)));
    }
    const rates = race(contestants, { rounds: Number(values.rounds), sliceMs: 60 });
    const memoised = rates.get("memoised JavaScript") ?? [];
    for (const contestant of contestants) {
      const own = rates.get(contestant.name) ?? [];
      const times = latencies.get(contestant.name);
      const ownName = values.against === undefined ? undefined : contestant.name.replace(/ \[.*\]$/, "");
      rows.push([
        name,
        contestant.name,
        formatRate(median(own)),
        formatRatio(medianRatio(own, memoised)),
        ownName === undefined ? "" : formatRatio(medianRatio(rates.get(ownName) ?? [], own)),
        times === undefined ? "" : `${quantile(times, 0.5).toFixed(1)} / ${quantile(times, 0.99).toFixed(1)} µs`,
      ]);
    }
  }
  printTable(["workload", "evaluator", "decisions/s", "of memoised", "this build is", "p50 / p99"], rows);
}

function encodeWorkload({ principals, questions }: Workload): Messages {
  const wired = questions.map((question) => ({ ...question, principal: principals[question.principal]?.arn ?? "" }));
  const single = wired.map((question) => encodeRequest(question));
  const batches: Buffer[][] = [];
  for (let first = 0; first < single.length; first += BATCH) batches.push(single.slice(first, first + BATCH));
  return {
    single,
    singleOutcome: wired.map((question) => encodeRequest(question, Detail.Outcome)),
    batchOutcome: batches.map((requests) => encodeBatch(requests, Detail.Outcome)),
    batchReason: batches.map((requests) => encodeBatch(requests, Detail.Reason)),
  };
}

/** A fast wrong answer ends the run. */
function checkAnswers(subject: Subject, messages: Messages, workload: Workload): void {
  const expect = (how: string, have: readonly string[]): void => {
    for (const [index, { want }] of workload.questions.entries()) {
      if (have[index] === want) continue;
      throw new Error(`${workload.name}, ${how}, question ${index}: ${have[index]} instead of ${want}`);
    }
  };
  const one = (message: Buffer): string => decodeResponse(subject.decideOne(message));
  const many = (message: Buffer): string[] => decodeBatch(subject.decideBatch(message));
  expect("single", messages.single.map(one));
  expect("single with OUTCOME", messages.singleOutcome.map(one));
  expect("batch with OUTCOME", messages.batchOutcome.flatMap(many));
  expect("batch with REASON", messages.batchReason.flatMap(many));
}

function subjectContestants(subject: Subject, messages: Messages, label: string): Contestant[] {
  return [
    batchContestant(`batch of ${BATCH}, OUTCOME${label}`, subject, messages.batchOutcome),
    batchContestant(`batch of ${BATCH}, REASON${label}`, subject, messages.batchReason),
    floorContestant(`batch of ${BATCH}, floor${label}`, subject, messages.batchOutcome),
    singleContestant(`single, OUTCOME${label}`, subject, messages.singleOutcome),
    singleContestant(`single${label}`, subject, messages.single),
  ];
}

function batchContestant(name: string, subject: Subject, messages: readonly Buffer[]): Contestant {
  let next = 0;
  return {
    name,
    run() {
      const message = messages[next++ % messages.length];
      if (message === undefined || subject.decideBatch(message).length === 0) throw new Error("no answer");
      return BATCH;
    },
  };
}

/** The same bytes copied, decoded and hashed without a decision. */
function floorContestant(name: string, subject: Subject, messages: readonly Buffer[]): Contestant {
  let next = 0;
  return {
    name,
    run() {
      const message = messages[next++ % messages.length];
      if (message === undefined || subject.scanBatch(message) === 0) throw new Error("nothing was read");
      return BATCH;
    },
  };
}

function singleContestant(name: string, subject: Subject, messages: readonly Buffer[]): Contestant {
  const call = singleCall(subject, messages);
  let next = 0;
  return {
    name,
    run() {
      for (let count = 0; count < BATCH; count++) call(next++);
      return BATCH;
    },
  };
}

function singleCall(subject: Subject, messages: readonly Buffer[]): (index: number) => void {
  return (index) => {
    const message = messages[index % messages.length];
    if (message === undefined || subject.decideOne(message).length === 0) throw new Error("no answer");
  };
}

await main();
