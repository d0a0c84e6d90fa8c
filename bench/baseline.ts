// The baselines by themselves: `npm run bench:baseline [-- W1 W3x]`. Plain JavaScript, and the same with memory; parsed questions for
// free, one core.
import { memoisedEvaluator } from "./evaluator/memoised.js";
import { type Evaluator, plainEvaluator } from "./evaluator/plain.js";
import { type ParsedQuestion, parseQuestion } from "./evaluator/question.js";
import { type Contestant, formatRate, formatRatio, machineLine, median, medianRatio, printTable, race } from "./measure.js";
import { loadWorkload } from "./workloads/load-workload.js";
import type { Workload } from "./workloads/workload.js";

const CHUNK = 1_000;

/** An evaluator as a contestant that walks through all questions again and again; checks every answer first. */
export function baselineContestant(name: string, workload: Workload, evaluator: Evaluator): Contestant {
  const questions = workload.questions.map((question) => parseQuestion(workload, question));
  for (const [index, question] of questions.entries()) {
    const have = evaluator.decide(question);
    const want = workload.questions[index]?.want;
    if (have !== want) throw new Error(`${name}, ${workload.name}, question ${index}: ${have} instead of ${want}`);
  }
  let next = 0;
  let allowed = 0;
  return {
    name,
    run() {
      const end = Math.min(next + CHUNK, questions.length);
      for (let index = next; index < end; index++) {
        if (evaluator.decide(questions[index] as ParsedQuestion) === "allowed") allowed++;
      }
      const done = end - next;
      next = end === questions.length ? 0 : end;
      // Keeps the decisions alive for the compiler.
      if (allowed < 0) throw new Error("unreachable");
      return done;
    },
  };
}

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

if (import.meta.filename === process.argv[1]) {
  const names = process.argv.slice(2);
  await main(names.length > 0 ? names : ["W1", "W3", "W3x"]);
}
