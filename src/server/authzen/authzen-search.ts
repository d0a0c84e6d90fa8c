/**
 * The three searches of AuthZEN: every candidate that the policy set or AWS's catalogue names is decided as an evaluation of its own, so
 * that a search is exactly the filter of evaluations, and what is allowed beyond them is said. Pages are bounded in results and in work.
 */
import { decideCandidates, GenerationChanged } from "../../ask/decide-candidates.js";
import type { TreeNode } from "../../text/tree.js";
import { HttpError } from "../http/http-error.js";
import { memberOf } from "../http/json-body.js";
import { jsonReply, type Reply } from "../http/reply.js";
import type { HttpCall } from "../http/route.js";
import { type AuthzenCall, type AuthzenOptions, answerOnOneGeneration } from "./authzen-call.js";
import type { Searched } from "./authzen-candidates.js";
import { errorContext } from "./authzen-evaluation.js";
import type { Named } from "./authzen-names.js";
import { authzenQuestion } from "./authzen-question.js";
import { searchDigest } from "./page-token.js";
import { incompleteness, refuseUndecidable, searchTarget, unknownType } from "./search-scope.js";

const mostResults = 1000;

/** One search. */
export async function search(options: AuthzenOptions, call: HttpCall, searched: Searched): Promise<Reply> {
  // Candidates and answers have to come from one policy set.
  return answerOnOneGeneration(options, call, (read) => decidePage(options, call, searched, read), "searched");
}

/** A page, or undefined if the policy set changed meanwhile. */
async function decidePage(
  options: AuthzenOptions,
  call: HttpCall,
  searched: Searched,
  read: AuthzenCall,
): Promise<Reply | undefined> {
  const { body, naming, policySet } = read;
  const part = (name: string): TreeNode | undefined => memberOf(body, name);
  const parts = {
    subject: part("subject"),
    action: part("action"),
    resource: part("resource"),
    context: part("context"),
  };
  const asked = authzenQuestion(parts, naming, searched);
  const request = searchDigest(body, searched, policySet, call.facts.caller.name);
  const { after, limit } = readPage(options, part("page"), request);
  // Actions have no type: that of the resource says how they are called.
  const type = typeOf(parts[searched === "action" ? "resource" : searched]);
  if ("error" in asked && asked.status === 400) throw new HttpError(400, asked.error);
  const target = "error" in asked ? asked : searchTarget(naming, searched, type, asked);
  const { directory } = naming;
  if (!("error" in asked) && !("error" in target)) refuseUndecidable(options, asked, target, policySet);
  const scope = "error" in target ? undefined : await options.scopes.of(policySet, directory.generation, target, call);
  const open =
    "error" in asked
      ? asked
      : "error" in target
        ? target
        : scope?.isKnown === false
          ? unknownType(searched, type)
          : asked;
  const unusable = "error" in open ? open : undefined;
  // What stands for nothing is related to nothing.
  const candidates = "error" in open ? [] : options.candidates.of(naming, searched, type, open.resource, scope);
  const from = after === undefined ? 0 : candidates.findIndex(({ name }) => name > after);
  const last = Math.min(candidates.length, (from < 0 ? candidates.length : from) + options.maxSearchCandidates);
  const results: Named[] = [];
  const first = from < 0 ? candidates.length : from;
  let at = first;
  if (!("error" in open)) {
    const names = candidates.slice(at, last).map(({ name }) => name);
    const { facts, signal } = call;
    const terms = { policySet, generation: naming.directory.generation, facts, signal };
    try {
      for await (const isAllowed of decideCandidates(options.point, open, openTexts[searched], names, terms)) {
        const candidate = candidates[at++];
        if (isAllowed && candidate !== undefined) results.push(candidate);
        // One more than wanted: whether there is a next page is known only then.
        if (results.length > limit) break;
      }
    } catch (error: unknown) {
      if (error instanceof GenerationChanged) return undefined;
      throw error;
    }
  }
  const shown = results.slice(0, limit);
  const reached =
    results.length > limit ? shown.at(-1)?.name : at < candidates.length ? candidates[at - 1]?.name : undefined;
  options.onSearched?.(searched, at - first, shown.length);
  const token = reached === undefined ? "" : options.tokens.make(reached, request);
  return jsonReply(200, {
    results: shown.map(({ id }) => (searched === "action" ? { name: id } : { type, id })),
    ...(part("page") === undefined && token === "" ? {} : { page: { next_token: token, count: shown.length } }),
    // Every candidate is denied for the same reason.
    ...(unusable === undefined
      ? incompleteness(read, searched, type, scope, call)
      : { context: errorContext(unusable.status, unusable.error) }),
  });
}

/** The place of what is searched in a question. */
const openTexts = { subject: "principal", action: "action", resource: "resource" } as const;

function typeOf(node: TreeNode | undefined): string {
  const type = memberOf(node, "type");
  return type?.kind === "string" ? type.value : "";
}

function readPage(
  { tokens }: AuthzenOptions,
  page: TreeNode | undefined,
  request: string,
): { readonly after: string | undefined; readonly limit: number } {
  if (page === undefined) return { after: undefined, limit: mostResults };
  if (page.kind !== "object") throw new HttpError(400, "page: must be an object");
  const token = memberOf(page, "token");
  const limit = memberOf(page, "limit");
  if (token !== undefined && token.kind !== "string") throw new HttpError(400, "page.token: must be a string");
  if (limit !== undefined && (limit.kind !== "number" || !/^[1-9][0-9]{0,8}$/.test(limit.text))) {
    throw new HttpError(400, "page.limit: must be a whole number above 0");
  }
  // An empty token is the one that ends a search: it leads to its beginning.
  const isFirst = token === undefined || token.value === "";
  const after = isFirst ? undefined : tokens.read(token.value, request);
  if (!isFirst && after === undefined) throw new HttpError(400, "page.token: not a token of this search");
  return {
    after,
    limit: limit?.kind === "number" ? Math.min(Number(limit.text), mostResults) : mostResults,
  };
}
