// An evaluator as a contestant of a race; no answer is timed before every answer was right.
import type { Contestant } from "../measure.js";
import type { Workload } from "../workloads/workload.js";
import type { Evaluator } from "./plain.js";
import { type ParsedQuestion, parseQuestion } from "./question.js";

const CHUNK = 1_000;

/** Walks through all questions of the workload again and again, parsed beforehand; throws at a wrong answer. */
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
