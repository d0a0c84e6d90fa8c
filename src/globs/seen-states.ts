/**
 * What a walk over the places of several globs has reached, without what leads to no text that something else does not lead to as soon:
 * fewer places of a glob to be in, or more of one to be out of. Patterns as `*a??…` have as many sets of places as there are texts of
 * their length, of which few are not idle.
 */
import type { Automaton, PlaceState } from "./glob-automaton.js";

/** The places of all globs that one text reaches. */
export interface Reached {
  readonly before: Reached | undefined;
  readonly unit: string;
  readonly states: readonly PlaceState[];
  /** Something else leads to texts that are no longer. */
  isIdle: boolean;
}

/** So many of what was reached last are compared, of those that are alike but for one side. */
const mostCompared = 8;

/** Of one walk, shorter texts first. */
export class SeenStates {
  private readonly keys = new Set<string>();
  private readonly alike = new Map<string, Reached[]>();

  /** The globs up to `insideCount` are those to be in. */
  constructor(
    private readonly automata: readonly Automaton[],
    private readonly insideCount: number,
  ) {}

  /** False for what was reached before, and for what is idle; what it makes idle is so from here on. */
  isNew(reached: Reached): boolean {
    const half = isHigh(reached.unit) ? "+" : "";
    const [inside, outside] = [this.keyOf(reached, true), this.keyOf(reached, false)];
    const key = `${half}${inside}-${outside}`;
    if (this.keys.has(key)) return false;
    this.keys.add(key);
    const lists = [this.listOf(`${half}${inside}-`), this.listOf(`${half}-${outside}`)];
    for (const list of lists) {
      for (const other of list) {
        if (this.leadsOn(other, reached)) return false;
        if (this.leadsOn(reached, other)) other.isIdle = true;
      }
    }
    for (const list of lists) {
      if (list.length >= mostCompared) list.shift();
      list.push(reached);
    }
    return true;
  }

  /** Whether every text that leads on from the second to the end does so from the first. */
  private leadsOn(one: Reached, other: Reached): boolean {
    return this.automata.every((automaton, index) => {
      const [state, against] = [one.states[index], other.states[index]];
      if (state === undefined || against === undefined) return false;
      return index < this.insideCount ? automaton.includes(state, against) : automaton.includes(against, state);
    });
  }

  private listOf(key: string): Reached[] {
    const known = this.alike.get(key);
    if (known !== undefined) return known;
    const list: Reached[] = [];
    this.alike.set(key, list);
    return list;
  }

  private keyOf({ states }: Reached, isInside: boolean): string {
    let key = "";
    for (const [index, { id }] of states.entries()) if (index < this.insideCount === isInside) key += ` ${id}`;
    return key;
  }
}

/** Whether a unit is the first half of a character. */
export function isHigh(unit: string): boolean {
  const code = unit.charCodeAt(0);
  return code >= 0xd800 && code < 0xdc00;
}
