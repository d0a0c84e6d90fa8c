/**
 * A worker thread: plans a batch that lies in the shared memory of some generation, or decides a part of it and hands the
 * answer back. It adopts a generation when it first meets it.
 */
import { move } from "piscina";
import { Status } from "../../assembly/format/layout.js";
import { ballastFor, weightOf } from "../node-workarounds/ballast.js";
import { collectGarbage } from "../node-workarounds/collect-garbage.js";
import { isInUse } from "../node-workarounds/workarounds.js";
import { EngineError } from "./engine-error.js";
import { imageBytesOf } from "./generation.js";
import { loadMatcher } from "./load-matcher.js";
import { MatcherSession } from "./matcher-session.js";
import { SessionImages } from "./session-images.js";
import { MEMORY_WANTED, type Task } from "./task.js";

/** Policy sets whose last generation is kept; an older generation of the same set is let go with its memory. */
const KEPT_POLICY_SETS = 8;
const kept = new Map<
  string,
  { readonly generation: number; readonly session: MatcherSession; readonly ballast: ArrayBuffer }
>();
/** Bytes of generations that may be let go of before the collector is asked to take them: eight small ones or a large one. */
const UNCOLLECTED_BYTES = 8 << 20;
/** What a generation weighs besides its image: regions and areas that were in use. */
const TOUCHED_BYTES = 1 << 20;
let adoptedBytes = 0;
const sessions = new SessionImages();

function adopt({ generation, flavour, memory, terms: { policySet } }: Task): MatcherSession | undefined {
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
  adoptedBytes += weightOf(imageBytesOf(memory)) + TOUCHED_BYTES;
  if (adoptedBytes >= UNCOLLECTED_BYTES) {
    adoptedBytes = 0;
    if (isInUse("worker-collections")) collectGarbage();
  }
  return session;
}

/** Does the task, or gives Status.Cancelled for one that is cancelled: errors lose their fields on the way between threads. */
export default function runTask(task: Task): unknown {
  try {
    return doTask(task);
  } catch (error: unknown) {
    if (error instanceof EngineError && error.code === "cancelled") return Status.Cancelled;
    throw error;
  }
}

/** Regions are handed from thread to thread, so scratch is laid out anew when that matters. */
function doTask(task: Task): unknown {
  const { region, area, work, terms } = task;
  const session = adopt(task);
  if (session === undefined) return MEMORY_WANTED;
  session.forget(region);
  if (work.kind === "plan") return session.plan(region, area, work.message);
  const { first, last } = work;
  const joined = joinPieces(session.decideRange(region, area, first, last, terms));
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
