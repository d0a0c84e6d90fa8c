// The requests of the small world: every principal, action, resource and state of the keys, and which of them a region has.

import type { Random } from "../../kit/random.js";
import { matchActionPattern } from "../../oracle/action-pattern.js";
import { globTokens, matchGlob } from "../../oracle/glob.js";
import { contextOf } from "../../oracle/request-context.js";
import { matchResourcePattern } from "../../oracle/resource-pattern.js";
import { accountOf, decisionOwner, entryOf, regionOwner, type SmallRequest } from "./ask-oracle.js";
import {
  A,
  ann,
  B,
  C,
  federated,
  keyStates,
  managementAccount,
  organization,
  resources,
  rootUnit,
  type SmallSet,
  session,
} from "./small-set.js";

/** What narrows the requests, as options say it. */
export interface SmallRegion {
  readonly principals: readonly string[];
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly context: Readonly<Record<string, readonly string[]>>;
  readonly without: readonly string[];
  readonly closed: boolean;
  readonly outside: boolean;
}

/** The clock of a closed region that names none. */
export const closedClock = "2025-06-01T12:00:00Z";

/** The principals that the directory has, or a policy names as a session. */
export function knownPrincipals(set: SmallSet): readonly string[] {
  const found = new Set(set.principals.map(({ arn }) => arn));
  if (set.hasFederatedUser) found.add(federated);
  for (const account of [A, B, ...(set.scps === undefined ? [] : [managementAccount])])
    found.add(`arn:aws:iam::${account}:root`);
  const documents = [...set.principals.map(({ trust }) => trust), ...set.resources.map(({ policy }) => policy)];
  if (documents.some((document) => JSON.stringify(document ?? null).includes(session))) found.add(session);
  return [...found].sort();
}

/** Whoever else could ask; of the account C where a policy names it. */
export function outsidersOf(set: SmallSet): readonly string[] {
  const isNamed = JSON.stringify([set.principals, set.resources, set.scps, set.rcps])
    .replaceAll(/"(Not)?Resource":(\[[^\]]*\]|"[^"]*")/g, "")
    .includes(C);
  return outsiders.filter(
    (one) => (isNamed || !one.includes(C)) && (set.scps !== undefined || !one.includes(insideAccount)),
  );
}

/** An account that nobody names, supposed to be inside the organization. */
const insideAccount = "999999999998";

/** What a request says of it. */
const supposed = { "aws:PrincipalOrgID": [organization], "aws:PrincipalOrgPaths": [`${organization}/${rootUnit}/`] };

const outsiders: readonly string[] = [
  `arn:aws:iam::${insideAccount}:root`,
  `arn:aws:iam::${insideAccount}:user/ann`,
  "anonymous",
  "a.amazonaws.com",
  "other.amazonaws.com",
  `arn:aws:iam::${C}:root`,
  `arn:aws:iam::${C}:user/eve`,
  `arn:aws:iam::${C}:user/mallory`,
  `arn:aws:iam::${C}:role/x`,
  "arn:aws:iam::999999999999:root",
  "arn:aws:iam::999999999999:user/ann",
];

/** Every request of the directory. */
export const plainRegion: SmallRegion = {
  principals: ["*"],
  actions: ["*"],
  resources: ["*"],
  context: {},
  without: [],
  closed: false,
  outside: false,
};

/** A region: everything, most often. */
export function generateRegion(random: Random, set: SmallSet): SmallRegion {
  if (random.chance(0.4)) return plainRegion;
  const context: Record<string, readonly string[]> = {};
  const without: string[] = [];
  for (const key of set.keys) {
    const states = keyStates[key] ?? [];
    const values = random.pick(states);
    if (random.chance(0.25) && values !== null)
      context[key] = key === "aws:ResourceTag/t" ? values.slice(0, 1) : values;
    else if (random.chance(0.15) && key !== "aws:CurrentTime") without.push(key);
  }
  return {
    ...plainRegion,
    resources: random.weighted([
      [5, ["*"]],
      [1, ["arn:t:s:::a*"]],
      [1, ["arn:t:s:::a"]],
      [1, ["arn:t:s:::a/*", "arn:t:s:::?"]],
      [1, [`arn:t:s:*:${B}:*`, "arn:t:s:::b"]],
    ]),
    actions: random.weighted([
      [4, ["*"]],
      [1, ["t:*"]],
      [1, ["t:A", "u:*"]],
    ]),
    context,
    without,
    closed: random.chance(0.2),
    outside: random.chance(0.35),
  };
}

/** Whether a pattern of a region, or of a line, has a resource. */
export function hasResource(pattern: string, resource: string): boolean {
  if (/^\*+$/.test(pattern)) return true;
  if (!/[*?]/.test(pattern)) return pattern === resource;
  return matchResourcePattern(pattern, resource, { padsMissingFields: true, hasVariables: true }, contextOf(new Map()));
}

/** Whether a pattern of actions has an action. */
export const hasAction = (pattern: string, action: string): boolean => matchActionPattern(pattern, action);

/** Whether a pattern of principals has one. */
export const hasPrincipal = (pattern: string, principal: string): boolean => matchGlob(globTokens(pattern), principal);

