/** What the front end hands to a worker thread, and how a worker asks for what it lacks. Loads nothing. */
import type { MatcherFlavour } from "../artifacts.js";
import type { SharedMemory } from "./matcher.js";
import type { MatcherCallTerms, StoredMessage } from "./matcher-session.js";
import type { CallArea, Region } from "./memory-map.js";

/** A piece of work on a batch that lies in shared memory. */
export interface Task {
  readonly generation: number;
  readonly flavour: MatcherFlavour;
  /** Left out where the worker may know the generation; one that does not answers `MEMORY_WANTED`. */
  readonly memory?: SharedMemory;
  readonly region: Region;
  readonly area: CallArea;
  readonly terms: MatcherCallTerms;
  /** To plan a stored message, which gives a Status; or to decide the items [first, last) of a plan, which gives bytes. */
  readonly work:
    | { readonly kind: "plan"; readonly message: StoredMessage }
    | { readonly kind: "decide"; readonly first: number; readonly last: number };
}

/** What a thread needs to decide over a generation; plain data but for the memory, which threads share. */
export interface GenerationMemory {
  readonly generation: number;
  readonly flavour: MatcherFlavour;
  readonly memory: SharedMemory;
  readonly policySet: string;
  readonly regions: readonly Region[];
  readonly areas: readonly CallArea[];
}

/** To serve a lane (`lane-words.ts`) until there is nothing more; with the memory that was wanted before, where one was. */
export interface LaneTask {
  readonly lane: SharedArrayBuffer;
  readonly memory: GenerationMemory | undefined;
}

/** What a worker answers to a task of a generation that it does not know; no Status has this value. */
export const MEMORY_WANTED = -1;
