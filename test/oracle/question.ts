// What every statement is tested against: one request with all its facts settled. Built once in evaluate.ts.
import type { RequestContext } from "./request-context.js";
import type { Requester } from "./requester.js";
import type { MandatoryResourcePolicy, Profile } from "./simulation-case.js";

/** One request, ready to be decided (IN-1). */
export interface Question {
  readonly profile: Profile;
  readonly requester: Requester;
  readonly action: string;
  readonly resource: string;
  /** The account that owns the resource (XACC-5). */
  readonly ownerAccount: string;
  readonly context: RequestContext;
  /** AIDA or AROA id of the user or role (PRN-10). */
  readonly uniqueId: string | undefined;
  /** Canonical id of the requester's account (PRN-11). */
  readonly canonicalId: string | undefined;
  /** A boundary binds the requester (NPR-3). */
  readonly hasBoundary: boolean;
  /** SVC-9. */
  readonly restrictPublicBuckets: boolean;
  /** GEN-6. */
  readonly mandatoryResourcePolicies: readonly MandatoryResourcePolicy[];
}
