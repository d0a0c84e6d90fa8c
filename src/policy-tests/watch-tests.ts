/** Runs tests again when their files or the policies change and hold still. Looks at files as `supply/path` does. */
import { setTimeout as wait } from "node:timers/promises";
import { isTestFile } from "../files/sources.js";
import { FolderWatch } from "../supply/path/folder-watch.js";
import { PathStamper } from "../supply/path/path-stamp.js";

/** How patient it is, in milliseconds. */
export interface WatchTimes {
  /** Files have to be left alone for so long. */
  readonly quietMs: number;
  /** How often files are looked at where the system does not tell of changes. */
  readonly lookMs: number;
}

const USUAL_TIMES: WatchTimes = { quietMs: 200, lookMs: 2_000 };

/** Runs once, then after every change, until the signal; `run` tells on which files and directories its outcome depends. */
export async function watchTests(
  run: () => Promise<readonly string[]>,
  times: WatchTimes = USUAL_TIMES,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  let stir = (): void => {};
  const folders = new FolderWatch(() => stir());
  try {
    let followed: readonly string[] = [];
    while (!signal.aborted) {
      // What changes during a run is seen, because the state was taken before it.
      const before = await stateOf(followed, folders);
      const again = await run();
      const isSame = again.join("\n") === followed.join("\n");
      followed = again;
      const state = isSame ? before : await stateOf(followed, folders);
      for (let next = state; next === state && !signal.aborted; next = await settled(followed, folders, times)) {
        const stirred = new AbortController();
        stir = () => stirred.abort();
        await pause(times.lookMs, AbortSignal.any([stirred.signal, signal]));
      }
    }
  } finally {
    folders.close();
  }
}

/** The state once two looks in a row agree. */
async function settled(followed: readonly string[], folders: FolderWatch, { quietMs }: WatchTimes): Promise<string> {
  for (let state = await stateOf(followed, folders); ; ) {
    await wait(quietMs);
    const again = await stateOf(followed, folders);
    if (again === state) return state;
    state = again;
  }
}

async function stateOf(followed: readonly string[], folders: FolderWatch): Promise<string> {
  const lines: string[] = [];
  const places = new Set<string>();
  for (const path of followed) {
    for (const counts of [undefined, isTestFile]) {
      const stamp = await new PathStamper(path, counts).stamp();
      lines.push(stamp.text);
      for (const folder of stamp.folders) places.add(folder);
    }
  }
  folders.follow([...places]);
  return lines.join("\n");
}

async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  // An aborted pause is a short one.
  await wait(durationMs, undefined, { signal }).catch(() => {});
}
