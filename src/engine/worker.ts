/**
 * A worker thread: plans a batch that lies in the shared memory of some generation, or decides a part of it and hands the
 * answer back; or serves a lane of such work. It adopts a generation when it first meets it.
 */
import { threadId } from "node:worker_threads";
import { move } from "piscina";
import { Status } from "../../assembly/format/layout.js";
import { ballastFor } from "../node-workarounds/ballast.js";
import { collectGarbage } from "../node-workarounds/collect-garbage.js";
import { isInUse } from "../node-workarounds/workarounds.js";
import { EngineError } from "./engine-error.js";
import { imageBytesOf } from "./generation.js";
import { loadMatcher } from "./load-matcher.js";
import { MatcherSession } from "./matcher-session.js";
import { doEntry, type KnownGeneration, serveLane } from "./serve-lane.js";
import { SessionImages } from "./session-images.js";
import { type GenerationMemory, type LaneTask, MEMORY_WANTED, type Task } from "./task.js";

/** Policy sets whose last generation is kept; an older generation of the same set is let go with its memory. */
const KEPT_POLICY_SETS = 8;
const kept = new Map<string, Kept>();
/** Bytes of generations that may be let go of before the collector is asked to take them: eight small ones or a large one. */
const UNCOLLECTED_BYTES = 8 << 20;
/** What a generation weighs besides its image: regions and areas that were in use. */
const TOUCHED_BYTES = 1 << 20;
let adoptedBytes = 0;
const sessions = new SessionImages();

interface Kept {
  readonly generation: number;
  readonly session: MatcherSession;
  readonly ballast: ArrayBuffer;
  /** What lanes need of it; absent until one did. */
  known?: KnownGeneration;
}

/** What of a task or of a generation's memory is needed to adopt it. */
type Adopted = Pick<Task, "generation" | "flavour" | "memory"> & { readonly policySet: string };

function adopt({ generation, flavour, memory, policySet }: Adopted): MatcherSession | undefined {
  const known = kept.get(policySet);
  if (known?.generation === generation) return known.session;
  if (memory === undefined) return undefined;
  const session = new MatcherSession(loadMatcher(flavour), memory, sessions);
  // A part of a call that began before the last publication does not push the newer generation out.
  if (known !== undefined && known.generation > generation) return session;
  kept.delete(policySet);
  kept.set(policySet, { generation, session, ballast: ballastFor(imageBytesOf(memory)) });
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT_POLICY_SETS) break;
    kept.delete(oldest);
  }
  // As many as came have gone, or will soon.
  adoptedBytes += imageBytesOf(memory) + TOUCHED_BYTES;
  if (adoptedBytes >= UNCOLLECTED_BYTES) {
    adoptedBytes = 0;
    if (isInUse("worker-collections")) collectGarbage();
  }
  return session;
}

function adoptForLane(given: GenerationMemory): KnownGeneration | undefined {
  const { generation, policySet, regions, areas } = given;
  const session = adopt(given);
  if (session === undefined) return undefined;
  const known = { session, policySet, regions, areas };
  const one = kept.get(policySet);
  if (one?.generation === generation) one.known = known;
  return known;
}

/** Serves a lane; `work` does an entry. */
export function serveTask({ lane, memory }: LaneTask, work = doEntry): number {
  // A generation that is older than the newest of its set is known for as long as this lane is served.
  const given = memory && adoptForLane(memory);
  const knownAs = (generation: number): KnownGeneration | undefined => {
    if (generation === memory?.generation) return given;
    for (const one of kept.values()) if (one.generation === generation) return one.known;
    return undefined;
  };
  return serveLane(lane, knownAs, work);
}

/** What fails on purpose, for tests, does the rest like this. */
export { doEntry };

/** Does the task, or gives Status.Cancelled for one that is cancelled: errors lose their fields on the way between threads. */
export default function runTask(task: Task | LaneTask): unknown {
  if ("lane" in task) return serveTask(task);
  try {
    return doTask(task);
  } catch (error: unknown) {
    if (error instanceof EngineError && error.code === "cancelled") return Status.Cancelled;
    throw error;
  }
}

function doTask(task: Task): unknown {
  const { region, area, work, terms } = task;
  const session = adopt({ ...task, policySet: terms.policySet });
  if (session === undefined) return MEMORY_WANTED;
  session.enter(region, threadId);
  if (work.kind === "plan") return session.plan(region, area, work.message);
  const { first, last } = work;
  const joined = joinPieces(session.decideRange(region, area, first, last, terms));
  session.leave(region, threadId);
  return move(joined);
}

function joinPieces(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1 && pieces[0] !== undefined) return pieces[0];
  const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
