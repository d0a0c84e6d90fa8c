/**
 * The preparation thread: loads a policy set and has it compiled, so that the front end goes on answering meanwhile. What comes
 * back is shared memory and a few facts.
 */
import { collectGarbage } from "../node-workarounds/collect-garbage.js";
import { isInUse } from "../node-workarounds/workarounds.js";
import type { PreparationResult, PreparationTask } from "./preparation-task.js";
import { prepare } from "./prepare.js";

/** Loads and compiles; with low priority what takes long. */
export default function prepareOnThread(task: PreparationTask): Promise<PreparationResult> {
  // What this thread prepared before belongs to others by now.
  if (isInUse("preparation-collections")) collectGarbage();
  return prepare(task);
}
