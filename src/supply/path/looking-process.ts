/**
 * The looking process: looks at files for the process that started it, for as long as that one lives. A mount that does not answer
 * holds threads of this process only, which can be ended.
 */
import { fileFailure } from "../../files/file-failure.js";
import { takeReplaceStep } from "../../files/file-replacer.js";
import { readRegularFile } from "../../files/regular-file.js";
import type { LookAnswer, LookQuestion, LookTask } from "./look-aside.js";
import { PathLook } from "./path-look.js";

// Whoever started it ends it; a terminal or a service manager tells all processes of a group.
for (const signal of ["SIGUSR1", "SIGHUP", "SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
// An exit would wait for what does not answer.
process.once("disconnect", () => process.kill(process.pid, "SIGKILL"));

const looks = new Map<string, PathLook>();

process.on("message", async (task: LookTask) => {
  const { path, id } = task;
  if (id === undefined) {
    looks.get(path)?.close();
    looks.delete(path);
    return;
  }
  try {
    tell({ path, id, ...(await answerTo(task)) });
  } catch (error: unknown) {
    const code = error instanceof Error && "code" in error ? { code: String(error.code) } : {};
    tell({ path, id, problem: fileFailure(error), ...code });
  }
});

async function answerTo(
  task: LookQuestion,
): Promise<{ readonly text: string } | { readonly bytes: Uint8Array } | { readonly isDone: true }> {
  const { path } = task;
  if ("scratch" in task) {
    await takeReplaceStep(task);
    return { isDone: true };
  }
  if ("maxBytes" in task) return { bytes: await readRegularFile(path, task.maxBytes) };
  const look = looks.get(path) ?? new PathLook(path, () => tell({ path, stirred: true }));
  looks.set(path, look);
  return { text: await look.look(task.isWatched) };
}

/** A refusal to send means that nobody waits any more. */
function tell(answer: LookAnswer): void {
  process.send?.(answer, () => {});
}
