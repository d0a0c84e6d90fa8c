/**
 * The places of a glob that texts reach, as states: found once and kept with the glob, as audits walk the same patterns over and over.
 * A state of an automaton is a set of places, or one place where sets would be many.
 */
import type { Glob } from "./glob.js";
import { PlaceSets } from "./place-sets.js";
import { PlacesApart } from "./places-apart.js";

/** Places that some texts reach. */
export interface PlaceState {
  /** Equal for equal places of one automaton. */
  readonly id: number;
  /** No text that begins so is one of the glob. */
  readonly isEmpty: boolean;
  /** A text that ends here is one of the glob. */
  readonly isSpelt: boolean;
  /** What the places spell next. */
  readonly units: readonly string[];
  /** Some place takes whatever comes; `tellsColon`: but a colon. */
  readonly hasWildcard: boolean;
  readonly tellsColon: boolean;
  /** So many units lead to the end, at least and at most. */
  readonly least: number;
  readonly most: number;
  /** What a step to here takes more than one to a few places. */
  readonly price: number;
}

/** The states of one glob. */
export interface Automaton<State extends PlaceState = PlaceState> {
  readonly start: State;
  /** What is reached over one more unit: all of it together. */
  next(state: State, unit: string): readonly State[];
  /** Whether whatever leads on from the second state leads on from the first. */
  includes(state: State, other: State): boolean;
}

/** With more states in all, those of many places counted for several, what is known is forgotten before the next glob is walked. */
const mostStates = 50_000;
const made = { states: 0 };
let sets = new WeakMap<Glob, PlaceSets>();
let walkers = new WeakMap<Glob, Automaton>();

/** The states of a glob, one for each set of places that some text reaches. */
export function automatonOf(glob: Glob): PlaceSets {
  forget();
  let found = sets.get(glob);
  if (found === undefined) {
    found = new PlaceSets(glob, made);
    sets.set(glob, found);
  }
  return found;
}

/**
 * The states of a glob to be in: a text is one of it if some way leads to the end. Behind a star, wildcards for one unit tell all texts of
 * their length apart, so that `*a??…` has as many sets of places as there are such texts: its places are walked one by one.
 */
export function walkerOf(glob: Glob): Automaton {
  forget();
  let found = walkers.get(glob);
  if (found === undefined) {
    found = hasManySets(glob) ? new PlacesApart(glob, made) : automatonOf(glob);
    walkers.set(glob, found);
  }
  return found;
}

function forget(): void {
  if (made.states <= mostStates) return;
  sets = new WeakMap();
  walkers = new WeakMap();
  made.states = 0;
}

function hasManySets({ places }: Glob): boolean {
  const star = places.findIndex(({ kind }) => kind === "star");
  return star >= 0 && places.findLastIndex(({ kind }) => kind === "one") > star;
}
