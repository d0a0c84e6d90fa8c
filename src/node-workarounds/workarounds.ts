/**
 * Which of the workarounds of this room are in use: all of them, but for what `--without-workarounds` names. Settled before anything
 * begins, and the same in every thread of a process.
 */
import { isMainThread, workerData } from "node:worker_threads";

/** What can be left out; the README of this room says what each is for. */
export const workarounds = [
  "stream-tables",
  "header-collections",
  "message-collections",
  "ballast",
  "worker-collections",
  "preparation-collections",
] as const;
/** One of them. */
export type Workaround = (typeof workarounds)[number];

let leftOut: ReadonlySet<unknown> | undefined;

/** Leaves some out from here on: in this thread, and in those that are started with `threadData`. */
export function leaveOut(names: readonly Workaround[]): void {
  leftOut = new Set(names);
}

/** Whether one is in use; asked when something begins, not at each call. */
export function isInUse(name: Workaround): boolean {
  leftOut ??= new Set(isMainThread ? [] : namesIn(workerData));
  return !leftOut.has(name);
}

/** What a thread has to be started with to leave out the same. */
export function threadData(): { readonly withoutWorkarounds: readonly Workaround[] } {
  return { withoutWorkarounds: workarounds.filter((name) => !isInUse(name)) };
}

function namesIn(data: unknown): readonly unknown[] {
  const names: unknown =
    typeof data === "object" && data !== null ? Reflect.get(data, "withoutWorkarounds") : undefined;
  return Array.isArray(names) ? names : [];
}
