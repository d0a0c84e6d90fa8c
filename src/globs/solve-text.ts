/**
 * The shortest text in some globs and outside of others, or the proof that there is none: a breadth-first walk over the places that all
 * globs have reached together. Only units that some glob could take next matter, and one that none of them spells.
 */
import type { GlobToken } from "../policy/document/token-relations.js";
import { anyText, type Glob, globHolds } from "./glob.js";
import { type Automaton, automatonOf, type PlaceState, walkerOf } from "./glob-automaton.js";
import { globCovers, globsMeet } from "./glob-pairs.js";
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

/**
 * Finds a text of the set. What was found before takes the work that finding it took, once for each who counts: what a budget is enough
 * for does not depend on what was asked by others before.
 */
export function findText({ inside, outside }: TextSet, work: Work): TextAnswer {
  const id = `${inside.map(idsOf).join("&")}-${idsOf(outside)}`;
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
  const answer = choose([], lists, outside, counted);
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
  work: Work,
): TextAnswer {
  const [list, ...others] = lists;
  if (list === undefined) return walk(chosen, outside, work);
  for (const glob of list) {
    if (!chosen.every((other) => globsMeet(glob, other))) continue;
    const found = choose([...chosen, glob], others, outside, work);
    if (found !== "none") return found;
  }
  return "none";
}

function walk(all: readonly Glob[], outside: readonly Glob[], work: Work): TextAnswer {
  // A pair of globs costs little, each glob of a list with thousands of others does not.
  work.left -= outside.length >> 4;
  if (work.left < 0) return "unknown";
  const inside = all.length === 0 ? [anyText] : all;
  const excluded = outside.filter((glob) => inside.every((other) => globsMeet(glob, other)));
  const sample = quickText(inside, excluded);
  if (sample !== undefined) return { text: sample };
  // Most emptiness shows in a pair, which is cheap to see.
  if (excluded.some((glob) => inside.some((other) => globCovers(glob, other)))) return "none";
  const automata = [...inside.map(walkerOf), ...excluded.map(automatonOf)];
  const isDone = ({ states, unit }: Reached): boolean =>
    !isHigh(unit) && states.every(({ isSpelt }, index) => isSpelt === index < inside.length);
  const seen = new SeenStates(automata, inside.length);
  const start: Reached = { before: undefined, unit: "", states: automata.map((one) => one.start), isIdle: false };
  if (isDone(start)) return { text: "" };
  seen.isNew(start);
  let front = [start];
  while (front.length > 0) {
    const next: Reached[] = [];
    for (const before of front) {
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
          if (!canEnd(states.slice(0, inside.length))) continue;
          const reached: Reached = { before, unit, states, isIdle: false };
          if (!seen.isNew(reached)) continue;
          if (isDone(reached)) return { text: textOf(reached) };
          next.push(reached);
        }
      }
    }
    front = next;
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

/** False only if no text leads on to the end of all: some lead nowhere, or none is as long as the others need. */
function canEnd(states: readonly PlaceState[]): boolean {
  let [least, most] = [0, Number.POSITIVE_INFINITY];
  for (const state of states) {
    if (state.isEmpty) return false;
    least = Math.max(least, state.least);
    most = Math.min(most, state.most);
  }
  return least <= most;
}

function textOf(reached: Reached): string {
  const units: string[] = [];
  for (let one: Reached | undefined = reached; one !== undefined; one = one.before) units.push(one.unit);
  return units.reverse().join("");
}

/** Most sets hold what their longest glob spells with nothing, or with one strange unit, for each star. */
function quickText(inside: readonly Glob[], outside: readonly Glob[]): string | undefined {
  const longest = inside.reduce((best, glob) => (glob.prefix.length > best.prefix.length ? glob : best));
  const isFound = (text: string): boolean =>
    inside.every((glob) => globHolds(glob, text)) && !outside.some((glob) => globHolds(glob, text));
  return (
    samplesOf(longest).find(isFound) ?? (inside.length < severalGlobs ? undefined : [mergedText(inside)].find(isFound))
  );
}

/** Of so many the shortest text takes a walk over all their places together: any text will do. */
const severalGlobs = 4;

/**
 * What the globs begin and end with, and between it, of each that does not hold that yet, what stands between its first and last
 * wildcard: where wildcards cross fields, a text of all of them.
 */
function mergedText(inside: readonly Glob[]): string {
  const longer = (one: string, other: string): string => (other.length > one.length ? other : one);
  const prefix = inside.reduce((best, glob) => longer(best, glob.prefix), "");
  const suffix = inside.reduce((best, glob) => longer(best, glob.suffix), "");
  return inside.reduce((text, glob) => {
    if (globHolds(glob, text)) return text;
    const middle = glob.places.slice(glob.prefix.length, glob.places.length - glob.suffix.length);
    const more = middle.map((place) => spell(place, "")).join("");
    return text.slice(0, text.length - suffix.length) + more + suffix;
  }, prefix + suffix);
}

const samples = new WeakMap<Glob, readonly string[]>();

function samplesOf(glob: Glob): readonly string[] {
  let found = samples.get(glob);
  if (found === undefined) {
    found = ["", "x", "zq"]
      .map((filling) => glob.places.map((place) => spell(place, filling)).join(""))
      .filter((text) => !/\p{Surrogate}/u.test(text));
    samples.set(glob, found);
  }
  return found;
}

function spell(place: GlobToken, filling: string): string {
  if (place.kind === "star") return filling;
  return place.kind === "one" ? "x" : place.text;
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
