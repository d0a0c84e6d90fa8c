/** How choices of load tests fall on principals and resources: evenly, or on few of them most often. */
import type { Random } from "../../synth/random.js";

/** How often each of some things comes up: all alike, or the first twice as often as the second, three times as the third (Zipf's law). */
export const distributions = ["zipf", "uniform"] as const;

/** One of them. */
export type Distribution = (typeof distributions)[number];

/** Draws places of a list by a distribution. */
export class Ranks {
  private readonly sums: Float64Array | undefined;

  constructor(
    private readonly count: number,
    distribution: Distribution,
  ) {
    if (distribution === "uniform") return;
    this.sums = new Float64Array(count);
    let sum = 0;
    for (let rank = 0; rank < count; rank++) {
      sum += 1 / (rank + 1);
      this.sums[rank] = sum;
    }
  }

  /** A place from 0 to `count` - 1. */
  draw(random: Random): number {
    const { sums, count } = this;
    if (sums === undefined) return random.below(count);
    const wanted = random.share() * (sums[count - 1] ?? 0);
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
