/** One text for each way in which some globs can tell the texts of a set apart. */
import { type Glob, globHolds } from "./glob.js";
import { globsMeet } from "./glob-pairs.js";
import type { TextSet } from "./solve-text.js";

/**
 * The texts that `find` gives for the parts into which lists of globs part a set: a list holds what one of its globs holds. A part without
 * a text is none. Whoever calls counts the work in `find`.
 */
export function textsOfLists(
  start: TextSet,
  telling: readonly (readonly Glob[])[],
  find: (set: TextSet) => string | undefined,
): readonly string[] {
  const found: string[] = [];
  const split = ({ inside, outside }: TextSet, lists: readonly (readonly Glob[])[]): void => {
    const text = find({ inside, outside });
    if (text === undefined) return;
    for (const [index, list] of lists.entries()) {
      const within = { inside: [...inside, list], outside };
      const without = { inside, outside: [...outside, ...list] };
      // The text is on one side already: only where the other has one too are there two parts.
      if (find(list.some((glob) => globHolds(glob, text)) ? without : within) === undefined) continue;
      const others = lists.slice(index + 1);
      split(
        within,
        others.flatMap((other) => narrowed(other, list)),
      );
      split(without, others);
      return;
    }
    found.push(text);
  };
  split(start, telling);
  return found;
}

/** The globs of a list that meet those of another, as a list; none if no glob does. */
function narrowed(list: readonly Glob[], to: readonly Glob[]): readonly (readonly Glob[])[] {
  const meeting = list.filter((glob) => to.some((other) => globsMeet(glob, other)));
  return meeting.length === 0 ? [] : [meeting];
}

/** The texts that `find` gives for the parts of a set; a part without a text is none. Whoever calls counts the work in `find`. */
export function textsApart(
  start: readonly (readonly Glob[])[],
  telling: readonly Glob[],
  find: (set: TextSet) => string | undefined,
): readonly string[] {
  const found: string[] = [];
  const split = ({ inside, outside }: TextSet, from: number): void => {
    const text = find({ inside, outside });
    if (text === undefined) return;
    for (const [index, glob] of telling.entries()) {
      if (index < from) continue;
      const within = { inside: [...inside, [glob]], outside };
      const without = { inside, outside: [...outside, glob] };
      // The text is on one side already: only where the other has one too are there two parts.
      if (find(globHolds(glob, text) ? without : within) === undefined) continue;
      split(within, index + 1);
      split(without, index + 1);
      return;
    }
    found.push(text);
  };
  split({ inside: start, outside: [] }, 0);
  return found;
}
