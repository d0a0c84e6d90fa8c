/**
 * The compilation process: compiles one policy set for the process that started it and ends. What it leaves behind is gone with it,
 * its garbage collector's threads have the low priority that it was started with, and it can be ended whatever it waits for.
 */
import { type CompilationTask, compileFiles } from "./compile-files.js";
import { compilePath, type PathTask } from "./compile-path.js";

// Without a listener Node opens its debugger.
process.on("SIGUSR1", () => {});
process.once("message", async (task: CompilationTask | PathTask) => {
  const answer = "path" in task ? await compilePath(task) : compileFiles(task);
  // A refusal to send means that nobody waits any more.
  process.send?.(answer, () => process.disconnect());
});
