/**
 * The probes and metrics of `verdict serve` on a listener of their own, in plain HTTP: whoever restarts a process, sends callers to it
 * or scrapes it has no client certificate. It tells whether the process is alive and should be asked, and how it does; no principal, no
 * resource, no document.
 */

import { openGate } from "../access/access-gate.js";
import type { ListenAddress } from "../access/listen-address.js";
import { HttpListener, type HttpListenerOptions } from "../server/http/http-listener.js";
import type { Readiness } from "../server/readiness.js";
import { type MetricsSource, metricsRoute, probeRoutes } from "../server/routes/operator-routes.js";
import { refuseListening } from "./listen-refusal.js";

/** Enough for probes and scrapes, and too little to take anything from callers. */
const limits = {
  maxConnections: 16,
  maxHeaderBytes: 4096,
  requestTimeoutMs: 5000,
  idleTimeoutMs: 10_000,
  maxBodyBytes: 0,
} as const;

/** Starts the listener, or refuses with a line. */
export async function serveProbes(
  listen: ListenAddress,
  readiness: Readiness,
  {
    metrics,
    observer,
  }: { readonly metrics: MetricsSource | undefined; readonly observer: HttpListenerOptions["observer"] },
  { drainTimeout, socketMode }: { readonly drainTimeout: number; readonly socketMode: number },
): Promise<HttpListener> {
  try {
    return await HttpListener.start({
      ...limits,
      listen,
      socketMode,
      drainTimeoutMs: Math.min(drainTimeout, limits.requestTimeoutMs),
      // Every route is open; nobody is asked.
      gate: openGate,
      observer,
      routes: [...probeRoutes(readiness), metricsRoute(metrics)],
    });
  } catch (error: unknown) {
    throw refuseListening(listen, error);
  }
}
