/** How often something may happen: a burst at once, then so many a second. */

/** A burst and a rate. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** What is left of a rate. */
export class RateBucket {
  private left: number;
  private at = performance.now();

  constructor(private readonly rate: Rate) {
    this.left = rate.burst;
  }

  /** Takes one; false where there is none left. */
  take(): boolean {
    const { burst, perSecond } = this.rate;
    const now = performance.now();
    this.left = Math.min(burst, this.left + ((now - this.at) / 1000) * perSecond) - 1;
    this.at = now;
    return this.left >= 0;
  }
}
