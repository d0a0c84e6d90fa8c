/** The principals that a region ranges over: the directory's, sessions that policies name, and outsiders where they are asked for. */
import { type Glob, globHolds, likeGlob } from "../classes/glob.js";
import { knownAccounts } from "../classes/known-accounts.js";
import { hasWildcard } from "../policy/document/arn.js";
import type { PrincipalEntry } from "../policy/document/document.js";
import { forEachAttached, type PolicySet } from "../policy/policy-set.js";
import { accountOfArn, parseRequester } from "../policy/requester.js";
import { compareBytes } from "./lines.js";
import type { Region } from "./region.js";

/** The texts of the principals of a region, sorted by bytes; those named without wildcards stand whether known or not. */
export function principalsOf(
  set: PolicySet,
  { principals, outside }: Pick<Region, "principals" | "outside">,
): readonly string[] {
  const named = principals.filter((text) => !hasWildcard(text));
  const globs = principals.filter(hasWildcard).flatMap(globOfPattern);
  const found = new Set(named);
  if (globs.length > 0) {
    const candidates = [...directoryPrincipals(set), ...(outside ? outsiders(set) : [])];
    for (const text of candidates) if (globs.some((glob) => globHolds(glob, text))) found.add(text);
  }
  return [...found].sort(compareBytes);
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

/** Whoever else could ask: one of each kind that policies can tell apart. */
function outsiders(set: PolicySet): ReadonlySet<string> {
  const found = new Set(["anonymous"]);
  const known = knownAccounts(set);
  for (const entry of principalEntries(set)) {
    if (entry.kind === "service") found.add(entry.name);
    if (entry.kind === "account" && !known.has(entry.account)) found.add(`arn:aws:iam::${entry.account}:root`);
    if ("arn" in entry && !known.has(accountOfArn(entry.arn)) && parseRequester(entry.arn, set.profile) !== undefined) {
      found.add(entry.arn);
      found.add(`arn:aws:iam::${accountOfArn(entry.arn)}:root`);
    }
  }
  return found;
}

function* principalEntries(set: PolicySet): Generator<PrincipalEntry> {
  const entries: PrincipalEntry[] = [];
  forEachAttached(set, ({ document }) => {
    for (const { principal } of document.statements) entries.push(...(principal?.entries ?? []));
  });
  yield* entries;
}
