/** How much one question may hold: encoding it is one step, and a step must not hold up other calls. */
import type { AuthorizationQuestion } from "../../question/authorization-question.js";

/** Context keys, tags and session policies of one question together; a thousand take some ten milliseconds. */
export const mostEntries = 2000;

/** Why a question is too large, or nothing. */
export function sizeProblem(question: AuthorizationQuestion): string | undefined {
  const { context, resourceTags, sessionTags, sessionPolicies } = question;
  const entries = context.size + resourceTags.length + sessionTags.length + sessionPolicies.length;
  return entries > mostEntries
    ? `question: ${entries} context keys, tags and policies, at most ${mostEntries}`
    : undefined;
}
