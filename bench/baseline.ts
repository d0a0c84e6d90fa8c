// The baselines by themselves: `npm run bench:baseline [-- W1 W3x]`. Plain JavaScript, and the same with memory; parsed questions for
// free, one core.
import { baselineContestant } from "./evaluator/contestant.js";
import { memoisedEvaluator } from "./evaluator/memoised.js";
import { plainEvaluator } from "./evaluator/plain.js";
import { formatRate, formatRatio, machineLine, median, medianRatio, printTable, race } from "./measure.js";
import { loadWorkload } from "./workloads/load-workload.js";

async function main(names: readonly string[]): Promise<void> {
  console.log(machineLine());
  const rows: string[][] = [];
  for (const name of names) {
    const workload = loadWorkload(name);
    const rates = race(
      [
        baselineContestant("plain", workload, plainEvaluator(workload)),
        baselineContestant("memoised", workload, memoisedEvaluator(workload)),
      ],
      { rounds: 9, sliceMs: 300 },
    );
    const [plain = [], memoised = []] = [rates.get("plain"), rates.get("memoised")];
    rows.push([
      name,
      formatRate(median(plain)),
      formatRate(median(memoised)),
      formatRatio(medianRatio(memoised, plain)),
    ]);
  }
  printTable(["workload", "plain, decisions/s", "memoised, decisions/s", "memoised / plain"], rows);
}

const names = process.argv.slice(2);
await main(names.length > 0 ? names : ["W1", "W3", "W3x"]);
