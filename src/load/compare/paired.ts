/**
 * Whether one side is slower than the other, from pairs of short slices that were measured side by side. Requests are no unit, since they
 * are not independent; a pair is one, and noise that drifts meets both of its sides. The answer is about a margin: without one, a set
 * would differ from itself in one run of twenty.
 */

/** What is said. */
export type Answer = "no difference" | "slower" | "faster" | "undecided";

/** An interval for the ratio of the new side to the old one: 1.1 is a tenth slower. */
export interface Interval {
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  readonly pairs: number;
}

/** The interval of the mean of log ratios by Student's t. At least two pairs; `alpha` is the share of intervals that miss. */
export function ratioInterval(pairs: readonly (readonly [old: number, next: number])[], alpha = 0.05): Interval {
  const logs = pairs.map(([old, next]) => Math.log(next / old));
  const mean = logs.reduce((sum, one) => sum + one, 0) / logs.length;
  const variance = logs.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (logs.length - 1);
  const half = studentQuantile(1 - alpha / 2, logs.length - 1) * Math.sqrt(variance / logs.length);
  return {
    ratio: Math.exp(mean),
    low: Math.exp(mean - half),
    high: Math.exp(mean + half),
    pairs: logs.length,
  };
}

/** What an interval says about a margin, as in 0.03: inside it, wholly beyond it, or neither. */
export function answerOf({ low, high }: Interval, margin: number): Answer {
  if (low > 1 + margin) return "slower";
  if (high < 1 / (1 + margin)) return "faster";
  return high <= 1 + margin && low >= 1 / (1 + margin) ? "no difference" : "undecided";
}

/** How pairs are gathered. */
export interface PairingTerms {
  readonly margin: number;
  /** Pairs after which it is looked whether there is an answer; after the last one there are no more. */
  readonly looks: readonly number[];
}

/** Looks after 20, 40, 80 and 160 pairs. */
export const usualLooks: readonly number[] = [20, 40, 80, 160];

/** The usual share by which sides may differ. */
export const USUAL_MARGIN = 0.03;

/** The interval and its answer. */
export interface Judgement extends Interval {
  readonly answer: Answer;
}

/** What one slice says: a number of each kind, in an order that is the same for every slice; the smaller, the better. */
export type Slice = readonly number[];

/** What one pair says. */
export type Pair = readonly [old: Slice, next: Slice];

/**
 * Measures slices until every kind of number has an answer. Of two pairs in a row the first begins with the old side, the second with the
 * new one: ABBA.
 */
export function judgePairs(
  measure: (side: "old" | "next") => Slice | Promise<Slice>,
  terms: PairingTerms,
): Promise<readonly Judgement[]> {
  return judgeWholePairs(async (isNextFirst) => {
    if (!isNextFirst) {
      const old = await measure("old");
      return [old, await measure("next")];
    }
    const next = await measure("next");
    return [await measure("old"), next];
  }, terms);
}

/**
 * The same where the sides of a pair are measured together. Each look has its share of the five runs in a hundred whose interval may miss.
 * An answer of one kind stands while others are still looked for.
 */
export async function judgeWholePairs(
  measure: (isNextFirst: boolean) => Promise<Pair>,
  { margin, looks }: PairingTerms,
): Promise<readonly Judgement[]> {
  const pairs: Pair[] = [];
  let judged: readonly Judgement[] = [];
  for (const look of looks) {
    while (pairs.length < look) pairs.push(await measure(pairs.length % 2 === 1));
    const kinds = pairs[0]?.[0].length ?? 0;
    const known = judged;
    judged = Array.from({ length: kinds }, (_, kind) => {
      const before = known[kind];
      if (before !== undefined && before.answer !== "undecided") return before;
      const numbers = pairs.map(([old, next]) => [old[kind] ?? 0, next[kind] ?? 0] as const);
      const interval = ratioInterval(numbers, 0.05 / looks.length);
      return { ...interval, answer: answerOf(interval, margin) };
    });
    if (judged.every(({ answer }) => answer !== "undecided")) break;
  }
  return judged;
}

/** The quantile of Student's t, by halving where its distribution is known to rise. */
export function studentQuantile(probability: number, freedom: number): number {
  let [low, high] = [-1000, 1000];
  for (let step = 0; step < 80; step++) {
    const middle = (low + high) / 2;
    if (studentDistribution(middle, freedom) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The distribution function of Student's t for a whole number of degrees of freedom: the closed sums of trigonometric powers. */
export function studentDistribution(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const cosine = Math.cos(angle);
  const isOdd = freedom % 2 === 1;
  let term = isOdd ? cosine : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let power = isOdd ? 3 : 2; power <= freedom - 2; power += 2) {
    term *= (cosine * cosine * (power - 1)) / power;
    sum += term;
  }
  const area = isOdd ? ((angle + Math.sin(angle) * sum) * 2) / Math.PI : Math.sin(angle) * sum;
  return (1 + area) / 2;
}
