/** What operators and their machines ask: is it alive, should it be asked, how is it doing, what does it speak. */

import { HttpError } from "../http/http-error.js";
import { jsonReply, jsonType } from "../http/reply.js";
import type { Route } from "../http/route.js";
import type { Readiness } from "../readiness.js";
import { openapiDocument } from "./openapi-document.js";

/** A scrape of all metrics. */
export type MetricsSource = () => Promise<{ readonly contentType: string; readonly body: string }>;

/** The routes; `/metrics` is there only with a source. */
export function operatorRoutes(readiness: Readiness, metrics: MetricsSource | undefined): readonly Route[] {
  let openapi: Uint8Array | undefined;
  return [
    ...probeRoutes(readiness),
    {
      method: "GET",
      path: "/openapi.json",
      isOpen: true,
      handle() {
        openapi ??= Buffer.from(`${JSON.stringify(openapiDocument)}\n`);
        return { status: 200, contentType: jsonType, body: openapi };
      },
    },
    metricsRoute(metrics),
  ];
}

/** `/metrics`: guarded where the listener is, for it tells how much is asked. Without a source it answers 404. */
export function metricsRoute(metrics: MetricsSource | undefined): Route {
  const scrape = metrics && shared(metrics);
  return {
    method: "GET",
    path: "/metrics",
    isScraped: true,
    async handle() {
      if (scrape === undefined) throw new HttpError(404, "no metrics here");
      return { status: 200, ...(await scrape()) };
    },
  };
}

/** What tells whether the process is alive and should be asked; open to everyone. */
export function probeRoutes(readiness: Readiness): readonly Route[] {
  return [
    { method: "GET", path: "/healthz", isOpen: true, handle: () => jsonReply(200, { status: "alive" }) },
    {
      method: "GET",
      path: "/readyz",
      isOpen: true,
      handle() {
        const { warnings } = readiness;
        const more = warnings.length === 0 ? {} : { warnings };
        if (readiness.ready) return jsonReply(200, { status: "ready", ...more });
        return jsonReply(503, { status: "not ready", reasons: readiness.reasons, ...more });
      },
    },
  ];
}

/** Whoever asks while a run is under way shares it. */
function shared(metrics: MetricsSource): MetricsSource {
  let running: ReturnType<MetricsSource> | undefined;
  return () => {
    running ??= metrics().finally(() => {
      running = undefined;
    });
    return running;
  };
}
