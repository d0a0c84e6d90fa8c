/** The principals that a region ranges over: the directory's, sessions that policies name, and outsiders where they are asked for. */
import { knownAccounts } from "../classes/known-accounts.js";
import { arnGlob, type Glob, globHolds, likeGlob, literalGlob } from "../globs/glob.js";
import { findText } from "../globs/solve-text.js";
import { textsApart } from "../globs/texts-apart.js";
import { hasWildcard } from "../policy/document/arn.js";
import type { PrincipalEntry } from "../policy/document/document.js";
import { attachedStatements, type PolicySet } from "../policy/policy-set.js";
import { accountOfArn } from "../policy/requester.js";
import { compareUtf8 } from "../text/compare-texts.js";
import { foldText } from "../text/fold.js";
import type { Region } from "./region.js";

/** Who a line is about. */
export interface Subject {
  /** As lines name it: the text of a request, or a pattern of outsiders. */
  readonly principal: string;
  /** Requesters, one for each way in which the set can tell them apart; one who is known is alone. */
  readonly members: readonly string[];
  /** False: there are too many ways to tell them apart, and `members` does not have them all. */
  readonly isWhole: boolean;
  /** The organization that their account, which nobody knows, is in. */
  readonly organization?: string;
  /** The places in it where the account could be, as `aws:PrincipalOrgPaths` tells them. */
  readonly organizationPaths?: readonly string[];
}

/** One who is known, or stands for all alike. */
export function single(principal: string): Subject {
  return { principal, members: [principal], isWhole: true };
}

/** The principals of a region, sorted by bytes; those named without wildcards stand whether known or not. */
export function subjectsOf(
  set: PolicySet,
  { principals, outside }: Pick<Region, "principals" | "outside">,
  beside: readonly PolicySet[] = [],
): readonly Subject[] {
  const found = new Map<string, Subject>();
  const add = (subject: Subject): void => {
    found.set(subject.principal, subject);
  };
  const globs = principals.filter(hasWildcard).flatMap(globOfPattern);
  if (globs.length > 0) {
    const candidates = [...directoryPrincipals(set)].map(single);
    for (const subject of outside ? [...candidates, ...outsiders(set, beside)] : candidates) {
      if (globs.some((glob) => globHolds(glob, subject.principal))) add(subject);
    }
  }
  for (const principal of principals) {
    if (hasWildcard(principal)) continue;
    add((outside ? outsiders(set, beside).find((one) => one.principal === principal) : undefined) ?? single(principal));
  }
  return [...found.values()].sort((left, right) => compareUtf8(left.principal, right.principal));
}

/** A pattern of principals as a glob, or none if nothing can match it. */
export function globOfPattern(pattern: string): readonly Glob[] {
  const resolved = likeGlob(pattern, "2008-10-17", () => undefined);
  return "glob" in resolved ? [resolved.glob] : [];
}

function arnGlobOf(pattern: string): readonly Glob[] {
  const resolved = arnGlob(pattern, "2008-10-17", () => undefined);
  return "glob" in resolved ? [resolved.glob] : [];
}

/** Users, roles, federated users, roots, and sessions that some policy names (EVAL-9). */
export function directoryPrincipals(set: PolicySet): ReadonlySet<string> {
  const found = new Set<string>();
  const partitions = new Map<string, string>();
  for (const { arn, kind, account } of set.principals) {
    if (kind === "service" || kind === "provider" || kind === "anonymous") continue;
    found.add(arn);
    const partition = arn.split(":", 2)[1];
    if (account !== undefined && partition !== undefined) partitions.set(account, partition);
  }
  for (const id of knownAccounts(set)) found.add(`arn:${partitions.get(id) ?? "aws"}:iam::${id}:root`);
  for (const entry of principalEntries(set)) if (entry.kind === "session") found.add(entry.arn);
  return found;
}

/** Whoever could ask, for lists of names. */
export interface KnownSubjects {
  /** Principals that the set has or names. */
  readonly named: readonly string[];
  /** Those that stand for others whom it does not name. */
  readonly others: readonly Subject[];
}

/** Principals of the directory, sessions, services and principals of other accounts that policies name, and whoever else there is. */
export function knownSubjects(set: PolicySet): KnownSubjects {
  const named = new Set(directoryPrincipals(set));
  const namedAccounts = new Set([...knownAccounts(set), ...accountsInConditions(set)]);
  for (const entry of principalEntries(set)) {
    if (entry.kind === "account") namedAccounts.add(entry.account);
    else if ("arn" in entry) namedAccounts.add(accountOfArn(entry.arn));
  }
  const others: Subject[] = [];
  for (const subject of outsiders(set, [])) {
    const { principal } = subject;
    const isStrange = principal.endsWith(":root") && !namedAccounts.has(accountOfArn(principal));
    if (hasWildcard(principal) || isStrange) others.push(subject);
    else named.add(principal);
  }
  return { named: [...named].sort(compareUtf8), others };
}

const outsiderMemo = new WeakMap<PolicySet, readonly Subject[]>();

/**
 * Whoever else could ask: anonymous, services, and principals of accounts that the set does not know. Sets beside it name and tell apart
 * as it does.
 */
