/**
 * Says when something may have happened in some directories: at once where the system tells, and else by nobody, so whoever
 * uses it looks from time to time as well. Knows no policies.
 */
import { type FSWatcher, statSync, watch } from "node:fs";

/** Directories that are watched at the same time; what lies in further ones is found by looking. */
const MOST_FOLDERS = 512;

/** Watches directories, each by itself: recursive watching is not reliable on Linux (Node 20). */
export class FolderWatch {
  private readonly watchers = new Map<string, FSWatcher>();
  private closed = false;

  constructor(private readonly onStir: () => void) {}

  /** Whether the system refused to watch some directory, or there are too many. */
  incomplete = false;

  /** Watches these directories and no others; true if it began to watch one, in which something may have happened just before. */
  follow(folders: readonly string[]): boolean {
    if (this.closed) return false;
    this.incomplete = folders.length > MOST_FOLDERS;
    // A directory that was removed and made anew is another one, so its number is part of the key.
    const wanted = new Map(folders.slice(0, MOST_FOLDERS).map((folder) => [`${folder} ${inodeOf(folder)}`, folder]));
    for (const [key, watcher] of this.watchers) {
      if (wanted.has(key)) continue;
      watcher.close();
      this.watchers.delete(key);
    }
    let isMore = false;
    for (const [key, folder] of wanted) {
      if (!this.watchers.has(key) && this.open(key, folder)) isMore = true;
    }
    return isMore;
  }

  /** Ends all watching. */
  close(): void {
    this.follow([]);
    this.closed = true;
  }

  private open(key: string, folder: string): boolean {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.onStir());
      watcher.on("error", () => {
        watcher.close();
        if (this.watchers.get(key) === watcher) this.watchers.delete(key);
        this.incomplete = true;
        this.onStir();
      });
      this.watchers.set(key, watcher);
      return true;
    } catch {
      // No such directory, or no more watches to be had (`fs.inotify.max_user_watches`).
      this.incomplete = true;
      return false;
    }
  }
}

function inodeOf(folder: string): string {
  try {
    return String(statSync(folder, { bigint: true }).ino);
  } catch {
    return "none";
  }
}
