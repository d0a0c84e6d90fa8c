/**
 * Answers about demands that were made before: a search comes back to the same tests of a key many times, under other truths of other
 * keys. What an answer took is taken again, so that a budget buys the same whatever was asked before.
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

/** Answers of one kind. */
export class FoundBefore<Answer> {
  private readonly known = new Map<string, { readonly answer: Answer; readonly steps: number }>();

  /** The answer about some demands, in their order. `kind`: what else it follows from. `beyond`: what is said where steps are used up. */
  answer(kind: string, demands: readonly Asked[], work: Work, beyond: Answer, find: () => Answer): Answer {
    let id = kind;
    for (const { test, holds } of demands) id += `${holds ? "+" : "-"}${numberOf(test)}`;
    const known = this.known.get(id);
    if (known !== undefined) {
      work.left -= known.steps;
      return work.left < 0 ? beyond : known.answer;
    }
    const before = work.left;
    const answer = find();
    if (work.left < 0) return answer;
    if (this.known.size >= mostKept) this.known.clear();
    this.known.set(id, { answer, steps: before - work.left });
    return answer;
  }
}
