/** Whether two sets answer the requests of a region alike: each class of the first is searched for one that the second decides otherwise. */
import { findAnyText, type Work } from "../globs/solve-text.js";
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import { type Ties, tiesOf } from "./answer.js";
import { type BroadLeaf, searchBroadly } from "./broad-search.js";
import { isSamePlace } from "./combine.js";
import { withSharedTags } from "./listed-tags.js";
import { ownerToTell, realize, realizeApart } from "./realize.js";
import { type Leaf, searchWorld } from "./search.js";
import { openKeysOf } from "./spaces.js";
import type { Literal, OpenStatement, Situation, World } from "./world.js";

/** What has changed. */
export interface Difference {
  /** Refused before, allowed now. */
  readonly gained: AuthorizationQuestion | undefined;
  /** Allowed before, refused now. */
  readonly lost: AuthorizationQuestion | undefined;
  /** Some class could not be compared. */
  readonly isUnknown: boolean;
  /** Why. */
  readonly cause: UnknownCause | undefined;
}

/** The budget, or what classes of which no request was found are tied to. */
export type UnknownCause = "budget" | Ties;

/** How worlds are compared. */
export interface CompareTerms {
  /** The steps that are left. */
  readonly work: Work;
  /** Whether the sets decide a request as told; what is tied by variables is found by trying. */
  readonly isShown: (question: AuthorizationQuestion, isGain: boolean) => boolean;
  /** The one way that is asked about; undefined: both. */
  readonly only?: "gained" | "lost" | undefined;
}

/** Compares worlds of two sets that are about the same action; undefined: the set does not know the principal, and refuses. */
export function compareWorlds(
  before: readonly World[] | undefined,
  after: readonly World[] | undefined,
  { work, isShown, only }: CompareTerms,
): Difference {
  const found: Found = { gained: undefined, lost: undefined, isUnknown: false, cause: undefined };
  if (before === undefined || after === undefined) {
    const isGain = before === undefined;
    if (only === (isGain ? "lost" : "gained")) return found;
    for (const world of before ?? after ?? []) {
      visitAll(world, [], work, found, (leaf) => {
        if (leaf.allowed) note(found, leaf, [], isGain, { work, isShown });
        return isDone(found, before === undefined ? "gained" : "lost");
      });
    }
    return found;
  }
  for (const old of before) {
    for (const now of after) {
      if (old.action !== now.action || decideAlike(old, now) || !isSameRequester(old, now)) continue;
      const resource = meetingOf(old.situation.resource, now.situation.resource);
      if (resource === undefined) continue;
      const [one, other] = withSharedTags(withResource(old, resource), withResource(now, resource));
      if (only !== "gained" && found.lost === undefined) seek(one, other, false, found, { work, isShown });
      if (only !== "lost" && found.gained === undefined) seek(other, one, true, found, { work, isShown });
      if (isDone(found, only)) return { ...found, isUnknown: false, cause: undefined };
    }
  }
  return found;
}

/** Seeks a request that one world allows and the other refuses: the ways of the first, each searched for what the second refuses. */
function seek(
  allowing: World,
  refusing: World,
  isGain: boolean,
  found: Found,
  { work, isShown }: { readonly work: Work; readonly isShown: CompareTerms["isShown"] },
): void {
  const isFound = (): boolean => (isGain ? found.gained : found.lost) !== undefined;
  visitAll(allowing, [], work, found, (leaf) => {
    if (!leaf.allowed) return false;
    visitAll(refusing, leaf.literals, work, found, (meeting) => {
      if (meeting.allowed) return false;
      const terms = { work, isShown, other: allowing };
      const visit = (one: Leaf): boolean => {
        if (!one.allowed) note(found, one, leaf.literals, isGain, terms);
        return isFound();
      };
      if (meeting.broken.length === 0) return visit(meeting);
      if (searchWorld(refusing, { work, given: meeting.literals, first: true, visit }) === "unknown") cut(found);
      return isFound();
    });
    return isFound();
  });
}

/** Requests of a pattern's principals are of one of them. */
function isSameRequester({ requester: one }: World, { requester: other }: World): boolean {
  if (one.principal.arn !== other.principal.arn) return false;
  return JSON.stringify([...(one.told ?? [])]) === JSON.stringify([...(other.told ?? [])]);
}

type Found = { -readonly [Member in keyof Difference]: Difference[Member] };

