/**
 * What a region allows: always, sometimes, never, with requests that show it and the conditions under which. Found class by class;
 * what could not be told apart is `unknown`, never guessed.
 */

import { globHolds, resourceGlob } from "../globs/glob.js";
import type { Work } from "../globs/solve-text.js";
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import { type BroadLeaf, searchBroadly, turningOn } from "./broad-search.js";
import { breakAll } from "./broken-allows.js";
import { clockKeys } from "./clock-space.js";
import { realize, realizeBroad } from "./realize.js";
import type { Leaf } from "./search.js";
import { fixedTruth, openKeysOf, solveSpaceAnyhow, spaceOf } from "./spaces.js";
import { valueTest } from "./value-test.js";
import type { Atom, Literal, OpenStatement, Told, ToldResource, World } from "./world.js";

/** How much of a region is allowed. */
export type Access = "always" | "sometimes" | "never" | "unknown";

/** One entry of `when`. */
export type WhenEntry =
  | { readonly key: string; readonly operator: string; readonly values: readonly string[]; readonly holds: boolean }
  | ToldResource;

/** The answer about one region. */
export interface Answer {
  readonly access: Access;
  /** With `sometimes`: each list is enough by itself. */
  readonly when: readonly (readonly WhenEntry[])[];
  readonly whenIsPartial: boolean;
  readonly witness: AuthorizationQuestion | undefined;
  readonly counterexample: AuthorizationQuestion | undefined;
  /** Why it is unknown, or why `when` is empty. */
  readonly reason: string | undefined;
}

/** How much is done for one answer. */
export interface AnswerTerms {
  /** Steps; a decision is one, a unit of a text is one. */
  readonly budget: number;
  /** False: `when` is not wanted. */
  readonly tellsWhen: boolean;
}

/** So many classes are kept; with more, what is said of `when` is partial. */
const mostLeaves = 5_000;

/** Answers for all requests of some worlds together. */
export function answerOf(worlds: readonly World[], { budget, tellsWhen }: AnswerTerms): Answer {
  const work = { left: budget };
  const allowed: BroadLeaf[] = [];
  const refused: BroadLeaf[] = [];
  let isUnknown = false;
  let witness: AuthorizationQuestion | undefined;
  let counterexample: AuthorizationQuestion | undefined;
  for (const world of worlds) {
    const ended = searchBroadly(world, {
      work,
      visit: (leaf) => {
        if (leaf.allowed) {
          allowed.push(leaf);
          witness ??= leaf.isUncertain ? undefined : realize(leaf, [], work);
        } else {
          refused.push(leaf);
          counterexample ??= leaf.isUncertain ? undefined : realizeBroad(leaf, work);
        }
        const isShown = witness !== undefined && counterexample !== undefined;
        return isShown && (!tellsWhen || allowed.length + refused.length > mostLeaves);
      },
    });
    if (ended === "unknown" || (ended === "stopped" && tellsWhen)) isUnknown = true;
  }
  const base = { when: [], whenIsPartial: false, witness, counterexample, reason: undefined };
  if (witness !== undefined && counterexample !== undefined) {
    if (!tellsWhen) return { ...base, access: "sometimes" };
    if (!isUnknown) return { ...base, access: "sometimes", ...whenOf(allowed, refused, budget) };
    return { ...base, access: "sometimes", whenIsPartial: true, reason: "there are too many ways to tell them" };
  }
  if (isUnknown) return { ...base, access: "unknown", reason: "the budget was used up" };
  if (refused.length === 0 && witness !== undefined) return { ...base, access: "always" };
  if (allowed.length === 0) return { ...base, access: "never" };
  return { ...base, access: "unknown", reason: whyUnknown([...allowed, ...refused.map(turningOn)]) };
}

/** Why classes of which no request was found are unknown. */
export function whyUnknown(leaves: readonly Pick<Leaf, "literals">[]): string {
  return tellTies(tiesOf(leaves), "fix it with --context");
}

/** What keeps requests of classes from being found: keys in variables of tests, and keys that are compared in several formats. */
export interface Ties {
  readonly tiedTo: readonly string[];
  readonly inFormats: readonly string[];
}

