/**
 * What a search refuses as an evaluation would, and what it says of a list that is not complete: nobody must read an empty list as
 * "nobody may" where the question was none, or where something without a name is allowed.
 */
import type { ListScope } from "../../audit/list-scope.js";
import { isDerivedKey } from "../../image/context-keys.js";
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import { quote } from "../../text/quote.js";
import type { AskedList } from "../audits/list-scopes.js";
import { HttpError } from "../http/http-error.js";
import type { HttpCall } from "../http/route.js";
import type { AuthzenCall, AuthzenOptions } from "./authzen-call.js";
import type { Searched } from "./authzen-candidates.js";
import { kindOfType, resourcePatternsOf, serviceOf, type Unresolved } from "./authzen-names.js";
import type { Naming } from "./authzen-question.js";

/** What stands in the open place where a question is only looked at: whatever it is asked about, it is as wrong. */
function sampleOf({ question }: AskedList): Partial<AuthorizationQuestion> {
  if (question.open === "action") return { action: "verdict:Look" };
  if (question.open === "resource") return { resource: "*" };
  if (question.kind === "anonymous") return { principal: "anonymous" };
  return { principal: question.kind === "service" ? "verdict.amazonaws.com" : "arn:aws:iam::000000000000:root" };
}

/** Throws 400 with the engine's reason for a question that could be decided for no candidate. */
export function refuseUndecidable(
  { point }: AuthzenOptions,
  asked: AuthorizationQuestion,
  target: AskedList,
  policySet: string,
): void {
  const question = { ...asked, ...sampleOf(target) };
  const answer = point.engine.decide(question, policySet === "" ? {} : { policySet });
  if ("error" in answer) throw new HttpError(400, answer.error);
}

/** What is to be found out about a search, or why it is about nothing. */
export function searchTarget(
  { mapping }: Naming,
  searched: Searched,
  type: string,
  { principal, action, resource, context, resourceTags }: AuthorizationQuestion,
): AskedList | Unresolved {
  const tags = resourceTags.map(({ key, value }) => [`aws:ResourceTag/${key}`, [value]] as const);
  // CTX-1: what a caller says of a derived key is discarded.
  const given = [...context].filter(([key]) => !isDerivedKey(key));
  const known = new Map([...given, ...tags]);
  if (searched === "subject") {
    const kind = kindOfType(mapping, type);
    if (kind === undefined) return unknownType(searched, type);
    return { question: { open: "principal", kind, action, resource }, resources: ["*"], context: known };
  }
  if (searched === "action") {
    const service = serviceOf(mapping, type, resource);
    return { question: { open: "action", principal, service, resource }, resources: ["*"], context: known };
  }
  const target = resourcePatternsOf(mapping, type);
  if (target === undefined) return unknownType(searched, type);
  const { service, patterns } = target;
  return { question: { open: "resource", principal, action, service }, resources: patterns, context: known };
}

/** A type that stands for nothing. */
export function unknownType(searched: Searched, type: string): Unresolved {
  return { status: 404, error: `${searched === "action" ? "resource" : searched}.type: ${quote(type)} is unknown` };
}

/** Patterns of one answer. */
const MOST_PATTERNS = 100;

/** What an answer says of its list; nothing if it is complete. Patterns are of policies, for callers who may know of them (OUT-8). */
export function incompleteness(
  { naming }: AuthzenCall,
  searched: Searched,
  type: string,
  scope: ListScope | undefined,
  { facts }: HttpCall,
): { readonly context?: object } {
  const { mapping, directory } = naming;
  if (scope === undefined) return told("what else is allowed could not be found out", []);
  const template = searched === "subject" ? mapping.subjects.get(type) : undefined;
  const beyond = scope.beyond.filter((pattern) => {
    const [start = ""] = pattern.split("*", 1);
    return template === undefined || start.startsWith(template.prefix) || template.prefix.startsWith(start);
  });
  const isSession = searched === "subject" && kindOfType(mapping, type) === "session";
  if (isSession && directory.principals("role").length > 0) return told(messages.session, shown(beyond));
  return beyond.length === 0 ? {} : told(messages[searched], shown(beyond));

  function shown(patterns: readonly string[]): readonly string[] {
    return facts.caller.mayExplain ? patterns.slice(0, MOST_PATTERNS) : [];
  }
}

function told(message: string, beyond: readonly string[]): { readonly context: object } {
  return { context: { incomplete: { message, ...(beyond.length === 0 ? {} : { beyond }) } } };
}

const messages = {
  subject: "others may as well whom the policy set does not name",
  session: "whoever assumes a role names the session: only sessions that policies name are listed",
  action: "other actions may be allowed that neither the policy set nor AWS's catalogue names",
  resource: "other resources may be allowed that the policy set does not list",
} as const;
