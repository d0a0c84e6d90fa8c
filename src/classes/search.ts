/**
 * The requests of a world by what they decide: branches on one open atom at a time, follows only what some request can hold, and stops
 * where the decision is certain. A leaf is a class of requests that are all decided alike.
 */

import type { Work } from "../globs/solve-text.js";
import type { Statement } from "../policy/document/document.js";
import { combine, type Truth } from "./combine.js";
import { HeldLiterals } from "./held-literals.js";
import { spaceOf } from "./spaces.js";
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

/** Visits the leaves of a world; `unknown` if the work ran out before all were seen, `stopped` if `visit` said so. */
export function searchWorld(world: World, search: Search): "done" | "stopped" | "unknown" {
  const walk = new Walk(world, search);
  return walk.start();
}

class Walk {
  private readonly held: HeldLiterals;
  private uncertain = 0;

  constructor(
    private readonly world: World,
    private readonly search: Search,
  ) {
    this.held = new HeldLiterals(world, search.work);
  }

  start(): "done" | "stopped" | "unknown" {
    const isPossible = this.held.begin(this.search.given);
    if (isPossible === false) return "done";
    if (isPossible === undefined) this.uncertain++;
    return this.visitNode();
  }

  private visitNode(): "done" | "stopped" | "unknown" {
    const { world, search, held } = this;
    if (--search.work.left < 0) return "unknown";
    const { statements } = world;
    const applies = statements.map((statement) => held.truthOfStatement(statement));
    const service = {
      isForbidden: held.truthOfRule(world.forbidden),
      isMandatory: held.truthOfRule(world.mandatory),
    };
    const allowed = combine(world.frame, statements, applies, service);
    if (allowed !== undefined) {
      const leaf = { world, allowed, literals: [...held.path], isUncertain: this.uncertain > 0 };
      return search.visit(leaf) ? "stopped" : "done";
    }
    const atom = nextAtom(world, held, applies);
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
    this.held.take(one);
    const feasible = this.held.isFeasible(spaceOf(one.atom));
    if (feasible === undefined) this.uncertain++;
    const ended = feasible === false ? "done" : this.visitNode();
    if (feasible === undefined) this.uncertain--;
    this.held.drop();
    return ended;
  }
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
