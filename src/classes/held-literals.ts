/** What the requests of a search hold so far: each test with its truth, and by the dimension that it belongs to. */
import { globHolds } from "../globs/glob.js";
import type { Work } from "../globs/solve-text.js";
import type { ServiceTruths, Truth } from "./combine.js";
import { fixedTruth, solveSpaceAnyhow, spaceOf } from "./spaces.js";
import { type Atom, type Literal, type OpenStatement, truthOfClause, type World } from "./world.js";

/** Grows and shrinks with a search. */
export class HeldLiterals {
  /** In the order in which they were taken. */
  readonly path: Literal[] = [];
  private readonly truths = new Map<string, boolean>();
  private readonly spaces = new Map<string, Literal[]>();
  /** After each literal, a resource that holds all that is held of it, where one is known. */
  private readonly resources: (string | undefined)[] = [];
  private uncertain = 0;

  constructor(
    private readonly world: World,
    private readonly work: Work,
  ) {}

  /** Whether some request holds what is held is not proved. */
  get isUncertain(): boolean {
    return this.uncertain > 0;
  }

  /** Takes what a search begins with; false if no request holds it. */
  begin(given: readonly Literal[]): boolean {
    for (const literal of given) {
      const known = this.truths.get(literal.atom.id);
      if (known !== undefined && known !== literal.holds) return false;
      const fixed = fixedTruth(this.world, literal.atom);
      if (fixed !== undefined) {
        if (fixed !== literal.holds) return false;
        continue;
      }
      this.take(literal);
    }
    for (const space of this.spaces.keys()) {
      const feasible = this.isFeasible(space);
      if (feasible === false) return false;
      if (feasible === undefined) this.uncertain++;
    }
    return true;
  }

  /** Goes on with one literal more, which is given back afterwards; `none` if no request holds it as well. */
  under<T>(one: Literal, none: T, go: () => T): T {
    this.take(one);
    const feasible = this.isFeasible(spaceOf(one.atom));
    if (feasible === undefined) this.uncertain++;
    const result = feasible === false ? none : go();
    if (feasible === undefined) this.uncertain--;
    this.drop();
    return result;
  }

  readonly truthOf = (atom: Atom): Truth => this.truths.get(atom.id);

  take(one: Literal): void {
    this.truths.set(one.atom.id, one.holds);
    const space = spaceOf(one.atom);
    const held = this.spaces.get(space) ?? [];
    held.push(one);
    this.spaces.set(space, held);
    this.path.push(one);
    const resource = this.resources.at(-1);
    this.resources.push(resource !== undefined && isHeldBy(resource, one) ? resource : undefined);
  }

  /** Gives back what was taken last. */
  drop(): void {
    const one = this.path.pop();
    if (one === undefined) return;
    this.resources.pop();
    this.truths.delete(one.atom.id);
    this.spaces.get(spaceOf(one.atom))?.pop();
  }

  /** Whether some request holds what is held of a dimension; undefined: not known. */
  isFeasible(space: string): boolean | undefined {
    if (space === "resource" && this.resources.at(-1) !== undefined) return true;
    const found = solveSpaceAnyhow(this.world, space, this.spaces.get(space) ?? [], this.work);
    if (typeof found === "object" && "text" in found) this.resources[this.resources.length - 1] = found.text;
    return found === "unknown" ? undefined : found !== "none";
  }

  truthOfStatement({ clauses }: OpenStatement): Truth {
    let isOpen = false;
    for (const clause of clauses) {
      const truth = truthOfClause(clause, this.truthOf);
      if (truth === false) return false;
      if (truth === undefined) isOpen = true;
    }
    return isOpen ? undefined : true;
  }

  /** The truth of the rules of section 15. */
  serviceTruths(): ServiceTruths {
    const { forbidden, mandatory } = this.world;
    return { isForbidden: this.truthOfRule(forbidden), isMandatory: this.truthOfRule(mandatory) };
  }

  /** The truth of one of them. */
  truthOfRule(rule: readonly Literal[] | boolean): Truth {
    return typeof rule === "boolean" ? rule : truthOfClause(rule, this.truthOf);
  }

  /** The first open test of a clause. */
  openOf(clause: readonly Literal[]): Literal | undefined {
    return clause.find(({ atom }) => !this.truths.has(atom.id));
  }
}

/** Whether a literal that is not about resources, or holds for this one, leaves it among those that are meant. */
function isHeldBy(resource: string, { atom, holds }: Literal): boolean {
  if (atom.kind !== "resource") return true;
  if (holds) return atom.widest === undefined || globHolds(atom.widest, resource);
  return atom.glob === undefined || !globHolds(atom.glob, resource);
}
