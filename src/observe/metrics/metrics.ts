/**
 * Metrics in the Prometheus text format: names of calls, decisions, policy sets and the decision log, gathered when they are
 * scraped. Loaded only where somebody may scrape; no label ever holds a principal or a resource.
 */
import { type Aggregator, Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { KeyStatus } from "../../access/token-verifier.js";
import { type MappingEvent, type MappingName, mappingNames } from "../../supply/mapping-event.js";
import { type PolicySetStatus, type SupplyEvent, supplyFailureCodes } from "../../supply/supply-event.js";
import type { DecisionLogStatus } from "../decision-log/decision-log.js";
import { decisionNames, denyingLayers } from "../decision-log/outcome-count.js";
import type { CallTally } from "./call-tally.js";
import { HistogramCells, longSecondsBounds } from "./histogram-cells.js";
import { histogramFamily } from "./histogram-text.js";
import { familyText, type Labels, type MetricFamily } from "./metric-family.js";

/** Where numbers come from that others keep. */
export interface MetricsSources {
  readonly calls: CallTally;
  /** Absent without a decision log. */
  readonly decisionLog?: (() => DecisionLogStatus) | undefined;
  /** Parts of batches that wait for a worker. */
  readonly queueDepth: () => number;
  /** What listeners refused before it was a call, by reason. */
  readonly turnedAway: () => Readonly<Record<string, number>>;
  /** Workers that died and were replaced. */
  readonly workerRestarts: () => number;
  /** Of this program. */
  readonly version: string;
  /** How every policy set stands. */
  readonly policySets: () => readonly PolicySetStatus[];
  /** When the certificate of the listeners stops being valid, in milliseconds since 1970; undefined without TLS. */
  readonly certificateNotAfterMs: () => number | undefined;
  /** How the fetched keys of a token issuer stand; undefined where none are fetched. */
  readonly fetchedKeys: () => KeyStatus | undefined;
}

/** A scrape. */
export interface MetricsText {
  readonly contentType: string;
  readonly body: string;
}

/** All metrics of a process. */
export class Metrics {
  private readonly registry = new Registry();
  private readonly histograms: (() => MetricFamily)[] = [];
  private readonly loadSeconds = new HistogramCells(longSecondsBounds);
  private readonly mappingsActivatedAtMs = new Map<MappingName, number>();
  private readonly snapshots = new Map<string, { digest: string; revision: string; activatedAtMs: number }>();
  // From 0: a counter that begins with its first failure shows no increase.
  private readonly failures = new Map<string, number>(supplyFailureCodes.map((reason) => [reason, 0]));
  private readonly mappingFailures = new Map<MappingName, number>(mappingNames.map((name) => [name, 0]));

  constructor(sources: MetricsSources) {
    const { calls } = sources;
    collectDefaultMetrics({ register: this.registry });
    // Gauges that are named like counters; each is the sum of the metric without the ending.
    for (const kind of ["handles", "requests", "resources"]) {
      this.registry.removeSingleMetric(`nodejs_active_${kind}_total`);
    }
    this.addDecisions(calls);
    this.addMethods(calls);
    this.addRoutes(calls);
    this.addSnapshots(sources);
    this.addAccess(sources);
    this.counter(
      "verdict_shed_total",
      "Calls and connections that were refused to keep the process well.",
      ["reason"],
      () => {
        const all = [...calls.shed, ...Object.entries(sources.turnedAway())];
        return all.map(([reason, count]) => [{ reason }, count] as const);
      },
    );
    this.gauge("verdict_queue_depth", "Parts of batches that wait for a worker.", [], () => [
      [{}, sources.queueDepth()],
    ]);
    this.counter("verdict_worker_restarts_total", "Workers that died and were replaced.", [], () => [
      [{}, sources.workerRestarts()],
    ]);
    const build = { version: sources.version, node_version: process.versions.node };
    this.gauge("verdict_build_info", "What runs.", ["version", "node_version"], () => [[build, 1]], "max");
    this.gauge("verdict_processes", "Processes that these metrics are of.", [], () => [[{}, 1]]);
    const { decisionLog } = sources;
    if (decisionLog !== undefined) this.addDecisionLog(decisionLog);
  }

  /** What happened to a policy set. */
  supplied(event: SupplyEvent): void {
    const { name } = event.status;
    const { active } = event.status;
    if (event.kind === "activated") this.loadSeconds.observe(event.durationMs / 1000);
    // A bundle may move on to another revision without a change of its documents.
    if ((event.kind === "activated" || event.kind === "unchanged") && active !== undefined) {
      this.activated(name, active.published.digest, active.activatedAtMs, active.revision);
    } else if (event.kind === "evicted") this.snapshots.delete(name);
    else if (event.kind === "failed") {
      const { reason } = event.failure;
      this.failures.set(reason, (this.failures.get(reason) ?? 0) + 1);
    }
  }

  /** What happened to a mapping. */
  mapped({ kind, name }: MappingEvent): void {
    if (kind === "failed") this.mappingFailures.set(name, (this.mappingFailures.get(name) ?? 0) + 1);
    else if (kind === "activated") this.mappingsActivatedAtMs.set(name, Date.now());
  }

  /** A policy set came into force. */
  activated(name: string, digest: string, activatedAtMs: number, revision?: number): void {
    this.snapshots.set(name, { digest, revision: revision === undefined ? "" : String(revision), activatedAtMs });
  }

  /** Everything, as a scrape wants it. */
  async text(): Promise<MetricsText> {
    const counted = this.histograms.map((family) => familyText(family())).join("");
    return { contentType: this.registry.contentType, body: `${await this.registry.metrics()}${counted}` };
  }

  /** Metrics that came as data, as a scrape wants them. */
  textOf(families: readonly MetricFamily[]): MetricsText {
    return { contentType: this.registry.contentType, body: families.map(familyText).join("") };
  }

  /** Everything as data, for a process that asks several others. */
  async families(): Promise<readonly MetricFamily[]> {
    const gathered = await this.registry.getMetricsAsJSON();
    const families = gathered.map(({ name, help, type, aggregator, values }) => ({
      name,
      help,
      type: String(type),
      aggregator,
      samples: values.map((sample) => ({
        name: "metricName" in sample && typeof sample.metricName === "string" ? sample.metricName : name,
        labels: textLabels(sample.labels),
        value: sample.value,
      })),
    }));
    return [...families, ...this.histograms.map((family) => family())];
  }

  private addDecisions(calls: CallTally): void {
    this.counter("verdict_decisions_total", "Decided questions.", ["decision", "layer", "transport"], () =>
      Object.entries(calls.decisions).flatMap(([transport, tally]) =>
        [...tally].flatMap((count, place) => {
          const decision = decisionNames[Math.floor(place / denyingLayers.length)] ?? "error";
          const layer = denyingLayers[place % denyingLayers.length] ?? "none";
          return count === 0 ? [] : [[{ decision, layer, transport }, count] as const];
        }),
      ),
    );
    this.counter(
      "verdict_proxy_undecided_total",
      "Requests that proxies asked about and that were answered without a decision.",
      ["status", "transport"],
      () =>
        Object.entries(calls.undecided).flatMap(([transport, counts]) =>
          [...counts].map(([status, count]) => [{ status: String(status), transport }, count] as const),
        ),
    );
    this.histogram("verdict_decision_duration_seconds", "Time that calls were decided in.", () => [
      [{}, calls.seconds],
    ]);
    this.histogram("verdict_batch_size", "Questions of a batch.", () => [[{}, calls.batchSize]]);
  }

  /** The names that dashboards for gRPC servers know. */
  private addMethods({ methods }: CallTally): void {
    const labels = ["grpc_type", "grpc_service", "grpc_method"] as const;
    const labelsOf = ({ type, service, method }: CallTally["methods"][number]) => ({
      grpc_type: type,
      grpc_service: service,
      grpc_method: method,
    });
    this.counter("grpc_server_started_total", "Calls that began.", labels, () =>
      methods.map((method) => [labelsOf(method), method.started] as const),
    );
    this.counter("grpc_server_handled_total", "Calls that ended.", [...labels, "grpc_code"], () =>
      methods.flatMap((method) =>
        [...method.handled].map(([grpc_code, count]) => [{ ...labelsOf(method), grpc_code }, count] as const),
      ),
    );
    this.histogram("grpc_server_handling_seconds", "Time from the beginning of a call to its end.", () =>
      methods.map((method) => [labelsOf(method), method.seconds] as const),
    );
  }

  /** As gRPC's, for HTTP. */
  private addRoutes({ routes, searches, proxied }: CallTally): void {
    this.counter("verdict_http_requests_total", "Answered HTTP requests.", ["route", "status"], () =>
      [...routes.values()].flatMap(({ route, statuses }) =>
        [...statuses].map(([status, count]) => [{ route, status: String(status) }, count] as const),
      ),
    );
    this.histogram(
      "verdict_http_request_duration_seconds",
      "Time from the beginning of an HTTP request to the end of its answer.",
      () => [...routes.values()].map(({ route, seconds }) => [{ route }, seconds] as const),
    );
    this.counter(
      "verdict_proxy_decisions_total",
      "Decided requests that proxies asked about, by the mapping's route.",
      ["route", "outcome", "transport"],
      () =>
        Object.entries(proxied).flatMap(([transport, tallies]) =>
          [...tallies].flatMap(([route, tally]) =>
            Object.entries(tally).map(([outcome, count]) => [{ route, outcome, transport }, count] as const),
          ),
        ),
    );
    this.histogram("verdict_search_candidates", "Candidates that a page of a search decided.", () =>
      Object.entries(searches).map(([searched, { candidates }]) => [{ searched }, candidates] as const),
    );
    this.histogram("verdict_search_results", "Results that a page of a search shows.", () =>
      Object.entries(searches).map(([searched, { results }]) => [{ searched }, results] as const),
    );
  }

  private addAccess({ certificateNotAfterMs, fetchedKeys }: MetricsSources): void {
    this.gauge(
      "verdict_tls_certificate_not_after_timestamp_seconds",
      "When the certificate of the listeners stops being valid.",
      [],
      () => timestamp(certificateNotAfterMs()),
      "min",
    );
    this.gauge(
      "verdict_jwks_fetched_timestamp_seconds",
      "When the keys of the token issuer were last fetched; they are when a token needs them.",
      [],
      () => timestamp(fetchedKeys()?.fetchedAtMs),
      "min",
    );
    this.counter("verdict_jwks_fetch_failures_total", "Times that the keys could not be fetched.", [], () => [
      [{}, fetchedKeys()?.failures ?? 0],
    ]);
  }

  private addSnapshots({ policySets }: MetricsSources): void {
    this.gauge(
      "verdict_snapshot_info",
      "Policy sets in force.",
      ["name", "digest", "revision"],
      () => [...this.snapshots].map(([name, { digest, revision }]) => [{ name, digest, revision }, 1] as const),
      "max",
    );
    this.gauge(
      "verdict_snapshot_activated_timestamp_seconds",
      "When the policy set in force came into force.",
      ["name"],
      () => [...this.snapshots].map(([name, { activatedAtMs }]) => [{ name }, activatedAtMs / 1000] as const),
      "max",
    );
    this.gauge(
      "verdict_snapshot_seen_timestamp_seconds",
      "When the origin of a policy set was last looked at with success.",
      ["name", "origin"],
      () =>
        policySets()
          // What a caller handed over is followed nowhere.
          .filter(({ origin }) => origin !== "service")
          .map(({ name, origin, seenAtMs = 0 }) => [{ name, origin }, seenAtMs / 1000] as const),
      "min",
    );
    this.gauge(
      "verdict_snapshot_failing",
      "1 where what a policy set's origin holds is not in force, else 0.",
      ["name", "origin"],
      () => policySets().map(({ name, origin, failure }) => [{ name, origin }, failure === undefined ? 0 : 1] as const),
      "max",
    );
    this.histogram("verdict_snapshot_load_duration_seconds", "Time that policy sets took to come into force.", () => [
      [{}, this.loadSeconds],
    ]);
    this.gauge(
      "verdict_mapping_activated_timestamp_seconds",
      "When the mapping in force came into force.",
      ["mapping"],
      () => [...this.mappingsActivatedAtMs].map(([mapping, atMs]) => [{ mapping }, atMs / 1000] as const),
      "max",
    );
    this.counter("verdict_snapshot_load_failures_total", "Policy sets that did not come into force.", ["reason"], () =>
      [...this.failures].map(([reason, count]) => [{ reason }, count] as const),
    );
    this.counter(
      "verdict_mapping_load_failures_total",
      "Mapping files that did not come into force.",
      ["mapping"],
      () => [...this.mappingFailures].map(([mapping, count]) => [{ mapping }, count] as const),
    );
  }

  private addDecisionLog(status: () => DecisionLogStatus): void {
    this.counter("verdict_decision_log_dropped_total", "Decisions that are in no log.", [], () => [
      [{}, status().dropped],
    ]);
    this.gauge(
      "verdict_decision_log_lag_seconds",
      "Age of the oldest decision that is not written yet.",
      [],
      () => [[{}, status().lagSeconds]],
      "max",
    );
    this.counter("verdict_decision_log_refused_total", "Calls that were refused because the log was full.", [], () => [
      [{}, status().refused],
    ]);
    this.counter("verdict_decision_log_written_total", "Decisions that are in the log.", [], () => [
      [{}, status().written],
    ]);
    this.counter("verdict_decision_log_spilled_total", "Decisions that waited in the spill file.", [], () => [
      [{}, status().spilled],
    ]);
    this.gauge("verdict_decision_log_queued_bytes", "Bytes of calls on their way to the log.", [], () => [
      [{}, status().queuedBytes],
    ]);
  }

  private counter<L extends string>(name: string, help: string, labels: readonly L[], values: Values<L, number>): void {
    new Counter<L>({
      name,
      help,
      labelNames: labels,
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [set, count] of values()) this.inc(set, count);
      },
    });
  }

  private gauge<L extends string>(
    name: string,
    help: string,
    labels: readonly L[],
    values: Values<L, number>,
    aggregator: Aggregator = "sum",
  ): void {
    new Gauge<L>({
      name,
      help,
      labelNames: labels,
      aggregator,
      registers: [this.registry],
      collect() {
        this.reset();
        // Without labels a reset leaves a 0, which is a point in time as well.
        if (labels.length === 0) this.remove();
        for (const [set, value] of values()) this.set(set, value);
      },
    });
  }

  private histogram(name: string, help: string, values: () => readonly (readonly [Labels, HistogramCells])[]): void {
    this.histograms.push(() => histogramFamily(name, help, values()));
  }
}

type Values<L extends string, V> = () => readonly (readonly [Partial<Record<L, string>>, V])[];

/** A point in time that may not be there. */
function timestamp(atMs: number | undefined): readonly (readonly [Record<never, string>, number])[] {
  return atMs === undefined ? [] : [[{}, atMs / 1000]];
}

function textLabels(labels: Partial<Record<string, string | number>>): Labels {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]));
}
