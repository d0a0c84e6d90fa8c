// Holds a workload against the oracle (test/oracle), which shares no code with what is measured nor with the baselines.
import { evaluate } from "../../test/oracle/evaluate.js";
import type { NamedDocument } from "../../test/oracle/simulation-case.js";
import { documentsOf, NOW_SECONDS, type Workload } from "./workload.js";

/** Asks the oracle every n-th question, `count` in all; throws at the first difference. Gives how many were asked. */
export function checkWithOracle(workload: Workload, count: number): number {
  const { principals, policies, questions } = workload;
  const step = Math.max(1, Math.floor(questions.length / count));
  let asked = 0;
  for (let index = 0; index < questions.length; index += step) {
    const question = questions[index];
    const principal = principals[question?.principal ?? -1];
    if (question === undefined || principal === undefined) throw new Error(`${workload.name}: no question ${index}`);
    const identity: NamedDocument[] = documentsOf(workload, principal).map((name) => ({
      name,
      document: policies[name],
    }));
    const { action, resource, context, resourceTags, want } = question;
    const { decision } = evaluate(
      {
        policies: { identity },
        request: {
          principal: principal.arn,
          action,
          resource,
          resourceAccount: workload.account,
          context,
          ...(resourceTags === undefined ? {} : { resourceTags }),
          ...(principal.team === undefined ? {} : { principalTags: { team: principal.team } }),
        },
      },
      { nowMs: NOW_SECONDS * 1000 },
    );
    if (decision !== want) {
      const text = JSON.stringify({ ...question, principal: principal.arn });
      throw new Error(`${workload.name}: the oracle decides ${decision}: ${text}`);
    }
    asked++;
  }
  return asked;
}
