/** What an assertion says: a claim about all requests of a scope. */
import type { Region } from "../audit/region.js";
import type { SourcePosition } from "../text/finding.js";

/** What is claimed. */
export const claims = ["never", "always", "notGranted", "notPublic", "noNewAccess", "equivalent"] as const;

/** One of them. */
export type ClaimName = (typeof claims)[number];

/** Outside of what: of the organizations of the policy set, or of the account that owns the resource. */
export const zones = ["organization", "account"] as const;

/** One of them. */
export type Zone = (typeof zones)[number];

/** Whom an assertion is about: all of these at once. */
export interface PrincipalChoice {
  /** Texts or patterns, any of them; who is not in the policy set counts, too. */
  readonly patterns?: readonly string[];
  /** Whoever belongs to this account. */
  readonly account?: string;
  /** Whoever does not belong there; services of AWS belong nowhere and are left out. */
  readonly outside?: Zone;
  /** Requests without a signature only. */
  readonly isAnonymous?: boolean;
  /** Not these. */
  readonly except?: PrincipalChoice;
}

/** Everybody: the directory's principals and whoever else could ask. */
export const everyone: PrincipalChoice = {};

/** The requests that a claim is about; what is not named is open. */
export interface Scope extends Pick<Region, "actions" | "resources" | "context" | "without" | "closed"> {
  readonly principals: PrincipalChoice;
}

/** A claim with what it needs. */
export type Claim =
  | { readonly kind: "never" | "always" | "notGranted" | "notPublic" }
  /** `path`: the policy set that is compared with, beside the file of the assertion or absolute. */
  | { readonly kind: "noNewAccess" | "equivalent"; readonly path: string };

/** One assertion of a file. */
export interface Assertion {
  readonly id: string;
  readonly why?: string;
  readonly place: SourcePosition;
  readonly claim: Claim;
  readonly scope: Scope;
  /** Where it says `outside: organization`, if it does: the policy set must have one. */
  readonly organizationAt?: SourcePosition;
}
