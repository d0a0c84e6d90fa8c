// One change of a small set: what diff says of it, against every request of the small world decided by both sets.
import { diffLineJson, diffSets } from "../../../src/audit/diff.js";
import { Random } from "../../kit/random.js";
import { isAllowed, type PrintedEntry, passesWhen, type SmallRequest } from "./ask-oracle.js";
import { type PrintedQuestion, requestOf } from "./examine-lines.js";
import { auditorOf, type ExamineTerms } from "./examine-set.js";
import {
  hasAction,
  hasPrincipal,
  hasResource,
  knownPrincipals,
  outOfRegion,
  requestsOf,
  type SmallRegion,
} from "./small-requests.js";
import { actions, type Doc, Maker, type SmallPrincipal, type SmallSet } from "./small-set.js";

interface PrintedSide {
  readonly access: string;
  readonly when: readonly (readonly PrintedEntry[])[];
}

interface PrintedChange {
  readonly change: string;
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly before: PrintedSide;
  readonly after: PrintedSide;
  readonly witness: PrintedQuestion | null;
  readonly gains?: PrintedQuestion | null;
  readonly loses?: PrintedQuestion | null;
  readonly reason?: string;
}

/** The set with one change: a statement more, fewer, or another; a tag, an owner, a principal. */
export function changed(random: Random, set: SmallSet): SmallSet {
  const make = new Maker(random, set.keys);
  const document = ({ Version, Statement }: Doc, type: "identity" | "resource" | "scp" | "trust"): Doc => {
    const isOld = Version === "2008-10-17";
    const added = make.statement(type, isOld);
    return {
      Version,
      Statement: random.pick([[...Statement, added], Statement.slice(1), [added, ...Statement.slice(1)]]),
    };
  };
  const change = (principal: SmallPrincipal): SmallPrincipal => ({
    ...principal,
    ...(random.chance(0.2) ? { tags: { t: "a" } } : {}),
    ...(principal.trust !== undefined && random.chance(0.3) ? { trust: document(principal.trust, "trust") } : {}),
    policies: principal.policies.map((one) => document(one, "identity")),
  });
  const at = random.below(set.principals.length);
  switch (random.below(4)) {
    case 0:
      return {
        ...set,
        resources: set.resources.map((one) => ({
          ...one,
          ...(random.chance(0.3) ? { tags: { t: "b" } } : {}),
          ...(one.policy === undefined ? {} : { policy: document(one.policy, "resource") }),
        })),
      };
    case 1:
      if (set.principals.length > 1)
        return { ...set, hasFederatedUser: false, principals: set.principals.filter((_, index) => index !== at) };
      return { ...set, resources: set.resources.slice(1) };
    case 2:
      if (set.scps !== undefined)
        return { ...set, scps: set.scps.map((level) => level.map((one) => document(one, "scp"))) };
      return { ...set, principals: set.principals.map(change) };
    default:
      return { ...set, principals: set.principals.map((one, index) => (index === at ? change(one) : one)) };
  }
}