function outsiders(set: PolicySet, beside: readonly PolicySet[]): readonly Subject[] {
  if (beside.length > 0) return findOutsiders(set, [set, ...beside]);
  let known = outsiderMemo.get(set);
  if (known === undefined) {
    known = findOutsiders(set, [set]);
    outsiderMemo.set(set, known);
  }
  return known;
}

function findOutsiders(set: PolicySet, sets: readonly PolicySet[]): readonly Subject[] {
  const known = knownAccounts(set);
  const services = new Set<string>();
  const accounts = new Set<string>();
  const named = new Set<string>();
  const others = new Set<string>();
  for (const entry of sets.flatMap(principalEntries)) {
    if (entry.kind === "service") services.add(entry.name);
    else if (entry.kind === "federated") others.add(entry.name);
    else if (entry.kind === "account" && !known.has(entry.account)) accounts.add(entry.account);
    else if ("arn" in entry && !known.has(accountOfArn(entry.arn))) {
      accounts.add(accountOfArn(entry.arn));
      (entry.kind === "user" || entry.kind === "role" ? named : others).add(entry.arn);
    }
  }
  for (const account of sets.flatMap(accountsInConditions)) if (!known.has(account)) accounts.add(account);
  const taken = new Set([...sets.flatMap((one) => [...knownAccounts(one)]), ...accounts]);
  const strange = "verdict-audit.amazonaws.com";
  const telling = [...[...named].map(literalGlob), ...sets.flatMap(nameGlobs)];
  const ofAccount = (account: string): readonly Subject[] => [
    single(`arn:aws:iam::${account}:root`),
    ...["user", "role"].map((kind) => namedLike(`arn:aws:iam::${account}:${kind}/*`, telling)),
  ];
  const unnamed = unnamedAccount(taken);
  const members = [...organizationsOf(sets)].flatMap(([organization, organizationPaths]) => {
    const account = unnamedAccount(taken.add(unnamed));
    taken.add(account);
    return ofAccount(account).map((subject) => ({ ...subject, organization, organizationPaths }));
  });
  return [
    single("anonymous"),
    ...[...services, ...others].map(single),
    { ...single("*.amazonaws.com"), members: [strange] },
    ...[...accounts, unnamed].flatMap(ofAccount),
    ...members,
  ];
}

/** The organizations of some sets, each with the places where an account could be: known ones, all above them, and a unit that nobody knows. */
function organizationsOf(sets: readonly PolicySet[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  for (const { organizationId, organizationPaths } of sets.flatMap((set) => set.accounts)) {
    if (organizationId === undefined) continue;
    const paths = found.get(organizationId) ?? new Set();
    found.set(organizationId, paths);
    for (const path of organizationPaths) {
      const [organization = "", root = "", ...units] = path.split("/").filter((part) => part !== "");
      const top = `${organization}/${root}/`;
      paths.add(top);
      for (const depth of units.keys()) paths.add(`${top}${units.slice(0, depth + 1).join("/")}/`);
      paths.add(`${top}ou-${root.slice(2)}-verdict0/`);
    }
  }
  return new Map([...found].map(([id, paths]) => [id, [...paths]]));
}

/** An account id that no policy names. */
export function unnamedAccount(named: ReadonlySet<string>): string {
  for (let id = 999_999_999_999; ; id--) if (!named.has(String(id))) return String(id);
}

/** Accounts that conditions name, whose ever they are: the owner of a resource is an account that could ask as well. */
function accountsInConditions(set: PolicySet): readonly string[] {
  const found = new Set<string>();
  for (const { conditions } of attachedStatements(set)) {
    for (const { values } of conditions) {
      for (const value of values) {
        for (const part of value.split(":")) if (/^[0-9]{12}$/.test(part)) found.add(part);
      }
    }
  }
  return [...found];
}

/** What conditions ask of the ARN and of the name of whoever asks, as patterns of ARNs. */
function nameGlobs(set: PolicySet): readonly Glob[] {
  const found = new Set<string>();
  for (const { conditions } of attachedStatements(set)) {
    for (const { key, values } of conditions) {
      const name = foldText(key);
      if (name === "aws:principalarn") for (const value of values) found.add(value);
      if (name === "aws:username") {
        for (const value of values) found.add(`arn:*:user/${value}`).add(`arn:*:user/*/${value}`);
      }
    }
  }
  return [...found].flatMap((text) => [...globOfPattern(text), ...arnGlobOf(text)]);
}

/** Outsiders of one kind, by a name for each way in which the set tells them apart. */
export function namedLike(principal: string, telling: readonly Glob[], work = { left: 200_000 }): Subject {
  // Names are not empty.
  const members = textsApart([globOfPattern(principal.replace(/\*$/, "?*"))], telling, (set) => {
    work.left -= 20;
    const answer = work.left < 0 ? "unknown" : findText(set, work);
    return typeof answer === "object" ? answer.text : undefined;
  });
  return { principal, members, isWhole: work.left > 0 };
}

/** Whom the policies of a set name. */
export function principalEntries(set: PolicySet): readonly PrincipalEntry[] {
  return [...attachedStatements(set)].flatMap(({ principal }) => principal?.entries ?? []);
}
