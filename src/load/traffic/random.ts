/** The seeded source of choices of load tests: equal seeds give equal choices on every machine. Knows nothing of policies. */

/** Choices that depend on nothing but a seed and the name of a stream. */
export class SeededRandom {
  private state: number;

  constructor(seed: string, stream = "") {
    this.state = hashText(`${seed}\0${stream}`);
  }

  /** A number from 0, included, to 1, excluded. */
  share(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    return mix(this.state) / 0x1_0000_0000;
  }

  /** An integer from 0 to `count` - 1. */
  below(count: number): number {
    return Math.floor(this.share() * count);
  }

  /** One item of a list that has some. */
  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error("random: nothing to pick from");
    return item;
  }

  /** The items in a random order. */
  shuffled<T>(items: readonly T[]): T[] {
    const found = [...items];
    for (let last = found.length - 1; last > 0; last--) {
      const other = this.below(last + 1);
      found.splice(last, 1, ...found.splice(other, 1, ...found.slice(last, last + 1)));
    }
    return found;
  }

  /** A gap of a Poisson process with a mean of 1. */
  exponential(): number {
    return -Math.log(1 - this.share());
  }
}

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
  draw(random: SeededRandom): number {
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

function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return mix(hash);
}

function mix(value: number): number {
  let z = value | 0;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
}
