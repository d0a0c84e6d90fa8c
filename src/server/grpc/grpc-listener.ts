/**
 * A gRPC listener: binds one address, serves any services with bounded resources, health and reflection beside them, and
 * stops after the calls in flight. Knows nothing of policies.
 */
import { logVerbosity, Server, ServerCredentials, setLogVerbosity } from "@grpc/grpc-js";
import { nameCertificates } from "../../access/certificate-names.js";
import { type ListenAddress, listenAddressText } from "../../access/listen-address.js";
import type { TlsMaterial } from "../../access/tls-material.js";
import type { RpcObserver } from "../../observe/metrics/rpc-observer.js";
import { Readiness, stopping } from "../readiness.js";
import { defaultSocketMode, removeSocket, removeStaleSocket, withSocketMode } from "../unix-socket.js";
import { ByteCalls } from "./byte-calls.js";
import { ConnectionGuard, type GuardCounts } from "./connection-guard.js";
import type { GrpcService } from "./grpc-service.js";
import { HealthService } from "./health-service.js";
import { http2ServersOf, setHttp2Options, takeStreams } from "./http2-insides.js";
import { observedService } from "./observed-service.js";
import type { MethodKind } from "./open-streams.js";
import { reflectionServices } from "./reflection-service.js";
import type { StalledCalls } from "./stalled-calls.js";
import { tlsServerCredentials } from "./tls-server-credentials.js";

/** What callers may claim; the settings of `src/config/limit-settings.ts`. */
export interface ListenerLimits {
  readonly maxMessageBytes: number;
  readonly maxConcurrentStreams: number;
  readonly maxSessionMemoryMegabytes: number;
  readonly drainTimeoutMs: number;
  /** Default 4096. */
  readonly maxConnections?: number;
  /** Calls that are open on all connections together. Default 16,384. */
  readonly maxOpenCalls?: number;
  /** Default 16 KiB. */
  readonly maxHeaderBytes?: number;
  /** Bytes of batches in memory at once; parts of messages may hold half as many beside them. Default 256 MiB. */
  readonly maxPendingBytes?: number;
  /** How long the request of a call may take to arrive. Default 20 s. */
  readonly requestTimeoutMs?: number;
  /** A connection without calls is closed after so long; 0 never. Default 5 min. */
  readonly idleTimeoutMs?: number;
  /** A connection is renewed after so long; 0 never, which is the default. */
  readonly maxConnectionAgeMs?: number;
}

/** What a listener is started with. */
export interface ListenerOptions extends ListenerLimits {
  readonly listen: ListenAddress;
  readonly services: readonly GrpcService[];
  /** TLS; without it the listener is plain. */
  readonly tls?: TlsMaterial | undefined;
  /** Mode bits of a unix socket. Default 0600. */
  readonly socketMode?: number;
  /** What health checks report. Default: ready. */
  readonly readiness?: Readiness;
  /** Whether reflection is served. Default false. */
  readonly reflection?: boolean;
  /** Hears of the beginning and the end of every call. */
  readonly observer?: RpcObserver | undefined;
  /** Told when a stop begins, so that streams can be ended in order. */
  readonly stopSignal?: AbortController;
  /** Told who knows the calls whose answers nobody takes. */
  readonly stalledCalls?: StalledCalls;
}

/** A listener that is open. */
export class GrpcListener {
  /** Where it listens, with the port that the system chose. */
  readonly address: string;
  private stopped: Promise<void> | undefined;

  private constructor(
    private readonly grpc: Server,
    private readonly listen: ListenAddress,
    private readonly guard: ConnectionGuard,
    private readonly health: HealthService,
    private readonly readiness: Readiness,
    private readonly options: ListenerOptions,
  ) {
    this.address = listenAddressText(listen);
  }

