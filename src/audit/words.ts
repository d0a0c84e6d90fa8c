/** Conditions of an answer in words, as a colleague would say them. */
import type { WhenEntry } from "../classes/answer.js";
import type { ToldResource } from "../classes/world.js";
import { parseOperator } from "../policy/document/operator.js";
import { actionIn, type Catalogue, type CatalogueAction } from "../validate/catalogue/catalogue.js";
import { typesWithin } from "../validate/catalogue-resources.js";

/**
 * Ways to be allowed, each enough by itself. Those that differ in nothing but the one resource that they name are one: on any of
 * these.
 */
export function waysInWords(when: readonly (readonly WhenEntry[])[]): readonly string[] {
  const groups = new Map<string, { readonly rest: readonly WhenEntry[]; readonly on: string[] }>();
  for (const way of when) {
    const on = way.filter(isOnResource);
    const rest = on.length === 1 ? way.filter((entry) => !isOnResource(entry)) : way;
    const id = JSON.stringify([on.length === 1, rest]);
    const group = groups.get(id) ?? { rest, on: [] };
    groups.set(id, group);
    if (on.length === 1) group.on.push(...on.map(({ resource }) => resource));
  }
  return [...groups.values()].map(({ rest, on }) => wayInWords(rest, on));
}

/** What an action of the catalogue acts on, as far as tables for people go: a request about anything else nobody makes. */
export class KindsOfActions {
  private readonly types = new Map<string, (type: string) => boolean>();

  constructor(private readonly catalogue: Catalogue | undefined) {}

  /** Whether requests can be about a known resource, or about what lies below it. */
  isAbout(action: string, resource: string): boolean {
    const known = actionIn(this.catalogue, action);
    if (known === undefined) return true;
    return [resource, `${resource}/*`, `${resource}:*`].some((pattern) => this.actsOn(known, pattern));
  }

  /** The ways without what is said of resources of other kinds; all of it where nothing else is said. */
  ways(action: string, when: readonly (readonly WhenEntry[])[]): readonly (readonly WhenEntry[])[] {
    const known = actionIn(this.catalogue, action);
    if (known === undefined) return when;
    const possible = when.filter((way) => way.every((entry) => !entry.holds || this.isOfKind(known, entry)));
    if (possible.length === 0) return when;
    return possible.map((way) => {
      const own = way.filter((entry) => this.isOfKind(known, entry));
      return own.length === 0 ? way : own;
    });
  }

  private isOfKind(action: CatalogueAction, entry: WhenEntry): boolean {
    if (!("resource" in entry) || entry.resource === "arn:*") return true;
    return this.actsOn(action, entry.resource);
  }

  private actsOn({ resourceTypes }: CatalogueAction, pattern: string): boolean {
    const isWithin = this.types.get(pattern) ?? typesWithin(pattern);
    this.types.set(pattern, isWithin);
    return resourceTypes.some(({ arn }) => isWithin(arn));
  }
}

/** So many ways of which the other side has none are told. */
const mostOwnWays = 3;

/** What each side of a change says, its own ways before those that both have: `sometimes, if with MFA; or in 2 further ways`. */
export function sidesInWords(before: Side | undefined, after: Side | undefined): readonly [string, string] {
  return [sideInWords(before, after), sideInWords(after, before)];
}

interface Side {
  readonly access: string;
  readonly when: readonly (readonly WhenEntry[])[];
}

function sideInWords(side: Side | undefined, other: Side | undefined): string {
  const { access = "never", when = [] } = side ?? {};
  const ofOther = new Set(other?.when.map((way) => JSON.stringify(way)));
  const isShared = (way: readonly WhenEntry[]): boolean => ofOther.has(JSON.stringify(way));
  const own = waysInWords(when.filter((way) => !isShared(way)));
  const shared = waysInWords(when.filter(isShared));
  const told = own.length > 0 ? own.slice(0, mostOwnWays) : shared.slice(0, 1);
  if (told.length === 0) return access;
  const more = own.length + shared.length - told.length;
  return `${access}, if ${told.join("; or if ")}${more === 0 ? "" : `; or in ${more} further way${more === 1 ? "" : "s"}`}`;
}

function isOnResource(entry: WhenEntry): entry is ToldResource {
  return "resource" in entry && entry.resource !== "arn:*" && entry.holds;
}

/** Entries that all have to hold, and resources of which any has to be met. */
function wayInWords(entries: readonly WhenEntry[], any: readonly string[]): string {
  const conditions: string[] = [];
  const on: string[] = [];
  const notOn: string[] = [];
  for (const entry of entries) {
    if (!("resource" in entry)) conditions.push(conditionInWords(entry));
    else if (entry.resource === "arn:*") conditions.push(entry.holds ? "on a resource" : "without a resource");
    else (entry.holds ? on : notOn).push(entry.resource);
  }
  // Of several all hold: each by itself is what has to be met.
  const resources = [...on.map(named), withBelow(any).join(" or ")].flatMap((one) => (one === "" ? [] : [`on ${one}`]));
  const exceptions = withBelow(notOn).join(", ");
  return [...conditions, ...resources, ...(exceptions === "" ? [] : [`not on ${exceptions}`])].join("; ");
}

