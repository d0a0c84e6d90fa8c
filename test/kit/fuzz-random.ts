// A small seeded generator of random numbers, so that every failure can be repeated.

/** Numbers of a seed: `next()` in [0, 2^32), `below(n)` in [0, n). */
export interface Random {
  next(): number;
  below(limit: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
}

/** Mulberry32. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return {
    next,
    below: (limit) => next() % limit,
    chance: (probability) => next() / 2 ** 32 < probability,
    pick: (list) => {
      const item = list[next() % list.length];
      if (item === undefined) throw new Error("pick from an empty list");
      return item;
    },
  };
}
