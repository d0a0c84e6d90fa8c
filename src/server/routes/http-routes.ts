/** Everything that the HTTP listener answers, put together. */
import type { DecisionPoint } from "../../ask/decision-point.js";
import { SetDirectories } from "../../ask/set-directory.js";
import { analyzerRoutes } from "../access-analyzer/analyzer-routes.js";
import { Audits } from "../audits/audits.js";
import { ListScopes } from "../audits/list-scopes.js";
import type { AuthzenOptions } from "../authzen/authzen-call.js";
import { Candidates } from "../authzen/authzen-candidates.js";
import { type AuthzenMapping, noMapping } from "../authzen/authzen-mapping.js";
import { authzenRoutes } from "../authzen/authzen-routes.js";
import { PageTokens } from "../authzen/page-token.js";
import { awsRoutes } from "../aws/aws-routes.js";
import type { Route } from "../http/route.js";
import type { Readiness } from "../readiness.js";
import { authorizeRoutes } from "./authorize-routes.js";
import { type ForwardAuthOptions, forwardAuthRoute } from "./forward-auth-route.js";
import { type MetricsSource, operatorRoutes } from "./operator-routes.js";
import { rootPage } from "./root-page.js";

/** What the routes work with. */
export interface HttpRouteOptions {
  readonly point: DecisionPoint;
  readonly readiness: Readiness;
  readonly metrics?: MetricsSource;
  /** How types and ids of AuthZEN become ARNs. */
  readonly authzen?: () => AuthzenMapping;
  /** Which question a request is that a proxy asks about; proxies have nothing to ask without it. */
  readonly forwardAuth?: Omit<ForwardAuthOptions, "point"> | undefined;
  /** Whether calls of AWS's Access Analyzer are answered. Default false. */
  readonly accessAnalyzer?: boolean;
  /** Where callers reach this server; no AuthZEN metadata without it. */
  readonly baseUrl?: string | undefined;
  /** Candidates that one AuthZEN search decides at most. */
  readonly maxSearchCandidates: number;
  readonly onInternalError?: ((error: unknown) => void) | undefined;
  readonly onSearched?: AuthzenOptions["onSearched"];
  /** Of this package, for the page that people see. */
  readonly version?: string;
  readonly hasTls?: boolean;
  /** What tokens of pages are sealed with. Default: a key of this process. */
  readonly secret?: Uint8Array;
}

/** Audits that tell what a search is complete about: quick ones, one after the other. */
const searchBounds = {
  atOnce: 1,
  mostWaiting: 512,
  timeoutMs: 60_000,
  maxBytes: 0,
  memoryMegabytes: 1024,
  isQuick: true,
};

/** The routes. */
export function httpRoutes(options: HttpRouteOptions): readonly Route[] {
  const { point, readiness, metrics, authzen = () => noMapping, baseUrl, maxSearchCandidates } = options;
  const directories = new SetDirectories(point.engine);
  const tokens = new PageTokens(options.secret);
  return [
    ...authorizeRoutes(point),
    ...authzenRoutes({
      point,
      mapping: authzen,
      directories,
      tokens,
      candidates: new Candidates(),
      scopes: new ListScopes(point.engine, new Audits(searchBounds), options.onInternalError),
      baseUrl,
      maxSearchCandidates,
      onSearched: options.onSearched,
    }),
    ...awsRoutes(point.engine),
    ...(options.accessAnalyzer === true ? analyzerRoutes() : []),
    rootPage({ engine: point.engine, version: options.version ?? "", baseUrl, hasTls: options.hasTls ?? false }),
    forwardAuthRoute(options.forwardAuth && { ...options.forwardAuth, point }),
    ...operatorRoutes(readiness, metrics),
  ];
}
