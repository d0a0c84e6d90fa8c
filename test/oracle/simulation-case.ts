// What enters and leaves the oracle: the simulation case (VEC-2, VEC-3) and its decision (section 16).
// Policy documents are `unknown` here; document.ts reads them.

/** A policy document with the name that explanations show (VEC-2). */
export interface NamedDocument {
  readonly name: string;
  readonly document: unknown;
}

/** The policies of one case (VEC-2, IN-4). */
export interface CasePolicies {
  readonly identity?: readonly NamedDocument[];
  /** By group name (VEC-2), or as one list. */
  readonly groups?: Readonly<Record<string, readonly NamedDocument[]>> | readonly NamedDocument[];
  readonly boundary?: unknown;
  /** One document or a list of them. */
  readonly session?: unknown;
  readonly resource?: unknown;
  readonly endpoint?: unknown;
  /** Levels, organization root first. */
  readonly scps?: readonly (readonly unknown[])[];
  readonly rcps?: readonly (readonly unknown[])[];
}

/** The request of one case with the facts that a directory would supply (VEC-3). */
export interface CaseRequest {
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly resourceAccount?: string;
  readonly principalTags?: Readonly<Record<string, unknown>>;
  readonly sessionTags?: Readonly<Record<string, unknown>>;
  readonly resourceTags?: Readonly<Record<string, unknown>>;
  /** Values are lists, or single strings, numbers and booleans (COND-8). */
  readonly context?: Readonly<Record<string, unknown>>;
  readonly sessionPolicies?: readonly unknown[];
  readonly principalIssuerArn?: string;
  readonly principalUniqueId?: string;
  readonly principalCanonicalId?: string;
  readonly principalOrgId?: string;
  readonly principalOrgPaths?: readonly string[];
  readonly resourceOrgId?: string;
  readonly resourceOrgPaths?: readonly string[];
  readonly principalInManagementAccount?: boolean;
  readonly resourceInManagementAccount?: boolean;
  readonly principalIsProvider?: boolean;
  /** SVC-9: the bucket refuses public policies. */
  readonly restrictPublicBuckets?: boolean;
  /** The endpoint's id; only a directory can use it. */
  readonly endpoint?: string;
}

/** Where a resource policy is mandatory by configuration (SVC-1, GEN-6). */
export interface MandatoryResourcePolicy {
  readonly action: string;
  readonly resource: string;
}

/** Whose resources of an own service are (XACC-5). */
export interface OwnerPattern {
  readonly pattern: string;
  readonly account: string;
}

/** What a test vector expects beyond the decision (VEC-1). */
export interface ExpectedDetail {
  readonly blockedBy: readonly string[];
  readonly matched: readonly string[];
  readonly missing: readonly string[];
  readonly allowedByOrganizations: boolean | null;
  readonly allowedByPermissionsBoundary: boolean | null;
}

/** Which of the rules marked [AWS] hold (section 19, GEN-5). */
export type Profile = "aws" | "generic";

/** One question with its own policies (VEC-1). */
export interface SimulationCase {
  readonly id?: string;
  readonly rule?: readonly string[];
  readonly note?: string;
  readonly uncertain?: boolean;
  readonly strict?: string;
  readonly policies: CasePolicies;
  readonly request: CaseRequest;
  readonly whatIf?: boolean;
  readonly profile?: Profile;
  readonly mandatoryResourcePolicies?: readonly MandatoryResourcePolicy[];
  readonly owners?: readonly OwnerPattern[];
  readonly expect?: Decision;
  readonly detail?: ExpectedDetail;
}

/** The answer, spelled as AWS's simulator does (OUT-1). */
export type Decision = "allowed" | "explicitDeny" | "implicitDeny";

/** The policy types, in the order of explanations (OUT-2). */
export const POLICY_TYPES = ["identity", "boundary", "session", "resource", "endpoint", "scp", "rcp"] as const;

/** A policy type (section 0). */
export type PolicyType = (typeof POLICY_TYPES)[number];

/** What one policy type says (section 0). */
export type Verdict = "deny" | "allow" | "silent";

/** One statement that an answer names (OUT-3). */
export interface MatchedStatement {
  readonly policyType: PolicyType;
  readonly policy: string;
  readonly document: number;
  readonly statement: number;
  readonly sid?: string;
}

/** A decision with its explanation (section 16). */
export interface OracleDecision {
  readonly decision: Decision;
  readonly blockedBy: string[];
  readonly matched: MatchedStatement[];
  readonly missingContextKeys: string[];
  /** By policy type, of those that denied or were silent (OUT-13). */
  readonly missingContextKeysByType: Record<string, string[]>;
  readonly allowedByOrganizations: boolean | null;
  readonly allowedByPermissionsBoundary: boolean | null;
  /** Verdicts of the types that bind the requester and have a policy (OUT-7). */
  readonly layers: Record<string, Verdict>;
}
