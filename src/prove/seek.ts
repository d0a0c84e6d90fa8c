/** Looks for a request that is allowed, or one that is not, in some worlds; finding none, it is a proof that there is none. */

import { unnamedAccount } from "../audit/candidates.js";
import { tellTies, tiesOf, whyUnknown } from "../classes/answer.js";
import { searchBroadly, turningOn } from "../classes/broad-search.js";
import type { UnknownCause } from "../classes/compare-worlds.js";
import { knownAccounts } from "../classes/known-accounts.js";
import { realize, realizeBroad } from "../classes/realize.js";
import type { Leaf } from "../classes/search.js";
import type { World } from "../classes/world.js";
import type { Work } from "../globs/solve-text.js";
import type { AuthorizationQuestion } from "../question/authorization-question.js";

/** What was found. */
export interface Sought {
  readonly question: AuthorizationQuestion | undefined;
  /** Where it was found. */
  readonly world: World | undefined;
  /** Classes that were looked at. */
  readonly classes: number;
  /** Why there could be one all the same. */
  readonly unknown: string | undefined;
  readonly cause: UnknownCause | undefined;
}

/** Why a search ended early, and what helps. */
export const outOfBudget = "the budget was used up: give more with --budget, or narrow the assertion";

/**
 * A refused request about a resource of which nobody knows whose it is, asked by somebody of no account: it tells an account that the set
 * does not know (XACC-5), whose policies are none of the set's.
 */
function ofStrangers({ world, ...leaf }: Leaf, work: Work): AuthorizationQuestion | undefined {
  const { situation, terms, requester } = world;
  if (leaf.allowed || situation.ownerAccount !== undefined || requester.accountId !== undefined) return undefined;
  const ownerAccount = unnamedAccount(knownAccounts(terms.set));
  return realize({ ...leaf, world: { ...world, situation: { ...situation, ownerAccount } } }, [], work);
}

/** Why two sides could not be told apart, and what helps: the same for sets and documents but for how a key is fixed. */
export function whyUndecided(cause: UnknownCause | undefined, usedUp: string, toFix: string): string {
  if (cause === "budget" || cause === undefined) return usedUp;
  return tellTies(cause, toFix);
}

function realizeFor(leaf: Leaf, work: Work): AuthorizationQuestion | undefined {
  return realize(leaf, [], work) ?? ofStrangers(leaf, work);
}

/** Looks through worlds until a request is found. `work`: steps for all of them. */
export function seekRequest(worlds: Iterable<World>, wanted: boolean, work: Work): Sought {
  const unsettled: Pick<Leaf, "literals">[] = [];
  let classes = 0;
  let isCut = false;
  for (const world of worlds) {
    let question: AuthorizationQuestion | undefined;
    const ended = searchBroadly(world, {
      work,
      visit: (leaf) => {
        classes++;
        if (leaf.allowed !== wanted) return false;
        question = leaf.isUncertain ? undefined : realizeBroad(leaf, work, (one) => realizeFor(one, work));
        if (question === undefined) unsettled.push(turningOn(leaf));
        return question !== undefined;
      },
    });
    if (question !== undefined) return { question, world, classes, unknown: undefined, cause: undefined };
    if (ended === "unknown") isCut = true;
  }
  const unknown = isCut ? outOfBudget : unsettled.length > 0 ? toDecide(whyUnknown(unsettled)) : undefined;
  const cause = isCut ? "budget" : unsettled.length > 0 ? tiesOf(unsettled) : undefined;
  return { question: undefined, world: undefined, classes, unknown, cause };
}

/** A check has the steps of so many ways to ask. */
const waysOfCheck = 5;
/** Whatever is left, one way has so many steps. */
const leastShare = 1_000;

/** The steps of one check, shared out among the ways to ask: those that take too many leave some for the others. */
export class SharedSteps {
  private left: number;

  /** `mostOfOne`: steps for one way. */
  constructor(private readonly mostOfOne: number) {
    this.left = mostOfOne * waysOfCheck;
  }

  get areUsedUp(): boolean {
    return this.left <= 0;
  }

  /** The check is answered: what is left, at most one way's, is for saying what else is to blame. */
  settle(): void {
    this.left = Math.min(this.left, this.mostOfOne);
  }

  /** What a search finds with its share of them. */
  spend<T>(search: (work: Work) => T): T {
    const share = Math.min(this.mostOfOne, Math.max(leastShare, Math.floor(this.left / 4)));
    const work = { left: share };
    const found = search(work);
    this.left -= share - work.left;
    return found;
  }
}

/** In a file a key is fixed by `context`. */
function toDecide(reason: string): string {
  return reason.replace("with --context", "with `context`");
}

/** Whether no request is as wanted, for sure. */
export function hasNone(worlds: Iterable<World>, wanted: boolean, budget: number): boolean {
  const { question, unknown } = seekRequest(worlds, wanted, { left: budget });
  return question === undefined && unknown === undefined;
}
