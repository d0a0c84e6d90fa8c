/** Threads that end for want of memory. */

/** Whether a thread ended because it needed more memory than it may have: it ends alone, and the next call starts another one. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
}
