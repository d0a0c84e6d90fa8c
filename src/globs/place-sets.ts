/**
 * A glob by the sets of places that texts reach, as bits: bit 32 i + j is the place 32 i + j. A pattern of thousands of wildcards reaches
 * thousands of places at a time, one of thousands of stars few among thousands: a set keeps the words between its first and its last place.
 */
import type { GlobToken } from "../policy/document/token-relations.js";
import { lowerCaseUnit } from "../text/fold.js";
import { type Glob, isAnything } from "./glob.js";
import type { Automaton, PlaceState } from "./glob-automaton.js";
import { isWildcard, spelling, unitsLeft, withoutRuns } from "./glob-places.js";

/** A set of places. */
export interface PlaceSet extends PlaceState {
  /** The words from `from` on; there are no other places. */
  readonly bits: Uint32Array;
  readonly from: number;
  /** What was reached from here before. */
  readonly next: Map<string, readonly PlaceSet[]>;
}

/** So many units have the places that take them kept. */
const mostMasks = 128;

/** The sets of one glob; a step leads to one. */
export class PlaceSets implements Automaton<PlaceSet> {
  readonly start: PlaceSet;
  private readonly tokens: readonly GlobToken[];
  private readonly left: ReturnType<typeof unitsLeft>;
  private readonly states = new Map<string, PlaceSet>();
  /** Stars, those of them that take whatever comes, wildcards, those that take colons and those that do not, what spells units. */
  private readonly stars: Uint32Array;
  private readonly anythings: Uint32Array;
  private readonly wildcards: Uint32Array;
  private readonly crossing: Uint32Array;
  private readonly withoutColon: Uint32Array;
  private readonly spelling: Uint32Array;
  /** Where a unit stands, and where its lower case stands for all that have it. */
  private readonly placesOf = new Map<string, number[]>();
  private readonly masks = new Map<string, Uint32Array>();
  /** All words of a set while it is found. */
  private readonly scratch: Uint32Array;

  /** `made` counts states, those of many places for several. */
  constructor(
    glob: Glob,
    private readonly made: { states: number },
  ) {
    this.tokens = withoutRuns(glob.places);
    this.left = unitsLeft(this.tokens);
    this.stars = this.bitsOf(({ kind }) => kind === "star");
    this.anythings = this.bitsOf(isAnything);
    this.wildcards = this.bitsOf(isWildcard);
    this.crossing = this.bitsOf((token) => isWildcard(token) && token.crossing);
    this.withoutColon = this.bitsOf((token) => isWildcard(token) && !token.crossing);
    this.spelling = this.bitsOf((token) => !isWildcard(token));
    for (const [at, token] of this.tokens.entries()) {
      if (isWildcard(token)) continue;
      const key = token.kind === "folded" ? `folded ${token.text}` : token.text;
      const known = this.placesOf.get(key);
      if (known === undefined) this.placesOf.set(key, [at]);
      else known.push(at);
    }
    this.scratch = this.noPlaces();
    setBit(this.scratch, 0);
    this.start = this.stateOf(0, 0);
  }

  next(state: PlaceSet, unit: string): readonly PlaceSet[] {
    let found = state.next.get(unit);
    if (found === undefined) {
      found = [this.step(state, unit)];
      state.next.set(unit, found);
    }
    return found;
  }

  includes({ id, bits, from }: PlaceSet, other: PlaceSet): boolean {
    if (other.id === id) return true;
    for (const [index, word] of other.bits.entries()) {
      if ((word & ~wordOf(bits, index + other.from - from)) !== 0) return false;
    }
    return true;
  }

  private noPlaces(): Uint32Array {
    return new Uint32Array((this.tokens.length >> 5) + 1);
  }

  private bitsOf(has: (token: GlobToken) => boolean): Uint32Array {
    const found = this.noPlaces();
    for (const [at, token] of this.tokens.entries()) if (has(token)) setBit(found, at);
    return found;
  }

  private step({ bits, from }: PlaceSet, unit: string): PlaceSet {
    const taking = this.taking(unit);
    const { scratch } = this;
    let carried = 0;
    for (let at = 0; at < bits.length; at++) {
      const taken = wordOf(bits, at) & wordOf(taking, from + at);
      const stars = wordOf(this.stars, from + at);
      const moving = taken & ~stars;
      scratch[from + at] = (taken & stars) | (moving << 1) | carried;
      carried = moving >>> 31;
    }
    const end = from + bits.length;
    if (end < scratch.length) scratch[end] = carried;
    return this.stateOf(from, end);
  }

