/**
 * The three searches of AuthZEN: every candidate that the policy set names is decided as an evaluation of its own, so that
 * a search is exactly the filter of evaluations. Pages are bounded in results and in work.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { EngineError } from "../../engine/engine-error.js";
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import type { TreeNode } from "../../text/tree.js";
import { RequestField } from "../../wire/authorization-fields.js";
import { BatchAnswers, batchItem, joinBatch, textQuestion } from "../../wire/batch.js";
import { encodeQuestion } from "../../wire/encode-question.js";
import { decodeResponse } from "../../wire/given-answers.js";
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

const mostResults = 1000;
/** Candidates of one batch: decided where they arrive. */
const STEP = 500;

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
  const open = authzenQuestion(parts, naming, searched);
  const request = searchDigest(body, searched, policySet, call.facts.caller.name);
  const { after, limit } = readPage(options, part("page"), request);
  if ("error" in open && open.status === 400) throw new HttpError(400, open.error);
  const unusable = "error" in open && open.status === 422 ? open : undefined;
  // What stands for nothing is related to nothing.
  // Actions have no type: that of the resource says how they are called.
  const type = typeOf(parts[searched === "action" ? "resource" : searched]);
  const candidates = "error" in open ? [] : options.candidates.of(naming, searched, type, open.resource);
  const from = after === undefined ? 0 : candidates.findIndex(({ name }) => name > after);
  const last = Math.min(candidates.length, (from < 0 ? candidates.length : from) + options.maxSearchCandidates);
  const results: Named[] = [];
  let at = from < 0 ? candidates.length : from;
  // One more than wanted: whether there is a next page is known only then.
  while (at < last && results.length <= limit && !("error" in open)) {
    const some = candidates.slice(at, Math.min(at + STEP, last));
    const allowed = await decideCandidates(options, call, read, searched, open, some);
    if (allowed === undefined) return undefined;
    results.push(...some.filter((_, index) => allowed[index]));
    at += some.length;
    await nextTurn();
    if (call.signal.aborted) throw new EngineError("cancelled", "call: cancelled");
  }
  const shown = results.slice(0, limit);
  const reached =
    results.length > limit ? shown.at(-1)?.name : at < candidates.length ? candidates[at - 1]?.name : undefined;
  const token = reached === undefined ? "" : options.tokens.make(reached, request);
  return jsonReply(200, {
    results: shown.map(({ id }) => (searched === "action" ? { name: id } : { type, id })),
    ...(part("page") === undefined && token === "" ? {} : { page: { next_token: token, count: shown.length } }),
    // Every candidate is denied for the same reason.
    ...(unusable === undefined ? {} : { context: errorContext(unusable.status, unusable.error) }),
  });
}

const FIELDS = {
  subject: RequestField.Principal,
  action: RequestField.Action,
  resource: RequestField.Resource,
} as const;

/** Which candidates are allowed; undefined if another generation than that of the candidates answered. */
async function decideCandidates(
  { point }: AuthzenOptions,
  { facts, signal }: HttpCall,
  { naming, policySet }: AuthzenCall,
  searched: Searched,
  open: AuthorizationQuestion,
  candidates: readonly Named[],
): Promise<readonly boolean[] | undefined> {
  const batch = joinBatch(
    candidates.map(({ name }) => batchItem(textQuestion(FIELDS[searched], name))),
    { detail: "outcome", policySet, defaults: encodeQuestion(open, "outcome") },
  );
  const answers = new BatchAnswers(await point.batchAuthorize(batch, facts, signal));
  if (answers.length !== candidates.length) throw new Error(`engine: ${answers.length} answers to a search`);
  const decided = candidates.map((_, index) => decodeResponse(answers.at(index)));
  if (decided.some((one) => "policySet" in one && one.policySet.generation !== naming.directory.generation)) {
    return undefined;
  }
  return decided.map((one) => !("error" in one) && one.allowed);
}

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
