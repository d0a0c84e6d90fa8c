/** What decides the requests of an assertion's scope. */
import type { ActionIndex } from "../audit/action-index.js";
import type { Asker, Auditor } from "../audit/auditor.js";
import type { RequesterFacts } from "../classes/requester-facts.js";
import type { World } from "../classes/world.js";
import { hasWildcard } from "../policy/document/arn.js";
import type { Scope } from "./assertion.js";
import type { Meant } from "./choice.js";
import type { Person } from "./everybody.js";

/** Somebody whom an assertion means. */
export interface Chosen {
  readonly person: Person;
  readonly facts: RequesterFacts;
  readonly meant: Meant;
}

/** Who asks about which resources. */
type Place = Pick<World, "requester" | "situation">;

/** The auditor for the actions, resources and keys of a scope. */
export function within(auditor: Auditor, { actions, resources, context, without, closed }: Scope): Auditor {
  return auditor.within({ principals: ["*"], actions, resources, context, without, closed, outside: true });
}

/** What decides somebody's requests in a scope, on what others own first; undefined where there are too many actions to tell apart. */
export function worldsOf(
  auditor: Auditor,
  { person, facts, meant }: Chosen,
  { actions, resources }: Pick<Scope, "actions" | "resources">,
): readonly World[] | undefined {
  const asker: Asker = { principal: person.text, requesters: [facts], isWhole: true };
  const names = actionsFor(auditor, asker, actions);
  if (names === undefined) return undefined;
  const isWanted = (place: Place): boolean => !isStrangersOwn(place, person, resources) && isMeantOn(place, meant);
  const worlds = auditor.worlds(asker, names, resources, undefined, isWanted);
  return [...worlds].sort((left, right) => Number(isOwn(left)) - Number(isOwn(right)));
}

const elementNumbers = new WeakMap<readonly string[], number>();
let lastElement = 0;

/** The same number for the same element. */
function elementNumber(element: readonly string[]): number {
  let found = elementNumbers.get(element);
  if (found === undefined) {
    found = ++lastElement;
    elementNumbers.set(element, found);
  }
  return found;
}

const actionMemo = new WeakMap<ActionIndex, Map<string, readonly string[] | undefined>>();

/** One action for each way to tell those of some patterns apart: the same for all whom the same action elements bind. */
function actionsFor(auditor: Auditor, asker: Asker, patterns: readonly string[]): readonly string[] | undefined {
  const known = actionMemo.get(auditor.actions) ?? new Map<string, readonly string[] | undefined>();
  actionMemo.set(auditor.actions, known);
  const id = JSON.stringify([patterns, auditor.elementsOf(asker).map(elementNumber)]);
  if (!known.has(id)) {
    const each = patterns.map((pattern) => auditor.actionsOf(asker, pattern));
    const isWhole = each.every((names) => names !== undefined);
    known.set(id, isWhole ? [...new Set(each.flatMap((names) => names ?? []))] : undefined);
  }
  return known.get(id);
}

/** Whether a world's resources are a stranger's only because nobody lists them: whoever owns them is not known, and hardly a stranger. */
export function isStrangersOwn(
  { situation: { ownerAccount, resource }, requester }: Place,
  { isStranger }: Person,
  resources: readonly string[],
): boolean {
  if (!isStranger || requester.account !== undefined) return false;
  const isNamed = typeof resource === "string" && !hasWildcard(resource) && resources.includes(resource);
  return !isNamed && ownerAccount !== undefined && ownerAccount === requester.accountId;
}

/** Whether a choice means somebody as to the resources of a world. */
export function isMeantOn(place: Place, meant: Meant): boolean {
  if (meant === "foreign") return !isOwn(place) || place.situation.isOwnerOfText;
  return meant !== "own" || isOwn(place);
}

/** Whether the requester's account owns the resource. */
function isOwn({ situation: { ownerAccount }, requester }: Place): boolean {
  return ownerAccount !== undefined && ownerAccount === requester.accountId;
}
