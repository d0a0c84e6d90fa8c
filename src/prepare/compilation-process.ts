/**
 * The compilation process: compiles one policy set for the process that started it and ends. What it leaves behind is gone with it,
 * it takes its garbage collector's threads along when it gives way, and it can be ended whatever it waits for.
 */
import { type CompilationTask, compileFiles } from "./compile-files.js";
import { compilePath, type PathTask } from "./compile-path.js";
import { giveWayWholly, UNNOTICED_BYTES } from "./give-way.js";

// Without a listener Node opens its debugger.
process.on("SIGUSR1", () => {});
process.once("message", async (task: CompilationTask | PathTask) => {
  if ("files" in task) giveWayIfLong(task.files);
  const answer = "path" in task ? await compilePath(task, giveWayIfLong) : compileFiles(task);
  // A refusal to send means that nobody waits any more.
  process.send?.(answer, () => process.disconnect());
});

/** Starting and reading have the priority of callers: beside busy ones they would take seconds. */
function giveWayIfLong(files: readonly { readonly text: string }[]): void {
  if (files.reduce((sum, { text }) => sum + text.length, 0) >= UNNOTICED_BYTES) giveWayWholly();
}
