/**
 * The requests of a world by what they decide: branches on one open atom at a time, follows only what some request can hold, and stops
 * where the decision is certain. A leaf is a class of requests that are all decided alike.
 */

import { anyArn, type Glob, globHolds } from "../globs/glob.js";
import { findText, type Work } from "../globs/solve-text.js";
import { clockKeys, findInstant } from "./clock-space.js";
import { combine, type Truth } from "./combine.js";
import { type Demand, findValues, type KeyFacts } from "./key-space.js";
import { holdsFor, holdsWithout, spellingOf } from "./value-test.js";
import { type Atom, type Literal, listKeys, type OpenStatement, truthOfClause, type World } from "./world.js";

/** Requests that are decided alike. */
export interface Leaf {
  readonly world: World;
  readonly allowed: boolean;
  /** What all of them hold; without what follows from the rest. */
  readonly literals: readonly Literal[];
  /** Whether some request holds all of it is not proved. */
  readonly isUncertain: boolean;
}

/** What is looked for. */
export interface Search {
  readonly work: Work;
  /** Literals that every request has to hold, whether the world knows them or not. */
  readonly given: readonly Literal[];
  /** Which way is tried first. */
  readonly first: boolean;
  /** Called for each leaf; true ends the search. */
  readonly visit: (leaf: Leaf) => boolean;
}

/** Visits the leaves of a world; `unknown` if the work ran out before all were seen, `stopped` if `visit` said so. */
export function searchWorld(world: World, search: Search): "done" | "stopped" | "unknown" {
  const walk = new Walk(world, search);
  return walk.start();
}

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

class Walk {
  private readonly truths = new Map<string, boolean>();
  private readonly spaces = new Map<string, Literal[]>();
  private readonly path: Literal[] = [];
  private uncertain = 0;

  constructor(
    private readonly world: World,
    private readonly search: Search,
  ) {}

  start(): "done" | "stopped" | "unknown" {
    for (const literal of this.search.given) {
      const known = this.truths.get(literal.atom.id);
      if (known !== undefined && known !== literal.holds) return "done";
      const fixed = fixedTruth(this.world, literal.atom);
      if (fixed !== undefined) {
        if (fixed !== literal.holds) return "done";
        continue;
      }
      this.take(literal, true);
    }
    for (const space of this.spaces.keys()) {
      const feasible = this.isFeasible(space);
      if (feasible === false) return "done";
      if (feasible === undefined) this.uncertain++;
    }
    return this.visitNode();
  }

  private visitNode(): "done" | "stopped" | "unknown" {
    const { world, search } = this;
    if (--search.work.left < 0) return "unknown";
    const { statements } = world;
    const applies = statements.map((statement) => this.truthOfStatement(statement));
    const service = {
      isForbidden: this.truthOfAny(world.forbidden),
      isMandatory: this.truthOfAny(world.mandatory),
    };
    const allowed = combine(world.frame, statements, applies, service);
    if (allowed !== undefined) {
      const leaf = { world, allowed, literals: [...this.path], isUncertain: this.uncertain > 0 };
      return search.visit(leaf) ? "stopped" : "done";
    }
    const atom = this.nextAtom(applies, service);
    let result: "done" | "unknown" = "done";
    for (const holds of search.first ? [true, false] : [false, true]) {
      const ended = this.tryLiteral({ atom, holds });
      if (ended === "stopped") return ended;
      if (ended === "unknown") result = ended;
      if (search.work.left < 0) return "unknown";
    }
    return result;
  }

  private tryLiteral(one: Literal): "done" | "stopped" | "unknown" {
    const space = spaceOf(one.atom);
    this.take(one, true);
    const feasible = this.isFeasible(space);
    if (feasible === undefined) this.uncertain++;
    const ended = feasible === false ? "done" : this.visitNode();
    if (feasible === undefined) this.uncertain--;
    this.drop(one);
    return ended;
  }

  private take(one: Literal, isPath: boolean): void {
    this.truths.set(one.atom.id, one.holds);
    const space = spaceOf(one.atom);
    const held = this.spaces.get(space) ?? [];
    held.push(one);
    this.spaces.set(space, held);
    if (isPath) this.path.push(one);
  }

  private drop({ atom }: Literal): void {
    this.truths.delete(atom.id);
    this.spaces.get(spaceOf(atom))?.pop();
    this.path.pop();
  }

  private truthOfStatement({ clauses }: OpenStatement): Truth {
    let isOpen = false;
    for (const clause of clauses) {
      const truth = truthOfClause(clause, (atom) => this.truths.get(atom.id));
      if (truth === false) return false;
      if (truth === undefined) isOpen = true;
    }
    return isOpen ? undefined : true;
  }

  private truthOfAny(rule: readonly Literal[] | boolean): Truth {
    return typeof rule === "boolean" ? rule : truthOfClause(rule, (atom) => this.truths.get(atom.id));
  }

  /** Allows first: where none can apply, nothing else matters. */
  private nextAtom(applies: readonly Truth[], service: { isForbidden: Truth; isMandatory: Truth }): Atom {
    const { statements, forbidden, mandatory } = this.world;
    for (const effect of ["Allow", "Deny"] as const) {
      for (const [index, statement] of statements.entries()) {
        if (applies[index] !== undefined || statement.effect !== effect) continue;
        for (const clause of statement.clauses) {
          if (truthOfClause(clause, (atom) => this.truths.get(atom.id)) !== undefined) continue;
          const open = clause.find(({ atom }) => !this.truths.has(atom.id));
          if (open !== undefined) return open.atom;
        }
      }
    }
    for (const [rule, truth] of [
      [forbidden, service.isForbidden],
      [mandatory, service.isMandatory],
    ] as const) {
      if (truth !== undefined || typeof rule === "boolean") continue;
      const open = rule.find(({ atom }) => !this.truths.has(atom.id));
      if (open !== undefined) return open.atom;
    }
    throw new Error("classes: an undecided world has no open atom");
  }

  private isFeasible(space: string): boolean | undefined {
    const found = solveSpace(this.world, space, this.spaces.get(space) ?? [], this.search.work);
    return found === "unknown" ? undefined : found !== "none";
  }
}

/** What a request holds in one dimension. */
export type SpaceAnswer =
  | { readonly text: string }
  /** `bySpelling`: of tags of the resource whose keys differ in case alone, each by its name. */
  | { readonly values: readonly string[] | null; readonly bySpelling?: ReadonlyMap<string, readonly string[]> }
  | { readonly milliseconds: bigint }
  | "none"
  | "unknown";

/** Finds what holds the literals of one dimension. Tied atoms bind nothing here but the presence of their key. */
export function solveSpace(world: World, space: string, literals: readonly Literal[], work: Work): SpaceAnswer {
  if (space === "resource") return solveResource(world, literals, work);
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

function solveResource(world: World, literals: readonly Literal[], work: Work): SpaceAnswer {
  const { resource } = world.situation;
  if (typeof resource === "string") return { text: resource };
  const inside: (readonly Glob[])[] = [[anyArn], ...resource.inside];
  const outside: Glob[] = [...resource.outside];
  for (const { atom, holds } of literals) {
    if (atom.kind !== "resource") continue;
    if (!holds) outside.push(...(atom.glob === undefined ? [] : [atom.glob]));
    else if (atom.widest !== undefined) inside.push([atom.widest]);
  }
  const found = findText({ inside, outside }, work);
  return typeof found === "object" ? { text: found.text } : found;
}
