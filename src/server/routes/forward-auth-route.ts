/**
 * `/forward-auth`: whether a request may pass, said by the status alone, for proxies that ask over HTTP (nginx's `auth_request`,
 * Traefik's `forwardAuth`). Decided by the mapping of `--ext-authz`, as Envoy's questions are.
 */
import { randomUUID } from "node:crypto";
import { deniedBody, refusedBody, requestHeadersOf, undecidedBody } from "../ext-authz/answer-body.js";
import { type CheckOutcome, type CheckTerms, decideCheck, failedCheck } from "../ext-authz/decide-check.js";
import type { Mapping } from "../ext-authz/mapping.js";
import { HttpError } from "../http/http-error.js";
import { jsonReply, type Reply } from "../http/reply.js";
import type { HttpCall, Route } from "../http/route.js";
import { readForwardedRequest } from "./forwarded-request.js";

/** What the route works with. */
export interface ForwardAuthOptions extends CheckTerms {
  /** The mapping in force; a call is answered with the one that it began with. */
  readonly mapping: () => Mapping;
}

/** The route; without a mapping it answers 404. */
export function forwardAuthRoute(options: ForwardAuthOptions | undefined): Route {
  return {
    method: "GET",
    // Proxies may ask with the method of the request that they ask about.
    takesEveryMethod: true,
    path: "/forward-auth",
    query: [],
    handle(call) {
      if (options === undefined) throw new HttpError(404, "no mapping: start the server with --ext-authz");
      return forwardAuth(options, call);
    },
  };
}

async function forwardAuth(options: ForwardAuthOptions, { facts, rawHeaders }: HttpCall): Promise<Reply> {
  const decisionId = randomUUID();
  const asked = { ...facts, decisionId };
  const mapping = options.mapping();
  const read = () => readForwardedRequest(rawHeaders, mapping.headersRead);
  try {
    const timeoutMs = (): number => mapping.timeoutMs;
    return replyTo(await decideCheck(read, mapping, options, asked, timeoutMs), mapping, decisionId);
  } catch (error: unknown) {
    return replyTo(failedCheck(error, options, asked), mapping, decisionId);
  }
}

/** INVARIANT: 200 is for `passed` alone. */
function replyTo(outcome: CheckOutcome, mapping: Mapping, decisionId: string): Reply {
  switch (outcome.kind) {
    case "passed": {
      const given = requestHeadersOf(mapping, outcome.asked).flatMap(([name, text]) =>
        text === undefined ? [] : [[name, text] as const],
      );
      return { ...jsonReply(200, { decisionId }), headers: Object.fromEntries(given) };
    }
    case "denied":
      return jsonReply(403, deniedBody(mapping, outcome.asked, outcome.decision, decisionId));
    case "refusal": {
      const reply = jsonReply(outcome.httpStatus, refusedBody(outcome, decisionId));
      return outcome.httpStatus === 401 ? { ...reply, headers: { "www-authenticate": "Bearer" } } : reply;
    }
    case "undecided":
      return jsonReply(outcome.httpStatus, undecidedBody(decisionId));
  }
}
