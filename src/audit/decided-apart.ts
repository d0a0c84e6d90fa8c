/** Requests that two sets decide otherwise, and those that no set decides. */
import { saysTooMuch } from "../image/texts.js";
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import type { Decision, DecisionError, MatchedStatement } from "../question/decision.js";
import type { Auditor } from "./auditor.js";

/** The statements of the side that allows; undefined if the sets do not decide the request as told. A side that is missing refuses. */
export function decidedApart(
  allowing: Auditor,
  refusing: Auditor | undefined,
  question: AuthorizationQuestion,
): readonly MatchedStatement[] | undefined {
  const allowed = allowing.terms.decide(question);
  if ("error" in allowed || !allowed.allowed) return undefined;
  const refused = refusing?.terms.decide(question);
  if (refused !== undefined && ("error" in refused || refused.allowed)) return undefined;
  return allowed.matchedStatements;
}

/** Why a request cannot be asked that a class has: policies may hold longer texts than requests. Undefined of any other. */
export function whyUnaskable(decision: Decision | DecisionError): string | undefined {
  if (!("error" in decision) || !saysTooMuch(decision.error)) return undefined;
  return `what would show it is larger than a request may be (${decision.error})`;
}
