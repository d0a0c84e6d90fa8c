/**
 * Who asks, in an audit: the directory's entry or a stranger, with the keys that follow from it (CTX-3) and how policies of resources
 * name it (section 6 of the semantics).
 */
import { hasWildcard, parseArn } from "../policy/document/arn.js";
import type { PrincipalElement, PrincipalEntry } from "../policy/document/document.js";
import {
  type AccountFacts,
  attachedStatements,
  type DirectoryPrincipal,
  type NamedPolicy,
  type PolicySet,
} from "../policy/policy-set.js";
import { isAccountId, isFederationAction, parseRequester, type Requester } from "../policy/requester.js";
import { compareUtf8 } from "../text/compare-texts.js";
import { foldText } from "../text/fold.js";
import type { Tag } from "../text/tag.js";
import type { KeyFacts } from "./key-space.js";

/** How specifically a policy named the requester, least first (PRN-15). */
export const matchClasses = ["account", "issuer", "exact", "wildcard"] as const;

/** One of them. */
export type MatchClass = (typeof matchClasses)[number];

/** A requester with what its decisions need. */
export interface RequesterFacts {
  readonly principal: DirectoryPrincipal;
  readonly requester: Requester;
  /** The ARN of role or issuing user; a user's or role's own. */
  readonly issuerArn: string | undefined;
  readonly account: AccountFacts | undefined;
  readonly accountId: string | undefined;
  readonly isIam: boolean;
  readonly isServiceLinked: boolean;
  /** A federated user of the root user (EVAL-8). */
  readonly isIssuedByRoot: boolean;
  /** Keys that are derived from the requester, in lower case; what is missing is absent (CTX-2). */
  readonly derived: ReadonlyMap<string, readonly string[]>;
  /** Those of them that requests have to tell, since the set does not know them of who asks: such requests say `whatIf` (CTX-1). */
  readonly told?: ReadonlyMap<string, readonly string[]>;
  /** What a derived key may hold of which nothing is known, by its name in lower case; undefined: it is known. */
  readonly openFacts?: (name: string) => KeyFacts | undefined;
  /** What a region calls the service that asks, besides its own name (PRN-9). */
  readonly serviceNames?: readonly string[] | undefined;
  /** The only actions that this requester calls: those of providers (SVC-6), or all but those; absent: any. */
  readonly calls?: "federation" | "others";
}

/** Whether a requester ever calls an action: requests of another one are malformed, or are another requester's. */
export function isCaller({ calls }: Pick<RequesterFacts, "calls">, action: string): boolean {
  return calls === undefined || (calls === "federation") === isFederationAction(action);
}

/** A stranger whose account is supposed to be in an organization. */
export function supposedMember(facts: RequesterFacts, organization: string, path: string): RequesterFacts {
  const told = new Map([
    ["aws:PrincipalOrgID", [organization]],
    ["aws:PrincipalOrgPaths", [path]],
  ]);
  const keys = [...told].map(([key, values]) => [foldText(key), values] as const);
  return { ...facts, told, derived: new Map([...facts.derived, ...keys]) };
}

/**
 * Whom the text of a request stands for: somebody of the directory, or a stranger without policies. A service's name is a provider's too,
 * who calls other actions. Empty for a spelling that names nobody.
 */
export function requestersOf(set: PolicySet, directory: PrincipalIndex, text: string): readonly RequesterFacts[] {
  const known = directory.principals.get(text);
  if (known?.kind === "provider") return [factsOf(set, directory, text, providerOf(text))];
  const requester = parseRequester(text, set.profile);
  if (known !== undefined || (requester !== undefined && requester.kind !== "service"))
    return requester === undefined ? [] : [factsOf(set, directory, text, requester)];
  const service: readonly RequesterFacts[] =
    requester === undefined ? [] : [{ ...factsOf(set, directory, text, requester), calls: "others" }];
  const isProvider = requester !== undefined || isProviderArn(text) || federatedNames(set).has(text);
  return isProvider
    ? [...service, { ...factsOf(set, directory, text, providerOf(text)), calls: "federation" }]
    : service;
}

/** The first of them. */
export function requesterFacts(set: PolicySet, directory: PrincipalIndex, text: string): RequesterFacts | undefined {
  return requestersOf(set, directory, text)[0];
}