function isDone({ gained, lost }: Found, only?: "gained" | "lost"): boolean {
  if (only === "gained") return gained !== undefined;
  if (only === "lost") return lost !== undefined;
  return gained !== undefined && lost !== undefined;
}

function note(
  found: Found,
  leaf: Leaf,
  given: readonly Literal[],
  isGain: boolean,
  { work, isShown, other }: { readonly work: Work; readonly isShown: CompareTerms["isShown"]; readonly other?: World },
): void {
  if ((isGain ? found.gained : found.lost) !== undefined) return;
  const realized = other === undefined ? realize(leaf, given, work) : realizeApart(leaf, given, other, work);
  const told = realized && (realized.resourceAccount ?? (other && ownerToTell(other, realized.resource)));
  // One request can tell one owner: where the sets take it for different accounts', none and each is tried, that of the side that allows first.
  const owners = [leaf.world.situation.ownerAccount, other?.situation.ownerAccount];
  if (!leaf.allowed) owners.reverse();
  const isMoved = other !== undefined && owners[0] !== owners[1];
  const isTied = [...given, ...leaf.literals].some(({ atom }) => openKeysOf(atom).length > 0);
  const asked =
    realized && (isMoved ? [undefined, ...owners, told] : [told]).map((owner) => withOwner(realized, owner));
  const question = isTied || isMoved ? asked?.find((one) => isShown(one, isGain)) : asked?.[0];
  if (question === undefined || leaf.isUncertain) {
    found.isUnknown = true;
    found.cause ??= work.left < 0 ? "budget" : tiesOf([{ literals: given }, leaf]);
  } else if (isGain) found.gained = question;
  else found.lost = question;
}

function withOwner(question: AuthorizationQuestion, owner: string | undefined): AuthorizationQuestion {
  const { resourceAccount: _, ...untold } = question;
  return owner === undefined ? untold : { ...untold, resourceAccount: owner };
}

function visitAll(
  world: World,
  given: readonly Literal[],
  work: Work,
  found: Found,
  visit: (leaf: BroadLeaf) => boolean,
): void {
  if (searchBroadly(world, { work, given, visit, leavesBroken: true }) === "unknown") cut(found);
}

function cut(found: Found): void {
  found.isUnknown = true;
  found.cause ??= "budget";
}

/** Whether two worlds hold the same statements under the same rules, so that they decide each request alike. */
function decideAlike(one: World, other: World): boolean {
  return (
    isSameList(one.statements, other.statements, isSameStatement) &&
    isSameRule(one.forbidden, other.forbidden) &&
    isSameRule(one.mandatory, other.mandatory) &&
    JSON.stringify(one.frame) === JSON.stringify(other.frame)
  );
}

function isSameStatement(one: OpenStatement, other: OpenStatement): boolean {
  return (
    one.effect === other.effect &&
    isSamePlace(one, other) &&
    isSameList(one.clauses, other.clauses, (clause, beside) => isSameList(clause, beside, isSameLiteral))
  );
}

function isSameRule(one: readonly Literal[] | boolean, other: readonly Literal[] | boolean): boolean {
  if (typeof one === "boolean" || typeof other === "boolean") return one === other;
  return isSameList(one, other, isSameLiteral);
}

function isSameLiteral(one: Literal, other: Literal): boolean {
  return one.holds === other.holds && one.atom.id === other.atom.id;
}

function isSameList<T>(one: readonly T[], other: readonly T[], isSame: (one: T, other: T) => boolean): boolean {
  return (
    one.length === other.length &&
    one.every((item, at) => {
      const beside = other[at];
      return beside !== undefined && isSame(item, beside);
    })
  );
}

/** The resources of both; undefined if there are none. */
function meetingOf(one: Situation["resource"], other: Situation["resource"]): Situation["resource"] | undefined {
  if (typeof one === "string" && typeof other === "string") return one === other ? one : undefined;
  if (typeof one === "string" || typeof other === "string") return undefined;
  const space = { inside: [...one.inside, ...other.inside], outside: [...one.outside, ...other.outside] };
  return findAnyText(space, { left: 100_000 }) === "none" ? undefined : space;
}

function withResource(world: World, resource: Situation["resource"]): World {
  return {
    ...world,
    situation: { ...world.situation, resource },
    fixing: (values) => withResource(world.fixing(values), resource),
  };
}
