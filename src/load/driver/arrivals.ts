/** When calls are due: random gaps with a mean, equal gaps, or the moments of recorded traffic. */
import { Random } from "../../synth/random.js";

/** How gaps come about. */
export const arrivalKinds = ["poisson", "uniform"] as const;

/** One of them. */
export type ArrivalKind = (typeof arrivalKinds)[number];

/** Gives the milliseconds from each call to the next. */
export interface Arrivals {
  /** As outputs name it. */
  readonly name: string;
  /** Calls a second on average. */
  readonly rate: number;
  nextGapMs(): number;
}

/** Arrivals at a rate. */
export function arrivalsAt(kind: ArrivalKind, rate: number, seed: string): Arrivals {
  const mean = 1000 / rate;
  if (kind === "uniform") return { name: kind, rate, nextGapMs: () => mean };
  const random = Random.named(seed, `arrivals ${rate}`);
  return { name: kind, rate, nextGapMs: () => random.exponential() * mean };
}

/** The moments of recorded traffic, again from the beginning when they are over. */
export function recordedArrivals(dueMs: Float64Array): Arrivals {
  const last = dueMs[dueMs.length - 1] ?? 0;
  const mean = dueMs.length < 2 || last === 0 ? 1 : last / (dueMs.length - 1);
  let next = 0;
  return {
    name: "recorded",
    rate: 1000 / mean,
    nextGapMs: () => {
      const at = next++ % dueMs.length;
      return at === 0 ? mean : (dueMs[at] ?? 0) - (dueMs[at - 1] ?? 0);
    },
  };
}
