/** What every AuthZEN request has: a body that is an object, a policy set, names to look up. */

import type { DecisionPoint } from "../../ask/decision-point.js";
import type { SetDirectories } from "../../ask/set-directory.js";
import type { TreeNode } from "../../text/tree.js";
import type { ListScopes } from "../audits/list-scopes.js";
import { HttpError } from "../http/http-error.js";
import { parseJsonBody } from "../http/json-body.js";
import type { Reply } from "../http/reply.js";
import { requirePolicySet } from "../http/require-policy-set.js";
import type { HttpCall } from "../http/route.js";
import type { Candidates, Searched } from "./authzen-candidates.js";
import type { AuthzenMapping } from "./authzen-mapping.js";
import type { Naming } from "./authzen-question.js";
import type { PageTokens } from "./page-token.js";

/** What the AuthZEN routes work with. */
export interface AuthzenOptions {
  readonly point: DecisionPoint;
  /** The mapping in force; a call is answered with the one that it began with. */
  readonly mapping: () => AuthzenMapping;
  readonly directories: SetDirectories;
  readonly tokens: PageTokens;
  readonly candidates: Candidates;
  /** What searches can be complete about. */
  readonly scopes: ListScopes;
  /** Where callers reach this server, without a slash at the end; no metadata without it. */
  readonly baseUrl: string | undefined;
  /** Candidates that one search decides at most; the rest is for the next page. */
  readonly maxSearchCandidates: number;
  /** Hears of every page: how many candidates were decided for it, and how many of them it shows. */
  readonly onSearched?: ((searched: Searched, candidates: number, results: number) => void) | undefined;
}

/** A request that was read. */
export interface AuthzenCall {
  readonly body: TreeNode & { readonly kind: "object" };
  readonly policySet: string;
  readonly naming: Naming;
}

/** Reads a request; throws 400 for a body that is no object and 404 for a policy set that is not there. */
export async function readAuthzenCall(
  { point, mapping, directories }: AuthzenOptions,
  call: HttpCall,
): Promise<AuthzenCall> {
  const { node } = await parseJsonBody(call.body);
  if (node.kind !== "object") throw new HttpError(400, "body: must be an object");
  const policySet = call.policySet === "" ? (call.query.get("policySet") ?? "") : call.policySet;
  requirePolicySet(point.engine, policySet);
  const directory = directories.of(policySet);
  if (directory === undefined) throw new Error("engine: a policy set without a listing");
  return { body: node, policySet, naming: { mapping: mapping(), directory } };
}

/**
 * Reads a request and answers it by one generation of the policy set. An attempt that names by one generation and decides by the next
 * gives undefined and is made again, once; rejects with 503 after that.
 */
export async function answerOnOneGeneration(
  options: AuthzenOptions,
  call: HttpCall,
  attempt: (read: AuthzenCall) => Promise<Reply | undefined>,
  doing: "asked" | "searched" = "asked",
): Promise<Reply> {
  const reply =
    (await attempt(await readAuthzenCall(options, call))) ?? (await attempt(await readAuthzenCall(options, call)));
  if (reply !== undefined) return reply;
  throw new HttpError(503, `the policy set changes faster than it is ${doing}`, { "retry-after": "1" });
}
