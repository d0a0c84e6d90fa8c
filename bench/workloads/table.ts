// The table form of a workload: the questions of an audit, where few texts are asked in many combinations. Principals, pairs of
// action and resource, and contexts are those of the workload's own questions; combinations are drawn until the mix is right.
import { Random } from "../../test/kit/random.js";
import type { Decision } from "../../test/oracle/simulation-case.js";
import { plainEvaluator } from "../evaluator/plain.js";
import { parseQuestion } from "../evaluator/question.js";
import type { WireTable } from "../wire.js";
import { shuffledWants } from "./synthetic-question.js";
import type { Workload } from "./workload.js";

const CONTEXTS = 64;
const TARGETS = 1_000;
const PRINCIPALS = 200;

/** A table of so many questions and the decisions that are due. */
export function makeTable(workload: Workload, count: number): { table: WireTable; wants: readonly Decision[] } {
  const random = new Random(workload.seed, 1);
  const reference = plainEvaluator(workload);
  const { questions, principals } = workload;
  const asked = Array.from({ length: PRINCIPALS }, (_, index) => index % principals.length);
  const targets = Array.from({ length: TARGETS }, () => random.pick(questions));
  const contexts = Array.from({ length: CONTEXTS }, () => random.pick(questions).context);
  const actions = [...new Set(targets.map(({ action }) => action))];
  const resources = [...new Set(targets.map(({ resource }) => resource))];
  // Drawn combinations that were of no use yet, by decision.
  const spare = new Map<Decision, WireTable["rows"][number][]>();
  const wants = shuffledWants(count, random);
  const rows = wants.map((want) => {
    for (;;) {
      const kept = spare.get(want)?.pop();
      if (kept !== undefined) return kept;
      const [who, context] = [random.below(asked.length), random.below(contexts.length)];
      const { action, resource } = random.pick(targets);
      const principal = asked[who] ?? 0;
      const question = { principal, action, resource, context: contexts[context] ?? {}, want };
      const decision = reference.decide(parseQuestion(workload, question));
      const row = [who, actions.indexOf(action), resources.indexOf(resource), context + 1] as const;
      if (decision === want) return row;
      const others = spare.get(decision) ?? [];
      // Implicit denies are plenty; a few rows of each kind are enough to draw from.
      if (others.length < 1_000) others.push(row);
      spare.set(decision, others);
    }
  });
  const table = {
    principals: asked.map((index) => principals[index]?.arn ?? ""),
    actions,
    resources,
    contexts,
    rows,
  };
  return { table, wants };
}