/** What is wrong with a diff; undefined if nothing is, or if one of the sets is refused. */
export function examineDiff(
  old: SmallSet,
  now: SmallSet,
  region: SmallRegion,
  terms: ExamineTerms,
): string | undefined {
  const before = auditorOf(old, region, terms.engine, "before");
  const after = auditorOf(now, region, terms.engine, "after");
  if (before === undefined || after === undefined) return undefined;
  const lines: PrintedChange[] = [...diffSets(before, after).lines]
    .flat()
    .map((line) => JSON.parse(JSON.stringify(diffLineJson(line))));
  for (const { change } of lines) terms.tally[change] = (terms.tally[change] ?? 0) + 1;
  const asks = (set: SmallSet, request: SmallRequest): boolean => {
    const isKnown = !request.principal.startsWith("arn:") || knows(old, now, set, request.principal);
    return isKnown && isAllowed(set, request);
  };
  for (const line of lines) {
    const problem = problemOfChange(line, old, now, region, asks);
    if (problem !== undefined)
      return `diff ${line.change} ${line.principal} ${line.action} ${line.resource}: ${problem}`;
  }
  const random = new Random(terms.seed, 9);
  const names = new Set(lines.map(({ action }) => action).filter((action) => !/[*?]/.test(action)));
  const named = namedActions(old, now);
  for (const action of region.actions) named.add(action);
  for (const request of requestsOf(now, region, actions, random, terms.requests)) {
    if (outOfRegion(old, region, request) !== undefined) continue;
    const [was, is] = [asks(old, request), asks(now, request)];
    const own = lines.filter(
      ({ principal, action, resource }) =>
        (principal === request.principal || (/\*/.test(principal) && hasPrincipal(principal, request.principal))) &&
        (action === request.action ||
          (!names.has(request.action) && !named.has(request.action) && hasAction(action, request.action))) &&
        hasResource(resource, request.resource),
    );
    if (was !== is) {
      const wanted = is ? "gains" : "loses";
      const isTold = own.some(
        (line) =>
          line.change === "unknown" || line.change === (is ? "gained" : "lost") || (line[wanted] ?? null) !== null,
      );
      if (!isTold)
        return `diff: no line says that ${JSON.stringify(request)} is ${is ? "gained" : "lost"}: ${JSON.stringify(own)}`;
    }
    const byName = own.filter(({ resource }) => resource === request.resource && resource !== "*");
    // A pattern's line speaks of what no more concrete line names.
    for (const { change, before: one, after: other } of byName.length > 0 ? byName : own) {
      if (change === "unknown") continue;
      for (const [side, allowed, of] of [
        [one, was, old],
        [other, is, now],
      ] as const) {
        const { access, when } = side;
        const told = JSON.stringify(request);
        if (access === "never" && allowed) return `diff ${change}: ${told} is allowed, not never`;
        if (access === "always" && !allowed) return `diff ${change}: ${told} is refused, not always allowed`;
        if (access === "sometimes" && !allowed && passesWhen(of, request, when))
          return `diff ${change}: a way lets ${told} in: ${JSON.stringify(when)}`;
      }
    }
  }
  return undefined;
}

function problemOfChange(
  { change, action, resource, before, after, witness, gains = null, loses = null, reason }: PrintedChange,
  old: SmallSet,
  now: SmallSet,
  region: SmallRegion,
  asks: (set: SmallSet, request: SmallRequest) => boolean,
): string | undefined {
  const told: (readonly [PrintedQuestion, boolean])[] = [];
  if (change === "unknown") return reason === undefined ? "has no reason" : undefined;
  if (change === "conditions") {
    if (gains !== null) told.push([gains, true]);
    if (loses !== null) told.push([loses, false]);
    if (told.length === 0) return "has no request";
    if (before.access !== "sometimes" || after.access !== "sometimes")
      return `is ${before.access} before and ${after.access} now`;
  } else if (witness === null) return "has no request";
  else told.push([witness, change === "gained"]);
  for (const [question, isGain] of told) {
    const request = requestOf(question);
    const place = JSON.stringify(question);
    if (!hasAction(action, request.action) || !hasResource(resource, request.resource))
      return `${place} is not of the line`;
    const known = outOfRegion(isGain ? now : old, region, request);
    if (known !== undefined) return `${place} is not of the region: ${known}`;
    if (asks(old, request) !== !isGain || asks(now, request) !== isGain)
      return `${place} is not ${isGain ? "gained" : "lost"}`;
  }
  return undefined;
}

/** Whom a side does not know, it refuses; outsiders are known to both. */
function knows(old: SmallSet, now: SmallSet, set: SmallSet, principal: string): boolean {
  const isOfDirectory = [old, now].some((one) => knownPrincipals(one).includes(principal));
  return !isOfDirectory || knownPrincipals(set).includes(principal);
}

/** Actions that some statement names. */
function namedActions(...sets: readonly SmallSet[]): Set<string> {
  const text = JSON.stringify(sets);
  return new Set(actions.filter((action) => text.includes(`"${action}"`)));
}
