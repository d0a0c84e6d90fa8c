/**
 * What metrics count of calls, as numbers in place. Sees every decided call and the beginning and end of every gRPC call, so it
 * allocates nothing; never knows a principal or a resource.
 */
import type { CallFacts, DecidedCall, DecisionObserver } from "../../ask/decided-call.js";
import { TALLY_LENGTH, tallyOutcomes } from "../decision-log/outcome-count.js";
import { HistogramCells, secondsBounds, sizeBounds } from "./histogram-cells.js";
import { RouteTally } from "./route-tally.js";

/** Kinds of gRPC methods, as the `grpc_type` label has them. */
export type GrpcMethodType = "unary" | "client_stream" | "server_stream" | "bidi_stream";

// From 0: a counter that begins with its first refusal shows no increase.
const undecidedStatuses = [400, 401, 403, 500, 503] as const;

/** Counts of one gRPC method. */
export class MethodTally {
  started = 0;
  /** Ended calls by the name of their status. */
  readonly handled = new Map<string, number>();
  readonly seconds = new HistogramCells(secondsBounds);

  constructor(
    readonly service: string,
    readonly method: string,
    readonly type: GrpcMethodType,
  ) {}

  /** A call ended with a status, after so many seconds. */
  ended(code: string, seconds: number): void {
    this.handled.set(code, (this.handled.get(code) ?? 0) + 1);
    this.seconds.observe(seconds);
  }
}

/** Counts of one route of a mapping. */
export class ProxyTally {
  passed = 0;
  denied = 0;
  /** The question could not be decided. */
  refusal = 0;
}

/** Sizes of searches of one kind. */
export class SearchTally {
  readonly candidates = new HistogramCells(sizeBounds);
  readonly results = new HistogramCells(sizeBounds);
}

/** Counts of decided calls, by transport, and of gRPC methods. */
export class CallTally implements DecisionObserver {
  /** As `tallyOutcomes` has it. */
  readonly decisions: Readonly<Record<CallFacts["transport"], Float64Array>> = {
    grpc: new Float64Array(TALLY_LENGTH),
    http: new Float64Array(TALLY_LENGTH),
    ext_authz: new Float64Array(TALLY_LENGTH),
  };
  readonly seconds = new HistogramCells(secondsBounds);
  readonly batchSize = new HistogramCells(sizeBounds);
  readonly methods: MethodTally[] = [];
  /** Of HTTP requests, by route. */
  readonly routes = new Map<string, RouteTally>();
  readonly shed = new Map<string, number>();
  /** Requests that proxies asked about and that were answered without a decision, by transport and HTTP status. */
  readonly undecided: Readonly<Record<"http" | "ext_authz", Map<number, number>>> = {
    http: new Map(undecidedStatuses.map((status) => [status, 0])),
    ext_authz: new Map(undecidedStatuses.map((status) => [status, 0])),
  };

  /** Decided requests that proxies asked about, by transport and the name of the mapping's route. */
  readonly proxied: Readonly<Record<"http" | "ext_authz", Map<string, ProxyTally>>> = {
    http: new Map(),
    ext_authz: new Map(),
  };
  /** Of AuthZEN searches: how many candidates one decided, and how many it found. */
  readonly searches = {
    subject: new SearchTally(),
    resource: new SearchTally(),
    action: new SearchTally(),
  } as const;

  decided({ kind, response, facts, durationMs }: DecidedCall): undefined {
    const count = tallyOutcomes(kind, response, this.decisions[facts.transport]);
    this.seconds.observe(durationMs / 1000);
    if (kind === "batch") this.batchSize.observe(count);
  }

  /** A gRPC method that is served. */
  method(service: string, method: string, type: GrpcMethodType): MethodTally {
    const tally = new MethodTally(service, method, type);
    this.methods.push(tally);
    return tally;
  }

  /** An HTTP route. */
  route(path: string): RouteTally {
    const known = this.routes.get(path);
    if (known !== undefined) return known;
    const tally = new RouteTally(path);
    this.routes.set(path, tally);
    return tally;
  }

  /** A request that a proxy asked about was decided by a route of the mapping. */
  answeredProxy(route: string, outcome: keyof ProxyTally, { transport }: CallFacts): void {
    const counts = this.proxied[transport === "http" ? "http" : "ext_authz"];
    let tally = counts.get(route);
    if (tally === undefined) {
      tally = new ProxyTally();
      counts.set(route, tally);
    }
    tally[outcome]++;
  }

  /** A search was answered. */
  searched(searched: keyof CallTally["searches"], candidates: number, results: number): void {
    this.searches[searched].candidates.observe(candidates);
    this.searches[searched].results.observe(results);
  }

  /** A proxy was answered without a decision. */
  answeredUndecided(status: number, { transport }: CallFacts): void {
    const counts = this.undecided[transport === "http" ? "http" : "ext_authz"];
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }

  /** A call was refused to keep the process well. */
  refused(reason: string): void {
    this.shed.set(reason, (this.shed.get(reason) ?? 0) + 1);
  }
}
