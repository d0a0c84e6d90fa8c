/** The places of a glob that texts reach, as states: found once and kept with the glob, as audits walk the same patterns over and over. */
import { lowerCaseUnit } from "../text/fold.js";
import { closure, type Glob, isAnything, step } from "./glob.js";

/** Places that some texts reach, in the order in which they were found. */
export interface PlaceState {
  /** Equal for equal places of one glob, in whatever order. */
  readonly id: number;
  readonly places: readonly number[];
  /** A text that ends here is one of the glob. */
  readonly isSpelt: boolean;
  /** What the places spell next. */
  readonly units: readonly string[];
  /** Some place takes whatever comes; `tellsColon`: but a colon. */
  readonly hasWildcard: boolean;
  readonly tellsColon: boolean;
  /** What was reached from here before. */
  readonly next: Map<string, PlaceState>;
}

/** With more states in all, those of many places counted for several, what is known is forgotten before the next glob is walked. */
const mostStates = 50_000;
let stateCount = 0;
let automata = new WeakMap<Glob, GlobAutomaton>();

/** The states of a glob. */
export function automatonOf(glob: Glob): GlobAutomaton {
  if (stateCount > mostStates) {
    automata = new WeakMap();
    stateCount = 0;
  }
  const known = automata.get(glob);
  if (known !== undefined) return known;
  const automaton = new GlobAutomaton(glob);
  automata.set(glob, automaton);
  return automaton;
}

/** Finds the states of one glob as texts reach them. */
export class GlobAutomaton {
  readonly start: PlaceState;
  private readonly states = new Map<string, PlaceState>();
  private readonly ids = new Map<string, number>();

  constructor(private readonly glob: Glob) {
    this.start = this.stateOf([...closure(glob, new Set([0]))]);
  }

  /** What is reached over one more unit. */
  next(state: PlaceState, unit: string): PlaceState {
    let found = state.next.get(unit);
    if (found === undefined) {
      found = this.stateOf([...step(this.glob, state.places, unit)]);
      state.next.set(unit, found);
    }
    return found;
  }

  private stateOf(reached: readonly number[]): PlaceState {
    const places = this.telling(reached);
    const key = places.join(",");
    let found = this.states.get(key);
    if (found === undefined) {
      const sorted = [...places].sort((left, right) => left - right).join(",");
      const id = this.ids.get(sorted) ?? this.ids.size;
      this.ids.set(sorted, id);
      const isSpelt = places.includes(this.glob.places.length);
      found = { id, places, isSpelt, ...this.spelling(places), next: new Map() };
      this.states.set(key, found);
      stateCount += 1 + (places.length >> 3);
    }
    return found;
  }

  /**
   * The places without those before the last star that takes whatever comes: what they spell, that star spells too. So a pattern of
   * thousands of stars has as many states, not as many as there are sets of its places.
   */
  private telling(reached: readonly number[]): readonly number[] {
    const from = reached.reduce((last, at) => (at > last && isAnything(this.glob.places[at]) ? at : last), 0);
    return from === 0 ? reached : reached.filter((at) => at >= from);
  }

  private spelling(places: readonly number[]): Pick<PlaceState, "units" | "hasWildcard" | "tellsColon"> {
    const units = new Set<string>();
    let hasWildcard = false;
    let tellsColon = false;
    for (const at of places) {
      const place = this.glob.places[at];
      if (place === undefined) continue;
      if (place.kind === "folded") for (const unit of spellings(place.text)) units.add(unit);
      else if (place.kind !== "one" && place.kind !== "star") units.add(place.text);
      else {
        hasWildcard = true;
        if (!place.crossing) tellsColon = true;
      }
    }
    return { units: [...units], hasWildcard, tellsColon };
  }
}

let unitsByLowerCase: Map<string, string[]> | undefined;

/** Every unit with a lower case, itself first. */
function spellings(lower: string): readonly string[] {
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