/** Why a request is not of a region; undefined if it is. Written for requests of audits as well as for the small world's. */
export function outOfRegion(set: SmallSet, region: SmallRegion, request: SmallRequest): string | undefined {
  const { principal, action, resource, context, resourceTags } = request;
  if (!region.principals.some((pattern) => hasPrincipal(pattern, principal))) return "principal";
  if (!region.actions.some((pattern) => hasAction(pattern, action))) return "action";
  if (!region.resources.some((pattern) => hasResource(pattern, resource))) return "resource";
  const given = new Map(Object.entries(context).map(([key, values]) => [key.toLowerCase(), values]));
  const isListed = entryOf(set, resource) !== undefined;
  if (isListed && Object.keys(resourceTags).length > 0) return "tags of a listed resource";
  const tags = isListed ? (entryOf(set, resource)?.tags ?? {}) : resourceTags;
  for (const [tag, value] of Object.entries(tags)) given.set(`aws:resourcetag/${tag.toLowerCase()}`, [value]);
  const isSupposed = accountOf(principal) === insideAccount;
  const orgId = given.get("aws:principalorgid")?.[0];
  if ((orgId !== undefined) !== isSupposed || (isSupposed && orgId !== organization)) return "organization";
  for (const [key, values] of Object.entries(region.context)) {
    const own = given.get(key.toLowerCase());
    if (key === "aws:CurrentTime") {
      if (own === undefined || instant(own[0]) !== instant(values[0])) return key;
    } else if (JSON.stringify(own ?? null) !== JSON.stringify(values)) return key;
  }
  for (const key of region.without) if ((given.get(key.toLowerCase()) ?? []).length > 0) return `without ${key}`;
  if (region.closed) {
    const clock = given.get("aws:currenttime");
    const wanted = region.context["aws:CurrentTime"]?.[0] ?? closedClock;
    if (clock === undefined || instant(clock[0]) !== instant(wanted)) return "clock";
    const named = new Set([
      ...Object.keys(region.context).map((key) => key.toLowerCase()),
      "aws:currenttime",
      ...Object.keys(supposed).map((key) => key.toLowerCase()),
    ]);
    for (const [key, values] of given) {
      if (!isListed || !key.startsWith("aws:resourcetag/"))
        if (values.length > 0 && !named.has(key)) return `closed ${key}`;
    }
  }
  for (const key of ["aws:multifactorauthpresent", "aws:sourceip", "aws:currenttime", "aws:requesttag/t"]) {
    if ((given.get(key) ?? []).length > 1) return `several values of ${key}`;
  }
  for (const one of given.get("aws:multifactorauthpresent") ?? [])
    if (!/^(true|false)$/.test(one)) return "type of MFA";
  for (const one of given.get("aws:sourceip") ?? []) if (!/^[0-9.]+$|^[0-9a-f:]+$/i.test(one)) return "type of address";
  const owner = regionOwner(set, resource, accountOf(principal));
  const isNamed = region.resources.includes(resource) && resource !== "*";
  if (owner === undefined) return isNamed ? undefined : "a resource of nobody known";
  const told = request.resourceAccount ?? decisionOwner(set, resource, accountOf(principal));
  return told === owner ? undefined : `owner ${told}`;
}

const instant = (text: string | undefined): number =>
  /^\d+$/.test(text ?? "") ? Number(text) * 1000 : Date.parse(text ?? "");

/** The requests of a region: all of them, or so many of them by choice. */
export function requestsOf(
  set: SmallSet,
  region: SmallRegion,
  actions: readonly string[],
  random: Random,
  most: number,
): readonly SmallRequest[] {
  const principals = [...knownPrincipals(set), ...(region.outside ? outsidersOf(set) : [])];
  const states = set.keys.map((key) => (keyStates[key] ?? [null]).map((values) => [key, values] as const));
  const sizes = [principals.length, actions.length, resources.length, ...states.map((list) => list.length)];
  const total = sizes.reduce((product, size) => product * size, 1);
  const step = Math.max(1, total / most);
  const found: SmallRequest[] = [];
  for (let at = total > most ? random.below(Math.floor(step)) : 0; at < total; at += step) {
    let rest = total > most ? Math.floor(at) + random.below(Math.ceil(step)) : at;
    const take = (size: number): number => {
      const index = rest % size;
      rest = Math.floor(rest / size);
      return index;
    };
    const principal = principals[take(principals.length)] ?? ann;
    const action = actions[take(actions.length)] ?? "t:A";
    const resource = resources[take(resources.length)] ?? "*";
    const context: Record<string, readonly string[]> = {};
    const resourceTags: Record<string, string> = {};
    let whatIf = false;
    for (const list of states) {
      const [key, values] = list[take(list.length)] ?? ["", null];
      if (values === null) continue;
      if (key === "aws:ResourceTag/t") resourceTags.t = values[0] ?? "";
      else context[key] = values;
      if (key === "aws:CurrentTime") whatIf = true;
    }
    if (region.closed && !set.keys.includes("aws:CurrentTime")) {
      context["aws:CurrentTime"] = [closedClock];
      whatIf = true;
    }
    if (accountOf(principal) === insideAccount) {
      Object.assign(context, supposed);
      whatIf = true;
    }
    const owner = regionOwner(set, resource, accountOf(principal));
    const isNamed = region.resources.includes(resource) && resource !== "*";
    const isListed = entryOf(set, resource) !== undefined;
    const request = {
      principal,
      action,
      resource,
      context,
      resourceTags: isListed ? {} : resourceTags,
      whatIf,
      ...(owner === undefined ? {} : { resourceAccount: owner }),
    };
    if (owner === undefined && (!isNamed || (resource.split(":")[4] ?? "") === "")) continue;
    if (outOfRegion(set, region, request) === undefined) found.push(request);
  }
  return found;
}
