/** Answers as JSON, with no more in them than was asked for and may be had (OUT-8). */

import type { Caller } from "../../access/access-gate.js";
import type { Decision, DecisionError } from "../../question/decision.js";
import type { Detail } from "../../wire/authorization-fields.js";

/** A decision without what its caller may not have or did not ask for. */
export function decisionJson(answer: Decision | DecisionError, detail: Detail, { mayExplain }: Caller): object {
  if ("error" in answer || (mayExplain && detail !== "outcome")) return answer;
  const { decision, allowed, policySet } = answer;
  return { decision, allowed, policySet };
}