/** The ties of some classes. */
export function tiesOf(leaves: readonly Pick<Leaf, "literals">[]): Ties {
  const literals = leaves.flatMap((leaf) => leaf.literals);
  const tiedTo = [...new Set(literals.flatMap(({ atom }) => openKeysOf(atom)))].sort();
  const families = new Map<string, Set<string>>();
  for (const { atom } of literals) {
    if (atom.kind !== "key" || atom.test.comparison === undefined) continue;
    const { key } = atom.test;
    const known = families.get(key) ?? new Set(clockKeys.has(key) ? ["date"] : []);
    families.set(key, known.add(atom.test.comparison.family));
  }
  const several = [...families].filter(([, own]) => own.size > 1).map(([key]) => key);
  // A text that is compared with a key of numbers, dates or addresses is one format of two.
  const texts = [...families].filter(([, own]) => own.has("text") || own.has("caseless")).map(([key]) => key);
  return { tiedTo, inFormats: (several.length > 0 ? several : texts).sort() };
}

/** Ties in words; `help`: what can be done about variables. */
export function tellTies({ tiedTo, inFormats }: Ties, help: string): string {
  if (tiedTo.length > 0) return `tests are tied to ${tiedTo.join(", ")} by variables: ${help}`;
  const which = inFormats.length === 0 ? "one key" : inFormats.join(", ");
  return `tests of ${which} in several formats, as text and as a number, time or address, could not be told apart`;
}

/** The ways to be allowed: the classes are known, so what keeps a way safe is that it keeps out every refused one. */
function whenOf(
  leaves: readonly BroadLeaf[],
  refused: readonly BroadLeaf[],
  budget: number,
): Pick<Answer, "when" | "whenIsPartial" | "reason"> {
  const work = { left: budget };
  const ways: Literal[][] = [];
  let isPartial = false;
  const meetings = new Meetings(coresOf(refused), work);
  // What is told by exceptions is told first: it covers what would be told one by one.
  const ordered = [...leaves].sort((left, right) => exceptionsOf(right) - exceptionsOf(left));
  for (const leaf of ordered) {
    if (ways.some((way) => isCovered(leaf, way, work))) continue;
    const own = leaf.literals.map(asRead);
    const { told } = leaf.world.situation;
    // The situation is told only where the conditions alone would let others in.
    const situations: readonly (readonly Told[])[] = meetings.areKeptOut(own) ? [[]] : told;
    const all = situations.map((situation) => [...own, ...situation.map(toldLiteral)]);
    const met = all.filter((literals) => canMeet(leaf, literals, work));
    // None: as they are read, they tell something else.
    if (met.length === 0) isPartial = true;
    for (const literals of met) {
      const way = meetings.shortest(literals);
      if (way === undefined) isPartial = true;
      else if (!ways.some((other) => covers(other, way))) ways.push(way);
    }
    if (work.left < 0) {
      isPartial = true;
      break;
    }
  }
  const minimal = ways.filter(
    (way) => !ways.some((other) => other !== way && covers(other, way) && other.length < way.length),
  );
  const when = minimal.map((way) => way.map(tell).sort(byText)).sort(byText);
  const reason =
    when.length === 0 ? "no list of conditions tells when: the ways differ in what `when` cannot say" : undefined;
  return { when, whenIsPartial: isPartial, reason };
}

/** As a reader takes it: the rules of section 15 compare fields, the patterns of `when` run on (RES-6). */
function asRead(one: Literal): Literal {
  const { atom, holds } = one;
  return atom.kind === "resource" && atom.openKeys.length === 0 ? resourceLiteral({ resource: atom.told, holds }) : one;
}

/** The classes by what refuses them, each once. */
function coresOf(refused: readonly BroadLeaf[]): readonly BroadLeaf[] {
  const cores = new Map<World, Map<string, BroadLeaf>>();
  for (const leaf of refused) {
    const broken = leaf.broken.map((one) => leaf.world.statements.indexOf(one));
    const id = [...leaf.core.map(idOf).sort(), ...broken].join("\n");
    const known = cores.get(leaf.world) ?? new Map<string, BroadLeaf>();
    cores.set(leaf.world, known);
    if (!known.has(id)) known.set(id, { ...leaf, literals: leaf.core });
  }
  return [...cores.values()].flatMap((known) => [...known.values()]);
}

function idOf({ atom, holds }: Literal): string {
  return `${holds} ${atom.id}`;
}

/** Which literals keep out which refused classes. */
class Meetings {
  private readonly keptOut = new Map<string, ReadonlySet<number>>();

