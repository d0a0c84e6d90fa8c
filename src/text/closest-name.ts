/**
 * Guesses what a misspelt name was meant to be, for the `fix` of a finding. Never used to decide.
 */

import { quote } from "./quote.js";

const longestName = 48;

/** The candidate nearest to the name, ignoring case, if it is near enough to be a likely misspelling. */
export function closestName(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length === 0 || name.length > longestName) return undefined;
  const wanted = name.toLowerCase();
  let best: string | undefined;
  // Of a single letter everything is near.
  let bestDistance = Math.min(Math.max(1, Math.floor(wanted.length / 4)) + 1, wanted.length);
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - wanted.length) >= bestDistance) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance >= bestDistance) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}

/** Names that a reader has guessed for are few: a set with ten thousand wrong names must not be compared with all of them. */
const mostGuesses = 20;

/** Guesses for one reading of many names. */
export class Guesses {
  private made = 0;

  /** As `closestName`; nothing once so many were asked for. */
  meant(name: string, candidates: Iterable<string>): string | undefined {
    return this.made++ < mostGuesses ? closestName(name, candidates) : undefined;
  }
}

/** The end of a message about a name: what may have been meant, or nothing. */
export function didYouMean(name: string | undefined): string {
  return name === undefined ? "" : `: did you mean ${quote(name)}?`;
}

/** As `closestName`, or else the one candidate that has the name in it: `boundary` for `permissionsBoundary`. */
export function likelyName(name: string, candidates: readonly string[]): string | undefined {
  const closest = closestName(name, candidates);
  if (closest !== undefined || name.length < shortestPart) return closest;
  const folded = name.toLowerCase();
  const [only, second] = candidates.filter((candidate) => candidate.toLowerCase().includes(folded));
  return second === undefined ? only : undefined;
}

const shortestPart = 4;

/** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other. */
function editDistance(left: string, right: string): number {
  let previous: number[] = [];
  let current = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const beforePrevious = previous;
    previous = current;
    current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left.charCodeAt(row - 1) === right.charCodeAt(column - 1);
      let cost = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped =
        row > 1 &&
        column > 1 &&
        left.charCodeAt(row - 1) === right.charCodeAt(column - 2) &&
        left.charCodeAt(row - 2) === right.charCodeAt(column - 1);
      if (swapped) cost = Math.min(cost, (beforePrevious[column - 2] ?? 0) + 1);
      current.push(cost);
    }
  }
  return current[right.length] ?? 0;
}
