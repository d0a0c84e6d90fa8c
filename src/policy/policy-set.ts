/**
 * A policy set: documents plus attachments plus the directory facts a decision needs, with every
 * reference resolved. This is what readers of files produce and what the image compiler consumes.
 */
import type { ControlType, PolicyType } from "../question/layers.js";
import type { Tag } from "../text/tag.js";
import type { PolicyDocument, Statement } from "./document/document.js";
import type { OwnerPattern } from "./owner-patterns.js";

/** A document under the name that answers show (OUT-3): an ARN for managed policies, else the given name. */
export interface NamedPolicy {
  readonly name: string;
  readonly document: PolicyDocument;
  /** Inline policies: what they stand in. Decisions do not depend on it. */
  readonly owner?: PolicyOwner;
}

/** The user, group or role that an inline policy stands in, by its name without path. */
export interface PolicyOwner {
  readonly kind: "user" | "group" | "role";
  readonly name: string;
}

/** The policies that bind an account: levels from the root down to the account; absent means that no such policy binds (SCP-1). */
export interface AccountPolicies {
  readonly serviceControlPolicies?: PolicyLevels;
  /** The implicit full access of RCP-1 is not listed. */
  readonly resourceControlPolicies?: PolicyLevels;
}

/** Policies of an organization's nodes, root first. */
export type PolicyLevels = readonly (readonly NamedPolicy[])[];

/** The policies that a requester carries (EVAL-3). */
export interface PrincipalPolicies {
  /** Own policies first, then those of the groups in order; one pool (EVAL-7). */
  readonly identityPolicies: readonly NamedPolicy[];
  readonly permissionsBoundary?: NamedPolicy;
  /** Session policies that the directory fixes (simulation cases); others come with the request. */
  readonly sessionPolicies?: readonly NamedPolicy[];
  /** Roles only: who may assume it (SVC-4). */
  readonly trustPolicy?: NamedPolicy;
}

// In the order of digests.
const accountPolicyTypes = {
  serviceControlPolicies: "scp",
  resourceControlPolicies: "rcp",
} as const satisfies Readonly<Record<keyof AccountPolicies, ControlType>>;

/** Each names one policy that a user or a role carries. Files have members of the same names, cases those of the types. */
const carriedPolicyTypes = {
  permissionsBoundary: "boundary",
} as const satisfies Partial<Readonly<Record<keyof PrincipalPolicies, PolicyType>>>;

const principalPolicyTypes = {
  identityPolicies: "identity",
  ...carriedPolicyTypes,
  sessionPolicies: "session",
  trustPolicy: "trust",
} as const satisfies Readonly<Record<keyof PrincipalPolicies, PolicyType>>;

/** A type of policies that requesters have. */
export type PrincipalPolicyType = (typeof principalPolicyTypes)[keyof PrincipalPolicies];

/** The members of an account that hold policies, each with their type. Files have members of the same names. */
export const accountPolicyMembers: readonly (readonly [keyof AccountPolicies, ControlType])[] =
  entriesOf(accountPolicyTypes);

/** What a user or a role carries by one reference each, and whoever acts as it. */
export type CarriedPolicies = { readonly [Member in keyof typeof carriedPolicyTypes]?: NamedPolicy };

/** Its members, each with their type. */
export const carriedPolicyMembers: readonly (readonly [keyof CarriedPolicies, PolicyType])[] =
  entriesOf(carriedPolicyTypes);

/** What of it there is; a policy that cannot be found is not carried, and was reported. */
export function carriedPolicies(
  find: (member: keyof CarriedPolicies, type: PolicyType) => NamedPolicy | undefined,
): CarriedPolicies {
  return Object.fromEntries(
    carriedPolicyMembers.flatMap(([member, type]) => {
      const policy = find(member, type);
      return policy === undefined ? [] : [[member, policy] as const];
    }),
  );
}

