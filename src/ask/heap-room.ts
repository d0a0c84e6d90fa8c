/**
 * Room on JavaScript's heap, on which V8 ends the whole process where there is none. Work that makes many objects of a request asks
 * before each step, and is refused while the process can still refuse.
 */
import { getHeapSpaceStatistics, getHeapStatistics } from "node:v8";
import { collectEverything } from "../node-workarounds/collect-garbage.js";
import { oldSpaceLimit } from "../node-workarounds/old-space.js";
import { CallRefusal } from "./call-refusal.js";

/** The share of the place for old objects that may be full. */
const MOST_FULL = 0.85;
/** Looking for garbage stops all else: for at most this share of the time. */
const MOST_COLLECTING = 0.2;

/** A heap, in bytes. */
export interface HeapFacts {
  /** What old objects may take. */
  readonly limit: number;
  /** What old objects take, and litter among them. */
  readonly old: number;
}

/** Room on one heap. */
export class HeapRoom {
  private nextAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly facts: () => HeapFacts = heapFacts,
    private readonly collect: () => void = collectEverything,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** Throws CallRefusal `overloaded` where so many bytes more do not fit, whatever litter is left out. */
  require(bytes: number): void {
    if (this.fits(bytes)) return;
    const startedAt = this.nowMs();
    // V8 may have had no reason yet to look for litter.
    if (startedAt >= this.nextAtMs) {
      this.collect();
      const endedAt = this.nowMs();
      this.nextAtMs = endedAt + (endedAt - startedAt) / MOST_COLLECTING;
      if (this.fits(bytes)) return;
    }
    throw new CallRefusal("overloaded", "server: too little memory for so large a request");
  }

  private fits(bytes: number): boolean {
    const { limit, old } = this.facts();
    return old + bytes <= limit * MOST_FULL;
  }
}

const limit = oldSpaceLimit();

function heapFacts(): HeapFacts {
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
  const { used_heap_size } = getHeapStatistics();
  return { limit, old: used_heap_size - (young?.space_used_size ?? 0) };
}

/** The one of this thread. */
export const heapRoom: HeapRoom = new HeapRoom();
