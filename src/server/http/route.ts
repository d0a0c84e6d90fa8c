/** Which handler a method and a path lead to. Paths are compared as they come: nothing is decoded or normalised. */

import type { CallFacts } from "../../ask/decided-call.js";
import { policySetNamePattern } from "../../policy/policy-set-name.js";
import { didYouMean, likelyName } from "../../text/closest-name.js";
import { HttpError } from "./http-error.js";
import type { Reply } from "./reply.js";

/** A request that was let in, its body read. */
export interface HttpCall {
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names and values in turn, as they came: repeated ones stand there as often as they were sent. */
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
  readonly facts: CallFacts;
  /** The set that the path names; empty for the default one. */
  readonly policySet: string;
  /** Whom it counts for where callers share something that is scarce. */
  readonly share: string;
  /** Ends when the caller has gone. */
  readonly signal: AbortSignal;
}

/** One path and what it does. */
export interface Route {
  readonly method: "GET" | "POST";
  /** Whether it answers every method as it answers its own; no body is read then. */
  readonly takesEveryMethod?: boolean;
  readonly path: string;
  /** Whether `/NAME` may stand before the path, for the policy set of that name. */
  readonly inPolicySets?: boolean;
  /** What the query may name, each once; anything goes unless given. A misspelt name must not be silently without effect. */
  readonly query?: readonly string[];
  /** Whether longer paths lead here as well. */
  readonly isPrefix?: boolean;
  /** Whether everyone may call it: probes and documents that tell nothing of policies. */
  readonly isOpen?: boolean;
  /** Whether machines ask it again and again: such requests make no span. */
  readonly isScraped?: boolean;
  /** What a POST must bring, and what is answered to anything else. */
  readonly accepts?: { readonly contentType: string; readonly otherwise: 400 | 415 };
  /** Whether the work is done on a thread of its own, which has an order of its own: a large body waits for no other one. */
  readonly isDoneAside?: boolean;
  readonly handle: (call: HttpCall) => Reply | Promise<Reply>;
  /** How a failure is written; JSON unless given. */
  readonly failure?: (status: number, message: string) => Reply;
}

/** A route with what its path said. */
export interface FoundRoute {
  readonly route: Route;
  readonly policySet: string;
}

/** A path below the name of a policy set. */
const pathInSet = new RegExp(`^/(${policySetNamePattern})(/.*)$`);

/** The route of a request; throws 404, and 405 where only the method is wrong. */
export function findRoute(routes: readonly Route[], method: string, path: string): FoundRoute {
  const [, name = "", rest = ""] = pathInSet.exec(path) ?? [];
  const found = routes.flatMap((route): readonly FoundRoute[] => {
    if (route.path === path || (route.isPrefix === true && path.startsWith(`${route.path}/`))) {
      return [{ route, policySet: "" }];
    }
    return route.inPolicySets === true && route.path === rest ? [{ route, policySet: name }] : [];
  });
  if (found.length === 0) throw new HttpError(404, `no such path${wayOut(routes, path)}`);
  const asked = method === "HEAD" ? "GET" : method;
  const fitting = found.find(({ route }) => route.method === asked || route.takesEveryMethod === true);
  if (fitting !== undefined) return fitting;
  const allowed = [...new Set(found.map(({ route }) => route.method))].join(", ");
  throw new HttpError(405, `the method must be ${allowed}`, { allow: allowed });
}

/** What may have been meant, or where the paths are listed. */
function wayOut(routes: readonly Route[], path: string): string {
  const meant = likelyName(
    path,
    routes.map((route) => route.path),
  );
  if (meant !== undefined) return didYouMean(meant);
  return routes.some((route) => route.path === "/" && route.method === "GET")
    ? ": GET / lists those that there are"
    : "";
}
