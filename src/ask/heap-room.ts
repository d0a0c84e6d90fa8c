/**
 * Room on JavaScript's heap, on which V8 ends the whole process where there is none. Work that makes many objects of a request asks
 * before each step, and is refused while the process can still refuse.
 */
import { getHeapSpaceStatistics, getHeapStatistics } from "node:v8";
import { isMainThread, resourceLimits } from "node:worker_threads";
import { collectEverything } from "../engine/collect-garbage.js";
import { CallRefusal } from "./call-refusal.js";

/** The share of the place for old objects that may be full. */
const MOST_FULL = 0.85;
/** What V8 counts on top of the place for old objects, by Node's major version: three times what new ones may take. */
const YOUNG_BYTES: ReadonlyMap<string, number> = new Map([
  ["20", 48 << 20],
  ["22", 48 << 20],
  ["24", 192 << 20],
  ["26", 96 << 20],
]);
const MOST_YOUNG_BYTES = 192 << 20;
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

/** V8 tells it to threads; of the main one it tells it only together with the place for new objects. */
function oldLimit(): number {
  if (!isMainThread) return (resourceLimits.maxOldGenerationSizeMb ?? 0) * 2 ** 20;
  const { heap_size_limit } = getHeapStatistics();
  const [major = ""] = process.versions.node.split(".");
  return Math.max(heap_size_limit - (YOUNG_BYTES.get(major) ?? MOST_YOUNG_BYTES), heap_size_limit / 5);
}

const limit = oldLimit();

function heapFacts(): HeapFacts {
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
  const { used_heap_size } = getHeapStatistics();
  return { limit, old: used_heap_size - (young?.space_used_size ?? 0) };
}

/** The one of this thread. */
export const heapRoom: HeapRoom = new HeapRoom();
