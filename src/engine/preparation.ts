/**
 * From a policy set to a memory that matchers decide over: everything that takes long about publishing. Runs on any thread;
 * what comes out travels between threads without a copy.
 */
import type { MatcherFlavour } from "../artifacts.js";
import { compileImage, type PolicyImage } from "../image/compile.js";
import type { PolicySet, PolicySetCounts } from "../policy/policy-set.js";
import { type SampleQuestion, sampleQuestions } from "../policy/sample-questions.js";
import { createMemory, instantiateMatcher, loadMatcher, type SharedMemory } from "./matcher.js";
import { IMAGE_AT, type MemoryMap, mapMemory } from "./memory-map.js";
import { encodePolicySet } from "./policy-set-archive.js";
import { encodeListing } from "./policy-set-listing.js";

/** What an engine needs of every memory; plain data. */
export interface PreparationTerms {
  readonly flavour: MatcherFlavour;
  readonly taskRegions: number;
  readonly callAreas: number;
  readonly maxMessageBytes: number;
  readonly maxBatchRequests: number;
  /** Whether the set is kept beside its image, for simulations over it. Default false. */
  readonly keepsArchive?: boolean;
}

/** A compiled policy set in a memory of its own; an engine puts it in force under a name. */
export interface PreparedPolicySet {
  readonly digest: string;
  readonly imageBytes: number;
  readonly counts: PolicySetCounts;
  readonly principalCount: number;
  /** Questions that are worth asking first. */
  readonly samples: readonly SampleQuestion[];
  /** What the set names; `decodeListing` reads it. */
  readonly listing: Uint8Array;
  /** The set itself; `PolicySetArchive` reads it. */
  readonly archive: Uint8Array | undefined;
  readonly memory: SharedMemory;
  readonly map: MemoryMap;
}

/** Compiles a policy set into a memory. */
export function preparePolicySet(policySet: PolicySet, terms: PreparationTerms): PreparedPolicySet {
  const image = compileImage(policySet);
  return {
    ...prepareImage(image, terms),
    counts: policySet.counts,
    principalCount: policySet.principals.length,
    samples: sampleQuestions(policySet),
    listing: encodeListing(policySet, image.survey),
    archive: terms.keepsArchive === true ? encodePolicySet(policySet) : undefined,
  };
}

/** Puts an image into a memory of its own. */
export function prepareImage(
  image: Pick<PolicyImage, "bytes" | "digest">,
  terms: PreparationTerms,
): Pick<PreparedPolicySet, "digest" | "imageBytes" | "memory" | "map"> {
  const scratchLength = measureScratch(image, terms.flavour);
  const map = mapMemory({ imageLength: image.bytes.length, scratchLength, ...terms });
  const memory = createMemory(map.length);
  new Uint8Array(memory.buffer).set(image.bytes, IMAGE_AT);
  return { digest: image.digest, imageBytes: image.bytes.length, memory, map };
}

/** The matcher says how much scratch an image needs, from its header alone. */
function measureScratch(image: Pick<PolicyImage, "bytes">, flavour: MatcherFlavour): number {
  const header = image.bytes.subarray(0, 256);
  const memory = createMemory(IMAGE_AT + header.length);
  new Uint8Array(memory.buffer).set(header, IMAGE_AT);
  return instantiateMatcher(loadMatcher(flavour), memory).scratchLength(IMAGE_AT) >>> 0;
}
