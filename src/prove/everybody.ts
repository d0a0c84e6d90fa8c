/** Everybody who could ask: the directory, and for strangers one for each way in which policies and assertions can tell them apart. */
import { directoryPrincipals, globOfPattern, namedLike, unnamedAccount } from "../audit/candidates.js";
import { type AccountsApart, accountsApart } from "../classes/accounts-apart.js";
import type { KeyFacts } from "../classes/key-space.js";
import { knownAccounts } from "../classes/known-accounts.js";
import { type PrincipalIndex, type RequesterFacts, requestersOf } from "../classes/requester-facts.js";
import { type Glob, prefixGlob } from "../globs/glob.js";
import { splitArnFields } from "../policy/document/arn.js";
import type { PolicySet } from "../policy/policy-set.js";
import { compareUtf8 } from "../text/compare-texts.js";
import type { ChosenPrincipals } from "./choice.js";
import { type Membership, tellingOf } from "./told-by-conditions.js";

/** Somebody who could ask. */
export interface Person {
  /** The text of a request. */
  readonly text: string;
  /** Asks as an identity provider, which a service's name may be too (SVC-6). */
  readonly isProvider: boolean;
  /** Nobody's entry of any of the sets. */
  readonly isStranger: boolean;
  /** Of a stranger's account; undefined: in none. */
  readonly membership: Membership | undefined;
  /** A stranger whom no policy means in particular: what is open to them is open to anybody. */
  readonly isAnyone: boolean;
}

/** All of them. */
export interface Everybody {
  /** Sorted by text as UTF-8 bytes. */
  readonly people: readonly Person[];
  /** False: there are too many ways to tell strangers apart. */
  readonly isWhole: boolean;
}

/** Steps for the names of all accounts. */
const mostWork = 1_000_000;

/** The people of some sets whom a choice can tell apart. `resources`: what is asked about. */
export function everybodyOf(
  sets: readonly PolicySet[],
  choice: ChosenPrincipals,
  resources: readonly string[] = [],
): Everybody {
  const telling = tellingOf(sets, resources);
  const known = new Set(sets.flatMap((set) => [...knownAccounts(set)]));
  const directory = new Set(sets.flatMap((set) => [...directoryPrincipals(set)]));
  const found = new Map<string, Person>();
  const add = (text: string, isStranger: boolean, membership?: Membership, isAnyone = false): void => {
    found.set(JSON.stringify([text, membership]), { text, isProvider: false, isStranger, membership, isAnyone });
  };
  const addProvider = (text: string, isAnyone = false): void => {
    const person = { text, isProvider: true, isStranger: true, membership: undefined, isAnyone };
    found.set(`provider ${text}`, person);
  };
  for (const text of directory) add(text, false);
  add("anonymous", true, undefined, true);
  const services = [...telling.services, ...choice.patterns.filter((text) => /^[^:*?]+\.[^:*?]+$/.test(text))];
  for (const name of [...services, ...(sets[0]?.profile === "aws" ? ["verdict-audit.amazonaws.com"] : [])]) {
    add(name, true);
  }
  for (const name of telling.sessions.filter((text) => !directory.has(text))) add(name, true);
  for (const name of telling.federated) addProvider(name);
  const namedAccounts = new Set([...telling.accounts, ...choice.accounts].filter((id) => !known.has(id)));
  const names = [...telling.names, ...choice.patterns.flatMap(globOfPattern)];
  let isComplete = telling.isWhole;
  const work = { left: mostWork };
  for (const partition of new Set(["aws", ...telling.partitions, ...partitionsOf(choice)])) {
    const { accounts, isWhole } = strangeAccounts(partition, namedAccounts, known, names);
    isComplete &&= isWhole;
    for (const account of accounts) {
      const texts = [`arn:${partition}:iam::${account}:root`];
      for (const kind of ["user", "role"]) {
        const like = namedLike(`arn:${partition}:iam::${account}:${kind}/*`, names, work);
        isComplete &&= like.isWhole;
        texts.push(...like.members);
      }
      for (const text of texts) {
        for (const membership of [undefined, ...telling.memberships]) {
          add(text, true, membership, !namedAccounts.has(account) && membership?.isNamed !== true);
        }
      }
    }
  }
  // Whom no policy names: anybody can have one.
  addProvider(
    `arn:aws:iam::${unnamedAccount(new Set([...known, ...namedAccounts]))}:oidc-provider/verdict-audit.example`,
    true,
  );
  for (const text of choice.literals) addProvider(text);
  for (const text of choice.literals)
    if (![...found.values()].some((one) => !one.isProvider && one.text === text)) add(text, true);
  return { people: [...found.values()].sort((one, other) => compareUtf8(one.text, other.text)), isWhole: isComplete };
}

/** Partitions that the choice names. */
function partitionsOf({ patterns }: ChosenPrincipals): readonly string[] {
  return patterns.flatMap((pattern) => {
    const [, partition = ""] = splitArnFields(pattern);
    return /^[a-z-]+$/.test(partition) && pattern.startsWith("arn:") ? [partition] : [];
  });
}

/** Strangers' accounts, in a partition: those that are named, and one for each way in which patterns tell the others apart. */
function strangeAccounts(
  partition: string,
  named: ReadonlySet<string>,
  known: ReadonlySet<string>,
  patterns: readonly Glob[],
): AccountsApart {
  const prefix = `arn:${partition}:iam::`;
  const own = [...named, ...known].map((id) => prefixGlob(`${prefix}${id}:`));
  const { accounts, isWhole } = accountsApart(prefix, [...patterns, ...own]);
  return { accounts: [...new Set([...named, ...accounts])].filter((id) => !known.has(id)).sort(compareUtf8), isWhole };
}

/** Somebody as a set knows them; undefined for texts that name nobody. */
export function factsOf(
  { text, isProvider, isStranger, membership }: Person,
  set: PolicySet,
  index: PrincipalIndex,
): RequesterFacts | undefined {
  const facts = requestersOf(set, index, text).find(({ principal }) => (principal.kind === "provider") === isProvider);
  if (facts === undefined || !isStranger || !facts.isIam || facts.account !== undefined) return facts;
  const told = new Map<string, readonly string[]>(
    membership === undefined
      ? []
      : [
          ["aws:PrincipalOrgID", [membership.organization]],
          ["aws:PrincipalOrgPaths", [membership.path]],
        ],
  );
  const derived = new Map(facts.derived);
  for (const [key, values] of told) derived.set(key.toLowerCase(), values);
  const isTagged = facts.principal.kind !== "root";
  return {
    ...facts,
    derived,
    ...(told.size === 0 ? {} : { told }),
    ...(isTagged ? { openFacts: (name) => (name.startsWith("aws:principaltag/") ? tagFacts : undefined) } : {}),
  };
}

const tagFacts: KeyFacts = { type: "String", alwaysPresent: false, isList: false, single: true };
