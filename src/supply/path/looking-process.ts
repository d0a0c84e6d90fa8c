/**
 * The looking process: looks at files for the process that started it, for as long as that one lives. A mount that does not answer
 * holds threads of this process only, which can be ended.
 */
import type { LookAnswer, LookTask } from "./look-aside.js";
import { PathLook } from "./path-look.js";

// Whoever started it ends it; a terminal or a service manager tells all processes of a group.
for (const signal of ["SIGUSR1", "SIGHUP", "SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
// An exit would wait for what does not answer.
process.once("disconnect", () => process.kill(process.pid, "SIGKILL"));

const looks = new Map<string, PathLook>();

process.on("message", async ({ path, id, isWatched }: LookTask) => {
  if (id === undefined) {
    looks.get(path)?.close();
    looks.delete(path);
    return;
  }
  const look = looks.get(path) ?? new PathLook(path, () => tell({ path, stirred: true }));
  looks.set(path, look);
  tell(
    await look.look(isWatched).then(
      (text) => ({ path, id, text }),
      (error: unknown) => ({ path, id, problem: error instanceof Error ? error.message : String(error) }),
    ),
  );
});

/** A refusal to send means that nobody waits any more. */
function tell(answer: LookAnswer): void {
  process.send?.(answer, () => {});
}
