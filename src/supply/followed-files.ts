/**
 * Small files that are read again when they change: certificates, keys, tokens, mappings. They are looked at in intervals rather than
 * watched, because renames, symlink flips and network mounts all look the same that way. Knows nothing of their contents.
 */

import { fileFailure } from "../files/file-failure.js";
import { type FileReader, readingHere } from "../files/file-reader.js";
import { RegularFileError } from "../files/regular-file.js";
import { errorText } from "../text/error-text.js";
import { readInTime } from "./read-in-time.js";
import { RecurringTrouble } from "./recurring-trouble.js";

/** Hears of new contents, in the order of the paths. */
export type ContentsListener = (contents: readonly Buffer[]) => void;

/** How files are followed. */
export interface FollowOptions {
  /** Milliseconds between looks; 0 looks only when told to. Default 2 s. */
  readonly everyMs?: number;
  /** Hears why files could not be read, once and then rarely; without `onReturn` also that they can be read again. */
  readonly onProblem?: (message: string) => void;
  /** Hears that files are again what was read last, after they could not be read. */
  readonly onReturn?: () => void;
  /** How long a look waits for the files, in milliseconds. Default 10 s. */
  readonly deadlineMs?: number;
  /** Who reads them. Default: this process. */
  readonly reader?: FileReader;
}

const EVERY_MS = 2000;
const DEADLINE_MS = 10_000;
/** A file of keys is some kilobytes; what is larger is something else. */
const MAX_BYTES = 4 << 20;

/** Files that were read whole once. */
export class FollowedFiles {
  private readonly timer: NodeJS.Timeout | undefined;
  private isClosed = false;
  /** Seen once, and adopted when a second look finds the same: a file may be half written. */
  private candidate: readonly Buffer[] | undefined;
  private problem: string | undefined;
  private readonly trouble: RecurringTrouble;
  private looking: Promise<void> | undefined;
  /** A reading that has not ended: a disk that does not answer holds one thread, however often it is looked at. */
  private reading: Promise<readonly Buffer[]> | undefined;

  private constructor(
    private readonly paths: readonly string[],
    private contents: readonly Buffer[],
    private readonly onChange: ContentsListener,
    private readonly options: FollowOptions,
  ) {
    const everyMs = options.everyMs ?? EVERY_MS;
    this.timer = everyMs === 0 ? undefined : setInterval(() => void this.look(false), everyMs);
    this.timer?.unref();
    this.trouble = new RecurringTrouble((line) => options.onProblem?.(line), `${paths[0]}: can be read again`);
  }

  /** Reads the files and hands their contents over, now and whenever they have changed. Rejects if one cannot be read. */
  static async follow(
    paths: readonly string[],
    onChange: ContentsListener,
    options: FollowOptions = {},
  ): Promise<FollowedFiles> {
    const contents = await inTime(readAll(paths, options), paths, options);
    onChange(contents);
    return new FollowedFiles(paths, contents, onChange, options);
  }

  /** Reads the files and takes over what they hold, without waiting for a second look. */
  async lookNow(): Promise<void> {
    await this.looking;
    await this.look(true);
  }

  /** Looks no more; what a look under way finds is told to nobody. */
  close(): void {
    this.isClosed = true;
    clearInterval(this.timer);
  }

  private look(isAsked: boolean): Promise<void> {
    this.looking ??= this.compare(isAsked).finally(() => {
      this.looking = undefined;
    });
    return this.looking;
  }

  private async read(): Promise<readonly Buffer[]> {
    // What was read before this look began may be old.
    if (this.reading !== undefined) {
      await inTime(
        this.reading.catch(() => {}),
        this.paths,
        this.options,
      );
    }
    this.reading = readAll(this.paths, this.options).finally(() => {
      this.reading = undefined;
    });
    return await inTime(this.reading, this.paths, this.options);
  }

  private async compare(isAsked: boolean): Promise<void> {
    try {
      const seen = await this.read();
      if (this.isClosed) return;
      const isSettled = isAsked || (this.candidate !== undefined && equal(seen, this.candidate));
      this.candidate = equal(seen, this.contents) ? undefined : seen;
      if (this.candidate !== undefined && !isSettled) return;
      const wasGone = this.problem !== undefined;
      this.problem = undefined;
      this.trouble.succeeded();
      if (this.candidate !== undefined) {
        this.contents = seen;
        this.candidate = undefined;
        this.onChange(seen);
      } else if (wasGone) this.options.onReturn?.();
    } catch (error: unknown) {
      if (this.isClosed) return;
      const message = errorText(error);
      // Whoever hears of the return keeps the latest state; others keep a log.
      if (this.options.onReturn === undefined) this.trouble.failed(message);
      else if (message !== this.problem) this.options.onProblem?.(message);
      this.problem = message;
    }
  }
}

function inTime<T>(reading: Promise<T>, paths: readonly string[], options: FollowOptions): Promise<T> {
  const { deadlineMs = DEADLINE_MS, reader = readingHere } = options;
  return readInTime(reading, paths, reader, deadlineMs, `${paths[0]}: not read`);
}

function readAll(paths: readonly string[], { reader = readingHere }: FollowOptions): Promise<readonly Buffer[]> {
  return Promise.all(
    paths.map(async (path) => {
      const bytes = await reader.read(path, MAX_BYTES).catch((error: unknown) => {
        if (error instanceof RegularFileError && error.code === "tooLarge") {
          throw new Error(`${path}: is larger than ${MAX_BYTES} bytes`, { cause: error });
        }
        throw new Error(`${path}: cannot be read: ${fileFailure(error)}`, { cause: error });
      });
      return bytes;
    }),
  );
}

function equal(left: readonly Buffer[], right: readonly Buffer[]): boolean {
  return left.every((bytes, index) => right[index]?.equals(bytes) === true);
}
