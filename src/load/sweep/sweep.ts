/**
 * The highest rate that holds: growth, bisection, then trials of full length (conditional throughput of RFC 9971). Both bounds count only
 * when most of such trials say so, so that neither a lucky second makes a capacity nor an unlucky one takes it away.
 */

/** What is wanted of a rate. */
export interface SweepGoal {
  readonly p99Ms: number;
  /** Calls that may fail, of all that were due. */
  readonly errorShare: number;
}

/** One trial. */
export interface Trial {
  readonly stage: "growth" | "bisection" | "confirmation" | "curve";
  /** Asked for, in calls a second. */
  readonly rate: number;
  readonly achieved: number;
  readonly durationS: number;
  /** In milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly errors: number;
  readonly skipped: number;
  readonly unfinished: number;
  /** Others took processor time that this process or the server waited for. */
  readonly disturbed: boolean;
  readonly passed: boolean;
  /** What kept it from passing. */
  readonly reason?: string;
  readonly bottleneck: "client" | "server" | "unknown";
  readonly why: string;
}

/** What a trial measures. */
export type Measured = Omit<Trial, "stage" | "passed" | "reason"> & {
  readonly keptShare: number;
  readonly errorShare: number;
};

/** What a sweep works with. */
export interface SweepTerms {
  readonly goal: SweepGoal;
  /** The first rate, in calls a second. */
  readonly startRate: number;
  /** Of a confirming trial, in milliseconds; those of growth take a tenth of it, of bisection three tenths. */
  readonly trialMs: number;
  readonly trial: (rate: number, durationMs: number) => Promise<Measured>;
  /** Hears of every trial. */
  readonly onTrial?: (trial: Trial) => void;
  readonly isStopped?: () => boolean;
}

/** What a sweep found. */
export interface SweepResult {
  readonly goal: SweepGoal;
  /** Calls a second; 0 where not even the least rate holds. */
  readonly capacity: number;
  /** False: stopped before it was confirmed. */
  readonly isConfirmed: boolean;
  readonly trials: readonly Trial[];
  /** At parts of the capacity. */
  readonly at: readonly (Trial & { readonly share: number })[];
  readonly bottleneck: Trial["bottleneck"];
  readonly why: string;
}

const growth = 2;
/** Short trials pass above what holds for long: more precision would be wasted on them. */
const precision = 1.1;
/** Of three trials two that agree are the majority, whatever the third does. */
const majority = 2;
/** Trials that are made again, at a rate and in all: on a machine that is never quiet a sweep has to end, too. */
const mostPardons = 3;
const mostPardonsInAll = 15;
/** So many rates one after the other that the client sent in full and was late at: a lower one will not be on time either. */
const mostLate = 4;
const firstStep = 1.05;
const largestStep = 2;
const confirmedPrecision = 1.03;
const leastRate = 1;
const mostRate = 20_000_000;
const leastKept = 0.99;
const leastTrialMs = 200;
const leastCalls = 1000;
const curve = [0.5, 0.7, 0.85, 1] as const;

/** Searches. */
export async function sweep(terms: SweepTerms): Promise<SweepResult> {
  return new Sweep(terms).run();
}

class Sweep {
  private readonly trials: Trial[] = [];
  private pardonsLeft = mostPardonsInAll;
  private late = 0;

  constructor(private readonly terms: SweepTerms) {}

  async run(): Promise<SweepResult> {
    const { goal } = this.terms;
    const bracket = await this.grow();
    const [low, high] = await this.bisect(bracket);
    const confirmed = low === 0 ? 0 : await this.confirm(low);
    const at: (Trial & { readonly share: number })[] = [];
    for (const share of confirmed === 0 ? [] : curve) {
      if (this.isStopped) break;
      at.push({ ...(await this.attempt("curve", confirmed * share, this.terms.trialMs / 2)), share });
    }
    return {
      goal,
      capacity: this.isStopped && confirmed === 0 ? low : confirmed,
      isConfirmed: confirmed > 0,
      trials: this.trials,
      at,
      ...this.bottleneck(high),
    };
  }

  private get isStopped(): boolean {
    return this.terms.isStopped?.() === true;
  }

  /** Whether lower rates are not worth a trial. */
  private get isOver(): boolean {
    return this.isStopped || this.late >= mostLate;
  }

  /** Doubles (or halves) until one rate holds and one does not: the lower and the upper bound. */
  private async grow(): Promise<readonly [low: number, high: number]> {
    const { startRate, trialMs } = this.terms;
    let low = 0;
    let high = Number.POSITIVE_INFINITY;
    for (let rate = startRate; !this.isOver && rate >= leastRate && rate <= mostRate; ) {
      if (await this.holds("growth", rate, trialMs / 10)) low = rate;
      else high = rate;
      if (low > 0 && high < Number.POSITIVE_INFINITY) break;
      rate = low > 0 ? rate * growth : rate / growth;
    }
    return [low, high];
  }

