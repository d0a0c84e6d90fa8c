/**
 * The policy sets of `verdict serve`: opened from settings, loaded before anything listens, kept up to date and reloaded on
 * SIGHUP, and given to administrators on a listener of their own.
 */

import type { Config } from "../config/settings.js";
import type { Engine } from "../engine/engine.js";
import { isDirectory } from "../files/sources.js";
import { GrpcListener } from "../server/grpc/grpc-listener.js";
import { awaitingPolicySet, type Readiness } from "../server/readiness.js";
import { Supply } from "../supply/origins/supply.js";
import type { LookAside } from "../supply/path/look-aside.js";
import { StagedPreparer } from "../supply/staged-preparer.js";
import type { PolicySetStatus, SupplyListener } from "../supply/supply-event.js";
import { refuse } from "../terminal/command-error.js";
import { refusedSet } from "../terminal/load-policies.js";
import { errorText } from "../text/error-text.js";
import { baseName, folderOf } from "../text/posix-path.js";
import { refuseListening } from "./listen-refusal.js";
import type { Access } from "./serve-access.js";
import type { Observation } from "./serve-observe.js";

/** Policy sets that are kept up to date. */
export interface ServedPolicySets {
  readonly supply: Supply;
  /** How those of the settings stand, in their order. */
  configured(): readonly PolicySetStatus[];
  /** From here on calls are served: SIGHUP reloads sets, and files are read beside callers. */
  follow(): void;
  /** From here on changes are looked for; the first look finds what has changed since the sets were loaded. */
  watch(): void;
  close(): Promise<void>;
}

/** Loads every policy set, or refuses with the findings of those at paths; a set from an origin may come later. */
export async function openSupply(
  config: Config,
  engine: Engine,
  looks: LookAside,
  readiness: Readiness,
  onEvent: SupplyListener,
): Promise<ServedPolicySets> {
  const preparer = new StagedPreparer(engine.preparationTerms);
  let isFollowed = false;
  const supply = await Supply.create({
    engine,
    preparer,
    places: config.policies,
    watch: config.watch,
    looks,
    times: { quietMs: config.watchQuiet, lookMs: Math.max(config.watchInterval, 100), unrestMs: 60_000 },
    bundles: {
      maxBytes: config.bundleMaxBytes,
      maxUnpackedBytes: config.bundleMaxUnpackedBytes,
      timeoutMs: Math.max(config.bundleTimeout, 1),
      intervalMs: config.bundleInterval,
      waitSeconds: Math.floor(config.bundleWait / 1000),
      leastMs: 1000,
      firstBackOffMs: 1000,
      keyFile: config.bundleKey,
      tokenFile: config.bundleToken,
      cacheFolder: config.bundleCache,
    },
    mostLoadedSets: config.maxLoadedPolicySets,
    onEvent: (event) => {
      // A path that does not load at the start ends the command, which says why.
      if (isFollowed || event.status.origin !== "path" || event.kind === "activated") onEvent(event);
      const { name, origin, failure } = event.status;
      // Probes need no name to look, so that paths and documents stay out of it.
      if (origin !== "service") {
        readiness.warn(name, failure === undefined ? undefined : `policy set ${name}: ${failure.reason}`);
      }
      if (configured().every(({ active }) => active !== undefined)) readiness.clear(awaitingPolicySet);
    },
  }).catch((error: unknown) => {
    throw refuse(errorText(error), error);
  });
  const configured = (): readonly PolicySetStatus[] => supply.statuses.slice(0, config.policies.length);
  const reload = (): void => void supply.reload();
  const close = async (): Promise<void> => {
    process.off("SIGHUP", reload);
    supply.close();
    await preparer.close();
  };
  await supply.start();
  const refused = configured().find(({ origin, active }) => origin === "path" && active === undefined);
  if (refused !== undefined || configured().length === 0) {
    await close();
    throw refused?.failure === undefined ? refuse("--policies: no policy set") : await refusalOf(refused);
  }
  return {
    supply,
    configured,
    follow() {
      isFollowed = true;
      preparer.moveToThread();
      supply.moveAside();
      process.on("SIGHUP", reload);
    },
    watch: () => supply.watch(),
    close,
  };
}

/** Opens the listener of PolicySetService, where the settings ask for one. */
export async function serveAdmin(
  config: Config,
  supply: Supply,
  { gate, tls }: Access,
  { calls, onInternalError }: Observation,
): Promise<GrpcListener | undefined> {
  const { admin } = config;
  if (admin === undefined) return undefined;
  const { policySetService } = await import("../server/services/policy-set-service.js");
  try {
    return await GrpcListener.start({
      ...config,
      // A set travels in one message, and few are prepared at a time.
      maxConcurrentStreams: 8,
      maxMessageBytes: config.bundleMaxBytes,
      requestTimeoutMs: config.requestTimeout,
      idleTimeoutMs: config.idleTimeout,
      drainTimeoutMs: config.drainTimeout,
      listen: admin,
      tls,
      observer: calls,
      services: [policySetService(supply, gate, onInternalError)],
    });
  } catch (error: unknown) {
    throw refuseListening(admin, error);
  }
}

/** What speaks against a set at a path, at the places as whoever typed the path finds them. */
async function refusalOf({ place, failure }: PolicySetStatus): Promise<Error> {
  const { message = "", findings = [] } = failure ?? {};
  if (findings.length === 0) return refuse(message);
  const isFolder = await isDirectory(place);
  const folder = isFolder ? place.replace(/\/+$/, "") : folderOf(place);
  const typed = (file: string): string =>
    file === "." || (!isFolder && file === baseName(place)) ? place : `${folder}/${file}`;
  return refusedSet({ ok: false, findings: findings.map((finding) => ({ ...finding, file: typed(finding.file) })) });
}
