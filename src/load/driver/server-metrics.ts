/** What a server says of itself, as its `/metrics` have it: how long it had calls, and the processor time of its process. */

/** Counters at one moment. */
export interface MetricsSnapshot {
  /** Of calls by how long the server had them: cumulative counts by their upper bounds in seconds, as Prometheus has them. */
  readonly buckets: ReadonlyMap<number, number>;
  readonly seconds: number;
  /** Processor seconds of all threads; undefined where it is not told. */
  readonly cpuS: number | undefined;
}

/** What happened between two moments. */
export interface ServerFigures {
  /** Calls that ended, those of others among them. */
  readonly calls: number;
  readonly meanMs: number;
  /** Within the bucket by a straight line; undefined over the last bound. */
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly cpuS: number | undefined;
}

const timeoutMs = 5000;
const mostBytes = 16 * 1024 * 1024;

/** Fetches them. Throws where there are none. */
export async function fetchMetrics(url: string, histogram: string): Promise<MetricsSnapshot> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
  const text = await answer.text();
  if (text.length > mostBytes) throw new Error("is too long");
  const snapshot = readMetrics(text, histogram);
  if (snapshot === undefined) throw new Error(`has no ${histogram}`);
  return snapshot;
}

/** Reads a text of metrics; undefined where the histogram is not in it. Sums up over all labels. */
export function readMetrics(text: string, histogram: string): MetricsSnapshot | undefined {
  const buckets = new Map<number, number>();
  let seconds = 0;
  let cpuS: number | undefined;
  const isTold = text.includes(`# TYPE ${histogram} histogram`);
  for (const line of text.split("\n")) {
    const [, name = "", labels = "", value = ""] = /^([a-z_]+)(?:\{(.*)\})? ([0-9.eE+-]+)/.exec(line) ?? [];
    if (name === `${histogram}_bucket`) {
      const le = /(?:^|,)le="([^"]+)"/.exec(labels)?.[1] ?? "";
      const bound = le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le);
      buckets.set(bound, (buckets.get(bound) ?? 0) + Number(value));
    } else if (name === `${histogram}_sum`) seconds += Number(value);
    else if (name === "process_cpu_seconds_total") cpuS = Number(value);
  }
  return isTold ? { buckets, seconds, cpuS } : undefined;
}

/** The difference of two moments. */
export function figuresBetween(before: MetricsSnapshot, after: MetricsSnapshot): ServerFigures {
  const counts = [...after.buckets]
    .map(([bound, count]) => [bound, count - (before.buckets.get(bound) ?? 0)] as const)
    .sort(([one], [other]) => one - other);
  const calls = counts.at(-1)?.[1] ?? 0;
  return {
    calls,
    meanMs: calls === 0 ? 0 : ((after.seconds - before.seconds) / calls) * 1000,
    p50Ms: quantile(counts, 0.5),
    p99Ms: quantile(counts, 0.99),
    cpuS: after.cpuS === undefined || before.cpuS === undefined ? undefined : after.cpuS - before.cpuS,
  };
}

function quantile(counts: readonly (readonly [bound: number, count: number])[], share: number): number | undefined {
  const wanted = (counts.at(-1)?.[1] ?? 0) * share;
  if (wanted === 0) return undefined;
  let [lower, below] = [0, 0];
  for (const [bound, count] of counts) {
    if (count >= wanted)
      return Number.isFinite(bound)
        ? (lower + ((bound - lower) * (wanted - below)) / (count - below)) * 1000
        : undefined;
    [lower, below] = [bound, count];
  }
  return undefined;
}
