/**
 * The gRPC listener: binds one address, serves the authorization service with bounded resources and
 * stops after the calls in flight. Knows nothing of policies.
 */
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { type AccessGate, openGate } from "./access-gate.js";
import {
  authorizationService,
  authorizationServiceDefinition,
  type InternalErrorListener,
} from "./authorization-service.js";
import type { DecisionPoint } from "./decision-point.js";
import { type ListenAddress, listenAddressText } from "./listen-address.js";
import { removeSocket, removeStaleSocket } from "./unix-socket.js";

/** What a server is started with; the limits are those of `src/config.ts`. */
export interface ServerOptions {
  readonly point: DecisionPoint;
  readonly gate?: AccessGate;
  readonly listen: ListenAddress;
  readonly maxMessageBytes: number;
  readonly maxConcurrentStreams: number;
  readonly maxSessionMemoryMegabytes: number;
  readonly drainTimeoutMs: number;
  readonly onInternalError?: InternalErrorListener;
}

/** A server that listens. */
export class AuthorizationServer {
  /** Where it listens, with the port that the system chose. */
  readonly address: string;
  private stopping: Promise<void> | undefined;

  private constructor(
    private readonly grpc: Server,
    private readonly listen: ListenAddress,
    private readonly drainTimeoutMs: number,
  ) {
    this.address = listenAddressText(listen);
  }

  /** Binds and serves. Rejects if the address cannot be bound. */
  static async start(options: ServerOptions): Promise<AuthorizationServer> {
    const { point, gate = openGate, listen, onInternalError = () => {} } = options;
    const grpc = new Server({
      "grpc.max_receive_message_length": options.maxMessageBytes,
      "grpc.max_send_message_length": -1,
      // grpc-js leaves both of these unlimited unless they are given.
      "grpc.max_concurrent_streams": options.maxConcurrentStreams,
      "grpc-node.max_session_memory": options.maxSessionMemoryMegabytes,
      "grpc.keepalive_time_ms": keepaliveTimeMs,
      "grpc.keepalive_timeout_ms": keepaliveTimeoutMs,
    });
    grpc.addService(authorizationServiceDefinition(), authorizationService(point, gate, onInternalError));
    if (listen.kind === "unix") await removeStaleSocket(listen.path);
    const port = await bind(grpc, listenAddressText(listen));
    const bound = listen.kind === "tcp" ? { ...listen, port } : listen;
    return new AuthorizationServer(grpc, bound, options.drainTimeoutMs);
  }

  /** Takes no more calls, waits for those in flight up to the drain timeout, then ends the rest. */
  stop(): Promise<void> {
    this.stopping ??= this.drain();
    return this.stopping;
  }

  private async drain(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.grpc.forceShutdown(), this.drainTimeoutMs);
      this.grpc.tryShutdown(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    if (this.listen.kind === "unix") await removeSocket(this.listen.path);
  }
}

// A client that vanished without a word is noticed after a minute and a half.
const keepaliveTimeMs = 60_000;
const keepaliveTimeoutMs = 20_000;

function bind(grpc: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    grpc.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}
