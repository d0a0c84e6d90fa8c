/** The JSON shape of an answer, as every surface but gRPC gives it. */

/** Which policy set decided; equal digests decide alike. */
export interface PolicySetVersion {
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  /** Counts the sets that the server has published. */
  readonly generation: number;
}

/** A statement that an answer names (OUT-3). */
export interface MatchedStatement {
  readonly policyType: string;
  readonly policy: string;
  readonly statement: number;
  readonly sid?: string;
  readonly effect: "Allow" | "Deny";
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** With an explanation, of a service control policy: the root, organizational unit or account that it is attached to. */
  readonly attachedTo?: string;
}

/** Why one statement did or did not apply (OUT-7). */
export interface StatementExplanation {
  readonly statement: MatchedStatement;
  readonly applies: boolean;
  readonly failedElement?: string;
  readonly operator?: string;
  readonly key?: string;
  readonly requestValues?: readonly string[];
  readonly keyMissing?: boolean;
  /** What the condition wanted: its first values, at most 20, in the order of the policy. */
  readonly wantedValues?: readonly WantedValue[];
  /** How many it has besides. */
  readonly moreWantedValues?: number;
}

/** A value of a policy's condition. */
export interface WantedValue {
  /** As the policy has it. */
  readonly written: string;
  /** With its variables filled in; absent where it has none, or one that has no value for this request. */
  readonly filled?: string;
}

/** The accounts of a question across accounts. */
export interface CrossAccount {
  /** That of the principal's ARN. */
  readonly principalAccount: string;
  readonly resourceAccount: string;
  /** Who says whose the resource is: the question, an entry of `resources`, a pattern of `owners`, or the resource's ARN. */
  readonly resourceAccountFrom: string;
  /** The entry's ARN, or the pattern. */
  readonly namedBy?: string;
}

/** What a request can be decided as (OUT-1). */
export const decisions = ["allowed", "explicitDeny", "implicitDeny"] as const;

/** A decided request. */
export interface Decision {
  readonly decision: (typeof decisions)[number];
  readonly allowed: boolean;
  readonly blockedBy: readonly string[];
  readonly matchedStatements: readonly MatchedStatement[];
  readonly missingContextKeys: readonly string[];
  /** By policy type: what each that denied or was silent asked for and the request lacked; left out if there is nothing (OUT-13). */
  readonly missingContextKeysByType?: Readonly<Record<string, readonly string[]>>;
  readonly unknownPrincipal: boolean;
  readonly policySet: PolicySetVersion;
  readonly allowedByOrganizations?: boolean;
  readonly allowedByPermissionsBoundary?: boolean;
  readonly layers?: readonly { readonly policyType: string; readonly verdict: string }[];
  readonly statements?: readonly StatementExplanation[];
  readonly message?: string;
  /** With an explanation, where requester and owner are of different accounts: both sides have to allow (XACC-1). */
  readonly crossAccount?: CrossAccount;
}

/** A request that could not be decided; never an allow. */
export interface DecisionError {
  readonly error: string;
}
