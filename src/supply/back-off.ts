/** How long to wait after failures in a row: twice as long each time, with a random part so that many callers spread. */

/** What bounds the waiting; milliseconds. */
export interface BackOffLimits {
  readonly firstMs: number;
  readonly mostMs: number;
}

/** Counts failures in a row. */
export class BackOff {
  private failures = 0;

  constructor(
    private readonly limits: BackOffLimits,
    /** Numbers from 0 to less than 1. */
    private readonly random: () => number = Math.random,
  ) {}

  /** The wait after one more failure, in milliseconds: from half of the step to all of it. */
  next(): number {
    const step = Math.min(this.limits.mostMs, this.limits.firstMs * 2 ** Math.min(this.failures, 30));
    this.failures++;
    return step * (0.5 + this.random() / 2);
  }

  /** All is well again. */
  reset(): void {
    this.failures = 0;
  }
}
