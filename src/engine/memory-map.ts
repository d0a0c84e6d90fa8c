/**
 * What lies where in the memory of a generation: the image first, then private regions for the front end and each task,
 * then areas that hold a batch while workers decide parts of it.
 *
 *   0        4096      …            …                        …
 *   ├ unused ┼ image ──┼ front end ─┼ task region 0, 1, … ───┼ call area 0, 1, shared area 0, … ──┤
 */
import { ControlFields, PlanFields, RowFields, SpanFields } from "../../assembly/format/records.js";

/** The image's address; nothing lies at 0, so that 0 can mean "none". */
export const IMAGE_AT = 4096;

/** Answers of one step; a longer answer is taken out in pieces. */
const RESPONSE_CAPACITY = 1 << 20;
/** Session policies of one request, compiled, and the scratch they need. */
export const OVERLAY_CAPACITY = 1 << 19;
const OVERLAY_SCRATCH_CAPACITY = 1 << 20;
/** Messages up to this size are decided where they arrive. */
export const INLINE_MESSAGE_CAPACITY = 1 << 20;
/** A message begins up to so many bytes behind the beginning of its area. */
const MESSAGE_SHIFT = 7;
/** Bytes of a policy set's name. */
export const NAME_CAPACITY = 512;

/** One caller's private memory. */
export interface Region {
  /** A word with the thread whose scratch lies here; 0 while it is being used. */
  readonly userAt: number;
  readonly controlAt: number;
  readonly nameAt: number;
  readonly scratchAt: number;
  readonly responseAt: number;
  readonly responseCapacity: number;
  readonly overlayAt: number;
  readonly overlayScratchAt: number;
}

/** Where a message and its plan lie. */
export interface CallArea {
  readonly messageAt: number;
  readonly messageCapacity: number;
  readonly planAt: number;
  readonly planCapacity: number;
  /** A word that is not 0 once the call is cancelled. */
  readonly cancelAt: number;
}

/** The whole map. */
export interface MemoryMap {
  readonly frontRegion: Region;
  readonly frontArea: CallArea;
  readonly taskRegions: readonly Region[];
  readonly callAreas: readonly CallArea[];
  /** Those of batches that need no thread, but are decided by one where it has room. */
  readonly sharedAreas: readonly CallArea[];
  /** Both, in the order by which threads know them. */
  readonly areas: readonly CallArea[];
  readonly length: number;
}

/** How large things may get. */
export interface MemoryNeeds {
  readonly imageLength: number;
  readonly scratchLength: number;
  readonly taskRegions: number;
  readonly callAreas: number;
  /** Default: none. */
  readonly sharedAreas?: number;
  readonly maxMessageBytes: number;
  readonly maxBatchRequests: number;
}

/** Lays out a memory. */
export function mapMemory(needs: MemoryNeeds): MemoryMap {
  let next = IMAGE_AT + needs.imageLength;
  const take = (size: number): number => {
    // Addresses beyond 2 GiB are no 32-bit integers of JavaScript.
    const at = Math.ceil(next / 64) * 64;
    next = at + size;
    return at;
  };
  const takeRegion = (): Region => ({
    userAt: take(64),
    controlAt: take(ControlFields.size),
    nameAt: take(NAME_CAPACITY),
    scratchAt: take(needs.scratchLength),
    responseAt: take(RESPONSE_CAPACITY),
    responseCapacity: RESPONSE_CAPACITY,
    overlayAt: take(OVERLAY_CAPACITY),
    overlayScratchAt: take(OVERLAY_SCRATCH_CAPACITY),
  });
  const takeArea = (messageCapacity: number, items: number): CallArea => {
    // A plan lists every request and row, and the texts of a table, which are never more than the message has bytes.
    const planCapacity =
      PlanFields.size + items * (RowFields.size + SpanFields.size) + Math.min(messageCapacity * 4, 1 << 22);
    return {
      messageAt: take(messageCapacity + MESSAGE_SHIFT),
      messageCapacity,
      planAt: take(planCapacity),
      planCapacity,
      cancelAt: take(64),
    };
  };
  const frontRegion = takeRegion();
  // A single question may be as large as any message; only small batches are planned here.
  const frontArea = takeArea(Math.max(needs.maxMessageBytes, INLINE_MESSAGE_CAPACITY), 4096);
  const taskRegions = Array.from({ length: needs.taskRegions }, takeRegion);
  const callAreas = Array.from({ length: needs.callAreas }, () =>
    takeArea(needs.maxMessageBytes, needs.maxBatchRequests),
  );
  const sharedAreas = Array.from({ length: needs.sharedAreas ?? 0 }, () =>
    takeArea(INLINE_MESSAGE_CAPACITY, needs.maxBatchRequests),
  );
  const areas = [...callAreas, ...sharedAreas];
  return { frontRegion, frontArea, taskRegions, callAreas, sharedAreas, areas, length: next };
}
