/**
 * One way to become somebody else or an administrator, as data: which requests have to be allowed, on what, and what has to be so beside
 * them. A request's target is the request's own resource, never "all others".
 */

/** What a request is about. */
export type StepPlace =
  /** Whoever asks. */
  | "self"
  /** The principal, the group, the policy or the provider that the row is tried with. */
  | "target"
  /** A managed policy of the target. */
  | "policy"
  /** Whatever the action is about, in the asker's account: something new, or something that is there. */
  | "any";

/** One request that has to be allowed. */
export interface RowStep {
  readonly action: string;
  readonly on: StepPlace;
  /** Values that the request carries. */
  readonly context?: Readonly<Record<string, string>>;
  /** Of `any`: the catalogue's type of the resource where an action has several that all have to be allowed. */
  readonly type?: string;
}

/** Which targets a row is tried with. */
export type RowTargets =
  /** Who asks, as a user or as a role. */
  | "self user"
  | "self role"
  /** Groups that who asks is in, or is not in. */
  | "own group"
  | "other group"
  /** Customer managed policies that who asks carries. */
  | "own policy"
  /** Other users, other roles, roles of every account that the set knows. */
  | "user"
  | "role"
  | "any role"
  /** Roles that trust an identity provider. */
  | "provider"
  /** Roles of IAM Identity Center. */
  | "sso role"
  /** Roots of other accounts of the organization. */
  | "account root"
  /** Data of a service. */
  | "data";

/** What is so once the requests were made; undefined: who asks acts as the target. */
export type RowChange =
  /** The target has every permission that boundary, SCPs and its own denials leave. */
  | "raised"
  /** Another version of the policy is in force; the same as `raised` where nobody told its versions. */
  | "version"
  /** The same without a boundary. */
  | "unbounded"
  /** No service control policy binds any more. */
  | "free"
  /** Who asks is in the group. */
  | "joined"
  /** The role's trust policy names who asks. */
  | "trusting";

/** A way. */
export interface Row {
  /** Stable. */
  readonly id: string;
  /** What is done, for a sentence: `writes a policy into itself`. */
  readonly does: string;
  readonly targets: RowTargets;
  readonly steps: readonly RowStep[];
  readonly change?: RowChange;
  /** The service that has to be trusted by the role, and that it is passed to. */
  readonly service?: string;
  /** With `service`: `iam:PassRole` on the role is needed too. */
  readonly passes?: boolean;
  /** What the policy set does not tell and has to be so. */
  readonly supposes?: string;
  /** With `service`: the type of what is there and runs as the role, as AWS Config names it; an inventory may know all of them. */
  readonly holder?: string;
  /** With `holder`: what has to be so still, where an inventory says what holds the role. */
  readonly supposesOfHolder?: string;
  /** Why it is less than becoming the target: such edges stand by themselves, no chain uses them. */
  readonly limited?: string;
}
