/**
 * What files declare, before any reference between them is resolved. Readers of every format fill
 * one `Declarations`; the linker turns it into a `PolicySet`.
 */

import type { Sha256 } from "../../text/platform.js";
import type { Tag } from "../../text/tag.js";
import type { Reference, TreePlace } from "../../text/tree-place.js";
import type { PolicyDocument } from "../document/document.js";
import type { OwnerPattern } from "../owner-patterns.js";
import type {
  AccountPolicies,
  CarriedPolicies,
  MandatoryResourcePolicy,
  NamedPolicy,
  PolicySet,
} from "../policy-set.js";
import type { Requester } from "../requester.js";

/** A policy attached by ARN or name, or written where it is attached. */
export type PolicyReference =
  | { readonly kind: "named"; readonly text: string; readonly place: TreePlace }
  | { readonly kind: "inline"; readonly policy: NamedPolicy };

/** A managed policy. */
export interface PolicyDeclaration {
  readonly place: TreePlace;
  readonly arn: string | undefined;
  readonly name: string;
  readonly policy: NamedPolicy;
  /** AWS exports: a managed policy of IAM, so an identity policy even when nothing attaches it. */
  readonly isIdentityPolicy: boolean;
}

/** A group and its policies. */
export interface GroupDeclaration {
  readonly place: TreePlace;
  readonly arn: string;
  readonly account: string;
  readonly name: string;
  readonly managedPolicies: readonly PolicyReference[];
  readonly inlinePolicies: readonly NamedPolicy[];
}

/** A user or a role. */
export interface EntityDeclaration {
  readonly place: TreePlace;
  readonly arn: string;
  readonly requester: Requester;
  readonly uniqueId: string | undefined;
  readonly tags: readonly Tag[];
  readonly groups: readonly Reference[];
  readonly managedPolicies: readonly PolicyReference[];
  readonly inlinePolicies: readonly NamedPolicy[];
  /** By the members of a policy set's principals. */
  readonly carried: { readonly [Member in keyof CarriedPolicies]: Reference | undefined };
  readonly trustPolicy: NamedPolicy | undefined;
}

/** A federated user, who carries the policies of the issuing user (EVAL-3). */
export interface FederatedUserDeclaration {
  readonly place: TreePlace;
  readonly arn: string;
  readonly requester: Requester;
  readonly issuer: Reference;
  readonly sessionTags: readonly Tag[];
}

/** A resource or a subtree of resources. */
export interface ResourceDeclaration {
  readonly place: TreePlace;
  readonly arn: string;
  readonly account: string | undefined;
  readonly tags: readonly Tag[];
  readonly policy: NamedPolicy | undefined;
  readonly restrictPublicBuckets: boolean;
}

/** A pattern with the account that owns what matches it. */
export interface OwnerDeclaration extends OwnerPattern {
  readonly place: TreePlace;
}

/** A VPC endpoint. */
export interface EndpointDeclaration {
  readonly place: TreePlace;
  readonly id: string;
  readonly account: string | undefined;
  readonly vpc: string | undefined;
  readonly policy: NamedPolicy | undefined;
}

/** Policies of organizations at one node or account. */
export interface ControlPolicies {
  readonly place: TreePlace;
  readonly id: string;
  /** By the member that has them; an absent list is not an empty one. */
  readonly controlPolicies: ReadonlyMap<keyof AccountPolicies, readonly PolicyReference[]>;
}

/** An account, with what is attached to the account itself. */
export interface AccountDeclaration extends ControlPolicies {
  readonly canonicalId: string | undefined;
}

/** The root or a unit of an organization. */
export interface OrganizationNode extends ControlPolicies {
  readonly accounts: readonly Reference[];
  readonly units: readonly OrganizationNode[];
}

/** An organization and its tree. */
export interface OrganizationDeclaration {
  readonly place: TreePlace;
  readonly id: string;
  readonly managementAccount: Reference | undefined;
  readonly root: OrganizationNode;
}

/** Everything that the files of one set declare, in the order of the files. */
export interface Declarations {
  readonly profile: PolicySet["profile"];
  /** What documents and the set are digested with. */
  readonly sha256: Sha256;
  readonly policies: PolicyDeclaration[];
  readonly users: EntityDeclaration[];
  readonly groups: GroupDeclaration[];
  readonly roles: EntityDeclaration[];
  readonly federatedUsers: FederatedUserDeclaration[];
  readonly resources: ResourceDeclaration[];
  readonly endpoints: EndpointDeclaration[];
  readonly accounts: AccountDeclaration[];
  readonly organizations: OrganizationDeclaration[];
  readonly mandatoryResourcePolicies: MandatoryResourcePolicy[];
  readonly owners: OwnerDeclaration[];
  /** Pages of AWS exports and whose they are, empty if they do not say; the one that says that more follow is never the last. */
  readonly pages: { readonly place: TreePlace; readonly isTruncated: boolean; readonly account: string }[];
  /** Every document that was parsed, for the counts, with its digest. */
  readonly documents: Map<PolicyDocument, string>;
}

/** Declarations of a set of no files. */
export function emptyDeclarations(profile: PolicySet["profile"], sha256: Sha256): Declarations {
  return {
    profile,
    sha256,
    policies: [],
    users: [],
    groups: [],
    roles: [],
    federatedUsers: [],
    resources: [],
    endpoints: [],
    accounts: [],
    organizations: [],
    mandatoryResourcePolicies: [],
    owners: [],
    pages: [],
    documents: new Map(),
  };
}
