/**
 * What operators see of `verdict serve`: log, decision log, metrics and traces, opened from settings before anything listens
 * and closed after everything has stopped.
 */

import cluster from "node:cluster";
import { randomUUID } from "node:crypto";
import { parse } from "node:path";
import { type CallFacts, type DecisionObserver, observeAll } from "../ask/decided-call.js";
import type { Config } from "../config/settings.js";
import type { Engine } from "../engine/engine.js";
import { DecisionLog } from "../observe/decision-log/decision-log.js";
import { type EndedAudit, logAudit } from "../observe/log-audit.js";
import { logMappingEvent } from "../observe/log-mapping-event.js";
import { SupplyLog } from "../observe/log-supply-event.js";
import { type OpenLogger, openLogger } from "../observe/logger.js";
import { CallTally } from "../observe/metrics/call-tally.js";
import type { HttpObserver } from "../observe/metrics/http-observer.js";
import type { Metrics, MetricsText } from "../observe/metrics/metrics.js";
import type { RpcObserver } from "../observe/metrics/rpc-observer.js";
import { textLogLine } from "../observe/text-log-line.js";
import type { Tracing } from "../observe/tracing.js";
import type { CheckTerms } from "../server/ext-authz/decide-check.js";
import type { GrpcListener } from "../server/grpc/grpc-listener.js";
import type { HttpRouteOptions } from "../server/routes/http-routes.js";
import type { MappingEvent } from "../supply/mapping-event.js";
import type { PolicySetStatus, SupplyEvent } from "../supply/supply-event.js";
import { refuse } from "../terminal/command-error.js";
import { packageVersion } from "../terminal/package-version.js";
import { errorText } from "../text/error-text.js";
import { scrapeOf } from "./process-metrics.js";
import type { Access } from "./serve-access.js";

/** What metrics ask, as soon as it is there. */
export interface LiveParts {
  engine?: Engine;
  readonly listeners: Pick<GrpcListener, "turnedAway">[];
  http?: { readonly refusedConnections: number };
  access?: Pick<Access, "tls" | "fetchedKeys">;
  policySets?: () => readonly PolicySetStatus[];
}

/** Everything that looks on. */
export interface Observation {
  /** For the decision point. */
  readonly decisions: DecisionObserver | undefined;
  /** For gRPC listeners. */
  readonly calls: RpcObserver | undefined;
  /** For HTTP listeners. */
  readonly requests: HttpObserver | undefined;
  /** A request that a proxy asked about was decided. */
  readonly onProxyDecided: NonNullable<CheckTerms["onDecided"]>;
  /** A page of a search was answered. */
  readonly onSearched: NonNullable<HttpRouteOptions["onSearched"]>;
  /** A scrape; absent where nobody can ask for one. */
  readonly metrics: (() => Promise<MetricsText>) | undefined;
  onSupplyEvent(event: SupplyEvent): void;
  onMappingEvent(event: MappingEvent): void;
  /** An audit has ended. */
  onAudited(audit: EndedAudit): void;
  onInternalError(error: unknown): void;
  /** A proxy was answered without a decision. */
  onUndecided(answered: { readonly httpStatus: number; readonly reason: string }, facts: CallFacts): void;
  /** Something that an operator should look after; one line, place first. */
  onProblem(message: string): void;
  /** A signal has begun a stop, which may take so long; what it gives is called when no call is in flight any more. */
  draining(signal: string, drainTimeoutMs: number): () => void;
  /** Writes and sends what is left. */
  close(): Promise<void>;
}

/** How long a stop waits for a disk or a collector that does not answer, in milliseconds. */
const PATIENCE_MS = 5000;

