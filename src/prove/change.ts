/** Whether somebody may now do what they might not before, or the other way round. */
import type { Asker, Auditor } from "../audit/auditor.js";
import { directoryPrincipals } from "../audit/candidates.js";
import { Contradiction, decidedApart, whyUnaskable } from "../audit/decided-again.js";
import { unlistedWorlds } from "../audit/unlisted-worlds.js";
import { compareWorlds } from "../classes/compare-worlds.js";
import type { RequesterFacts } from "../classes/requester-facts.js";
import type { World } from "../classes/world.js";
import { hasWildcard } from "../policy/document/arn.js";
import type { AuthorizationQuestion } from "../question/authorization-question.js";
import type { MatchedStatement } from "../question/decision.js";
import type { Scope } from "./assertion.js";
import type { Meant } from "./choice.js";
import type { Person } from "./everybody.js";
import { type KnownResources, withExampleResource } from "./example-resource.js";
import { isMeantOn, isStrangersOwn } from "./scope-worlds.js";
import { outOfBudget, whyUndecided } from "./seek.js";

/** Somebody, as both sets know them. */
export interface Compared {
  readonly person: Person;
  readonly before: RequesterFacts | undefined;
  readonly now: RequesterFacts;
  readonly meant: Meant;
}

/** The first change. */
export interface Change {
  readonly question: AuthorizationQuestion | undefined;
  /** Refused before, allowed now; else the other way round. */
  readonly isGain: boolean;
  /** Of the side that allows. */
  readonly decidedBy: readonly MatchedStatement[];
  /** Pairs of worlds that were compared. */
  readonly classes: number;
  readonly unknown: string | undefined;
}

/** Looks for requests of somebody that are allowed now and were not (or, if asked, the other way round). */
export function findChange(old: Auditor, now: Auditor, one: Compared, scope: Scope, bothWays: boolean): Change {
  const { person, before: factsBefore, now: factsNow } = one;
  const none = { question: undefined, isGain: true, decidedBy: [], unknown: undefined };
  const [before, after] = [askerOn(old, person, factsBefore), askerOn(now, person, factsNow)];
  if (before === undefined && after === undefined) return { ...none, classes: 0 };
  const groups = actionsTold(old, now, [before, after], scope.actions);
  if (groups === undefined)
    return { ...none, classes: 0, unknown: "there are too many ways to tell unnamed actions apart: name actions" };
  let classes = 0;
  let unknown: string | undefined;
  for (const action of groups) {
    const worldsBefore = before && worldsFor(old, before, action, one, scope);
    const worldsAfter = after && worldsFor(now, after, action, one, scope);
    classes += (worldsBefore?.length ?? 1) * (worldsAfter?.length ?? 1);
    const allows = (question: AuthorizationQuestion, isGain: boolean) =>
      decidedApart(isGain ? now : old, isGain ? before && old : after && now, question);
    const { gained, lost, isUnknown, cause } = compareWorlds(worldsBefore, worldsAfter, {
      work: { left: now.terms.budget },
      isShown: (question, isGain) => allows(question, isGain) !== undefined,
      only: bothWays ? undefined : "gained",
    });
    for (const [question, isGain] of [
      [gained, true],
      [bothWays ? lost : undefined, false],
    ] as const) {
      if (question === undefined) continue;
      const decidedBy = allows(question, isGain);
      const unaskable = decidedBy === undefined ? whyUnaskable(now.terms.decide(question)) : undefined;
      if (unaskable !== undefined) {
        unknown ??= unaskable;
        continue;
      }
      if (decidedBy === undefined)
        throw new Contradiction(question, isGain ? "gained" : "lost", "otherwise by the two sets");
      const isAlike = (asked: AuthorizationQuestion) => allows(asked, isGain) !== undefined;
      const shown = withExampleResource(question, knownBy([now, old]), scope.resources, isAlike);
      return { question: shown, isGain, decidedBy: allows(shown, isGain) ?? decidedBy, classes, unknown: undefined };
    }
    if (isUnknown) unknown ??= whyUndecided(cause, outOfBudget, "fix it with `context`");
  }
  return { ...none, classes, unknown };
}

/** What some sets know of resources. */
export function knownBy(auditors: readonly Auditor[]): KnownResources {
  const isListed = (resource: string) => auditors.some(({ resources }) => resources.arns.includes(resource));
  return { catalogue: auditors[0]?.terms.catalogue, isListed };
}

/** Undefined where the set does not know somebody whom the other knows: it refuses. */
function askerOn(
  { terms: { set } }: Auditor,
  { text, isStranger }: Person,
  facts: RequesterFacts | undefined,
): Asker | undefined {
  if (facts === undefined) return undefined;
  const isEntity = ["user", "role", "session", "federatedUser"].includes(facts.principal.kind);
  if (!isStranger && isEntity && !directoryPrincipals(set).has(text)) return undefined;
  return { principal: text, requesters: [facts], isWhole: true };
}

/** One action for each way in which both sets tell them apart; undefined if there are too many. */
function actionsTold(
  old: Auditor,
  now: Auditor,
  [before, after]: readonly [Asker | undefined, Asker | undefined],
  patterns: readonly string[],
): readonly string[] | undefined {
  const elements = [...(before ? old.elementsOf(before) : []), ...(after ? now.elementsOf(after) : [])];
  const names = new Map([...old.actions.inRegion(patterns), ...now.actions.inRegion(patterns)]);
  const found = now.actions
    .alike([...names.keys()], elements)
    .flatMap(([name]) => (name === undefined ? [] : [names.get(name) ?? name]));
  for (const pattern of patterns.filter(hasWildcard)) {
    const invented = now.actions.invented(pattern, patterns, elements.flat());
    if (invented === undefined) return undefined;
    for (const name of invented) if (!names.has(name)) found.push(name);
  }
  return found;
}

function worldsFor(
  auditor: Auditor,
  asker: Asker,
  action: string,
  { person, meant }: Compared,
  { resources }: Scope,
): readonly World[] {
  const isTheirs: Parameters<Auditor["worlds"]>[4] = (place) => !isStrangersOwn(place, person, resources);
  const worlds = auditor.worlds(asker, [action], resources, undefined, isTheirs);
  return [...worlds, ...unlistedWorlds(auditor, asker, [action], resources)].filter((world) => isMeantOn(world, meant));
}
