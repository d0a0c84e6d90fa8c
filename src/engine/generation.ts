/** One published policy set: its memory, what lies where, and who is using it. Immutable once it is published. */
import { HEADER_GENERATION_AT } from "../../assembly/layout.js";
import type { PolicyImage } from "../image/compile.js";
import type { PolicySetCounts } from "../policy/policy-set.js";
import { Caller } from "./caller.js";
import { createMemory, instantiateMatcher, type MatcherModule, type SharedMemory } from "./matcher.js";
import { type CallArea, IMAGE_AT, type MemoryMap, mapMemory, type Region } from "./memory-map.js";
import type { SessionImages } from "./session-images.js";

/** What a publication was called and holds. */
export interface PublishedPolicySet {
  readonly name: string;
  readonly digest: string;
  readonly generation: number;
  readonly imageBytes: number;
  readonly counts: PolicySetCounts;
}

/** How much may be under way at once, and how large it may be. */
export interface GenerationLimits {
  readonly taskRegions: number;
  readonly callAreas: number;
  readonly maxMessageBytes: number;
  readonly maxBatchRequests: number;
}

/** A generation and the means to decide with it. */
export interface Generation {
  readonly published: PublishedPolicySet;
  readonly memory: SharedMemory;
  readonly map: MemoryMap;
  readonly caller: Caller;
  readonly regions: Lease<Region>;
  readonly areas: Lease<CallArea>;
}

/** Things that one user has at a time; whoever finds none free waits in line. */
export class Lease<T> {
  private readonly free: T[];
  private readonly waiting: ((thing: T) => void)[] = [];

  constructor(things: readonly T[]) {
    this.free = [...things];
  }

  /** How many are waiting. */
  get queueLength(): number {
    return this.waiting.length;
  }

  async take(): Promise<T> {
    const thing = this.free.pop();
    if (thing !== undefined) return thing;
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  giveBack(thing: T): void {
    const next = this.waiting.shift();
    if (next === undefined) this.free.push(thing);
    else next(thing);
  }
}

/** Puts an image into a memory of its own. */
export function createGeneration(
  compiled: MatcherModule,
  image: PolicyImage,
  identity: Pick<PublishedPolicySet, "name" | "generation" | "counts">,
  limits: GenerationLimits,
  sessions: SessionImages,
): Generation {
  const scratchLength = measureScratch(compiled, image);
  const map = mapMemory({ imageLength: image.bytes.length, scratchLength, ...limits });
  const memory = createMemory(map.length);
  new Uint8Array(memory.buffer).set(image.bytes, IMAGE_AT);
  new Uint32Array(memory.buffer)[(IMAGE_AT + HEADER_GENERATION_AT) >> 2] = identity.generation;
  return {
    published: { ...identity, digest: image.digest, imageBytes: image.bytes.length },
    memory,
    map,
    caller: new Caller(compiled, memory, sessions),
    regions: new Lease(map.taskRegions),
    areas: new Lease(map.callAreas),
  };
}

/** The matcher says how much scratch an image needs, from its header alone. */
function measureScratch(compiled: MatcherModule, image: PolicyImage): number {
  const header = image.bytes.subarray(0, 256);
  const memory = createMemory(IMAGE_AT + header.length);
  new Uint8Array(memory.buffer).set(header, IMAGE_AT);
  return instantiateMatcher(compiled, memory).scratchLength(IMAGE_AT) >>> 0;
}