/** The keys whose policy is mandatory (SVC-2) by their name. */
function named(resource: string): string {
  return resource === "arn:*:kms:*:*:key/*" ? "KMS keys" : resource;
}

/** A resource with all that is below it is one thing to a reader. */
function withBelow(resources: readonly string[]): readonly string[] {
  const all = new Set(resources);
  return resources.flatMap((one) => {
    const base = one.replace(/[/:]\*$/, "");
    const isWhole = all.has(base) && all.has(`${base}/*`) && all.has(`${base}:*`);
    if (!isWhole) return [named(one)];
    return one === base ? [`${base} and below`] : [];
  });
}

function conditionInWords({ key, operator: name, values, holds }: Exclude<WhenEntry, { resource: string }>): string {
  const operator = parseOperator(name);
  const told = values.map((value) => (value === "" ? '""' : value)).join(" or ");
  if (operator === undefined) return `${holds ? "" : "not "}${name} ${key} ${told}`;
  const { kind, qualifier, ifExists, negated } = operator;
  if (kind === "Null") return (told.toLowerCase() === "true") === holds ? `without ${key}` : `with ${key}`;
  const isPositive = negated !== holds;
  // Whether a request without the key passes (COND-5, COND-6, SET-4, SET-7).
  const passesAbsent = (ifExists || qualifier === "ForAllValues" || (qualifier === "none" && negated)) === holds;
  const tail = isPositive ? (passesAbsent ? ", or absent" : "") : passesAbsent ? "" : ", and given";
  const quantity = qualifier === "none" ? "" : (qualifier === "ForAllValues") === holds ? "every " : "some ";
  const instant = clockWords.get(kind);
  if (
    instant !== undefined &&
    /^aws:(currenttime|epochtime)$/i.test(key) &&
    values.length === 1 &&
    qualifier === "none"
  )
    return `${instant[isPositive ? 0 : 1]} ${told}`;
  const known = kind === "Bool" && values.length === 1 ? booleanWords.get(key.toLowerCase()) : undefined;
  if (known !== undefined) {
    const [word, opposite, absentWord] = known;
    const isTrue = (told.toLowerCase() === "true") === isPositive;
    return `${isTrue ? word : opposite}${isTrue && passesAbsent ? absentWord : ""}`;
  }
  const not = isPositive ? "" : "not ";
  if (key.toLowerCase() === "aws:requestedregion" && kind === "StringEquals" && qualifier === "none")
    return `${not}in region ${told}${tail}`;
  if (key.toLowerCase() === "aws:resourceaccount" && kind === "StringEquals") return `${not}in account ${told}`;
  if (kind === "IpAddress" && qualifier === "none") return `${not}from ${told}${tail}`;
  return `${quantity}${subjectOf(key)} ${relationOf(kind, isPositive)} ${told}${tail}`;
}

/** Of the clock, which every request has: what holds, and what holds if it does not. */
const clockWords: ReadonlyMap<string, readonly [string, string]> = new Map([
  ["DateLessThan", ["before", "from"]],
  ["DateLessThanEquals", ["until", "after"]],
  ["DateGreaterThan", ["after", "until"]],
  ["DateGreaterThanEquals", ["from", "before"]],
]);

/** True, false, and what is added where a request without the key passes as true. */
const booleanWords: ReadonlyMap<string, readonly [string, string, string]> = new Map([
  ["aws:multifactorauthpresent", ["with MFA", "without MFA", " or not told"]],
  ["aws:securetransport", ["over TLS", "not over TLS", ""]],
  ["aws:viaawsservice", ["through an AWS service", "not through an AWS service", " or not told"]],
]);

/** `tag env` for `aws:ResourceTag/env`. */
function subjectOf(key: string): string {
  const tag = /^aws:(resource|principal|request)tag\/(.+)$/i.exec(key);
  if (tag === null) return key;
  const whose = (tag[1] ?? "").toLowerCase();
  return whose === "resource" ? `tag ${tag[2]}` : `${whose} tag ${tag[2]}`;
}

function relationOf(kind: string, isPositive: boolean): string {
  const [positive, negative] =
    relations.get(kind) ?? (kind.endsWith("Like") ? ["is like", "is not like"] : ["is", "is not"]);
  return isPositive ? positive : negative;
}

const relations: ReadonlyMap<string, readonly [string, string]> = new Map([
  ["NumericLessThan", ["<", "is not <"]],
  ["NumericLessThanEquals", ["<=", "is not <="]],
  ["NumericGreaterThan", [">", "is not >"]],
  ["NumericGreaterThanEquals", [">=", "is not >="]],
  ["DateLessThan", ["before", "not before"]],
  ["DateLessThanEquals", ["until", "not until"]],
  ["DateGreaterThan", ["after", "not after"]],
  ["DateGreaterThanEquals", ["from", "not from"]],
  ["IpAddress", ["in", "not in"]],
]);