/** Opens them, or refuses with a line. */
export async function openObservation(config: Config, live: LiveParts): Promise<Observation> {
  const isText = config.logFormat === "text" || (config.logFormat === "auto" && process.stderr.isTTY === true);
  const logger = openLogger(
    config.logLevel,
    isText ? (line) => void process.stderr.write(textLogLine(line)) : undefined,
  );
  const decisionLog = await openDecisionLog(config, logger);
  const tracing = config.tracing ? await openTracing(logger) : undefined;
  const tally = new CallTally();
  const supplyLog = new SupplyLog(logger);
  const isScraped = config.http !== undefined || config.probes !== undefined;
  const metrics = isScraped ? await openMetrics(tally, decisionLog, live) : undefined;
  const reopen = (): void => decisionLog?.reopen();
  process.on("SIGHUP", reopen);
  return {
    decisions: observeAll([
      ...(metrics === undefined ? [] : [tally]),
      ...(tracing === undefined ? [] : [tracing]),
      ...(decisionLog === undefined ? [] : [decisionLog]),
    ]),
    calls: metrics === undefined && tracing === undefined ? undefined : { tally, tracer: tracing },
    requests: metrics === undefined && tracing === undefined ? undefined : { tally, tracer: tracing },
    onProxyDecided: (route, outcome, facts) => tally.answeredProxy(route, outcome, facts),
    onSearched: (searched, candidates, results) => tally.searched(searched, candidates, results),
    metrics: metrics && scrapeOf(metrics),
    onSupplyEvent(event) {
      supplyLog.log(event);
      metrics?.supplied(event);
    },
    onMappingEvent(event) {
      logMappingEvent(logger, event);
      metrics?.mapped(event);
    },
    onAudited: (audit) => logAudit(logger, audit),
    onInternalError: (error) => logger.error("internal error", { error }),
    onUndecided({ httpStatus, reason }, facts) {
      tally.answeredUndecided(httpStatus, facts);
      const { path = "ext_authz", decisionId, peer, caller, transport } = facts;
      logger.debug(`${path}: answered ${httpStatus} without a decision: ${reason}`, {
        decisionId,
        transport,
        peer,
        caller: caller.name,
      });
    },
    onProblem: (message) => logger.warn(message),
    draining(signal, drainTimeoutMs) {
      const beganAt = performance.now();
      logger.info(`${signal}: draining`, { drainTimeoutMs });
      return () => {
        const durationMs = Math.round(performance.now() - beganAt);
        if (durationMs < drainTimeoutMs) logger.info("drained", { durationMs });
        else logger.warn("drained: calls that were still in flight were ended", { durationMs });
      };
    },
    async close() {
      process.off("SIGHUP", reopen);
      await Promise.all([decisionLog?.close(PATIENCE_MS), tracing?.close(PATIENCE_MS)]);
      await logger.close();
    },
  };
}

async function openDecisionLog(config: Config, logger: OpenLogger): Promise<DecisionLog | undefined> {
  const { decisionLog: destination } = config;
  if (destination === undefined) return undefined;
  try {
    return await DecisionLog.open({
      destination: ownPath(destination),
      maxFileBytes: config.decisionLogMaxBytes,
      keepFiles: config.decisionLogKeep,
      policy: config.decisionLogOverflow,
      spillPath: config.decisionLogSpill && ownPath(config.decisionLogSpill),
      maxSpillBytes: config.decisionLogSpillBytes,
      queueBytes: config.decisionLogQueueBytes,
      blockTimeoutMs: config.decisionLogWait,
      terms: {
        labels: { app: "verdict", id: randomUUID(), version: packageVersion() },
        masks: config.decisionLogMask,
        whatIfAllowed: config.allowWhatIf,
        allowSampleRate: config.decisionLogAllows,
      },
      onNote: (note) => logger.warn(`decision log: ${note}`),
    });
  } catch (error: unknown) {
    throw refuse(`--decision-log: ${errorText(error)}`, error);
  }
}

function turnedAwayBy({ listeners, http }: LiveParts): Readonly<Record<string, number>> {
  const sum = {
    connection_limit: http?.refusedConnections ?? 0,
    connection_flood: 0,
    call_limit: 0,
    request_timeout: 0,
    crowded_out: 0,
  };
  for (const { turnedAway } of listeners) {
    sum.connection_limit += turnedAway.refusedConnections;
    sum.connection_flood += turnedAway.floodedConnections;
    sum.call_limit += turnedAway.refusedCalls;
    sum.request_timeout += turnedAway.timedOutCalls;
    sum.crowded_out += turnedAway.crowdedOutCalls;
  }
  return sum;
}

/** Processes that share listeners write a file each: `decisions.jsonl` is `decisions.p2.jsonl` to the second one. */
function ownPath(path: string): string {
  const { worker } = cluster;
  if (worker === undefined || path === "-") return path;
  const { dir, name, ext } = parse(path);
  return `${dir === "" ? "" : `${dir}/`}${name}.p${worker.id}${ext}`;
}

async function openTracing(logger: OpenLogger): Promise<Tracing> {
  const { Tracing } = await import("../observe/tracing.js");
  return new Tracing({ version: packageVersion(), logger });
}

async function openMetrics(calls: CallTally, decisionLog: DecisionLog | undefined, live: LiveParts): Promise<Metrics> {
  const { Metrics } = await import("../observe/metrics/metrics.js");
  return new Metrics({
    calls,
    decisionLog: decisionLog && (() => decisionLog.status),
    version: packageVersion(),
    policySets: () => live.policySets?.() ?? [],
    certificateNotAfterMs: () => live.access?.tls?.notAfterMs,
    fetchedKeys: () => live.access?.fetchedKeys?.(),
    queueDepth: () => live.engine?.pool?.queued ?? 0,
    workerRestarts: () => live.engine?.pool?.retries ?? 0,
    turnedAway: () => turnedAwayBy(live),
  });
}