/** The members of a requester that hold policies, each with their type. */
export const principalPolicyMembers: readonly (readonly [keyof PrincipalPolicies, PrincipalPolicyType])[] =
  entriesOf(principalPolicyTypes);

/** What binds a requester because it carries it, type by type (EVAL-3): a trust policy is about who becomes it. */
export function bindingPolicies(
  principal: PrincipalPolicies,
): readonly (readonly [type: PolicyType, policies: readonly NamedPolicy[]])[] {
  return principalPolicyMembers.flatMap(([member, type]) =>
    type === "trust" ? [] : [[type, listOf(principal[member])] as const],
  );
}

/** The same requester with nothing that binds it but a policy of this type, if it is one of a requester's. */
export function bearing(principal: DirectoryPrincipal, type: PolicyType, policy: NamedPolicy): DirectoryPrincipal {
  const { sessionPolicies: _, ...rest } = principal;
  const bare: { -readonly [Member in keyof DirectoryPrincipal]: DirectoryPrincipal[Member] } = rest;
  bare.identityPolicies = type === "identity" ? [policy] : [];
  if (type === "session") bare.sessionPolicies = [policy];
  for (const [member, carried] of carriedPolicyMembers) {
    if (carried === type) bare[member] = policy;
    else delete bare[member];
  }
  return bare;
}

/** What the directory knows about an account (IN-4, XACC-3, CTX-8). */
export interface AccountFacts extends AccountPolicies {
  readonly id: string;
  readonly canonicalId?: string;
  readonly organizationId?: string;
  /** `o-id/r-id/ou-a/` with a trailing slash (CTX-9). One element in practice; empty outside organizations. */
  readonly organizationPaths: readonly string[];
  readonly isManagementAccount: boolean;
}

/** The kinds of requester (IN-2). */
export const principalKinds = [
  "root",
  "user",
  "role",
  "session",
  "federatedUser",
  "service",
  "provider",
  "anonymous",
] as const;

/** One of them. */
export type PrincipalKind = (typeof principalKinds)[number];

/** A requester that the directory knows (IN-2), with the policies its issuer carries (EVAL-3). */
export interface DirectoryPrincipal extends PrincipalPolicies {
  readonly kind: PrincipalKind;
  /** The exact text by which a request names it. */
  readonly arn: string;
  /** Absent for services, providers and anonymous callers. */
  readonly account?: string;
  /** Facts of that account when they differ from the set's `accounts` (simulation cases); else looked up by id. */
  readonly accountFacts?: AccountFacts;
  /** Session: the role's ARN with path. Federated user: the issuing user's (or root's) ARN. */
  readonly issuerArn?: string;
  /** `AIDA…` or `AROA…` of the user or role behind the requester (PRN-10, CTX-7). */
  readonly uniqueId?: string;
  /** The issuer's tags. */
  readonly tags: readonly Tag[];
  readonly sessionTags?: readonly Tag[];
}

/** A group with what it gives its members. It never asks. */
export interface DirectoryGroup {
  readonly arn: string;
  readonly identityPolicies: readonly NamedPolicy[];
  /** The ARNs of its users; absent where nobody told. */
  readonly members?: readonly string[];
}

/** A resource, or a subtree of resources, that the directory knows. */
export interface DirectoryResource {
  /** Covers the ARN itself and everything below it (`…/`, `…:`); the longest match wins. */
  readonly arn: string;
  readonly account?: string;
  readonly accountFacts?: AccountFacts;
  readonly tags: readonly Tag[];
  readonly policy?: NamedPolicy;
  /** SVC-9. */
  readonly restrictPublicBuckets: boolean;
}

/** A VPC endpoint and its policy (VPCE-1). */
export interface DirectoryEndpoint {
  readonly id: string;
  readonly account?: string;
  readonly vpc?: string;
  readonly policy?: NamedPolicy;
}

/** GEN-6: requests that match both patterns need a grant by the resource policy (SVC-1). */
export interface MandatoryResourcePolicy {
  readonly action: string;
  readonly resource: string;
}

