/**
 * Answers about demands that were made before: a search comes back to the same tests of a key many times, under other truths of other
 * keys. What an answer took is taken of everybody who asks, once, so that a budget buys the same whatever was asked before.
 */
import type { Work } from "../globs/solve-text.js";

/** So many answers are kept. */
const mostKept = 20_000;

/** A test that is to hold, or not. */
interface Asked {
  readonly test: object;
  readonly holds: boolean;
}

const numbers = new WeakMap<object, number>();
let count = 0;

function numberOf(test: object): number {
  let number = numbers.get(test);
  if (number === undefined) {
    number = ++count;
    numbers.set(test, number);
  }
  return number;
}

let kinds = 0;

/** Answers of one kind. */
export class FoundBefore<Answer> {
  private readonly own = `found ${++kinds} `;
  private readonly known = new Map<string, { readonly answer: Answer; readonly steps: number }>();

  /**
   * The answer about some demands, in their order, paid for once by each who counts. `kind`: what else it follows from. `beyond`: what is said
   * where steps are used up. `find` counts for itself: what it takes does not depend on what else was paid for.
   */
  answer(kind: string, demands: readonly Asked[], work: Work, beyond: Answer, find: (work: Work) => Answer): Answer {
    let id = this.own + kind;
    for (const { test, holds } of demands) id += `${holds ? "+" : "-"}${numberOf(test)}`;
    work.paid ??= new Set();
    const known = this.known.get(id);
    if (known !== undefined) {
      if (work.paid.has(id)) return known.answer;
      work.left -= known.steps;
      if (work.left < 0) return beyond;
      work.paid.add(id);
      return known.answer;
    }
    const counted = { left: work.paid.has(id) ? Number.MAX_SAFE_INTEGER : work.left };
    const before = counted.left;
    const answer = find(counted);
    const steps = before - counted.left;
    if (!work.paid.has(id)) work.left = counted.left;
    if (counted.left < 0) return answer;
    work.paid.add(id);
    if (this.known.size >= mostKept) this.known.clear();
    this.known.set(id, { answer, steps });
    return answer;
  }
}
