/** Looks at the files of a path, here and now: their state, and when something stirs beside them. */
import { FolderWatch } from "./folder-watch.js";
import { PathStamper } from "./path-stamp.js";

/** Whoever looks at the files of one path. */
export interface PathLooker {
  /**
   * The state of the files: equal texts mean that nobody touched one. With `isWatched` changes are told from that state on: of one
   * before a directory was watched nobody tells.
   */
  look(isWatched: boolean): Promise<string>;
  /** A look that has not ended is not waited for any more. */
  giveUp(): void;
  /** Tells of no changes any more. */
  close(): void;
}

/** Looks on this thread and its helpers: files that do not answer hold one of these for as long as they like. */
export class PathLook implements PathLooker {
  private readonly folders: FolderWatch;
  private readonly stamper: PathStamper;

  constructor(path: string, onStir: () => void) {
    this.folders = new FolderWatch(onStir);
    this.stamper = new PathStamper(path);
  }

  async look(isWatched: boolean): Promise<string> {
    for (;;) {
      const { text, folders } = await this.stamper.stamp();
      if (!isWatched || !this.folders.follow(folders)) return text;
    }
  }

  giveUp(): void {
    // Nobody can end it.
  }

  close(): void {
    this.folders.close();
  }
}
