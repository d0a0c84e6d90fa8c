/** The work of `verdict serve`: the decision point. Ends with exit code 0 after a drained stop. */

import { DecisionPoint } from "../ask/decision-point.js";
import { readConfig } from "../config/read-config.js";
import type { Config } from "../config/settings.js";
import type { Flags } from "../config/settle-setting.js";
import { Engine } from "../engine/engine.js";
import { leaveOut } from "../node-workarounds/workarounds.js";
import { endPreparations } from "../prepare/preparer.js";
import type { GrpcListener } from "../server/grpc/grpc-listener.js";
import type { GrpcService } from "../server/grpc/grpc-service.js";
import type { HttpListener } from "../server/http/http-listener.js";
import { awaitingPolicySet, Readiness } from "../server/readiness.js";
import { AuthorizationServer } from "../server/services/server.js";
import { LookAside } from "../supply/path/look-aside.js";
import { announceLoad } from "../terminal/announce-load.js";
import { printError, printLine } from "../terminal/terminal.js";
import { endProcess, endProcessAfter, ignoreDebuggerSignal } from "./end-process.js";
import { refuseListening } from "./listen-refusal.js";
import { readyLines, tryLines } from "./ready-lines.js";
import { type Access, openAccess } from "./serve-access.js";
import type { ServedAudits } from "./serve-audits.js";
import type { ServedExtAuthz } from "./serve-ext-authz.js";
import { type LiveParts, type Observation, openObservation } from "./serve-observe.js";
import { announceReady, keepProcesses, leaveProcesses, servesForAnother } from "./serve-processes.js";
import { openSupply, type ServedPolicySets, serveAdmin } from "./serve-supply.js";
import { ServedMappings } from "./served-mappings.js";
import { tellServiceManager } from "./tell-service-manager.js";

/** What the first answers need not wait for begins so long after the server is ready. */
const AFTER_FIRST_ANSWERS_MS = 250;
/** How long after its drain timeout a process may still be there. */
const STOP_PATIENCE_MS = 4500;

/** Runs the command. */
export async function serve(flags: Flags): Promise<void> {
  let warn: (message: string) => void = printError;
  ignoreDebuggerSignal((message) => warn(message));
  const config = await readConfig(flags);
  if (config.processes > 1 && !servesForAnother) return keepProcesses(config);
  try {
    await serveHere(config, (onProblem) => {
      warn = onProblem;
    });
  } finally {
    leaveProcesses();
    // All is done, or refused: what still runs waits for something that may never come.
    endProcessAfter(STOP_PATIENCE_MS, Number(process.exitCode ?? 0) || 2);
  }
}

async function serveHere(config: Config, onLog: (onProblem: (message: string) => void) => void): Promise<void> {
  leaveOut(config.withoutWorkarounds);
  const { workers, allowWhatIf, maxMessageBytes, maxBatchRequests, maxQueueAge: maxQueueAgeMs } = config;
  const live: LiveParts = { listeners: [] };
  const observation = await openObservation(config, live);
  const { onInternalError, onUndecided, onProxyDecided, onSearched, requests, metrics, onProblem } = observation;
  onLog(onProblem);
  const readiness = new Readiness([awaitingPolicySet]);
  const looks = new LookAside();
  const mappings = new ServedMappings(config, looks, readiness, observation.onMappingEvent);
  let access: Access | undefined;
  let probes: HttpListener | undefined;
  let engine: Engine | undefined;
  let http: HttpListener | undefined;
  let sets: ServedPolicySets | undefined;
  let admin: GrpcListener | undefined;
  let audits: ServedAudits | undefined;
  let later: NodeJS.Timeout | undefined;
  try {
    if (config.probes !== undefined) {
      const { serveProbes } = await import("./serve-probes.js");
      probes = await serveProbes(config.probes, readiness, { metrics, observer: requests }, config);
    }
    access = await openAccess(config, looks, observation.onProblem);
    live.access = access;
    const limits = { maxMessageBytes, maxBatchRequests, maxQueueAgeMs };
    // SimulatePrincipalPolicy is asked over HTTP.
    const keepArchives = config.http !== undefined || config.audit !== undefined;
    engine = await Engine.start({ workers, deferWorkers: true, allowWhatIf, keepArchives, ...limits });
    live.engine = engine;
    const point = new DecisionPoint(engine, observation.decisions);
    if (!servesForAnother) announceLoad(config.policies.map(({ place }) => place));
    const drainInstead = endAtSignals();
    sets = await openSupply(config, engine, looks, readiness, (event) => {
      observation.onSupplyEvent(event);
      mappings.supplied(event);
    });
    const { supply, configured, watch } = sets;
    const started = engine;
    live.policySets = () => supply.statuses;
    const extAuthz = await openExtAuthz(config, mappings);
    if (config.http !== undefined) {
      const { serveHttp } = await import("./serve-http.js");
      http = await serveHttp(config.http, config, {
        ...access,
        point,
        readiness,
        mappings,
        onInternalError,
        onSearched,
        observer: requests,
        forwardAuth: extAuthz && {
          onInternalError,
          onUndecided,
          onDecided: onProxyDecided,
          mapping: extAuthz.mapping,
        },
        ...(metrics === undefined ? {} : { metrics }),
      });
      live.http = http;
    }
    const server = await listen(config, point, access, readiness, extAuthz, observation);
    live.listeners.push(server.listener);
    admin = await serveAdmin(config, sets.supply, access, observation);
    if (config.audit !== undefined) {
      const { serveAudits } = await import("./serve-audits.js");
      audits = await serveAudits(config.audit, config, engine, access, observation);
      live.listeners.push(audits.listener);
    }
    drainInstead();
    const stopped = stopOnSignal(async (signal) => {
      const drained = observation.draining(signal, config.drainTimeout);
      await Promise.all([server.stop(), http?.stop(), admin?.stop(), audits?.stop()]);
      drained();
    }, config.drainTimeout + STOP_PATIENCE_MS);
    sets.follow();
    const listening = {
      grpc: server.address,
      http: http?.address,
      probes: probes?.address,
      admin: admin?.address,
      audit: audits?.address,
    };
    // What is for people goes to standard error where standard output is the decision log: its reader reads records only.
    const print = config.decisionLog === "-" ? printError : printLine;
    const toTry = (): ReturnType<typeof tryLines> => tryLines(listening, configured(), started, config);
    // Another process prints its lines at once.
    await announceReady([...readyLines(listening, configured()), ...(servesForAnother ? toTry() : [])], print);
    later = setTimeout(() => {
      startWorkers(started);
      watch();
      if (!servesForAnother) for (const line of toTry()) void print(...line);
    }, AFTER_FIRST_ANSWERS_MS).unref();
    await stopped;
  } finally {
    clearTimeout(later);
    await http?.stop();
    await admin?.stop();
    await audits?.stop();
    // Whoever follows files first: the end of the supply ends the readings under way.
    mappings.close();
    access?.close();
    await sets?.close();
    await engine?.close();
    await observation.close();
    // To the last: whoever probes is to hear of the stop.
    await probes?.stop();
  }
}

