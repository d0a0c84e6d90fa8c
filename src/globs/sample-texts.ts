/** Texts that are likely to be in some globs together, put together without a walk: whoever asks looks whether they are. */
import type { GlobToken } from "../policy/document/token-relations.js";
import { type Glob, globHolds } from "./glob.js";

/** What stands for stars: nothing, or what hardly any pattern spells. */
const fillings = ["", "x", "zq"] as const;

/** Of so many globs the shortest text takes a walk over all their places together. */
const severalGlobs = 3;

/**
 * What the longest glob spells; of several globs, or where any text will do, also what they spell one after the other. Each text is made
 * when it is asked for.
 */
export function* samplesOfSet(globs: readonly Glob[], isAnyWanted: boolean): Generator<string> {
  yield* samplesOf(globs.reduce((best, glob) => (glob.prefix.length > best.prefix.length ? glob : best)));
  if (globs.length === 1 || !(isAnyWanted || globs.length >= severalGlobs)) return;
  const backwards = [...globs].reverse();
  for (const filling of fillings) {
    yield mergedText(globs, filling);
    yield mergedText(backwards, filling);
  }
}

/**
 * What the globs begin and end with, and between it, of each that does not hold that yet, what stands between its first and last
 * wildcard: where wildcards cross fields, a text of all of them.
 */
function mergedText(globs: readonly Glob[], filling: string): string {
  const longer = (one: string, other: string): string => (other.length > one.length ? other : one);
  const prefix = globs.reduce((best, glob) => longer(best, glob.prefix), "");
  const suffix = globs.reduce((best, glob) => longer(best, glob.suffix), "");
  return globs.reduce((text, glob) => {
    if (globHolds(glob, text)) return text;
    return text.slice(0, text.length - suffix.length) + middleOf(glob, filling) + suffix;
  }, prefix + suffix);
}

const middles = new WeakMap<Glob, Map<string, string>>();

/** What stands between the first and the last wildcard. */
function middleOf(glob: Glob, filling: string): string {
  const known = middles.get(glob) ?? new Map<string, string>();
  middles.set(glob, known);
  let middle = known.get(filling);
  if (middle === undefined) {
    const { places, prefix, suffix } = glob;
    middle = spellAll(places.slice(prefix.length, places.length - suffix.length), filling);
    known.set(filling, middle);
  }
  return middle;
}

const samples = new WeakMap<Glob, readonly string[]>();

function samplesOf(glob: Glob): readonly string[] {
  let found = samples.get(glob);
  if (found === undefined) {
    found = fillings.map((filling) => spellAll(glob.places, filling)).filter((text) => !/\p{Surrogate}/u.test(text));
    samples.set(glob, found);
  }
  return found;
}

function spellAll(places: readonly GlobToken[], filling: string): string {
  return places.map((place) => spell(place, filling)).join("");
}

function spell(place: GlobToken, filling: string): string {
  if (place.kind === "star") return filling;
  return place.kind === "one" ? "x" : place.text;
}
