/** The dimensions of a request, one by one: which a test belongs to, and whether something holds all that is asked of one. */

import { anyArn, type Glob, globHolds } from "../globs/glob.js";
import { findAnyText, findText, type Work } from "../globs/solve-text.js";
import { clockKeys, findInstant } from "./clock-space.js";
import { type Demand, findValues, type KeyFacts } from "./key-space.js";
import { holdsFor, holdsWithout, spellingOf } from "./value-test.js";
import { type Atom, type Literal, listKeys, type World } from "./world.js";

/** The truth of an atom where the world fixes what it asks for. */
export function fixedTruth({ situation, standingOf }: World, atom: Atom): boolean | undefined {
  if (atom.kind === "resource") {
    if (typeof situation.resource !== "string") return undefined;
    if (situation.resource === "*") return false;
    return atom.glob && globHolds(atom.glob, situation.resource);
  }
  const standing = standingOf(atom.test.key);
  if (!("values" in standing)) return undefined;
  return holdsFor(atom.test, standing.values ?? undefined, listKeys.has(atom.test.key));
}

/** The dimension that an atom belongs to: a key, the clock, the resource. */
export function spaceOf(atom: Atom): string {
  if (atom.kind === "resource") return "resource";
  return clockKeys.has(atom.test.key) ? "clock" : atom.test.key;
}

/** The open keys that variables tie an atom to. */
export function openKeysOf(atom: Atom): readonly string[] {
  return atom.kind === "key" ? atom.test.openKeys : atom.openKeys;
}

/** What a request holds in one dimension. */
export type SpaceAnswer =
  | { readonly text: string }
  /** `bySpelling`: of tags of the resource whose keys differ in case alone, each by its name. */
  | { readonly values: readonly string[] | null; readonly bySpelling?: ReadonlyMap<string, readonly string[]> }
  | { readonly milliseconds: bigint }
  | "none"
  | "unknown";

/** Finds what holds the literals of one dimension, to be shown. Tied atoms bind nothing here but the presence of their key. */
export function solveSpace(world: World, space: string, literals: readonly Literal[], work: Work): SpaceAnswer {
  return findInSpace(world, space, literals, work, findText);
}

/** As `solveSpace`, to know whether there is something. */
export function solveSpaceAnyhow(world: World, space: string, literals: readonly Literal[], work: Work): SpaceAnswer {
  return findInSpace(world, space, literals, work, findAnyText);
}

function findInSpace(
  world: World,
  space: string,
  literals: readonly Literal[],
  work: Work,
  findResource: typeof findText,
): SpaceAnswer {
  if (space === "resource") return solveResource(world, literals, work, findResource);
  const demands: Demand[] = [];
  for (const { atom, holds } of literals) if (atom.kind === "key") demands.push({ test: atom.test, holds });
  if (space === "clock") {
    const instant = findInstant(demands);
    return typeof instant === "string" ? instant : { milliseconds: instant };
  }
  const standing = world.standingOf(space);
  if ("values" in standing) return fixedValues(standing.values, demands, work);
  const spellings = new Map<string, Demand[]>();
  for (const demand of demands) {
    const spelling = spellingOf(demand.test.source, space);
    const own = spellings.get(spelling);
    if (own === undefined) spellings.set(spelling, [demand]);
    else own.push(demand);
  }
  return spellings.size > 1 ? findTags(standing.open, spellings, work) : findValues(standing.open, demands, work);
}

/** Tags whose keys differ in case alone: one that is missing has the value of another (CTX-11), so all are there, or none. */
function findTags(facts: KeyFacts, spellings: ReadonlyMap<string, readonly Demand[]>, work: Work): SpaceAnswer {
  const all = [...spellings.values()].flat();
  if (all.every(({ test, holds }) => holdsWithout(test) === holds)) return { values: null };
  const bySpelling = new Map<string, readonly string[]>();
  let isUnknown = false;
  for (const [spelling, demands] of spellings) {
    const found = findValues({ ...facts, alwaysPresent: true }, demands, work);
    if (found === "none") return found;
    if (found === "unknown" || found.values === null) isUnknown = true;
    else bySpelling.set(spelling, found.values);
  }
  const [values = []] = bySpelling.values();
  return isUnknown ? "unknown" : { values, bySpelling };
}

function fixedValues(values: readonly string[] | null, demands: readonly Demand[], work: Work): SpaceAnswer {
  // Only tests with open variables are left of a key that is fixed: their outcome is open unless the key is missing.
  if (values !== null) return { values };
  const absent: KeyFacts = { type: undefined, alwaysPresent: false, isList: true, single: true };
  return findValues(absent, demands, work) === "none" ? "none" : { values };
}

function solveResource(
  world: World,
  literals: readonly Literal[],
  work: Work,
  findResource: typeof findText,
): SpaceAnswer {
  const { resource } = world.situation;
  if (typeof resource === "string") return { text: resource };
  const inside: (readonly Glob[])[] = [[anyArn], ...resource.inside];
  const outside: Glob[] = [...resource.outside];
  for (const { atom, holds } of literals) {
    if (atom.kind !== "resource") continue;
    if (!holds) outside.push(...(atom.glob === undefined ? [] : [atom.glob]));
    else if (atom.widest !== undefined) inside.push([atom.widest]);
  }
  const found = findResource({ inside, outside }, work);
  return typeof found === "object" ? { text: found.text } : found;
}
