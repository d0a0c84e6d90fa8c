/**
 * The compilation process: compiles one policy set for the process that started it and ends. What it leaves behind is gone with it,
 * and its garbage collector's threads have the low priority that it was started with.
 */
import { type CompilationTask, compileFiles } from "./compile-files.js";

// Without a listener Node opens its debugger.
process.on("SIGUSR1", () => {});
process.once("message", (task: CompilationTask) => {
  // A refusal to send means that nobody waits any more.
  process.send?.(compileFiles(task), () => process.disconnect());
});
