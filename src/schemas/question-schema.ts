/** Questions, as tests and simulation cases hold them. */
import type { questionMembers } from "../question/authorization-question.js";
import { anyText, boolean, described, listOf, mapOf, type Schema, scalar, tags, text } from "./schema.js";

/** Condition keys; `null` says that a key is missing. */
export const context: Schema = described(
  "Condition keys with their values.",
  mapOf({ anyOf: [scalar, listOf(scalar), { type: "null" }] }),
);

/** The members of a question. */
export const questionProperties: Readonly<Record<(typeof questionMembers)[number], Schema>> = {
  principal: described("An ARN, a service such as `events.amazonaws.com`, a provider, or `anonymous`.", text),
  action: described("`service:Name`, without wildcards.", text),
  resource: described("One ARN, or `*` for an action that has no resource.", text),
  context,
  resourceAccount: described("The account that owns the resource.", text),
  resourceTags: tags,
  sessionPolicies: described(
    "Policy documents that limit the session.",
    listOf({ anyOf: [{ type: "object" }, anyText] }),
  ),
  sessionTags: tags,
  endpoint: described("The VPC endpoint that the request came through.", text),
  whatIf: described("Whether values of keys count that are derived otherwise.", boolean),
};
