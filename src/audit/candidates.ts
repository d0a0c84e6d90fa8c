/** The principals that a region ranges over: the directory's, sessions that policies name, and outsiders where they are asked for. */
import { type Glob, globHolds, likeGlob, literalGlob } from "../classes/glob.js";
import { knownAccounts } from "../classes/known-accounts.js";
import { findText } from "../classes/solve-text.js";
import { textsApart } from "../classes/texts-apart.js";
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
}

/** One who is known, or stands for all alike. */
export function single(principal: string): Subject {
  return { principal, members: [principal], isWhole: true };
}

/** The principals of a region, sorted by bytes; those named without wildcards stand whether known or not. */
export function subjectsOf(
  set: PolicySet,
  { principals, outside }: Pick<Region, "principals" | "outside">,
): readonly Subject[] {
  const found = new Map<string, Subject>();
  const add = (subject: Subject): void => {
    found.set(subject.principal, subject);
  };
  const globs = principals.filter(hasWildcard).flatMap(globOfPattern);
  if (globs.length > 0) {
    const candidates = [...directoryPrincipals(set)].map(single);
    for (const subject of outside ? [...candidates, ...outsiders(set)] : candidates) {
      if (globs.some((glob) => globHolds(glob, subject.principal))) add(subject);
    }
  }
  for (const principal of principals) if (!hasWildcard(principal)) add(single(principal));
  return [...found.values()].sort((left, right) => compareUtf8(left.principal, right.principal));
}

/** A pattern of principals as a glob, or none if nothing can match it. */
export function globOfPattern(pattern: string): readonly Glob[] {
  const resolved = likeGlob(pattern, "2008-10-17", () => undefined);
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

const outsiderMemo = new WeakMap<PolicySet, readonly Subject[]>();

/** Whoever else could ask: anonymous, services, and principals of accounts that the set does not know. */
function outsiders(set: PolicySet): readonly Subject[] {
  let known = outsiderMemo.get(set);
  if (known === undefined) {
    known = findOutsiders(set);
    outsiderMemo.set(set, known);
  }
  return known;
}

function findOutsiders(set: PolicySet): readonly Subject[] {
  const known = knownAccounts(set);
  const services = new Set<string>();
  const accounts = new Set<string>();
  const named = new Set<string>();
  const others = new Set<string>();
  for (const entry of principalEntries(set)) {
    if (entry.kind === "service") services.add(entry.name);
    else if (entry.kind === "federated") others.add(entry.name);
    else if (entry.kind === "account" && !known.has(entry.account)) accounts.add(entry.account);
    else if ("arn" in entry && !known.has(accountOfArn(entry.arn))) {
      accounts.add(accountOfArn(entry.arn));
      (entry.kind === "user" || entry.kind === "role" ? named : others).add(entry.arn);
    }
  }
  for (const account of askedAccounts(set)) if (!known.has(account)) accounts.add(account);
  accounts.add(unnamedAccount(new Set([...known, ...accounts])));
  const telling = [...[...named].map(literalGlob), ...principalArnGlobs(set)];
  const strange = "verdict-audit.amazonaws.com";
  return [
    single("anonymous"),
    ...[...services, ...others].map(single),
    { ...single("*.amazonaws.com"), members: [strange] },
    ...[...accounts].flatMap((account) => [
      single(`arn:aws:iam::${account}:root`),
      ...["user", "role"].map((kind) => namedLike(`arn:aws:iam::${account}:${kind}/*`, telling)),
    ]),
  ];
}

/** An account id that no policy names. */
export function unnamedAccount(named: ReadonlySet<string>): string {
  for (let id = 999_999_999_999; ; id--) if (!named.has(String(id))) return String(id);
}

/** Accounts that conditions name as the requester's. */
function askedAccounts(set: PolicySet): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { conditions } of attachedStatements(set)) {
    for (const { key, values } of conditions) {
      const name = foldText(key);
      if (name !== "aws:principalaccount" && name !== "aws:principalarn" && name !== "aws:userid") continue;
      for (const value of values) {
        for (const part of value.split(":")) if (/^[0-9]{12}$/.test(part)) found.add(part);
      }
    }
  }
  return found;
}

/** What conditions ask of the ARN of whoever asks. */
function principalArnGlobs(set: PolicySet): readonly Glob[] {
  const tests = [...attachedStatements(set)].flatMap(({ conditions }) => conditions);
  const values = tests.flatMap(({ key, values: texts }) => (foldText(key) === "aws:principalarn" ? texts : []));
  return [...new Set(values)].flatMap(globOfPattern);
}

/** Outsiders of one kind, by a name for each way in which the set tells them apart. */
export function namedLike(principal: string, telling: readonly Glob[]): Subject {
  const work = { left: 200_000 };
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
