/** One published policy set: its memory, what lies where, and who is using it. Immutable once it is published. */
import { HeaderFields } from "../../assembly/format/records.js";
import { ballastFor } from "../node-workarounds/ballast.js";
import type { PolicySetCounts } from "../policy/policy-set.js";
import type { SampleQuestion } from "../policy/sample-questions.js";
import { Lease } from "./lease.js";
import type { MatcherModule, SharedMemory } from "./matcher.js";
import { MatcherSession } from "./matcher-session.js";
import { type CallArea, IMAGE_AT, type MemoryMap, type Region } from "./memory-map.js";
import type { PreparedPolicySet } from "./preparation.js";
import type { SessionImages } from "./session-images.js";

/** What a publication was called and holds. */
export interface PublishedPolicySet {
  readonly name: string;
  readonly digest: string;
  readonly generation: number;
  readonly imageBytes: number;
  readonly counts: PolicySetCounts;
  readonly principalCount: number;
  /** Questions that are worth asking first. */
  readonly samples: readonly SampleQuestion[];
  /** What the set names; `decodeListing` reads it. */
  readonly listing: Uint8Array;
  /** The set itself, where the engine keeps it; `PolicySetArchive` reads it. */
  readonly archive: Uint8Array | undefined;
}

/** A generation and the means to decide with it. */
export interface Generation {
  readonly published: PublishedPolicySet;
  readonly memory: SharedMemory;
  readonly map: MemoryMap;
  readonly session: MatcherSession;
  readonly regions: Lease<Region>;
  readonly areas: Lease<CallArea>;
  readonly sharedAreas: Lease<CallArea>;
  readonly ballast: ArrayBuffer;
  /** When it was last asked, in milliseconds since 1970: tells which of many sets may be let go. */
  usedAtMs: number;
}

/** What the image of a generation takes. */
export function imageBytesOf(memory: SharedMemory): number {
  return new Uint32Array(memory.buffer)[(IMAGE_AT + HeaderFields.length) >> 2] ?? 0;
}

/** Takes a prepared memory over; the image learns which generation it is. `isBrief`: it is soon replaced, and has no ballast. */
export function openGeneration(
  compiled: MatcherModule,
  prepared: PreparedPolicySet,
  identity: Pick<PublishedPolicySet, "name" | "generation">,
  sessions: SessionImages,
  isBrief = false,
): Generation {
  const { memory, map, ...facts } = prepared;
  new Uint32Array(memory.buffer)[(IMAGE_AT + HeaderFields.generation) >> 2] = identity.generation;
  return {
    published: { ...identity, ...facts },
    memory,
    map,
    session: new MatcherSession(compiled, memory, sessions, pooledCopy),
    regions: new Lease(map.taskRegions),
    areas: new Lease(map.callAreas),
    sharedAreas: new Lease(map.sharedAreas),
    ballast: isBrief ? new ArrayBuffer(0) : ballastFor(imageBytesOf(memory)),
    usedAtMs: 0,
  };
}

/** A single answer shares Node's pool of buffers: memory of its own takes longer, and more of the garbage collector. */
function pooledCopy(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafe(bytes.length);
  copy.set(bytes);
  return copy;
}