  constructor(
    private readonly refused: readonly BroadLeaf[],
    private readonly work: Work,
  ) {}

  /** Whether some refused class gets in: most often the one that did before. */
  private letsIn(literals: readonly Literal[]): boolean {
    const meets = (leaf: BroadLeaf | undefined): boolean => leaf !== undefined && canMeet(leaf, literals, this.work);
    if (meets(this.last)) return true;
    this.last = this.refused.find(meets) ?? this.last;
    return meets(this.last);
  }

  private last: BroadLeaf | undefined;

  areKeptOut(literals: readonly Literal[]): boolean {
    if (this.last !== undefined && canMeet(this.last, literals, this.work)) return false;
    const sets = literals.map((literal) => this.of(literal));
    return this.refused.every(
      (leaf, index) => sets.some((set) => set.has(index)) || !canMeet(leaf, literals, this.work),
    );
  }

  /** Few of the literals that keep all refused classes out; undefined if all of them do not. */
  shortest(literals: readonly Literal[]): Literal[] | undefined {
    if (this.letsIn(literals)) return undefined;
    const chosen: Literal[] = [];
    const left = new Set(this.refused.keys());
    while (left.size > 0) {
      let best: Literal | undefined;
      let most = 0;
      for (const literal of literals) {
        let count = 0;
        for (const index of this.of(literal)) if (left.has(index)) count++;
        if (count > most) [best, most] = [literal, count];
      }
      if (best === undefined) break;
      chosen.push(best);
      for (const index of this.of(best)) left.delete(index);
    }
    // What no literal keeps out by itself, several may together.
    const together = [...left].every((index) => {
      const leaf = this.refused[index];
      return leaf === undefined || !canMeet(leaf, literals, this.work);
    });
    if (!together) return undefined;
    if (left.size > 0) return this.needed(literals);
    return this.needed(chosen);
  }

  /** Drops what is not needed, one literal after the other. */
  private needed(literals: readonly Literal[]): Literal[] {
    let kept = [...literals];
    for (const one of literals) {
      const without = kept.filter((other) => other !== one);
      if (this.areKeptOut(without)) kept = without;
    }
    return kept;
  }

  private of(literal: Literal): ReadonlySet<number> {
    const id = idOf(literal);
    let found = this.keptOut.get(id);
    if (found === undefined) {
      found = new Set([...this.refused.keys()].filter((index) => this.isKeptOut(index, literal)));
      this.keptOut.set(id, found);
    }
    return found;
  }

  private isKeptOut(index: number, literal: Literal): boolean {
    const leaf = this.refused[index];
    return leaf !== undefined && !canMeet(leaf, [literal], this.work);
  }
}

/** False only if no request of the leaf holds all literals. */
function canMeet(leaf: BroadLeaf, others: readonly Literal[], work: Work): boolean {
  const { world, literals, broken } = leaf;
  const open: Literal[] = [];
  for (const one of others) {
    const { atom, holds } = one;
    const same = literals.find((other) => other.atom.id === atom.id);
    if (same !== undefined) {
      if (same.holds !== holds) return false;
      continue;
    }
    const fixed = isOfAnyOwner(world, atom) ? undefined : fixedTruth(world, atom);
    if (fixed !== undefined) {
      if (fixed !== holds) return false;
      continue;
    }
    // What is tied holds or not where one of the broken statements asks for just that.
    const isTold = !isTied(atom) || broken.some((statement) => asksFor(statement, atom));
    if (isTold && !isOfAnyOwner(world, atom)) open.push(one);
  }
  if (open.length === 0 || isOfSample(leaf, open)) return true;
  if (broken.length === 0) return canMeetPlainly(leaf, open, work);
  const found = breakAll(world, [...literals, ...open], broken, work);
  if (typeof found === "object") keepSample(leaf, found.literals, work);
  return found !== "none";
}

/** Of a class that its literals tell by themselves: each dimension by itself. */
function canMeetPlainly(leaf: BroadLeaf, asked: readonly Literal[], work: Work): boolean {
  const { world, literals } = leaf;
  for (const space of new Set(asked.map(({ atom }) => spaceOf(atom)))) {
    const isOfSpace = ({ atom }: Literal): boolean => spaceOf(atom) === space;
    const both = [...literals.filter(isOfSpace), ...asked.filter(isOfSpace)];
    if (solveSpaceAnyhow(world, space, both, work) === "none") return false;
  }
  return true;
}

