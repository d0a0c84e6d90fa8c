/** The HTTP part of `verdict serve`: routes and their listener. Loaded only where the setting names an address. */

import type { ListenAddress } from "../access/listen-address.js";
import type { Config } from "../config/settings.js";
import { buildAuthzenMapping } from "../server/authzen/authzen-mapping.js";
import { HttpListener, type HttpListenerOptions } from "../server/http/http-listener.js";
import { type HttpRouteOptions, httpRoutes } from "../server/routes/http-routes.js";
import { packageVersion } from "../terminal/package-version.js";
import { refuseListening } from "./listen-refusal.js";
import type { ServedMappings } from "./served-mappings.js";
import { sharedSecret } from "./shared-secret.js";

/** What the rest of the server hands over. */
export interface HttpParts
  extends Pick<HttpRouteOptions, "point" | "readiness" | "metrics" | "forwardAuth" | "onSearched">,
    Pick<HttpListenerOptions, "gate" | "tls" | "onInternalError" | "observer"> {
  readonly mappings: ServedMappings;
}

/** Starts the listener, or refuses with a line. */
export async function serveHttp(listen: ListenAddress, config: Config, parts: HttpParts): Promise<HttpListener> {
  const { baseUrl, maxSearchCandidates, accessAnalyzer } = config;
  const { mappings } = parts;
  const path = config.authzen;
  const authzen = path && (await mappings.follow({ name: "authzen", path, read: buildAuthzenMapping }));
  const mapped = authzen ? { authzen } : {};
  const hasTls = parts.tls !== undefined;
  const version = packageVersion();
  const routes = httpRoutes({
    ...parts,
    ...mapped,
    version,
    hasTls,
    baseUrl,
    maxSearchCandidates,
    accessAnalyzer,
    secret: await sharedSecret(),
  });
  try {
    return await HttpListener.start({
      ...parts,
      routes,
      listen,
      maxBodyBytes: config.maxMessageBytes,
      drainTimeoutMs: config.drainTimeout,
      socketMode: config.socketMode,
      maxConnections: config.maxConnections,
      maxHeaderBytes: config.maxHeaderBytes,
      requestTimeoutMs: config.requestTimeout,
      idleTimeoutMs: config.idleTimeout,
    });
  } catch (error: unknown) {
    throw refuseListening(listen, error);
  }
}
