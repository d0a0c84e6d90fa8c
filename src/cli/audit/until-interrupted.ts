/** How long answers are stopped. */

/** What a process ends with that SIGTERM stopped: others started it, and shall see that it is not at fault. */
const TERMINATED = 143;

/** Runs work that Ctrl-C and SIGTERM stop; a second time ends the process at once. After SIGTERM the exit code is 143. */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  const terminate = (): void => {
    stop();
    process.once("exit", () => {
      if (process.exitCode === 2) process.exitCode = TERMINATED;
    });
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", terminate);
  try {
    return await work(controller.signal);
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", terminate);
  }
}
