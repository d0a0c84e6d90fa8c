/**
 * From a policy set to a memory that matchers decide over: everything that takes long about publishing. Compiling gives bytes, which
 * may come from another process; what is made of them travels between threads without a copy.
 */
import { HeaderFields } from "../../assembly/format/records.js";
import type { MatcherFlavour } from "../artifacts.js";
import { nodePlatform } from "../files/node-platform.js";
import { type CompilationTerms, type CompiledPolicySet, compilePolicySet } from "../image/compile-policy-set.js";
import type { PolicySet } from "../policy/policy-set.js";
import { loadMatcher } from "./load-matcher.js";
import { createMemory, instantiateMatcher, type MatcherExports, type SharedMemory } from "./matcher.js";
import { IMAGE_AT, type MemoryMap, mapMemory } from "./memory-map.js";

/** What an engine needs of every memory; plain data. */
export interface PreparationTerms extends CompilationTerms {
  readonly flavour: MatcherFlavour;
  readonly taskRegions: number;
  readonly callAreas: number;
  readonly sharedAreas?: number;
  readonly maxMessageBytes: number;
  readonly maxBatchRequests: number;
}

/** A compiled policy set in a memory of its own; an engine puts it in force under a name. Its bytes are shared between threads. */
export interface PreparedPolicySet extends Omit<CompiledPolicySet, "image"> {
  readonly imageBytes: number;
  readonly memory: SharedMemory;
  readonly map: MemoryMap;
}

/** Compiles a policy set into a memory. */
export function preparePolicySet(policySet: PolicySet, terms: PreparationTerms): PreparedPolicySet {
  return placePolicySet(compilePolicySet(policySet, terms, nodePlatform.deflate), terms);
}

/** Puts a compiled policy set into a memory of its own. */
export function placePolicySet(compiled: CompiledPolicySet, terms: PreparationTerms): PreparedPolicySet {
  const { image, ...facts } = compiled;
  const scratchLength = measureScratch(image, terms.flavour);
  const map = mapMemory({ imageLength: image.length, scratchLength, ...terms });
  const memory = createMemory(map.length);
  new Uint8Array(memory.buffer).set(image, IMAGE_AT);
  const { listing, archive } = facts;
  return {
    ...facts,
    listing: shared(listing),
    archive: archive && shared(archive),
    imageBytes: image.length,
    memory,
    map,
  };
}

/** So much of an image is looked at. */
const HEADER_BYTES = HeaderFields.size;
/** What measures: an instance a build, since making one takes as long as compiling a small set. */
const measuring = new Map<MatcherFlavour, { readonly header: Uint8Array; readonly matcher: MatcherExports }>();

/** The matcher says how much scratch an image needs, from its header alone. */
function measureScratch(image: Uint8Array, flavour: MatcherFlavour): number {
  let found = measuring.get(flavour);
  if (found === undefined) {
    const memory = createMemory(IMAGE_AT + HEADER_BYTES);
    const header = new Uint8Array(memory.buffer, IMAGE_AT, HEADER_BYTES);
    found = { header, matcher: instantiateMatcher(loadMatcher(flavour), memory) };
    measuring.set(flavour, found);
  }
  found.header.set(image.subarray(0, HEADER_BYTES));
  return found.matcher.scratchLength(IMAGE_AT) >>> 0;
}

/** Bytes that threads share: a clone would hold the front end up. */
function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}
