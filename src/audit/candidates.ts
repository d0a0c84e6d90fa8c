/** The principals that a region ranges over: the directory's, sessions that policies name, and outsiders where they are asked for. */
import { type Glob, globHolds, likeGlob, literalGlob } from "../classes/glob.js";
import { knownAccounts } from "../classes/known-accounts.js";
import { findText } from "../classes/solve-text.js";
import { hasWildcard } from "../policy/document/arn.js";
import type { PrincipalEntry } from "../policy/document/document.js";
import { forEachAttached, type PolicySet } from "../policy/policy-set.js";
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
    const candidates = [...directoryPrincipals(set)].map((principal) => ({ principal, members: [principal] }));
    for (const subject of outside ? [...candidates, ...outsiders(set)] : candidates) {
      if (globs.some((glob) => globHolds(glob, subject.principal))) add(subject);
    }
  }
  for (const principal of principals) if (!hasWildcard(principal)) add({ principal, members: [principal] });
  return [...found.values()].sort((left, right) => compareUtf8(left.principal, right.principal));
}

function globOfPattern(pattern: string): readonly Glob[] {
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
  accounts.add(unnamedAccount(new Set([...known, ...accounts])));
  const telling = [...[...named].map(literalGlob), ...principalArnGlobs(set)];
  const single = (principal: string): Subject => ({ principal, members: [principal] });
  const strange = "verdict-audit.amazonaws.com";
  return [
    single("anonymous"),
    ...[...services, ...others].map(single),
    ...(set.profile === "aws" ? [{ principal: "*.amazonaws.com", members: [strange] }] : []),
    ...[...accounts].flatMap((account) => [
      single(`arn:aws:iam::${account}:root`),
      ...["user", "role"].map((kind) => {
        const principal = `arn:aws:iam::${account}:${kind}/*`;
        return { principal, members: cellsOf([globOf(principal)], telling) };
      }),
    ]),
  ].filter(({ members }) => members.length > 0);
}

/** An account id that no policy names. */
function unnamedAccount(named: ReadonlySet<string>): string {
  for (let id = 999_999_999_999; ; id--) if (!named.has(String(id))) return String(id);
}

/** What conditions ask of the ARN of whoever asks. */
function principalArnGlobs(set: PolicySet): readonly Glob[] {
  const values = new Set<string>();
  forEachAttached(set, ({ document }) => {
    for (const { conditions } of document.statements) {
      for (const { key, values: texts } of conditions) {
        if (foldText(key) === "aws:principalarn") for (const text of texts) values.add(text);
      }
    }
  });
  return [...values].flatMap(globOfPattern);
}

function globOf(pattern: string): Glob {
  return globOfPattern(pattern)[0] ?? literalGlob(pattern);
}

/** A name for each way in which some globs hold the texts of others. */
function cellsOf(inside: readonly Glob[], telling: readonly Glob[]): readonly string[] {
  const found: string[] = [];
  const work = { left: 200_000 };
  const nameIn = (within: readonly Glob[], outside: readonly Glob[]): string | undefined => {
    const answer = findText({ inside: within.map((glob) => [glob]), outside }, work);
    return typeof answer === "object" ? answer.text : undefined;
  };
  const split = (within: readonly Glob[], outside: readonly Glob[], from: number): void => {
    const glob = telling[from];
    if (glob === undefined) {
      // Names of users and roles are not empty.
      const name = nameIn(within, outside);
      if (name !== undefined) found.push(name.endsWith("/") ? `${name}x` : name);
      return;
    }
    if (nameIn([...within, glob], outside) !== undefined) split([...within, glob], outside, from + 1);
    if (nameIn(within, [...outside, glob]) !== undefined) split(within, [...outside, glob], from + 1);
  };
  split(inside, [], 0);
  return found;
}

function* principalEntries(set: PolicySet): Generator<PrincipalEntry> {
  const entries: PrincipalEntry[] = [];
  forEachAttached(set, ({ document }) => {
    for (const { principal } of document.statements) entries.push(...(principal?.entries ?? []));
  });
  yield* entries;
}