  /** The places that can stand for a unit. */
  private taking(unit: string): Uint32Array {
    let mask = this.masks.get(unit);
    if (mask === undefined) {
      mask = Uint32Array.from(unit === ":" ? this.crossing : this.wildcards);
      for (const at of this.placesOf.get(unit) ?? []) setBit(mask, at);
      for (const at of this.placesOf.get(`folded ${lowerCaseUnit(unit)}`) ?? []) setBit(mask, at);
      if (this.masks.size >= mostMasks) this.masks.clear();
      this.masks.set(unit, mask);
    }
    return mask;
  }

  /** What the words between two of `scratch` have, with the places that are reached over nothing; leaves no place there. */
  private stateOf(first: number, last: number): PlaceSet {
    const { scratch } = this;
    const end = Math.min(last + 2, scratch.length);
    let carried = 0;
    // No star stands behind another.
    for (let index = first; index < end; index++) {
      const stars = wordOf(scratch, index) & wordOf(this.stars, index);
      scratch[index] = wordOf(scratch, index) | (stars << 1) | carried;
      carried = stars >>> 31;
    }
    this.dropTold(first, end);
    let [from, to] = [first, end];
    while (to > from && scratch[to - 1] === 0) to--;
    while (from < to && scratch[from] === 0) from++;
    // No places are one set, wherever there are none.
    if (to === from) [from, to] = [0, 0];
    let key = String.fromCharCode(from);
    for (let index = from; index < to; index++) {
      const word = wordOf(scratch, index);
      key += String.fromCharCode(word & 0xffff, word >>> 16);
    }
    let found = this.states.get(key);
    if (found === undefined) {
      found = this.describe(scratch.slice(from, to), from);
      this.states.set(key, found);
      this.made.states += 1 + (found.bits.length >> 4);
    }
    scratch.fill(0, first, end);
    return found;
  }

  private describe(bits: Uint32Array, from: number): PlaceSet {
    const end = bits.length - 1;
    const [, most = 0] = this.left[(from << 5) + lowestBit(wordOf(bits, 0))] ?? [];
    const [least = 0] = this.left[((from + end) << 5) + 31 - Math.clz32(wordOf(bits, end))] ?? [];
    const has = (kind: Uint32Array): boolean => bits.some((word, index) => (word & wordOf(kind, from + index)) !== 0);
    return {
      id: this.states.size,
      bits,
      from,
      isEmpty: bits.length === 0,
      isSpelt: bits.length > 0 && least === 0,
      units: this.unitsOf(bits, from),
      hasWildcard: has(this.wildcards),
      tellsColon: has(this.withoutColon),
      least,
      most,
      price: bits.length >> 5,
      next: new Map(),
    };
  }

  /**
   * Drops the places before the last star that takes whatever comes: what they spell, that star spells too. So a pattern of thousands of
   * stars has as many states, not as many as there are sets of its places.
   */
  private dropTold(first: number, end: number): void {
    const { scratch } = this;
    for (let index = end - 1; index >= first; index--) {
      const stars = wordOf(scratch, index) & wordOf(this.anythings, index);
      if (stars === 0) continue;
      scratch[index] = wordOf(scratch, index) & (-1 << (31 - Math.clz32(stars)));
      scratch.fill(0, first, index);
      return;
    }
  }

  private unitsOf(bits: Uint32Array, from: number): readonly string[] {
    const units = new Set<string>();
    for (const [index, word] of bits.entries()) {
      for (let left = word & wordOf(this.spelling, from + index); left !== 0; left &= left - 1) {
        const token = this.tokens[((from + index) << 5) + lowestBit(left)];
        if (token !== undefined) for (const unit of spelling(token)) units.add(unit);
      }
    }
    return [...units];
  }
}

function wordOf(bits: Uint32Array, index: number): number {
  return bits[index] ?? 0;
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}

function setBit(bits: Uint32Array, at: number): void {
  bits[at >> 5] = wordOf(bits, at >> 5) | (1 << (at & 31));
}
