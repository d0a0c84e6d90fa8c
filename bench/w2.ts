// Real policies against synthetic ones: the matcher on W2 and on W1, turn by turn in one process, and the memoised baseline on both.
// `npm run bench:w2`. Beside the rates stands the floor of each, so that larger questions are not taken for dearer policies.
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
  race,
} from "./measure.js";
import { loadBuild } from "./subject.js";
import { checkAnswers, encodeWorkload, subjectContestants } from "./subject-contestant.js";
import { loadWorkload } from "./workloads/load-workload.js";
import { loadWorkloadSet } from "./workloads/policy-set.js";

const build = await loadBuild();

/** The contestants of one workload, by what they do. */
function contestantsOf(name: string): Map<string, Contestant> {
  const workload = loadWorkload(name);
  const messages = encodeWorkload(workload);
  const subject = build.open(loadWorkloadSet(build.loader, workload));
  checkAnswers(subject, messages, workload);
  const bytes = messages.single.reduce((sum, message) => sum + message.length, 0) / messages.single.length;
  console.log(`${name}: image of ${formatRate(subject.imageBytes)} bytes, ${bytes.toFixed(0)} bytes a question`);
  const contestants = [
    ...subjectContestants(subject, messages, ""),
    baselineContestant("memoised JavaScript", workload, memoisedEvaluator(workload)),
  ];
  return new Map(
    contestants.map((contestant) => [contestant.name, { ...contestant, name: `${name} ${contestant.name}` }]),
  );
}

console.log(machineLine());
const synthetic = contestantsOf("W1");
const real = contestantsOf("W2");
const pairs = [...synthetic.values()].flatMap((one, index) => [one, ...[...real.values()].slice(index, index + 1)]);
const rates = race(pairs, { rounds: 11, sliceMs: 60 });
printTable(
  ["evaluator", "W1, decisions/s", "W2, decisions/s", "W2 / W1"],
  [...synthetic.keys()].map((form) => {
    const [one = [], two = []] = [rates.get(`W1 ${form}`), rates.get(`W2 ${form}`)];
    return [form, formatRate(median(one)), formatRate(median(two)), formatRatio(medianRatio(two, one))];
  }),
);