function asksFor({ clauses }: OpenStatement, { id }: Atom): boolean {
  return clauses.some((clause) => clause.some(({ atom }) => atom.id === id));
}

/** Whether the test asks for the owner of a resource that stands for those of every owner but the requester. */
function isOfAnyOwner({ situation, requester }: World, atom: Atom): boolean {
  if (atom.kind !== "key" || atom.test.key !== "aws:resourceaccount" || !situation.isOwnerOfText) return false;
  return !atom.test.values.every((value) => value === requester.accountId);
}

/** A request that was found on the way, which answers many a later question. */
interface Sample {
  /** What it holds, by test. */
  readonly truths: ReadonlyMap<string, boolean>;
  readonly resource: string | undefined;
}

const samples = new WeakMap<BroadLeaf, Sample[]>();
const mostSamples = 48;

/** Whether one of the samples of a leaf holds all literals for sure. */
function isOfSample(leaf: BroadLeaf, asked: readonly Literal[]): boolean {
  return (samples.get(leaf) ?? []).some(({ truths, resource }) =>
    asked.every(({ atom, holds }) => {
      const known = truths.get(atom.id);
      if (known !== undefined) return known === holds;
      return (
        atom.kind === "resource" &&
        resource !== undefined &&
        atom.glob !== undefined &&
        globHolds(atom.glob, resource) === holds
      );
    }),
  );
}

function keepSample(leaf: BroadLeaf, literals: readonly Literal[], work: Work): void {
  const known = samples.get(leaf) ?? [];
  samples.set(leaf, known);
  if (known.length >= mostSamples) return;
  const own = literals.filter(({ atom }) => spaceOf(atom) === "resource");
  const found = solveSpaceAnyhow(leaf.world, "resource", own, work);
  const resource = typeof found === "object" && "text" in found ? found.text : undefined;
  known.push({ truths: new Map(literals.map(({ atom, holds }) => [atom.id, holds])), resource });
}

function exceptionsOf({ world }: BroadLeaf): number {
  return world.situation.told[0]?.filter((one) => "owner" in one || !one.holds).length ?? 0;
}

/** Whether every request of the leaf passes the way: none breaks a literal of it. */
function isCovered(leaf: BroadLeaf, way: readonly Literal[], work: Work): boolean {
  return way.every(({ atom, holds }) => {
    if (isTied(atom)) return leaf.literals.some((one) => one.atom.id === atom.id && one.holds === holds);
    return !canMeet(leaf, [{ atom, holds: !holds }], work);
  });
}

function isTied(atom: Atom): boolean {
  return openKeysOf(atom).length > 0;
}

/** Whether whatever passes the second passes the first: its literals are among the other's. */
function covers(way: readonly Literal[], literals: readonly Literal[]): boolean {
  return way.every(({ atom, holds }) => literals.some((other) => other.atom.id === atom.id && other.holds === holds));
}

/** An entry about the resource as a literal; its pattern is read as `when` is read. */
export function resourceLiteral({ resource, holds }: ToldResource): Literal {
  const resolved = resourceGlob(resource, "2012-10-17", true, () => undefined);
  const glob = "glob" in resolved ? resolved.glob : undefined;
  return { atom: { kind: "resource", id: resource, glob, widest: glob, openKeys: [], told: resource }, holds };
}

function toldLiteral(told: Told): Literal {
  return "owner" in told ? ownerLiteral(told.owner) : resourceLiteral(told);
}

/** Whose the resource is, as a condition of a document. */
function ownerLiteral(owner: string): Literal {
  const operatorName = "StringEquals";
  const operator = { kind: operatorName, negated: false, ifExists: false, qualifier: "none" } as const;
  const source = { operator, operatorName, key: "aws:ResourceAccount", values: [owner], offset: 0 };
  const test = valueTest(source, "2012-10-17", () => undefined);
  return { atom: { kind: "key", id: test.id, test }, holds: true };
}

function tell({ atom, holds }: Literal): WhenEntry {
  if (atom.kind === "resource") return { resource: atom.told, holds };
  const { source, values } = atom.test;
  return { key: source.key, operator: source.operatorName, values, holds };
}

function byText(left: unknown, right: unknown): number {
  const [one, other] = [JSON.stringify(left), JSON.stringify(right)];
  return one < other ? -1 : one > other ? 1 : 0;
}