function isProviderArn(text: string): boolean {
  const arn = parseArn(text);
  if (arn === undefined || arn.service !== "iam" || arn.region !== "" || !isAccountId(arn.account)) return false;
  return arn.partition !== "" && !hasWildcard(text) && /^(?:saml|oidc)-provider\/./s.test(arn.rest);
}

/** Providers that go by a name: AWS's own, and those that policies name. */
const wellKnownProviders = [
  "accounts.google.com",
  "cognito-identity.amazonaws.com",
  "graph.facebook.com",
  "www.amazon.com",
];
const federatedMemo = new WeakMap<PolicySet, ReadonlySet<string>>();

function federatedNames(set: PolicySet): ReadonlySet<string> {
  let found = federatedMemo.get(set);
  if (found === undefined) {
    const entries = attachedStatements(set).flatMap(({ principal }) => principal?.entries ?? []);
    found = new Set([...wellKnownProviders, ...entries.flatMap((one) => (one.kind === "federated" ? [one.name] : []))]);
    federatedMemo.set(set, found);
  }
  return found;
}

function factsOf(set: PolicySet, directory: PrincipalIndex, text: string, requester: Requester): RequesterFacts {
  const known = directory.principals.get(text);
  const principal = known ?? strangerOf(directory, requester, text);
  const accountId = principal.account ?? requester.account;
  const isEntity = principal.kind === "user" || principal.kind === "role";
  const issuerArn = isEntity ? text : principal.issuerArn;
  const account = principal.accountFacts ?? (accountId === undefined ? undefined : directory.accounts.get(accountId));
  const isIam = !["service", "provider", "anonymous"].includes(principal.kind);
  const rest = issuerArn === undefined ? "" : (parseArn(issuerArn)?.rest ?? "");
  return {
    principal,
    requester,
    issuerArn,
    account,
    accountId,
    isIam,
    isServiceLinked: set.profile === "aws" && rest.startsWith("role/aws-service-role/"),
    isIssuedByRoot: principal.kind === "federatedUser" && rest === "root",
    derived: derivedKeys(principal, requester, issuerArn, account, accountId),
  };
}

/** The requester with values for derived keys of which nothing was known. */
export function withKnown(
  requester: RequesterFacts,
  values: ReadonlyMap<string, readonly string[] | null>,
): RequesterFacts {
  const { openFacts, derived } = requester;
  if (openFacts === undefined) return requester;
  const known = new Map(derived);
  for (const [key, value] of values) {
    if (openFacts(key) === undefined) continue;
    if (value === null) known.delete(key);
    else known.set(key, value);
  }
  return { ...requester, derived: known, openFacts: (name) => (values.has(name) ? undefined : openFacts(name)) };
}

/** The requester in a session with policies and tags of its own beside those that the directory fixes (EVAL-8, CTX-11). */
export function inSession(
  facts: RequesterFacts,
  policies: readonly NamedPolicy[],
  tags: readonly Tag[],
): RequesterFacts {
  const { principal, requester, issuerArn, account, accountId } = facts;
  const sessionPolicies = [...(principal.sessionPolicies ?? []), ...policies];
  const limited = { ...principal, sessionPolicies, sessionTags: [...tags, ...(principal.sessionTags ?? [])] };
  return { ...facts, principal: limited, derived: derivedKeys(limited, requester, issuerArn, account, accountId) };
}

/** The directory by the texts that requests use. */
export interface PrincipalIndex {
  readonly principals: ReadonlyMap<string, DirectoryPrincipal>;
  /** Roles by `partition:account:name`, as sessions name them. */
  readonly roles: ReadonlyMap<string, DirectoryPrincipal>;
  readonly accounts: ReadonlyMap<string, AccountFacts>;
}

/** Indexes a set. */
export function indexPrincipals(set: PolicySet): PrincipalIndex {
  const roles = new Map<string, DirectoryPrincipal>();
  for (const principal of set.principals) {
    const arn = principal.kind === "role" ? parseArn(principal.arn) : undefined;
    if (arn === undefined) continue;
    const key = `${arn.partition}:${arn.account}:${arn.rest.slice(arn.rest.lastIndexOf("/") + 1)}`;
    if (!roles.has(key)) roles.set(key, principal);
  }
  return {
    principals: new Map(set.principals.map((principal) => [principal.arn, principal])),
    roles,
    accounts: new Map(set.accounts.map((account) => [account.id, account])),
  };
}

