/** A question as JSON, as `verdict check --question` reads it: the request, and `whatIf` where it sets the clock. */
import type { AuthorizationQuestion } from "../question/authorization-question.js";

/** The members of a question as JSON; keys with one value have it bare. */
export function questionJson(question: AuthorizationQuestion): Readonly<Record<string, unknown>> {
  const { principal, action, resource, context, resourceAccount, resourceTags, whatIf } = question;
  return {
    principal,
    action,
    resource,
    ...(resourceAccount === undefined ? {} : { resourceAccount }),
    ...(resourceTags.length === 0
      ? {}
      : { resourceTags: Object.fromEntries(resourceTags.map(({ key, value }) => [key, value])) }),
    ...(context.size === 0
      ? {}
      : { context: Object.fromEntries([...context].map(([key, values]) => [key, plain(values)])) }),
    ...(whatIf ? { whatIf } : {}),
  };
}

function plain(values: readonly string[]): string | readonly string[] {
  const [value, ...more] = values;
  return value === undefined || more.length > 0 ? values : value;
}
