/**
 * One AuthZEN evaluation as a question. Properties become context keys `authzen:subject/…`, `authzen:action/…` and
 * `authzen:resource/…`; single values of the resource are its tags as well. What the caller says of the subject is never
 * taken for a fact of the directory: `aws:PrincipalTag/…` comes from there alone (CTX-1).
 */

import type { SetDirectory } from "../../ask/set-directory.js";
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import { quote } from "../../text/quote.js";
import type { TreeNode } from "../../text/tree.js";
import { memberOf } from "../http/json-body.js";
import { sizeProblem } from "../http/question-size.js";
import { AuthzenEntries } from "./authzen-entries.js";
import type { AuthzenMapping } from "./authzen-mapping.js";
import { actionOf, principalOf, resourceOf, type Unresolved } from "./authzen-names.js";

/** The parts of an evaluation as they came; defaults are filled in. */
export interface Evaluation {
  readonly subject: TreeNode | undefined;
  readonly action: TreeNode | undefined;
  readonly resource: TreeNode | undefined;
  readonly context: TreeNode | undefined;
}

/** The question that an evaluation is. */
export interface AuthzenQuestion extends AuthorizationQuestion {
  /** Whether it is without keys that no policy of the set reads: it holds for the generation that said so and for no other. */
  readonly leavesOut: boolean;
}

/** What names are looked up in. */
export interface Naming {
  readonly mapping: AuthzenMapping;
  readonly directory: SetDirectory;
}

/** What a search leaves open: that part has no name yet. */
export type OpenPart = "subject" | "action" | "resource" | undefined;

/** The question, or why there is none. The open part is an empty text. */
export function authzenQuestion(
  { subject, action, resource, context }: Evaluation,
  { mapping, directory }: Naming,
  open?: OpenPart,
): AuthzenQuestion | Unresolved {
  const resourceType = textMember(resource, "resource", "type");
  const subjectType = textMember(subject, "subject", "type");
  const subjectId = open === "subject" ? "" : textMember(subject, "subject", "id");
  const resourceId = open === "resource" ? "" : textMember(resource, "resource", "id");
  const name = open === "action" ? "" : textMember(action, "action", "name");
  for (const text of [subjectType, subjectId, name, resourceType, resourceId])
    if (typeof text !== "string") return text;
  const entries = new AuthzenEntries();
  entries.add("context", context);
  entries.add("subject", memberOf(subject, "properties"));
  entries.add("action", memberOf(action, "properties"));
  entries.add("resource", memberOf(resource, "properties"));
  if (entries.problem !== undefined) return { status: 400, error: entries.problem };
  const principal = open === "subject" ? "" : principalOf(mapping, directory, String(subjectType), String(subjectId));
  if (typeof principal !== "string") return principal;
  const arn = open === "resource" ? "" : resourceOf(mapping, String(resourceType), String(resourceId));
  if (typeof arn !== "string") return arn;
  const question = {
    principal,
    action: open === "action" ? "" : actionOf(mapping, String(resourceType), String(name)),
    resource: arn,
    context: entries.context,
    resourceTags: entries.tags,
    sessionPolicies: [],
    sessionTags: [],
    whatIf: false,
    leavesOut: entries.unusableKeys.length > 0,
  };
  const problem = sizeProblem(question);
  if (problem !== undefined) return { status: 400, error: problem };
  const read = entries.unusableKeys.find(({ key }) => directory.readsKey(key));
  if (read === undefined) return question;
  return { status: 422, error: `${read.reason}, and a policy reads the key ${quote(read.key)}` };
}

/** The text of a required member. */
function textMember(node: TreeNode | undefined, part: string, name: string): string | Unresolved {
  if (node === undefined) return { status: 400, error: `${part}: missing` };
  if (node.kind !== "object") return { status: 400, error: `${part}: must be an object` };
  const value = memberOf(node, name);
  if (value === undefined) return { status: 400, error: `${part}.${name}: missing` };
  if (value.kind !== "string" || value.value === "") {
    return { status: 400, error: `${part}.${name}: must be a string that is not empty` };
  }
  return value.value;
}
