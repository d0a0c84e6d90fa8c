/** The audits of `verdict serve`: their threads and the listener of AuditService, loaded only where the settings ask for them. */
import type { ListenAddress } from "../access/listen-address.js";
import type { Config } from "../config/settings.js";
import type { Engine } from "../engine/engine.js";
import { auditService } from "../server/audits/audit-service.js";
import { Audits } from "../server/audits/audits.js";
import { GrpcListener } from "../server/grpc/grpc-listener.js";
import { refuseListening } from "./listen-refusal.js";
import type { Access } from "./serve-access.js";
import type { Observation } from "./serve-observe.js";

/** Bytes of one question: patterns and context. */
const MOST_QUESTION_BYTES = 1 << 20;
/** Calls of one connection; few of them run at a time. */
const MOST_STREAMS = 32;

/** What is stopped with the server. */
export interface ServedAudits {
  readonly address: string;
  readonly listener: GrpcListener;
  stop(): Promise<void>;
}

/** Opens the listener, or refuses with a line. */
export async function serveAudits(
  listen: ListenAddress,
  config: Config,
  engine: Engine,
  { gate, tls }: Access,
  { calls, onInternalError, onAudited }: Observation,
): Promise<ServedAudits> {
  const audits = new Audits({
    atOnce: config.maxAudits,
    timeoutMs: config.auditTimeout,
    maxBytes: config.maxAuditMegabytes * 2 ** 20,
    memoryMegabytes: config.auditMemoryMegabytes,
  });
  const service = auditService({ engine, gate, audits, budget: config.auditBudget, onInternalError, onAudited });
  try {
    const listener = await GrpcListener.start({
      ...config,
      maxConcurrentStreams: MOST_STREAMS,
      maxMessageBytes: MOST_QUESTION_BYTES,
      requestTimeoutMs: config.requestTimeout,
      idleTimeoutMs: config.idleTimeout,
      drainTimeoutMs: config.drainTimeout,
      listen,
      tls,
      observer: calls,
      services: [service],
    });
    return {
      address: listener.address,
      listener,
      async stop() {
        await listener.stop();
        await audits.close();
      },
    };
  } catch (error: unknown) {
    throw refuseListening(listen, error);
  }
}