/** The class by which a principal element of an Allow names the requester; undefined if it does not (PRN-2, PRN-15, NPR-1). */
export function classOfElement(
  element: PrincipalElement,
  facts: RequesterFacts,
  profile: PolicySet["profile"],
): MatchClass | undefined {
  if (element.negated) return isExempt(element.entries, facts, profile) ? undefined : "wildcard";
  let best = -1;
  for (const entry of element.entries) {
    const found = classOfEntry(entry, facts, profile);
    if (found !== undefined) best = Math.max(best, matchClasses.indexOf(found));
  }
  return matchClasses[best];
}

function classOfEntry(
  entry: PrincipalEntry,
  facts: RequesterFacts,
  profile: PolicySet["profile"],
): MatchClass | undefined {
  const { principal, requester, issuerArn, isIam } = facts;
  if (namesAccount(entry, facts, profile)) return principal.kind === "root" ? "exact" : "account";
  switch (entry.kind) {
    case "everyone":
      return "wildcard";
    case "service":
      return namesService(entry.name, facts) ? "exact" : undefined;
    case "federated":
      return principal.kind === "provider" && entry.name === principal.arn ? "exact" : undefined;
    case "uniqueId":
      if (!isIam || principal.uniqueId !== entry.id) return undefined;
      if (principal.kind === "user") return entry.id.startsWith("AIDA") ? "exact" : undefined;
      return (principal.kind === "role" || principal.kind === "session") && entry.id.startsWith("AROA")
        ? "issuer"
        : undefined;
    case "user":
    case "role":
    case "session":
    case "federatedUser":
      if (!isIam || requester.kind === "root") return undefined;
      if (principal.kind !== "role" && entry.arn === principal.arn) return "exact";
      return entry.arn === issuerArn && principal.kind !== "user" ? "issuer" : undefined;
    default:
      return undefined;
  }
}

function namesService(name: string, { principal, serviceNames }: RequesterFacts): boolean {
  return principal.kind === "service" && (name === principal.arn || serviceNames?.includes(name) === true);
}

function namesAccount(entry: PrincipalEntry, facts: RequesterFacts, profile: PolicySet["profile"]): boolean {
  const { isIam, accountId, requester, account } = facts;
  if (!isIam) return false;
  if (entry.kind === "canonicalUser")
    return profile === "aws" && account?.canonicalId !== undefined && entry.id === account.canonicalId;
  if (entry.kind !== "account" || entry.account !== accountId) return false;
  return entry.partition === undefined || entry.partition === requester.partition;
}

/** Every link of the chain has to be listed (NPR-2); a boundary takes the exemption away (NPR-3). */
function isExempt(entries: readonly PrincipalEntry[], facts: RequesterFacts, profile: PolicySet["profile"]): boolean {
  const { principal, issuerArn, isIssuedByRoot } = facts;
  if (entries.some(({ kind }) => kind === "everyone")) return !isBound(facts, profile);
  const lists = (arn: string | undefined): boolean =>
    arn !== undefined && entries.some((entry) => "arn" in entry && entry.arn === arn);
  const listsId = entries.some(
    (entry) => entry.kind === "uniqueId" && entry.id === principal.uniqueId && entry.id.startsWith("AIDA"),
  );
  if (isBound(facts, profile)) return false;
  switch (principal.kind) {
    case "service":
      return entries.some((entry) => entry.kind === "service" && namesService(entry.name, facts));
    case "provider":
      return entries.some((entry) => entry.kind === "federated" && entry.name === principal.arn);
    case "anonymous":
      return false;
    default: {
      const listsAccount = entries.some((entry) => namesAccount(entry, facts, profile));
      if (!listsAccount || principal.kind === "root") return listsAccount;
      if (principal.kind === "user") return lists(principal.arn) || listsId;
      if (principal.kind === "role") return lists(principal.arn);
      if (principal.kind === "session") return lists(issuerArn) && lists(principal.arn);
      return (isIssuedByRoot || lists(issuerArn)) && lists(principal.arn);
    }
  }
}

function isBound({ principal, isIam, isServiceLinked }: RequesterFacts, profile: PolicySet["profile"]): boolean {
  const takesBoundary = isIam && principal.kind !== "root" && !isServiceLinked;
  return profile === "aws" && takesBoundary && principal.permissionsBoundary !== undefined;
}