/** Everything a decision may depend on besides the request and the clock (EVAL-11). */
export interface PolicySet {
  /** `sha256:` and 64 hex digits over the canonical content; equal digests decide alike. */
  readonly digest: string;
  /** Section 19: `generic` switches the rules marked [AWS] off. */
  readonly profile: "aws" | "generic";
  readonly accounts: readonly AccountFacts[];
  readonly principals: readonly DirectoryPrincipal[];
  /** For simulations of a group; decisions read the policies of members. */
  readonly groups?: readonly DirectoryGroup[];
  readonly resources: readonly DirectoryResource[];
  readonly endpoints: readonly DirectoryEndpoint[];
  readonly mandatoryResourcePolicies: readonly MandatoryResourcePolicy[];
  /** Whose resources are that `resources` names no owner of, the most specific pattern first (XACC-5). */
  readonly owners: readonly OwnerPattern[];
  /** Numbers for `inspect` and the ready line. */
  readonly counts: PolicySetCounts;
}

/** How much a policy set holds. */
export interface PolicySetCounts {
  readonly accounts: number;
  readonly users: number;
  readonly groups: number;
  readonly roles: number;
  /** Managed policies in the directory, whether attached or not. */
  readonly policies: number;
  readonly documents: number;
  readonly statements: number;
  readonly resources: number;
  readonly endpoints: number;
  /** Patterns that say who owns what. */
  readonly owners: number;
}

/** Of a set that holds nothing, or whose numbers nobody asks for. */
export const noCounts: PolicySetCounts = {
  accounts: 0,
  users: 0,
  groups: 0,
  roles: 0,
  policies: 0,
  documents: 0,
  statements: 0,
  resources: 0,
  endpoints: 0,
  owners: 0,
};

/** Visits every policy that something in the set is attached to, with its type and, of a resource policy, the resource. */
export function forEachAttached(
  {
    accounts,
    principals,
    resources,
    endpoints,
  }: Pick<PolicySet, "accounts" | "principals" | "resources" | "endpoints">,
  visit: (policy: NamedPolicy, type: PolicyType, resource?: DirectoryResource) => void,
): void {
  const facts = new Set(accounts);
  for (const { accountFacts } of principals) if (accountFacts !== undefined) facts.add(accountFacts);
  for (const { accountFacts } of resources) if (accountFacts !== undefined) facts.add(accountFacts);
  for (const account of facts) {
    for (const [member, type] of accountPolicyMembers) {
      for (const level of account[member] ?? []) for (const policy of level) visit(policy, type);
    }
  }
  for (const principal of principals) {
    for (const [member, type] of principalPolicyMembers) {
      for (const policy of listOf(principal[member])) visit(policy, type);
    }
  }
  for (const resource of resources) if (resource.policy !== undefined) visit(resource.policy, "resource", resource);
  for (const { policy } of endpoints) if (policy !== undefined) visit(policy, "endpoint");
}

const statementMemo = new WeakMap<PolicySet, readonly Statement[]>();

/** Every statement that something in the set is attached to, once; found once a set. */
export function attachedStatements(set: PolicySet): readonly Statement[] {
  const known = statementMemo.get(set);
  if (known !== undefined) return known;
  const documents = new Set<PolicyDocument>();
  forEachAttached(set, ({ document }) => documents.add(document));
  const statements = [...documents].flatMap((document) => document.statements);
  const found = [...new Set(statements)];
  statementMemo.set(set, found);
  return found;
}

function listOf(policies: NamedPolicy | readonly NamedPolicy[] | undefined): readonly NamedPolicy[] {
  if (policies === undefined) return [];
  return "document" in policies ? [policies] : policies;
}

function entriesOf<Name extends string, Value>(
  table: Readonly<Record<Name, Value>>,
): readonly (readonly [Name, Value])[] {
  const entries: (readonly [Name, Value])[] = [];
  for (const name in table) entries.push([name, table[name]]);
  return entries;
}
