/**
 * One AuthZEN evaluation as a question. Properties become context keys `authzen:subject/…`, `authzen:action/…` and
 * `authzen:resource/…`; single values of the resource are its tags as well. What the caller says of the subject is never
 * taken for a fact of the directory: `aws:PrincipalTag/…` comes from there alone (CTX-1).
 */
import type { AuthorizationQuestion } from "../../policy/authorization-question.js";
import type { Tag } from "../../policy/policy-set.js";
import { quote } from "../../policy/quote.js";
import type { TreeNode } from "../../policy/tree.js";
import type { AuthzenMapping } from "./authzen-mapping.js";
import { actionOf, principalOf, resourceOf, type Unresolved } from "./authzen-names.js";
import { memberOf } from "./json-body.js";
import { sizeProblem } from "./question-size.js";
import type { SetDirectory } from "./set-directory.js";

/** The parts of an evaluation as they came; defaults are filled in. */
export interface Evaluation {
  readonly subject: TreeNode | undefined;
  readonly action: TreeNode | undefined;
  readonly resource: TreeNode | undefined;
  readonly context: TreeNode | undefined;
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
): AuthorizationQuestion | Unresolved {
  const resourceType = textMember(resource, "resource", "type");
  const subjectType = textMember(subject, "subject", "type");
  const subjectId = open === "subject" ? "" : textMember(subject, "subject", "id");
  const resourceId = open === "resource" ? "" : textMember(resource, "resource", "id");
  const name = open === "action" ? "" : textMember(action, "action", "name");
  for (const text of [subjectType, subjectId, name, resourceType, resourceId])
    if (typeof text !== "string") return text;
  const entries = new Entries();
  entries.add("", context, "context");
  entries.add("authzen:subject/", memberOf(subject, "properties"), "subject.properties");
  entries.add("authzen:action/", memberOf(action, "properties"), "action.properties");
  entries.add("authzen:resource/", memberOf(resource, "properties"), "resource.properties");
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
  };
  const problem = sizeProblem(question);
  return problem === undefined ? question : { status: 400, error: problem };
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

/** Gathers context keys and tags. Condition keys ignore case (COND-7), so two that differ in nothing else are refused. */
class Entries {
  readonly context = new Map<string, readonly string[]>();
  readonly tags: Tag[] = [];
  problem: string | undefined;
  private readonly seen = new Set<string>();

  add(prefix: string, node: TreeNode | undefined, path: string): void {
    if (node === undefined) return;
    if (node.kind !== "object") {
      this.problem ??= `${path}: must be an object`;
      return;
    }
    for (const { key, value } of node.members) this.addValue(prefix, key, value, `${path}[${quote(key)}]`);
  }

  private addValue(prefix: string, key: string, value: TreeNode, path: string): void {
    if (value.kind === "null") return;
    if (value.kind === "object") {
      for (const member of value.members) this.addValue(prefix, `${key}.${member.key}`, member.value, path);
      return;
    }
    const texts = value.kind === "array" ? value.items.map(scalarText) : [scalarText(value)];
    const known = texts.filter((text) => text !== undefined);
    const name = `${prefix}${key}`;
    if (known.length < texts.length) this.problem ??= `${path}: a list of lists or objects has no form in a condition`;
    if (this.seen.has(name.toLowerCase())) this.problem ??= `${path}: ${quote(key)} is given twice, but for case`;
    if (prefix === "" && /^authzen:/i.test(key)) this.problem ??= `${path}: \`authzen:\` keys come from properties`;
    this.seen.add(name.toLowerCase());
    this.context.set(name, known);
    const [text] = known;
    if (prefix === "authzen:resource/" && value.kind !== "array" && text !== undefined) {
      this.tags.push({ key, value: text });
    }
  }
}

function scalarText(node: TreeNode): string | undefined {
  if (node.kind === "string") return node.value;
  if (node.kind === "number") return node.text;
  return node.kind === "boolean" ? String(node.value) : undefined;
}
