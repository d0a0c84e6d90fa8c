/** Requests to which none of some statements applies: of each, one clause at least is broken. */
import type { Work } from "../globs/solve-text.js";
import { HeldLiterals } from "./held-literals.js";
import { spaceOf } from "./spaces.js";
import { type Clause, type Literal, type OpenStatement, truthOfClause, type World } from "./world.js";

/** What a request holds to which they do not apply; `none`: they all do, some of them, to each. */
export type Breaking = { readonly literals: readonly Literal[] } | "none" | "unknown";

/** Finds what breaks all of the statements beside what is held. */
export function breakAll(
  world: World,
  literals: readonly Literal[],
  statements: readonly OpenStatement[],
  work: Work,
): Breaking {
  const held = new HeldLiterals(world, work);
  if (!held.begin(literals)) return "none";
  const found = new Breaker(held, statements, work).next();
  return found !== "none" && held.isUncertain ? "unknown" : found;
}

class Breaker {
  constructor(
    private readonly held: HeldLiterals,
    private readonly statements: readonly OpenStatement[],
    private readonly work: Work,
  ) {}

  next(): Breaking {
    if (--this.work.left < 0) return "unknown";
    const clauses = this.fewest();
    if (clauses === undefined) return { literals: [...this.held.path] };
    let isUnknown = false;
    let isCertain = true;
    let taken = 0;
    let answer: Breaking | undefined;
    for (const clause of clauses) {
      const found = this.breakClause(clause);
      if (typeof found === "object" && isCertain) answer = found;
      else if (found !== "none") isUnknown = true;
      if (answer !== undefined || this.work.left < 0) break;
      // Whatever breaks this one has been looked for: from here on it holds.
      const [only, ...others] = clause;
      if (only === undefined || others.length > 0 || this.held.truthOf(only.atom) !== undefined) continue;
      this.held.take(only);
      taken++;
      const feasible = this.held.isFeasible(spaceOf(only.atom));
      if (feasible === false) break;
      if (feasible === undefined) isCertain = false;
    }
    while (taken-- > 0) this.held.drop();
    return answer ?? (isUnknown || this.work.left < 0 ? "unknown" : "none");
  }

  /** The clauses that may be broken of the statement that has the fewest; undefined: all statements are broken. */
  private fewest(): readonly Clause[] | undefined {
    let best: readonly Clause[] | undefined;
    for (const statement of this.statements) {
      if (this.held.truthOfStatement(statement) === false) continue;
      const open = statement.clauses.filter((clause) => truthOfClause(clause, this.held.truthOf) === undefined);
      if (best === undefined || open.length < best.length) best = open;
      if (best.length < 2) break;
    }
    return best;
  }

  private breakClause(clause: Clause): Breaking {
    let taken = 0;
    let feasible: boolean | undefined = true;
    for (const { atom, holds } of clause) {
      if (this.held.truthOf(atom) !== undefined) continue;
      this.held.take({ atom, holds: !holds });
      taken++;
      const one = this.held.isFeasible(spaceOf(atom));
      if (one !== true) feasible = one;
      if (one === false) break;
    }
    const found = feasible === false ? "none" : this.next();
    while (taken-- > 0) this.held.drop();
    return feasible === undefined && found !== "none" ? "unknown" : found;
  }
}
