/**
 * A text in some globs and outside of others, or the proof that there is none: a walk over the places that all globs have reached
 * together, breadth first where a short text is wanted, else the places nearest to the end first. Only units that some glob could take
 * next matter, and one that none of them spells.
 */
import { anyText, type Glob, globHolds } from "./glob.js";
import { type Automaton, automatonOf, type PlaceState, walkerOf } from "./glob-automaton.js";
import { globCovers, globsMeet } from "./glob-pairs.js";
import { samplesOfSet } from "./sample-texts.js";
import { isHigh, type Reached, SeenStates } from "./seen-states.js";

/** A set of texts. */
export interface TextSet {
  /** The text is in one glob of each list. */
  readonly inside: readonly (readonly Glob[])[];
  /** And in none of these. */
  readonly outside: readonly Glob[];
}

/** Counts down; the walk gives up at zero. */
export interface Work {
  left: number;
  /** What it has paid for: a second time is free. */
  paid?: Set<string>;
}

/** What was found, and the work that it takes. */
interface Priced {
  readonly answer: TextAnswer;
  readonly price: number;
}

/** Marks a text that the walk has found, which may itself be any text. */
export type TextAnswer = { readonly text: string } | "none" | "unknown";

const mostAnswers = 50_000;
const answers = new Map<string, Priced>();
/** Work that was not enough. */
const tooLittle = new Map<string, number>();

/** Which text is wanted: a short one, to be shown, or any, to know that there is one. */
type Wanted = "short" | "any";

/**
 * Finds a short text of the set, to be shown. What was found before takes the work that finding it took, once for each who counts: what a
 * budget is enough for does not depend on what was asked by others before.
 */
export function findText(set: TextSet, work: Work): TextAnswer {
  return find(set, "short", work);
}

/** As `findText`, where any text will do: for most sets one is put together at once. */
export function findAnyText(set: TextSet, work: Work): TextAnswer {
  return findAtOnce(set, work) ?? find(set, "any", work);
}

/** Most sets of one glob a list show at once that they have a text, or have none: sooner than what was found before is looked up. */
function findAtOnce({ inside, outside }: TextSet, work: Work): TextAnswer | undefined {
  const globs: Glob[] = [];
  for (const [glob, ...others] of inside) {
    if (glob === undefined || others.length > 0) return undefined;
    if (!globs.includes(glob)) globs.push(glob);
  }
  if (globs.length === 0) return undefined;
  if (!charge(outside, work)) return "unknown";
  for (const [index, glob] of globs.entries()) {
    for (let at = 0; at < index; at++) if (!globsMeet(glob, globs[at] ?? glob)) return "none";
  }
  return sampleOf(narrowest(globs), outside, "any");
}

function find({ inside, outside }: TextSet, wanted: Wanted, work: Work): TextAnswer {
  const id = `${wanted}${inside.map(idsOf).join("&")}-${idsOf(outside)}`;
  work.paid ??= new Set();
  if (work.left <= (tooLittle.get(id) ?? -1)) {
    work.left = -1;
    return "unknown";
  }
  const known = answers.get(id);
  if (known !== undefined && work.paid.has(id)) return known.answer;
  if (known !== undefined && known.price <= work.left) {
    work.left -= known.price;
    work.paid.add(id);
    return known.answer;
  }
  // Paid for, and forgotten since.
  const counted = work.paid.has(id) ? { left: Number.MAX_SAFE_INTEGER } : work;
  const before = counted.left;
  const lists = [...inside].sort((left, right) => left.length - right.length);
  const answer = choose([], lists, outside, wanted, counted);
  // What was found though the work was used up might be another text with more of it.
  if (answer !== "unknown" && counted.left >= 0) {
    if (answers.size >= mostAnswers) answers.clear();
    answers.set(id, { answer, price: before - counted.left });
    work.paid.add(id);
  }
  if (answer === "unknown") {
    if (tooLittle.size >= mostAnswers) tooLittle.clear();
    tooLittle.set(id, before);
  }
  return answer;
}

function idsOf(globs: readonly Glob[]): string {
  let ids = "";
  for (const { id } of globs) ids += ` ${id}`;
  return ids;
}

/** One glob of each list at a time: a product over whole lists grows beyond all bounds. */
function choose(
  chosen: readonly Glob[],
  lists: readonly (readonly Glob[])[],
  outside: readonly Glob[],
  wanted: Wanted,
  work: Work,
): TextAnswer {
  const [list, ...others] = lists;
  if (list === undefined) return solve(chosen, outside, wanted, work);
  for (const glob of list) {
    if (!chosen.every((other) => globsMeet(glob, other))) continue;
    const found = choose([...chosen, glob], others, outside, wanted, work);
    if (found !== "none") return found;
  }
  return "none";
}

function solve(all: readonly Glob[], outside: readonly Glob[], wanted: Wanted, work: Work): TextAnswer {
  if (!charge(outside, work)) return "unknown";
  const inside = all.length === 0 ? [anyText] : narrowest(all);
  const excluded = outside.filter((glob) => inside.every((other) => globsMeet(glob, other)));
  const sample = sampleOf(inside, excluded, wanted);
  if (sample !== undefined) return sample;
  // Most emptiness shows in a pair, which is cheap to see.
  if (excluded.some((glob) => inside.some((other) => globCovers(glob, other)))) return "none";
  return walk(inside, excluded, wanted, work);
}