  /** Binds and serves. Rejects if the address cannot be bound. */
  static async start(options: ListenerOptions): Promise<GrpcListener> {
    const { listen, services, readiness = new Readiness(), reflection = false } = options;
    // The library writes a line of its own for every odd header: callers could fill the operator's log.
    setLogVerbosity(logVerbosity.NONE);
    const grpc = serverWithin(options);
    const health = new HealthService(
      services.map(({ name }) => name),
      readiness,
    );
    const described: readonly GrpcService[] = [...services, health];
    const all = reflection ? [...described, ...reflectionServices(() => described)] : described;
    const { observer } = options;
    const served = observer === undefined ? all : all.map((service) => observedService(service, observer));
    const ofBytes = served.filter(({ takesBytes }) => takesBytes === true);
    const byteCalls = new ByteCalls(ofBytes, options.maxMessageBytes);
    for (const service of served) {
      if (!ofBytes.includes(service)) grpc.addService(service.definition, service.implementation);
    }
    const guard = new ConnectionGuard({
      maxConnections: options.maxConnections ?? defaults.maxConnections,
      requestTimeoutMs: options.requestTimeoutMs ?? defaults.requestTimeoutMs,
      maxOpenCalls: options.maxOpenCalls ?? defaults.maxOpenCalls,
      maxArrivingBytes: Math.max((options.maxPendingBytes ?? defaultMaxPendingBytes) / 2, options.maxMessageBytes),
      methods: methodsOf(all),
    });
    options.stalledCalls?.endedBy(() => guard.endUntaken());
    const credentials =
      options.tls === undefined ? ServerCredentials.createInsecure() : tlsServerCredentials(options.tls);
    const watchedBind = async (): Promise<number> => {
      const port = await bind(grpc, listenAddressText(listen), credentials);
      for (const server of http2ServersOf(grpc)) {
        takeStreams(grpc, server, (stream, headers) => byteCalls.serve(stream, headers));
        guard.watch(server);
        if (options.tls?.asksClients === true) nameCertificates(server);
      }
      return port;
    };
    if (listen.kind === "unix") await removeStaleSocket(listen.path);
    const port =
      listen.kind === "unix"
        ? await withSocketMode(listen.path, options.socketMode ?? defaultSocketMode, watchedBind)
        : await watchedBind();
    const bound = listen.kind === "tcp" ? { ...listen, port } : listen;
    return new GrpcListener(grpc, bound, guard, health, readiness, options);
  }

  /** How many connections are open. */
  get connections(): number {
    return this.guard.connections;
  }

  /** What the listener has turned away. */
  get turnedAway(): Readonly<GuardCounts> {
    return this.guard.counts;
  }

  /** Reports NOT_SERVING, takes no more calls, waits for those in flight up to the drain timeout, then ends the rest. */
  stop(): Promise<void> {
    this.stopped ??= this.drain();
    return this.stopped;
  }

  private async drain(): Promise<void> {
    this.readiness.hold(stopping);
    this.health.close();
    this.options.stopSignal?.abort();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.grpc.forceShutdown();
        this.guard.close();
      }, this.options.drainTimeoutMs);
      this.grpc.tryShutdown(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.guard.close();
    if (this.listen.kind === "unix") await removeSocket(this.listen.path);
  }
}

/** Bytes of batches in memory at once, where nothing else is said. */
export const defaultMaxPendingBytes = 256 << 20;

const defaults = {
  maxConnections: 4096,
  maxOpenCalls: 16_384,
  maxHeaderBytes: 16 << 10,
  requestTimeoutMs: 20_000,
  idleTimeoutMs: 300_000,
} as const;

/** Bytes that may be under way of one call: most of a batch of a thousand rows, where its connection has room for as much. */
const initialWindowSize = 256 << 10;

// A client that vanished without a word is noticed after a minute and a half.
const keepaliveTimeMs = 60_000;
const keepaliveTimeoutMs = 20_000;

function serverWithin(options: ListenerOptions): Server {
  const idleTimeoutMs = options.idleTimeoutMs ?? defaults.idleTimeoutMs;
  const ageMs = options.maxConnectionAgeMs ?? 0;
  const grpc = new Server({
    "grpc.max_receive_message_length": options.maxMessageBytes,
    "grpc.max_send_message_length": -1,
    // grpc-js leaves this unlimited unless it is given.
    "grpc-node.max_session_memory": options.maxSessionMemoryMegabytes,
    "grpc.keepalive_time_ms": keepaliveTimeMs,
    "grpc.keepalive_timeout_ms": keepaliveTimeoutMs,
    // Channelz counts and traces every call, for nobody to read.
    "grpc.enable_channelz": 0,
    ...(idleTimeoutMs === 0 ? {} : { "grpc.max_connection_idle_ms": idleTimeoutMs }),
    ...(ageMs === 0
      ? {}
      : { "grpc.max_connection_age_ms": ageMs, "grpc.max_connection_age_grace_ms": options.drainTimeoutMs }),
  });
  setHttp2Options(grpc, {
    settings: {
      maxConcurrentStreams: options.maxConcurrentStreams,
      maxHeaderListSize: options.maxHeaderBytes ?? defaults.maxHeaderBytes,
      enablePush: false,
      initialWindowSize,
    },
  });
  return grpc;
}

/** The methods that are more than a simple call behind the gate. */
function methodsOf(services: readonly GrpcService[]): ReadonlyMap<string, MethodKind> {
  const kinds = services.flatMap(({ definition, isOpenToAll = false }) =>
    Object.values(definition).map(({ path, requestStream, responseStream }) => {
      const kind = { streams: requestStream || responseStream, takesMessages: requestStream, isOpenToAll };
      return [path, kind] as const;
    }),
  );
  return new Map(kinds.filter(([, { streams, isOpenToAll }]) => streams || isOpenToAll));
}

function bind(grpc: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    grpc.bindAsync(address, credentials, (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}
