/** Everything that is made of a policy set once: its image, what it names, and the set itself where it is wanted later. */
import type { PolicySet, PolicySetCounts } from "../policy/policy-set.js";
import { type SampleQuestion, sampleQuestions } from "../policy/sample-questions.js";
import type { Deflate } from "../text/platform.js";
import { compileImage } from "./compile.js";
import { encodePolicySet } from "./policy-set-archive.js";
import { encodeListing } from "./policy-set-listing.js";

/** What is made of a policy set beside its image. */
export interface CompilationTerms {
  /** Whether the set is kept beside its image, for simulations over it. Default false. */
  readonly keepsArchive?: boolean;
  /** Whether nothing is made but the image, and that without the digest. Default false. */
  readonly isBare?: boolean;
}

/** A compiled policy set: facts and bytes, which travel between processes. */
export interface CompiledPolicySet {
  readonly digest: string;
  readonly image: Uint8Array;
  readonly counts: PolicySetCounts;
  readonly principalCount: number;
  /** Questions that are worth asking first. */
  readonly samples: readonly SampleQuestion[];
  /** What the set names; `decodeListing` reads it. */
  readonly listing: Uint8Array;
  /** The set itself; `PolicySetArchive` reads it. */
  readonly archive: Uint8Array | undefined;
}

/** Compiles a policy set. */
export function compilePolicySet(
  policySet: PolicySet,
  { keepsArchive = false, isBare = false }: CompilationTerms,
  deflate: Deflate,
): CompiledPolicySet {
  const { bytes, digest, survey } = compileImage(policySet, isBare ? "" : policySet.digest);
  return {
    digest,
    image: bytes,
    counts: policySet.counts,
    principalCount: policySet.principals.length,
    samples: isBare ? [] : sampleQuestions(policySet),
    listing: isBare ? new Uint8Array() : encodeListing(policySet, survey),
    archive: keepsArchive ? encodePolicySet(policySet, deflate) : undefined,
  };
}
