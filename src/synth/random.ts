/** The seeded source of choices: equal seeds give equal choices on every machine. Knows nothing of policies. */

/** Choices that depend on nothing but a seed and a stream. */
export class Random {
  private state: number;

  constructor(seed: number, stream = 0) {
    this.state = mix(mix(seed >>> 0) ^ Math.imul(stream + 1, 0x9e3779b1));
  }

  /** The same for a seed and a stream that are texts. */
  static named(seed: string, stream = ""): Random {
    const random = new Random(0);
    random.state = hashText(`${seed}\0${stream}`);
    return random;
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

  /** An integer between two bounds, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True with the probability given. */
  chance(probability: number): boolean {
    return this.below(1_000_000) < probability * 1_000_000;
  }

  /** One item of a list that has some. */
  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
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

  /** One of the items, with probabilities in proportion to their weights. */
  weighted<T>(choices: readonly (readonly [number, T])[]): T {
    let rest = this.below(choices.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, item] of choices) {
      rest -= weight;
      if (rest < 0) return item;
    }
    throw new Error("no choice has a weight");
  }

  /** A list of a random length. */
  list<T>(least: number, most: number, make: (index: number) => T): T[] {
    return Array.from({ length: this.between(least, most) }, (_, index) => make(index));
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
