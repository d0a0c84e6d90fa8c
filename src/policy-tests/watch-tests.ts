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

/** Says on which files and directories a run depends: resolves once they are looked at, before which none of them is to be read. */
export type Follow = (paths: readonly string[]) => Promise<void>;

/** Runs once, then after every change, until the signal. What changes while it runs makes it run again. */
export async function watchTests(
  run: (follow: Follow) => Promise<void>,
  times: WatchTimes = USUAL_TIMES,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  let stir = (): void => {};
  const folders = new FolderWatch(() => stir());
  try {
    while (!signal.aborted) {
      const followed = new Followed(folders);
      await run((paths) => followed.add(paths));
      while (!signal.aborted && !(await followed.hasChanged(times.quietMs))) {
        const stirred = new AbortController();
        stir = () => stirred.abort();
        await pause(times.lookMs, AbortSignal.any([stirred.signal, signal]));
      }
    }
  } finally {
    folders.close();
  }
}

/** Files and directories with their states when a run began to depend on them. */
class Followed {
  private readonly states = new Map<string, string>();
  private readonly places = new Set<string>();

  constructor(private readonly folders: FolderWatch) {}

  async add(paths: readonly string[]): Promise<void> {
    for (const path of paths) if (!this.states.has(path)) this.states.set(path, await this.stateOf(path));
  }

  /** Whether some state is another one; true only once two looks in a row agree. */
  async hasChanged(quietMs: number): Promise<boolean> {
    const known = [...this.states.values()].join("\n");
    for (let state = await this.state(); state !== known; ) {
      await wait(quietMs);
      const again = await this.state();
      if (again === state) return true;
      state = again;
    }
    return false;
  }

  private async state(): Promise<string> {
    const states: string[] = [];
    for (const path of this.states.keys()) states.push(await this.stateOf(path));
    return states.join("\n");
  }

  /** Of a directory both its policies and its tests. */
  private async stateOf(path: string): Promise<string> {
    const lines: string[] = [];
    for (const counts of [undefined, isTestFile]) {
      const stamp = await new PathStamper(path, counts).stamp();
      lines.push(stamp.text);
      for (const folder of stamp.folders) this.places.add(folder);
    }
    this.folders.follow([...this.places]);
    return lines.join("\n");
  }
}

async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  // An aborted pause is a short one.
  await wait(durationMs, undefined, { signal }).catch(() => {});
}
