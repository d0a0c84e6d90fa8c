/**
 * The requests of a world in classes as wide as they can be told. Where the search of `search.ts` takes one test after the other, this one
 * takes an Allow as a whole: it applies, or it does not, however that may be. More Allows never take an allow away, so what does not apply
 * has no say in a class that is allowed: its classes overlap, and there are as many as there are ways to be allowed, not as many as there
 * are ways to miss the Allows before.
 */

import { breakAll } from "./broken-allows.js";
import { combine, isSamePlace, type Truth } from "./combine.js";
import { HeldLiterals } from "./held-literals.js";
import { type Ended, eachWay, type Leaf, nextAtom, type Search } from "./search.js";
import { type Literal, type OpenStatement, truthOfClause, type World } from "./world.js";

/** Requests that are decided alike. */
export interface BroadLeaf extends Leaf {
  /** Allows none of which applies to any of them; of allowed ones there is no need to know. */
  readonly broken: readonly OpenStatement[];
  /** Those of the literals that are enough for the decision, together with what is broken. */
  readonly core: readonly Literal[];
}

/** A class with all that its requests can turn on. */
export function turningOn({ literals, broken }: BroadLeaf): Pick<Leaf, "literals"> {
  return { literals: [...literals, ...broken.flatMap(({ clauses }) => clauses.flat())] };
}

/** What is looked for. */
export interface BroadSearch extends Pick<Search<BroadLeaf>, "work" | "visit"> {
  /** Literals that every request has to hold, whether the world knows them or not. */
  readonly given?: readonly Literal[];
  /** Whoever visits looks for requests of classes with broken Allows, which may have none. */
  readonly leavesBroken?: boolean;
}

/** Visits classes that cover all requests of a world; the results of `searchWorld`. */
export function searchBroadly(world: World, search: BroadSearch): Ended {
  return new BroadWalk(world, search).start();
}

class BroadWalk {
  private readonly held: HeldLiterals;
  private readonly broken = new Set<OpenStatement>();

  constructor(
    private readonly world: World,
    private readonly search: BroadSearch,
  ) {
    this.held = new HeldLiterals(world, search.work);
  }

  start(): Ended {
    return this.held.begin(this.search.given ?? []) ? this.visitNode() : "done";
  }

  private visitNode(): Ended {
    const { world, search, held, broken } = this;
    if (--search.work.left < 0) return "unknown";
    const { statements, frame } = world;
    const known = statements.map((statement) => held.truthOfStatement(statement));
    // Nobody holds what is held without one of them.
    if (statements.some((statement, index) => known[index] === true && broken.has(statement))) return "done";
    const applies = statements.map((statement, index) => (broken.has(statement) ? false : known[index]));
    const service = held.serviceTruths();
    const allowed = combine(frame, statements, applies, service);
    if (allowed === true) return this.visitLeaf(true, [], held.path);
    if (allowed === false) {
      const isRefusedAnyhow = combine(frame, statements, known, service) === false;
      const missed = isRefusedAnyhow
        ? []
        : statements.filter((one, index) => broken.has(one) && known[index] !== false);
      return this.visitLeaf(false, missed, this.coreOf(known));
    }
    const open = this.nextAllow(applies);
    if (open !== undefined) return this.branch(open);
    const atom = nextAtom(world, held, applies, ["Deny"]);
    return eachWay([true, false], search.work, (holds) => held.under({ atom, holds }, "done", () => this.visitNode()));
  }

  /** It applies, or is broken. */
  private branch(open: OpenStatement): Ended {
    return eachWay([true, false], this.search.work, (isApplied) => {
      if (isApplied) return this.apply(open);
      this.broken.add(open);
      const ended = this.visitNode();
      this.broken.delete(open);
      return ended;
    });
  }

  /** Takes what is needed for a statement to apply, in each way that there is. */
  private apply(statement: OpenStatement): Ended {
    const clause = statement.clauses.find((one) => truthOfClause(one, this.held.truthOf) === undefined);
    if (clause === undefined) return this.visitNode();
    const open = clause.filter(({ atom }) => this.held.truthOf(atom) === undefined);
    return eachWay(open, this.search.work, (literal) => this.held.under(literal, "done", () => this.apply(statement)));
  }

  private visitLeaf(allowed: boolean, missed: readonly OpenStatement[], core: readonly Literal[]): Ended {
    const { world, search } = this;
    const literals = [...this.held.path];
    const meeting =
      missed.length === 0 || search.leavesBroken === true ? undefined : breakAll(world, literals, missed, search.work);
    if (meeting === "none") return "done";
    const isUncertain = this.held.isUncertain || meeting === "unknown";
    const leaf = { world, allowed, literals, isUncertain, broken: missed, core: [...core] };
    return search.visit(leaf) ? "stopped" : "done";
  }

  /** What a Deny asks for, where one applies. */
  private coreOf(known: readonly Truth[]): readonly Literal[] {
    const { held, world } = this;
    const deny = world.statements.find(({ effect }, index) => effect === "Deny" && known[index] === true);
    if (deny === undefined) return held.path;
    return deny.clauses.flatMap((clause) => clause.find(({ atom, holds }) => held.truthOf(atom) === holds) ?? []);
  }

  /** The first Allow that may still say something which no other one has said. */
  private nextAllow(applies: readonly Truth[]): OpenStatement | undefined {
    const { statements } = this.world;
    return statements.find(
      (one, index) =>
        one.effect === "Allow" &&
        applies[index] === undefined &&
        !statements.some((other, at) => applies[at] === true && other.effect === "Allow" && isSamePlace(other, one)),
    );
  }
}