  private async bisect([first, last]: readonly [number, number]): Promise<readonly [low: number, high: number]> {
    let [low, high] = [first, last];
    while (!this.isStopped && low > 0 && high < Number.POSITIVE_INFINITY && high / low > precision) {
      const rate = Math.sqrt(low * high);
      if (await this.holds("bisection", rate, (this.terms.trialMs * 3) / 10)) low = rate;
      else high = rate;
    }
    return [low, high];
  }

  /**
   * The highest rate at which most of the long trials hold, found from a bound up or down; 0 where there is none. Short trials miss what
   * comes once in seconds, such as collections of garbage, and one of them that was disturbed leaves the bound too low: it may be far off
   * on both sides, so steps grow until a rate that holds and one that does not are known, and what lies between is halved.
   */
  private async confirm(from: number): Promise<number> {
    let low = 0;
    let high = Number.POSITIVE_INFINITY;
    let step = firstStep;
    for (
      let rate = from;
      rate >= leastRate && rate <= mostRate && !this.isOver;
      step = Math.min(step ** 2, largestStep)
    ) {
      if (await this.isConfirmed(rate)) low = rate;
      else high = rate;
      if (low > 0 && high < Number.POSITIVE_INFINITY) break;
      rate = low > 0 ? rate * step : rate / step;
    }
    while (low > 0 && high / low > confirmedPrecision && high < Number.POSITIVE_INFINITY && !this.isStopped) {
      const rate = Math.sqrt(low * high);
      if (await this.isConfirmed(rate)) low = rate;
      else high = rate;
    }
    return low;
  }

  private async isConfirmed(rate: number): Promise<boolean> {
    const pardons = { left: mostPardons };
    let failed = 0;
    let passed = 0;
    while (!this.isStopped && failed < majority && passed < majority) {
      if (await this.fairly("confirmation", rate, this.terms.trialMs, pardons)) passed++;
      else failed++;
    }
    return this.noted(passed >= majority);
  }

  /** Whether a rate holds; a short trial that fails has a second chance, since a moment of noise is enough for it. */
  private async holds(stage: Trial["stage"], rate: number, durationMs: number): Promise<boolean> {
    const pardons = { left: mostPardons };
    if (await this.fairly(stage, rate, durationMs, pardons)) return this.noted(true);
    return this.noted(!this.isStopped && (await this.fairly(stage, rate, durationMs, pardons)));
  }

  /** Counts the rates at which the client was late. */
  private noted(holds: boolean): boolean {
    const last = this.trials.at(-1);
    this.late = !holds && last?.bottleneck === "client" && last.reason === "p99" ? this.late + 1 : 0;
    return holds;
  }

  /** A trial that fails while the client is what holds the rate back, or others take the processors, says nothing of the server: it is made again. */
  private async fairly(
    stage: Trial["stage"],
    rate: number,
    durationMs: number,
    pardons: { left: number },
  ): Promise<boolean> {
    for (;;) {
      const { passed, bottleneck, disturbed } = await this.attempt(stage, rate, durationMs);
      if (passed || (bottleneck !== "client" && !disturbed)) return passed;
      if (pardons.left === 0 || this.pardonsLeft === 0 || this.isStopped) return passed;
      pardons.left--;
      this.pardonsLeft--;
    }
  }

  private async attempt(stage: Trial["stage"], rate: number, durationMs: number): Promise<Trial> {
    // A p99 of a few calls is one call.
    const enoughMs = Math.min((leastCalls / rate) * 1000, this.terms.trialMs);
    const measured = await this.terms.trial(rate, Math.max(durationMs, leastTrialMs, enoughMs));
    const reason = this.failure(measured);
    const { keptShare: _, errorShare: __, ...rest } = measured;
    const trial: Trial = { stage, ...rest, passed: reason === undefined, ...(reason === undefined ? {} : { reason }) };
    this.trials.push(trial);
    this.terms.onTrial?.(trial);
    return trial;
  }

  private failure({ achieved, p99, keptShare, errorShare }: Measured): string | undefined {
    const { goal } = this.terms;
    // At a call a second a trial may have none: their p99 of nothing holds every goal.
    if (achieved === 0) return "no answer";
    if (errorShare > goal.errorShare) return "errors";
    if (keptShare < leastKept) return "rate not reached";
    return p99 > goal.p99Ms ? "p99" : undefined;
  }

  /** What the trials that failed near the bound say, most of them. */
  private bottleneck(high: number): Pick<SweepResult, "bottleneck" | "why"> {
    const failed = this.trials.filter(({ passed, rate }) => !passed && rate <= high * growth);
    const counts = new Map<string, Trial[]>();
    for (const trial of failed) counts.set(trial.bottleneck, [...(counts.get(trial.bottleneck) ?? []), trial]);
    const [most = []] = [...counts.values()].sort((one, other) => other.length - one.length);
    const last = most[most.length - 1];
    return last === undefined
      ? { bottleneck: "unknown", why: "no rate was found that does not hold" }
      : { bottleneck: last.bottleneck, why: last.why };
  }
}