/** A pair of globs costs little, each glob of a list with thousands of others does not; false if the work is used up. */
function charge(outside: readonly Glob[], work: Work): boolean {
  work.left -= outside.length >> 4;
  return work.left >= 0;
}

function sampleOf(inside: readonly Glob[], outside: readonly Glob[], wanted: Wanted): { text: string } | undefined {
  for (const text of samplesOfSet(inside, wanted === "any")) {
    if (inside.every((glob) => globHolds(glob, text)) && !outside.some((glob) => globHolds(glob, text)))
      return { text };
  }
  return undefined;
}

/** Those of the globs that hold no other: what is in them is in all. */
function narrowest(globs: readonly Glob[]): readonly Glob[] {
  let found: Glob[] = [];
  for (const glob of globs) {
    if (found.some((other) => globCovers(glob, other))) continue;
    found = found.filter((other) => !globCovers(other, glob));
    found.push(glob);
  }
  return found;
}

function walk(inside: readonly Glob[], outside: readonly Glob[], wanted: Wanted, work: Work): TextAnswer {
  const automata = [...inside.map(walkerOf), ...outside.map(automatonOf)];
  const isDone = ({ states, unit }: Reached): boolean =>
    !isHigh(unit) && states.every(({ isSpelt }, index) => isSpelt === index < inside.length);
  const seen = new SeenStates(automata, inside.length);
  const start: Reached = { before: undefined, unit: "", states: automata.map((one) => one.start), isIdle: false };
  if (isDone(start)) return { text: "" };
  seen.isNew(start);
  // By the units so far, or by those that are left at least.
  const fronts: Reached[][] = [[start]];
  for (let at = 0; at < fronts.length; ) {
    const before = fronts[at]?.pop();
    if (before === undefined) {
      // What was reached first is taken first: of texts as short as each other, the one that the globs spell.
      if (++at < fronts.length && wanted === "short") fronts[at]?.reverse();
      continue;
    }
    if (before.isIdle) continue;
    const isHalf = isHigh(before.unit);
    for (const unit of unitsNext(before.states, isHalf)) {
      // Requests are UTF-8: a high surrogate has its low one behind it, and no low one stands alone.
      if (isHalf !== isLow(unit)) continue;
      const ways = statesOver(automata, before.states, unit);
      if (ways.length === 0) work.left--;
      for (const states of ways) {
        for (const { price } of states) work.left -= price;
        work.left--;
        if (work.left < 0) return "unknown";
        const least = leastToEnd(states.slice(0, inside.length));
        if (least === undefined) continue;
        const reached: Reached = { before, unit, states, isIdle: false };
        if (!seen.isNew(reached)) continue;
        if (isDone(reached)) return { text: textOf(reached) };
        const next = wanted === "short" ? at + 1 : least;
        fronts[next] ??= [];
        fronts[next].push(reached);
        if (next < at) at = next;
      }
    }
  }
  return "none";
}

/** What all globs reach over one more unit, in each way that there is. */
function statesOver(
  automata: readonly Automaton[],
  states: readonly PlaceState[],
  unit: string,
): readonly (readonly PlaceState[])[] {
  let ways: PlaceState[][] = [[]];
  for (const [index, automaton] of automata.entries()) {
    const [reached, ...others] = automaton.next(states[index] ?? automaton.start, unit);
    if (reached === undefined) return [];
    if (others.length === 0) for (const way of ways) way.push(reached);
    else ways = [reached, ...others].flatMap((state) => ways.map((way) => [...way, state]));
  }
  return ways;
}

/** So many units lead to the end of all at least; undefined if some lead nowhere, or none is as long as the others need. */
function leastToEnd(states: readonly PlaceState[]): number | undefined {
  let [least, most] = [0, Number.POSITIVE_INFINITY];
  for (const state of states) {
    if (state.isEmpty) return undefined;
    least = Math.max(least, state.least);
    most = Math.min(most, state.most);
  }
  return least <= most ? least : undefined;
}

function textOf(reached: Reached): string {
  const units: string[] = [];
  for (let one: Reached | undefined = reached; one !== undefined; one = one.before) units.push(one.unit);
  return units.reverse().join("");
}

const strangers = ["x", "a", "1", "-", "z", "q", "0", "é", "\u4e00", "\u4e01"];

/** The units that some glob spells next, a colon where wildcards tell it from others, and one that nobody spells. */
function unitsNext(states: readonly PlaceState[], isHalf: boolean): readonly string[] {
  const units = new Set<string>();
  let hasWildcard = false;
  let tellsColon = false;
  for (const state of states) {
    for (const unit of state.units) units.add(unit);
    hasWildcard ||= state.hasWildcard;
    tellsColon ||= state.tellsColon;
  }
  if (!hasWildcard) return [...units];
  if (isHalf) return [...units, lowStrangers.find((unit) => !units.has(unit)) ?? "\udfff"];
  if (tellsColon) units.add(":");
  const stranger = strangers.find((unit) => !units.has(unit)) ?? unusedUnit(units);
  return [stranger, ...units];
}

const lowStrangers = ["\udc00", "\udc01", "\udc02"];

function isLow(unit: string): boolean {
  const code = unit.charCodeAt(0);
  return code >= 0xdc00 && code < 0xe000;
}

function unusedUnit(units: ReadonlySet<string>): string {
  for (let code = 0x4e02; ; code++) {
    const unit = String.fromCharCode(code);
    if (!units.has(unit)) return unit;
  }
}
