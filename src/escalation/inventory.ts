/** What the policy set does not tell and somebody else does: which resource holds which role, which versions of a policy are not in force. */
import type { PolicyDocument } from "../policy/document/document.js";

/** Resources of one type in one account. */
export interface Holders {
  /** ARNs of resources, by the role that they hold. */
  readonly byRole: ReadonlyMap<string, readonly string[]>;
  /** False: there may be others, or some hold what nobody knows. */
  readonly isWhole: boolean;
}

/** A version of a managed policy that is not in force. */
export interface PolicyVersion {
  readonly id: string;
  readonly document: PolicyDocument;
}

/** Undefined stands for what nobody told, which is not the same as nothing. */
export interface Inventory {
  /** `type` as AWS Config names it. */
  holders(type: string, account: string): Holders | undefined;
  /** By the ARN of a policy; all of them. */
  versions(policy: string): readonly PolicyVersion[] | undefined;
}

/** Nobody told anything. */
export const nothingTold: Inventory = { holders: () => undefined, versions: () => undefined };
