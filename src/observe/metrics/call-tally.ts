/**
 * What metrics count of calls, as numbers in place. Sees every decided call and the beginning and end of every gRPC call, so it
 * allocates nothing; never knows a principal or a resource.
 */
import type { CallFacts, DecidedCall, DecisionObserver } from "../../ask/decided-call.js";
import { TALLY_LENGTH, tallyOutcomes } from "../decision-log/outcome-count.js";
import { HistogramCells, secondsBounds, sizeBounds } from "./histogram-cells.js";

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
  readonly shed = new Map<string, number>();
  /** Requests that proxies asked about and that were answered without a decision, by transport and HTTP status. */
  readonly undecided: Readonly<Record<"http" | "ext_authz", Map<number, number>>> = {
    http: new Map(undecidedStatuses.map((status) => [status, 0])),
    ext_authz: new Map(undecidedStatuses.map((status) => [status, 0])),
  };

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
