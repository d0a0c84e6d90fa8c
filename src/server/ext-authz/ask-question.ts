/**
 * From one HTTP request to one question, or to the reason why there is none. Everything that is in the caller's hands and not
 * clear ends here, as a refusal: never as an error, which an Envoy with `failure_mode_allow` would let pass.
 */
import type { AuthorizationQuestion } from "../../question/authorization-question.js";
import { fillArn } from "./arn-template.js";
import type { CheckFacts } from "./check-request.js";
import type { MappedRoute, Mapping } from "./mapping.js";
import { capturesOf } from "./path-template.js";
import type { RequestValues } from "./placeholder.js";
import { recognisePrincipal } from "./recognise-principal.js";
import { plainHost, readHeaders } from "./request-headers.js";
import { readRequestPath } from "./request-path.js";
import { readQuery } from "./request-query.js";
import { fillValues } from "./value-template.js";

/** A question with what the answer needs. */
export interface MappedQuestion {
  readonly kind: "question";
  readonly question: AuthorizationQuestion;
  readonly route: MappedRoute;
  readonly values: RequestValues;
}

/** A request that is denied unasked. */
export interface UnaskedDenial {
  readonly kind: "refusal";
  /** HTTP status of the answer. */
  readonly httpStatus: 400 | 401 | 403;
  /** Lower case; names nothing of the policies. */
  readonly reason: string;
}

/** Finds the route of a request and makes its question. Throws WireError where metadata cannot be read. */
export function askQuestion(mapping: Mapping, facts: CheckFacts): MappedQuestion | UnaskedDenial {
  const { http } = facts;
  const path = readRequestPath(http.path);
  if (path.kind === "ambiguous") return denyUnasked(400, path.reason);
  if (http.query !== "" || http.fragment !== "")
    return denyUnasked(400, "the query or the fragment came apart from the path");
  if (!/^[A-Z][A-Z0-9_-]{0,31}$/.test(http.method)) return denyUnasked(400, "the method is not known");
  const headers = readHeaders(http, mapping.headersRead);
  if (!headers.ok) return denyUnasked(400, headers.reason);
  const query = readQuery(path.query, mapping.queryRead);
  if (!query.ok) return denyUnasked(400, query.reason);
  const host = mapping.readsHosts ? plainHost(http.host) : "";
  if (host === undefined) return denyUnasked(400, "the host is no plain name");
  const index = mapping.trie.find(path.segments, (candidate) => {
    const route = mapping.routes[candidate];
    return route !== undefined && passes(route, http.method, host, headers.values, query.values);
  });
  const route = index === undefined ? undefined : mapping.routes[index];
  if (route === undefined) return denyUnasked(403, "no route");
  const values: RequestValues = {
    facts,
    path,
    headers: headers.values,
    query: query.values,
    captures: capturesOf(route.path, path.segments),
    claims: undefined,
    principal: "",
  };
  const caller = recognisePrincipal(mapping.principals, values, route.allowsAnonymous);
  if (caller === undefined) return denyUnasked(401, "no principal");
  const known = { ...values, claims: caller.claims, principal: caller.principal };
  const resource = fillArn(route.resource, known, route.path.rest);
  if (resource === undefined) return denyUnasked(400, "the resource cannot be named");
  const question: AuthorizationQuestion = {
    principal: caller.principal,
    action: route.action,
    resource,
    context: contextOf(route, known),
    resourceTags: [],
    sessionPolicies: [],
    sessionTags: caller.sessionTags,
    whatIf: false,
  };
  return { kind: "question", question, route, values: known };
}

/** A refusal. */
export function denyUnasked(httpStatus: UnaskedDenial["httpStatus"], reason: string): UnaskedDenial {
  return { kind: "refusal", httpStatus, reason };
}

function passes(
  route: MappedRoute,
  method: string,
  host: string,
  headers: ReadonlyMap<string, string>,
  query: ReadonlyMap<string, string>,
): boolean {
  if (route.methods.length > 0 && !route.methods.includes(method)) return false;
  if (route.hosts.length > 0 && !route.hosts.includes(host)) return false;
  for (const [name, value] of route.headers) if (headers.get(name) !== value) return false;
  for (const [name, value] of route.query) if (query.get(name) !== value) return false;
  return true;
}

/** A key without value is absent (CTX-2). */
function contextOf(route: MappedRoute, values: RequestValues): ReadonlyMap<string, readonly string[]> {
  const context = new Map<string, readonly string[]>();
  for (const { key, values: templates } of route.context) {
    const [only, another] = templates;
    const texts =
      only !== undefined && another === undefined
        ? fillValues(only, values)
        : templates.flatMap((template) => fillValues(template, values) ?? []);
    if (texts !== undefined && texts.length > 0) context.set(key, texts);
  }
  return context;
}
