/**
 * The gRPC listener of the decision point: the authorization service and whatever is served beside it on the same address.
 * Knows nothing of policies.
 */
import { setMaxListeners } from "node:events";
import { type AccessGate, openGate } from "../../access/access-gate.js";
import type { DecisionPoint } from "../../ask/decision-point.js";
import { defaultMaxPendingBytes, GrpcListener, type ListenerOptions } from "../grpc/grpc-listener.js";
import type { GrpcService } from "../grpc/grpc-service.js";
import { StalledCalls } from "../grpc/stalled-calls.js";
import { authorizationService, type InternalErrorListener } from "./authorization-service.js";

/** What a server is started with; the limits are those of `src/config/limit-settings.ts`. */
export interface ServerOptions extends Omit<ListenerOptions, "services" | "stopSignal" | "stalledCalls"> {
  readonly point: DecisionPoint;
  readonly gate?: AccessGate;
  /** Served on the same address beside the authorization service. */
  readonly services?: readonly GrpcService[];
  readonly onInternalError?: InternalErrorListener;
}

/** A server that listens. */
export class AuthorizationServer {
  /** Where it listens, with the port that the system chose. */
  readonly address: string;

  private constructor(readonly listener: GrpcListener) {
    this.address = listener.address;
  }

  /** Binds and serves. Rejects if the address cannot be bound. */
  static async start(options: ServerOptions): Promise<AuthorizationServer> {
    const { point, gate = openGate, onInternalError = () => {} } = options;
    const stopSignal = new AbortController();
    // Every open stream listens.
    setMaxListeners(0, stopSignal.signal);
    const stalledCalls = new StalledCalls();
    const service = authorizationService({
      point,
      gate,
      onInternalError,
      maxPendingBytes: options.maxPendingBytes ?? defaultMaxPendingBytes,
      stalledCalls,
      stopping: stopSignal.signal,
    });
    const services = [service, ...(options.services ?? [])];
    return new AuthorizationServer(await GrpcListener.start({ ...options, services, stopSignal, stalledCalls }));
  }

  /** Takes no more calls, waits for those in flight up to the drain timeout, then ends the rest. */
  stop(): Promise<void> {
    return this.listener.stop();
  }
}
