/** A worker thread's side of a lane: takes entries in their order, does them, leaves their answers where they lie. */
import { threadId } from "node:worker_threads";
import { EngineError } from "./engine-error.js";
import { LANE_CANCELLED, LANE_TOO_LONG, type LaneEntry, LaneWords, numberAfter } from "./lane-words.js";
import type { MatcherCallTerms, MatcherSession } from "./matcher-session.js";
import type { CallArea, Region } from "./memory-map.js";
import { MEMORY_WANTED } from "./task.js";

/** A generation as a thread knows it. */
export interface KnownGeneration {
  readonly session: MatcherSession;
  readonly policySet: string;
  readonly regions: readonly Region[];
  readonly areas: readonly CallArea[];
}

/** How long a thread waits for the next entry before it may do something else; it blocks, which costs nothing. */
const LINGER_MS = 50;
/** The end of a lane that has nothing more. */
const LEFT = 0;

/** Serves until there is nothing to do; gives `MEMORY_WANTED`, and leaves the entry, where its generation is not known. */
export function serveLane(
  shared: SharedArrayBuffer,
  known: (generation: number) => KnownGeneration | undefined,
  work: (entry: LaneEntry, generation: KnownGeneration) => number = doEntry,
): number {
  const lane = new LaneWords(shared);
  let next = lane.done;
  for (;;) {
    const { signals } = lane;
    if (lane.posted === next) {
      if (lane.isEnding) return LEFT;
      // What is posted after this is seen by whoever had the lane served.
      if (!lane.waitForSignal(signals, LINGER_MS)) return LEFT;
      continue;
    }
    const entry = lane.entry(next);
    const generation = known(entry.generation);
    if (generation === undefined) return MEMORY_WANTED;
    if (!lane.begin(next)) return LEFT;
    lane.finish(next, work(entry, generation));
    next = numberAfter(next);
    if (lane.isEnding) return LEFT;
  }
}

/** Does an entry; gives its answer. Throws what no entry should. */
export function doEntry(entry: LaneEntry, { session, policySet, regions, areas }: KnownGeneration): number {
  const { kind, first, last, flags, nowSeconds } = entry;
  const region = regions[entry.region];
  const area = areas[entry.area];
  if (region === undefined || area === undefined) throw new EngineError("internal", "worker: no such region");
  const terms: MatcherCallTerms = { flags, nowSeconds, policySet };
  session.enter(region, threadId);
  let answer: number;
  try {
    answer =
      kind === "plan"
        ? session.plan(region, area, { at: first, length: last })
        : (session.decideInPlace(region, area, first, last, terms) ?? LANE_TOO_LONG);
  } catch (error: unknown) {
    if (error instanceof EngineError && error.code === "cancelled") return LANE_CANCELLED;
    throw error;
  }
  session.leave(region, threadId);
  return answer;
}
