// The matcher in process, on one core: request bytes in, response bytes out, against the memoised baseline that gets parsed
// questions for free. (The plain baseline would share its code in the compiler's eyes and slow it down; baseline.ts has both.)
// `npm run bench:matcher [-- W1 W3x] [--against DIST]`; DIST is the `dist` folder of another build, which then runs beside this.
import { parseArgs } from "node:util";
import { baselineContestant } from "./evaluator/contestant.js";
import { memoisedEvaluator } from "./evaluator/memoised.js";
import {
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
import { loadBuild } from "./subject.js";
import { checkAnswers, encodeWorkload, singleCall, subjectContestants } from "./subject-contestant.js";
import { loadWorkload } from "./workloads/load-workload.js";
import { loadWorkloadSet } from "./workloads/policy-set.js";

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

await main();
