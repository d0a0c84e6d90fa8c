/** A question as reports show it: who, what, where and what came with it. */
import type { AuthorizationQuestion } from "../question/authorization-question.js";

/** A line for the three names, and one for each thing that was said besides. */
export function questionText(question: AuthorizationQuestion): readonly string[] {
  const { principal, action, resource, context, resourceAccount, resourceTags, sessionTags } = question;
  const { sessionPolicies, endpoint } = question;
  const lines = [`${principal} ${action} ${resource}`];
  for (const [key, values] of context) lines.push(`${key} = ${values.length === 0 ? "(no value)" : values.join(", ")}`);
  for (const { key, value } of resourceTags) lines.push(`resource tag ${key} = ${value}`);
  for (const { key, value } of sessionTags) lines.push(`session tag ${key} = ${value}`);
  if (resourceAccount !== undefined) lines.push(`resource account ${resourceAccount}`);
  if (endpoint !== undefined) lines.push(`endpoint ${endpoint}`);
  if (sessionPolicies.length > 0) lines.push(`session policies: ${sessionPolicies.length}`);
  return lines;
}
