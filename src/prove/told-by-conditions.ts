/** What policies say of those who ask that the directory does not know: accounts, organizations, services, names. */
import { principalEntries } from "../audit/candidates.js";
import { type Glob, likeGlob, literalGlob } from "../globs/glob.js";
import { findText } from "../globs/solve-text.js";
import { textsApart } from "../globs/texts-apart.js";
import { hasWildcard, splitArnFields } from "../policy/document/arn.js";
import { attachedStatements, type PolicySet } from "../policy/policy-set.js";
import { accountOfArn, isAccountId } from "../policy/requester.js";
import { foldText } from "../text/fold.js";
import { identityTests } from "./identity-tests.js";

/** An organization that a stranger's account could be in, with its path where policies ask for one. */
export interface Membership {
  readonly organization: string;
  readonly path: string;
  /** The set has it, or a policy names it. */
  readonly isNamed: boolean;
}

/** What tells strangers apart. */
export interface Telling {
  /** Accounts by their ids. */
  readonly accounts: readonly string[];
  /** Partitions that ARNs of principals name, one for patterns of them. */
  readonly partitions: readonly string[];
  readonly services: readonly string[];
  readonly federated: readonly string[];
  /** Sessions and federated users that policies name. */
  readonly sessions: readonly string[];
  /** Of ARNs. */
  readonly names: readonly Glob[];
  readonly memberships: readonly Membership[];
  /** False: there are too many ways to tell them apart. */
  readonly isWhole: boolean;
}

/** Reads the policies of some sets. `resources`: what is asked about. */
export function tellingOf(sets: readonly PolicySet[], resources: readonly string[] = []): Telling {
  const accounts = new Set<string>();
  const services = new Set<string>();
  const federated = new Set<string>();
  const sessions = new Set<string>();
  const names = new Set<Glob>();
  const partitions = new Set<string>();
  const entries = sets.flatMap(principalEntries);
  for (const entry of entries) {
    if (entry.kind === "service") services.add(entry.name);
    else if (entry.kind === "federated") federated.add(entry.name);
    else if (entry.kind === "account") {
      accounts.add(entry.account);
      partitions.add(entry.partition ?? "aws");
    } else if ("arn" in entry) {
      partitions.add(splitArnFields(entry.arn)[1] ?? "");
      accounts.add(accountOfArn(entry.arn));
      if (entry.kind === "session" || entry.kind === "federatedUser") sessions.add(entry.arn);
      names.add(literalGlob(entry.arn));
    }
  }
  const valuesOf = valuesByKey(sets);
  for (const value of valuesOf("aws:principalaccount")) accounts.add(value);
  for (const value of valuesOf("aws:userid")) if (isAccountId(value)) accounts.add(value);
  for (const value of valuesOf("aws:principalarn")) {
    accounts.add(splitArnFields(value)[4] ?? "");
    partitions.add(splitArnFields(value)[1] ?? "");
  }
  for (const key of ["aws:principalservicename", "aws:principalservicenameslist"]) {
    for (const value of valuesOf(key)) if (!hasWildcard(value)) services.add(value);
  }
  const identity = identityTests(sets, resources);
  for (const glob of identity.globs) names.add(glob);
  for (const account of identity.accounts) accounts.add(account);
  const { memberships, isWhole } = membershipsOf(
    sets,
    valuesOf("aws:principalorgid"),
    valuesOf("aws:principalorgpaths"),
  );
  return {
    accounts: [...accounts].filter((text) => text !== "" && !/[*?$]/.test(text)),
    partitions: [...partitions].flatMap((name) =>
      /^\**$/.test(name) ? [] : [/^[a-z-]+$/.test(name) ? name : "aws-cn"],
    ),
    services: [...services],
    federated: [...federated],
    sessions: [...sessions],
    names: [...names],
    memberships,
    isWhole: isWhole && identity.isWhole,
  };
}

/** The values of conditions on a key, in lower case. */
function valuesByKey(sets: readonly PolicySet[]): (key: string) => readonly string[] {
  const found = new Map<string, Set<string>>();
  for (const set of sets) {
    for (const { conditions } of attachedStatements(set)) {
      for (const { key, values } of conditions) {
        const known = found.get(foldText(key)) ?? new Set();
        for (const value of values) known.add(value);
        found.set(foldText(key), known);
      }
    }
  }
  return (key) => [...(found.get(key) ?? [])];
}

/** None where no policy asks. */
function membershipsOf(
  sets: readonly PolicySet[],
  ids: readonly string[],
  paths: readonly string[],
): Pick<Telling, "memberships" | "isWhole"> {
  if (ids.length === 0 && paths.length === 0) return { memberships: [], isWhole: true };
  const own = sets.flatMap(({ accounts }) => accounts.flatMap(({ organizationId }) => organizationId ?? []));
  const named = paths.map((path) => path.split("/", 1)[0] ?? "");
  const patterns = [...new Set([...own, ...ids, ...named])].flatMap(likeText);
  const work = { left: 200_000 };
  const organizations = cells("o-??????????", patterns, work);
  // Those that are named as they are, however they are written.
  const literal = [...own, ...ids, ...named].filter((id) => id !== "" && !/[*?$]/.test(id));
  const pathGlobs = [...new Set(paths)].flatMap(likeText);
  const memberships = [...new Set([...literal, ...organizations])].flatMap((organization) =>
    cells(`${organization}/r-?*/`, pathGlobs, work).map((path) => ({
      organization,
      path,
      isNamed: literal.includes(organization),
    })),
  );
  return { memberships, isWhole: work.left > 0 };
}

function cells(pattern: string, telling: readonly Glob[], work: { left: number }): readonly string[] {
  return textsApart([likeText(pattern)], telling, (set) => {
    work.left -= 20;
    const answer = work.left < 0 ? "unknown" : findText(set, work);
    return typeof answer === "object" ? answer.text : undefined;
  });
}

function likeText(pattern: string): readonly Glob[] {
  const resolved = likeGlob(pattern, "2012-10-17", () => undefined);
  return "glob" in resolved ? [resolved.glob] : [];
}