function providerOf(name: string): Requester {
  return { kind: "provider", name };
}

/** Whoever the directory does not know: a session has its role's policies, everybody else none. */
function strangerOf(directory: PrincipalIndex, requester: Requester, text: string): DirectoryPrincipal {
  const { kind, partition, account, name } = requester;
  const role = kind === "session" ? directory.roles.get(`${partition}:${account}:${name}`) : undefined;
  const base = { kind, arn: text, tags: [], identityPolicies: [], ...(account === undefined ? {} : { account }) };
  if (kind !== "session") return base;
  if (role === undefined) return { ...base, issuerArn: `arn:${partition}:iam::${account}:role/${name}` };
  const { trustPolicy: _, ...carried } = role;
  return { ...carried, kind, arn: text, issuerArn: role.arn };
}

/** CTX-3 to CTX-11. Keys in lower case. */
function derivedKeys(
  principal: DirectoryPrincipal,
  requester: Requester,
  issuerArn: string | undefined,
  account: AccountFacts | undefined,
  accountId: string | undefined,
): ReadonlyMap<string, readonly string[]> {
  const keys = new Map<string, readonly string[]>();
  const set = (key: string, value: string | undefined): void => {
    if (value !== undefined) keys.set(key, [value]);
  };
  const { kind, arn, uniqueId, tags, sessionTags = [] } = principal;
  if (kind === "service") {
    set("aws:principaltype", "Service");
    set("aws:principalisawsservice", "true");
    set("aws:principalservicename", arn);
    set("aws:principalservicenameslist", arn);
    return keys;
  }
  if (kind === "anonymous") {
    set("aws:principaltype", "Anonymous");
    set("aws:principalaccount", "anonymous");
    set("aws:userid", "anonymous");
    return keys;
  }
  if (kind === "provider") return keys;
  set("aws:principalarn", kind === "session" ? issuerArn : arn);
  set("aws:principalaccount", accountId);
  set("aws:principaltype", principalTypes[kind]);
  set("aws:principalisawsservice", "false");
  set("aws:principalorgid", account?.organizationId);
  if (account !== undefined && account.organizationPaths.length > 0)
    keys.set("aws:principalorgpaths", account.organizationPaths);
  if (kind === "root") set("aws:userid", accountId);
  if (kind === "user") {
    set("aws:userid", uniqueId);
    set("aws:username", requester.name);
  }
  if (kind === "session" && uniqueId !== undefined) set("aws:userid", `${uniqueId}:${requester.sessionName}`);
  if (kind === "federatedUser") set("aws:userid", `${accountId}:${requester.name}`);
  if (kind !== "root") {
    const given = new Set(sessionTags.map(({ key }) => foldText(key)));
    // Session tags win.
    const own = tags.filter(({ key }) => !given.has(foldText(key)));
    for (const [key, value] of tagKeys("aws:principaltag/", [...sessionTags, ...own])) keys.set(key, [value]);
  }
  return keys;
}

/**
 * Tags as keys: of those that differ only in case the first in code-point order, and each by its own spelling (CTX-11), which
 * `keyNames` finds.
 */
export function tagKeys(prefix: string, tags: readonly Tag[]): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  for (const { key, value } of [...tags].sort((left, right) => compareUtf8(left.key, right.key))) {
    const name = prefix + foldText(key);
    if (!keys.has(name)) keys.set(name, value);
    keys.set(spelt(prefix, key), value);
  }
  return keys;
}

/** Names in lower case have no capital letter: no other key has this name. */
function spelt(prefix: string, key: string): string {
  return `As written: ${prefix}${key}`;
}

const tagPrefixes = ["aws:principaltag/", "aws:resourcetag/"];

/** The name under which a key's value is found: in lower case, unless a tag has exactly this spelling. */
export function keyName(key: string, hasKey: (name: string) => boolean): string {
  const folded = foldText(key);
  const prefix = tagPrefixes.find((one) => folded.startsWith(one));
  if (prefix === undefined) return folded;
  const exact = spelt(prefix, key.slice(prefix.length));
  return hasKey(exact) ? exact : folded;
}

const principalTypes = {
  root: "Account",
  user: "User",
  role: "AssumedRole",
  session: "AssumedRole",
  federatedUser: "FederatedUser",
} as const;
