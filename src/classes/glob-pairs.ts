/**
 * Two questions about a pair of globs, which most searches end with: can both hold one text, does one hold all that the other holds. A
 * "no" to the first and a "yes" to the second are certain.
 */
import { type Glob, lowerCase, type Place } from "./glob.js";

/** False only if no text is in both. */
export function globsMeet(left: Glob, right: Glob): boolean {
  const [one, other] = [left.places, right.places];
  const width = other.length + 1;
  const below = new Uint8Array(width);
  const current = new Uint8Array(width);
  for (let at = other.length, empty = 1; at >= 0; at--) {
    if (at < other.length && other[at]?.kind !== "star") empty = 0;
    below[at] = empty;
  }
  for (let row = one.length - 1; row >= 0; row--) {
    const place = one[row];
    if (place === undefined) continue;
    const isStar = place.kind === "star";
    for (let at = other.length; at >= 0; at--) {
      const facing = other[at];
      let reaches = isStar && below[at] === 1;
      if (!reaches && facing !== undefined) {
        const isFacingStar = facing.kind === "star";
        reaches = isFacingStar && current[at + 1] === 1;
        if (!reaches && canMeet(place, facing)) {
          reaches = below[at + 1] === 1 || (isStar && current[at + 1] === 1) || (isFacingStar && below[at] === 1);
        }
      }
      current[at] = reaches ? 1 : 0;
    }
    below.set(current);
  }
  return below[0] === 1;
}

/** True only if every text of the second is in the first. */
export function globCovers(wide: Glob, narrow: Glob): boolean {
  const [one, other] = [wide.places, narrow.places];
  const width = other.length + 1;
  const below = new Uint8Array(width);
  const current = new Uint8Array(width);
  below[other.length] = 1;
  for (let row = one.length - 1; row >= 0; row--) {
    const place = one[row];
    if (place === undefined) continue;
    const isStar = place.kind === "star";
    for (let at = other.length; at >= 0; at--) {
      const facing = other[at];
      const takes = facing !== undefined && absorbs(place, facing);
      const covers = isStar ? below[at] === 1 || (takes && current[at + 1] === 1) : takes && below[at + 1] === 1;
      current[at] = covers ? 1 : 0;
    }
    below.set(current);
  }
  return below[0] === 1;
}

function canMeet(one: Place, other: Place): boolean {
  if (one.kind === "unit" && other.kind === "unit") return one.unit === other.unit;
  if (one.kind === "unit") return meetsUnit(other, one.unit);
  if (other.kind === "unit") return meetsUnit(one, other.unit);
  return one.kind !== "folded" || other.kind !== "folded" || one.unit === other.unit;
}

function meetsUnit(place: Place, unit: string): boolean {
  if (place.kind === "folded") return lowerCase(unit) === place.unit;
  return place.crossing || unit !== ":";
}

/** Whether a place stands for all that a place of the narrower glob stands for. */
function absorbs(wide: Place, narrow: Place): boolean {
  if (wide.kind === "unit") return narrow.kind === "unit" && narrow.unit === wide.unit;
  if (wide.kind === "folded") {
    return narrow.kind === "folded"
      ? narrow.unit === wide.unit
      : narrow.kind === "unit" && lowerCase(narrow.unit) === wide.unit;
  }
  if (narrow.kind === "star" && wide.kind === "one") return false;
  if (wide.crossing) return true;
  if (narrow.kind === "unit" || narrow.kind === "folded") return narrow.unit !== ":";
  return !narrow.crossing;
}
