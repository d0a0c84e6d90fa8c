/** The paths of the AuthZEN Authorization API 1.0, for the default policy set and below `/NAME` for named ones. */

import { questionQuery } from "../../ask/decide-questions.js";
import { quote } from "../../text/quote.js";
import { HttpError } from "../http/http-error.js";
import { jsonReply, jsonType, type Reply } from "../http/reply.js";
import type { HttpCall, Route } from "../http/route.js";
import type { AuthzenOptions } from "./authzen-call.js";
import { evaluate, evaluateAll } from "./authzen-evaluation.js";
import { search } from "./authzen-search.js";

const wellKnown = "/.well-known/authzen-configuration";
const paths = {
  access_evaluation_endpoint: "/access/v1/evaluation",
  access_evaluations_endpoint: "/access/v1/evaluations",
  search_subject_endpoint: "/access/v1/search/subject",
  search_resource_endpoint: "/access/v1/search/resource",
  search_action_endpoint: "/access/v1/search/action",
} as const;

/** The routes. */
export function authzenRoutes(options: AuthzenOptions): readonly Route[] {
  const post = (path: string, handle: Route["handle"]): Route => ({
    method: "POST",
    path,
    inPolicySets: true,
    // The certification scenario wants 400 where HTTP has 415.
    accepts: { contentType: jsonType, otherwise: 400 },
    query: questionQuery,
    handle,
  });
  return [
    post(paths.access_evaluation_endpoint, (call) => evaluate(options, call)),
    post(paths.access_evaluations_endpoint, (call) => evaluateAll(options, call)),
    post(paths.search_subject_endpoint, (call) => search(options, call, "subject")),
    post(paths.search_resource_endpoint, (call) => search(options, call, "resource")),
    post(paths.search_action_endpoint, (call) => search(options, call, "action")),
    { method: "GET", path: wellKnown, isPrefix: true, isOpen: true, handle: (call) => metadata(options, call) },
  ];
}

/** The base URL is what the operator says: what a caller sends as `Host` proves nothing. */
function metadata({ baseUrl, directories }: AuthzenOptions, { path }: HttpCall): Reply {
  if (baseUrl === undefined) throw new HttpError(404, "no metadata: start the server with --base-url");
  const asked = path.slice(wellKnown.length);
  const own = new URL(baseUrl).pathname.replace(/\/$/, "");
  const name = asked === "" || asked === own ? "" : asked.slice(asked.lastIndexOf("/") + 1);
  if (name !== "" && (asked !== `${own}/${name}` || directories.of(name) === undefined)) {
    throw new HttpError(404, `no policy set ${quote(name)} is published`);
  }
  const base = name === "" ? baseUrl : `${baseUrl}/${name}`;
  const endpoints = Object.entries(paths).map(([member, one]) => [member, `${base}${one}`]);
  return jsonReply(200, { policy_decision_point: base, ...Object.fromEntries(endpoints) });
}
