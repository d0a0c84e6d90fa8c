/** What two globs are to each other, found once a pair: audits ask about the same patterns over and over. */
import { tokensCover, tokensIntersect } from "../policy/document/token-relations.js";
import { type Glob, globHolds, isLiteral } from "./glob.js";

const mostPairs = 500_000;

/** Whether some text is in both. */
export const globsMeet = remembered((left, right) => {
  const length = Math.min(left.prefix.length, right.prefix.length);
  if (left.prefix.slice(0, length) !== right.prefix.slice(0, length)) return false;
  const tail = Math.min(left.suffix.length, right.suffix.length);
  if (tail > 0 && left.suffix.slice(-tail) !== right.suffix.slice(-tail)) return false;
  if (isLiteral(left)) return globHolds(right, left.prefix);
  if (isLiteral(right)) return globHolds(left, right.prefix);
  return tokensIntersect(left.places, right.places);
});

/** Whether the first holds every text of the second; false for some that it does. */
export const globCovers = remembered((wide, narrow) => {
  if (isLiteral(narrow)) return globHolds(wide, narrow.prefix);
  if (!narrow.prefix.startsWith(wide.prefix) || !narrow.suffix.endsWith(wide.suffix)) return false;
  return tokensCover(wide.places, narrow.places);
});

function remembered(relate: (left: Glob, right: Glob) => boolean): (left: Glob, right: Glob) => boolean {
  const known = new Map<number, Map<number, boolean>>();
  let pairs = 0;
  return (left, right) => {
    let ofLeft = known.get(left.id);
    let found = ofLeft?.get(right.id);
    if (found === undefined) {
      found = relate(left, right);
      if (++pairs > mostPairs) {
        known.clear();
        pairs = 1;
        ofLeft = undefined;
      }
      if (ofLeft === undefined) {
        ofLeft = new Map();
        known.set(left.id, ofLeft);
      }
      ofLeft.set(right.id, found);
    }
    return found;
  };
}
