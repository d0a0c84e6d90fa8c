/** What a run counts: latencies from the intended start and from the actual one, errors apart, a time line of seconds. */
import { Latencies, type LatencySummary } from "./latencies.js";

/** One second of a run. */
export interface Second {
  /** From the beginning of the measured phase. */
  readonly second: number;
  readonly count: number;
  readonly errors: number;
  /** In milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Counts of one run. */
export class Tally {
  /** Answer minus intended start, of good answers and of calls that were never answered, by their age. */
  readonly latency = new Latencies();
  /** Answer minus actual send. */
  readonly service = new Latencies();
  /** Actual send minus intended start. */
  readonly lag = new Latencies();
  /** Of calls that failed, from the intended start. */
  readonly failed = new Latencies();
  readonly errors = new Map<string, number>();
  readonly timeline: Second[] = [];
  good = 0;
  unfinished = 0;
  skipped = 0;
  /** Sends that were due, skipped ones included. */
  due = 0;
  sent = 0;
  private readonly current = new Latencies();
  private currentErrors = 0;
  private currentUntimed = 0;
  private secondEndsMs = Number.POSITIVE_INFINITY;

  private startMs = 0;

  /** `onSecond` hears of every second, with the delay of sends so far (p99, in milliseconds). */
  constructor(private readonly onSecond: (second: Second, lagP99: number) => void = () => {}) {}

  /** Says when the run begins: making histograms takes long enough to be late for the first calls. */
  begin(startMs: number): void {
    this.startMs = startMs;
    this.secondEndsMs = startMs + 1000;
  }

  /** Calls that failed. */
  errorCount = 0;

  /** A good answer. */
  answered(nowMs: number, intendedMs: number, sentMs: number): void {
    if (nowMs >= this.secondEndsMs) this.roll(nowMs);
    this.good++;
    this.latency.record(nowMs - intendedMs);
    this.service.record(nowMs - sentMs);
    this.current.record(nowMs - intendedMs);
  }

  /** Good answers between two looks at the clock: they count, their latencies are not known. */
  untimed(count: number): void {
    this.good += count;
    this.sent += count;
    this.due += count;
    this.currentUntimed += count;
  }

  /** An answer that is none, or a wrong one. */
  failedWith(failure: string, nowMs: number, intendedMs: number): void {
    if (nowMs >= this.secondEndsMs) this.roll(nowMs);
    this.errors.set(failure, (this.errors.get(failure) ?? 0) + 1);
    this.failed.record(nowMs - intendedMs);
    this.errorCount++;
    this.currentErrors++;
  }

  /** A call that was not answered when the run was over: its age is the least that it would have taken. */
  neverAnswered(nowMs: number, intendedMs: number): void {
    this.unfinished++;
    this.latency.record(nowMs - intendedMs);
    this.current.record(nowMs - intendedMs);
  }

  /** Ends the second that runs. */
  end(): void {
    if (this.current.whole.totalCount > 0 || this.currentErrors > 0) this.push();
  }

  private roll(nowMs: number): void {
    while (nowMs >= this.secondEndsMs) {
      this.push();
      this.secondEndsMs += 1000;
    }
  }

  private push(): void {
    const { count, p50, p99, max }: LatencySummary = this.current.summary();
    const second = Math.round((this.secondEndsMs - this.startMs) / 1000) - 1;
    const told = { second, count: count + this.currentUntimed, errors: this.currentErrors, p50, p99, max };
    this.timeline.push(told);
    this.onSecond(told, this.lag.quantile(0.99));
    this.current.reset();
    this.currentErrors = 0;
    this.currentUntimed = 0;
  }
}
