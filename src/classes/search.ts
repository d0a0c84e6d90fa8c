/**
 * The requests of a world by what they decide: branches on one open atom at a time, follows only what some request can hold, and stops
 * where the decision is certain. A leaf is a class of requests that are all decided alike.
 */

import type { Work } from "../globs/solve-text.js";
import type { Statement } from "../policy/document/document.js";
import { combine, type Truth } from "./combine.js";
import { HeldLiterals } from "./held-literals.js";
import { type Atom, type Literal, truthOfClause, type World } from "./world.js";

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
export interface Search<Class extends Leaf = Leaf> {
  readonly work: Work;
  /** Literals that every request has to hold, whether the world knows them or not. */
  readonly given: readonly Literal[];
  /** Which way is tried first. */
  readonly first: boolean;
  /** Called for each leaf; true ends the search. */
  readonly visit: (leaf: Class) => boolean;
}

/** How a search ends: all was seen, `visit` said so, or the work ran out before. */
export type Ended = "done" | "stopped" | "unknown";

/** Visits the leaves of a world. */
export function searchWorld(world: World, search: Search): Ended {
  return new Walk(world, search).start();
}

class Walk {
  private readonly held: HeldLiterals;

  constructor(
    private readonly world: World,
    private readonly search: Search,
  ) {
    this.held = new HeldLiterals(world, search.work);
  }

  start(): Ended {
    return this.held.begin(this.search.given) ? this.visitNode() : "done";
  }

  private visitNode(): Ended {
    const { world, search, held } = this;
    if (--search.work.left < 0) return "unknown";
    const { statements } = world;
    const applies = statements.map((statement) => held.truthOfStatement(statement));
    const allowed = combine(world.frame, statements, applies, held.serviceTruths());
    if (allowed !== undefined) {
      const leaf = { world, allowed, literals: [...held.path], isUncertain: held.isUncertain };
      return search.visit(leaf) ? "stopped" : "done";
    }
    const atom = nextAtom(world, held, applies);
    return eachWay(search.first ? [true, false] : [false, true], search.work, (holds) =>
      held.under({ atom, holds }, "done", () => this.visitNode()),
    );
  }
}

/** Goes one way after the other, until one is stopped or the work runs out. */
export function eachWay<T>(ways: readonly T[], work: Work, go: (way: T) => Ended): Ended {
  let result: Ended = "done";
  for (const way of ways) {
    const ended = go(way);
    if (ended === "stopped") return ended;
    if (ended === "unknown") result = ended;
    if (work.left < 0) return "unknown";
  }
  return result;
}

/** The test that is branched on next. Allows first, if they are wanted: where none can apply, nothing else matters. */
export function nextAtom(
  { statements, forbidden, mandatory }: World,
  held: HeldLiterals,
  applies: readonly Truth[],
  effects: readonly Statement["effect"][] = ["Allow", "Deny"],
): Atom {
  for (const effect of effects) {
    for (const [index, statement] of statements.entries()) {
      if (applies[index] !== undefined || statement.effect !== effect) continue;
      for (const clause of statement.clauses) {
        if (truthOfClause(clause, held.truthOf) !== undefined) continue;
        const open = held.openOf(clause);
        if (open !== undefined) return open.atom;
      }
    }
  }
  for (const rule of [forbidden, mandatory]) {
    if (typeof rule === "boolean" || held.truthOfRule(rule) !== undefined) continue;
    const open = held.openOf(rule);
    if (open !== undefined) return open.atom;
  }
  throw new Error("classes: an undecided world has no open atom");
}
