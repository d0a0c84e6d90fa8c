/** What walks over the places of a glob need to know of them. */
import type { GlobToken } from "../policy/document/token-relations.js";
import { lowerCaseUnit } from "../text/fold.js";

/** A place that takes units which it does not spell. */
export type Wildcard = GlobToken & { readonly kind: "one" | "star" };

/** Several stars in a row as one, which takes whatever comes if one of them does. */
export function withoutRuns(places: readonly GlobToken[]): readonly GlobToken[] {
  const found: GlobToken[] = [];
  for (const place of places) {
    if (place.kind !== "star" || found.at(-1)?.kind !== "star") found.push(place);
    else if (place.crossing) found[found.length - 1] = place;
  }
  return found;
}

/** Whether a place takes units which it does not spell. */
export function isWildcard(place: GlobToken): place is Wildcard {
  return place.kind === "one" || place.kind === "star";
}

/** How many units lead from each place to the end, the end among them: at least, and at most. */
export function unitsLeft(places: readonly GlobToken[]): readonly (readonly [least: number, most: number])[] {
  const left: (readonly [number, number])[] = [[0, 0]];
  let [least, most] = [0, 0];
  for (const place of [...places].reverse()) {
    if (place.kind === "star") most = Number.POSITIVE_INFINITY;
    else [least, most] = [least + 1, most + 1];
    left.push([least, most]);
  }
  return left.reverse();
}

/** The units that a place spells. */
export function spelling(place: GlobToken): readonly string[] {
  if (isWildcard(place)) return [];
  return place.kind === "folded" ? withLowerCase(place.text) : [place.text];
}

let unitsByLowerCase: Map<string, string[]> | undefined;

/** Every unit with a lower case, itself first. */
function withLowerCase(lower: string): readonly string[] {
  if (unitsByLowerCase === undefined) {
    unitsByLowerCase = new Map();
    for (let code = 0; code < 0x10000; code++) {
      const unit = String.fromCharCode(code);
      const one = lowerCaseUnit(unit);
      if (one === unit) continue;
      const list = unitsByLowerCase.get(one) ?? [one];
      list.push(unit);
      unitsByLowerCase.set(one, list);
    }
  }
  return unitsByLowerCase.get(lower) ?? [lower];
}