/** Threads take from the first answers what they need to start; a large batch that comes sooner starts them itself. */
function startWorkers(engine: Engine): void {
  engine.startWorkers().catch(() => {});
}

async function openExtAuthz(config: Config, mappings: ServedMappings): Promise<ServedExtAuthz | undefined> {
  if (config.extAuthz === undefined) return undefined;
  const { serveExtAuthz } = await import("./serve-ext-authz.js");
  return serveExtAuthz(config.extAuthz, mappings);
}

async function listen(
  config: Config,
  point: DecisionPoint,
  { gate, tls }: Access,
  readiness: Readiness,
  extAuthz: ServedExtAuthz | undefined,
  { calls, onInternalError, onUndecided, onProxyDecided }: Observation,
): Promise<AuthorizationServer> {
  const services: GrpcService[] = [];
  if (extAuthz !== undefined)
    services.push(extAuthz.service({ point, gate, onInternalError, onUndecided, onDecided: onProxyDecided }));
  try {
    return await AuthorizationServer.start({
      ...config,
      requestTimeoutMs: config.requestTimeout,
      idleTimeoutMs: config.idleTimeout,
      maxConnectionAgeMs: config.maxConnectionAge,
      drainTimeoutMs: config.drainTimeout,
      maxPendingBytes: config.maxPendingMegabytes * 2 ** 20,
      point,
      gate,
      tls,
      readiness,
      services,
      observer: calls,
      onInternalError,
    });
  } catch (error: unknown) {
    throw refuseListening(config.listen, error);
  }
}

/** Until calls are answered there is nothing to drain: a signal ends the process, and what compiles for it. The result: it is so no more. */
function endAtSignals(): () => void {
  const signals = ["SIGTERM", "SIGINT"] as const;
  const stop = (): void => {
    for (const signal of signals) process.off(signal, end);
  };
  function end(signal: NodeJS.Signals): void {
    endPreparations();
    stop();
    process.kill(process.pid, signal);
  }
  for (const signal of signals) process.on(signal, end);
  return stop;
}

/** The first signal drains, a second one ends the process at once; it ends in any case once the drain should be over. */
function stopOnSignal(stop: (signal: string) => Promise<void>, stopTimeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let signalled = false;
    const onSignal = (signal: string, number: number): void => {
      // The process that keeps this one passes signals on, which the system may have sent to all of them.
      if (signalled && servesForAnother) return;
      if (signalled) endProcess(128 + number);
      signalled = true;
      if (!servesForAnother) tellServiceManager("STOPPING=1", printError);
      endProcessAfter(stopTimeoutMs, 1);
      stop(signal).then(resolve, reject);
    };
    process.on("SIGTERM", onSignal);
    process.on("SIGINT", onSignal);
  });
}
