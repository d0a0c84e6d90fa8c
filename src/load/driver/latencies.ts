/**
 * Latencies in nanoseconds, three digits of each. Short ones are counted in an array first, where a count costs a few nanoseconds; the
 * histogram takes them when somebody looks.
 */
import { build, type Histogram } from "hdr-histogram-js";

/** Up to here one nanosecond is told from the next. */
const fastBelowNs = 65_536;
/** An hour: longer is counted as that, and how often. */
const highestNs = 3_600_000_000_000;

/** What people read of latencies, in milliseconds; zeros where there are none. */
export interface LatencySummary {
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** A histogram of latencies. */
export class Latencies {
  private readonly fast = new Uint32Array(fastBelowNs);
  private readonly histogram: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: highestNs,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 64,
  });
  /** What of the array has counts. */
  private fastFrom = fastBelowNs;
  private fastTo = 0;
  /** Longer than an hour. */
  clamped = 0;

  /** Counts one, in milliseconds. */
  record(ms: number): void {
    const ns = ms <= 0 ? 0 : Math.round(ms * 1e6);
    if (ns < fastBelowNs) {
      this.fast[ns] = (this.fast[ns] ?? 0) + 1;
      if (ns < this.fastFrom) this.fastFrom = ns;
      if (ns >= this.fastTo) this.fastTo = ns + 1;
    } else if (ns <= highestNs) this.histogram.recordValue(ns);
    else {
      this.clamped++;
      this.histogram.recordValue(highestNs);
    }
  }

  /** Adds what another one has. */
  add(other: Latencies): void {
    this.histogram.add(other.whole);
    this.clamped += other.clamped;
  }

  /** Forgets everything. */
  reset(): void {
    this.forgetFast();
    this.clamped = 0;
    this.histogram.reset();
  }

  /** The value below which a share of all lies, in milliseconds. */
  quantile(share: number): number {
    const { whole } = this;
    return whole.totalCount === 0 ? 0 : whole.getValueAtPercentile(share * 100) / 1e6;
  }

  /** What people read of it. */
  summary(): LatencySummary {
    const { whole } = this;
    const { totalCount: count } = whole;
    const at = (share: number): number => this.quantile(share);
    if (count === 0) return { count, min: 0, mean: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 };
    return {
      count,
      min: at(0),
      mean: whole.mean / 1e6,
      p50: at(0.5),
      p90: at(0.9),
      p99: at(0.99),
      p999: at(0.999),
      max: whole.maxValue / 1e6,
    };
  }

  /** The histogram with everything in it. */
  get whole(): Histogram {
    if (this.fastTo > 0) {
      for (let ns = this.fastFrom; ns < this.fastTo; ns++) {
        const count = this.fast[ns] ?? 0;
        if (count > 0) this.histogram.recordValueWithCount(ns, count);
      }
      this.forgetFast();
    }
    return this.histogram;
  }

  private forgetFast(): void {
    if (this.fastTo > 0) this.fast.fill(0, this.fastFrom, this.fastTo);
    this.fastFrom = fastBelowNs;
    this.fastTo = 0;
  }
}
