/** A glob place by place: a state is one place, and what a star leads to over nothing. */
import type { GlobToken } from "../policy/document/token-relations.js";
import { type Glob, takes } from "./glob.js";
import type { Automaton, PlaceState } from "./glob-automaton.js";
import { isWildcard, spelling, unitsLeft, withoutRuns } from "./glob-places.js";

/** A place. */
interface Place extends PlaceState {
  readonly at: number;
}

/** The places of one glob. */
export class PlacesApart implements Automaton<Place> {
  readonly start: Place;
  private readonly tokens: readonly GlobToken[];
  private readonly left: ReturnType<typeof unitsLeft>;
  private readonly known: Place[] = [];

  /** `made` counts states. */
  constructor(
    glob: Glob,
    private readonly made: { states: number },
  ) {
    this.tokens = withoutRuns(glob.places);
    this.left = unitsLeft(this.tokens);
    this.start = this.place(0);
  }

  next({ at }: Place, unit: string): readonly Place[] {
    const token = this.tokens[at];
    if (token === undefined) return [];
    if (token.kind !== "star") return takes(token, unit) ? [this.place(at + 1)] : [];
    const stays = takes(token, unit) ? [this.place(at)] : [];
    const behind = this.tokens[at + 1];
    return behind !== undefined && takes(behind, unit) ? [...stays, this.place(at + 2)] : stays;
  }

  includes(state: Place, other: Place): boolean {
    return other.at === state.at || (other.at === state.at + 1 && this.tokens[state.at]?.kind === "star");
  }

  private place(at: number): Place {
    let found = this.known[at];
    if (found === undefined) {
      const token = this.tokens[at];
      const behind = token?.kind === "star" ? this.tokens[at + 1] : undefined;
      const own = [token, behind].filter((one) => one !== undefined);
      const [least = 0, most = 0] = this.left[at] ?? [];
      found = {
        at,
        id: at,
        isEmpty: false,
        isSpelt: least === 0,
        units: [...new Set(own.flatMap(spelling))],
        hasWildcard: own.some(isWildcard),
        tellsColon: own.some((one) => isWildcard(one) && !one.crossing),
        least,
        most,
        price: 0,
      };
      this.known[at] = found;
      this.made.states++;
    }
    return found;
  }
}
