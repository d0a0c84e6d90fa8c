/**
 * The last good bundle of each policy set on disk, for starts without the origin. A file is replaced as a whole, and what is
 * read back is trusted no more than what comes over the network.
 */

import { join } from "node:path";
import { DeadlineError, within } from "../../engine/deadline.js";
import { fileFailure } from "../../files/file-failure.js";
import { type FileReader, readingHere } from "../../files/file-reader.js";
import { type FileReplacer, replaceFile, replacingHere } from "../../files/file-replacer.js";
import { contentDigest } from "../content-digest.js";
import { BundleError } from "./bundle-error.js";

/** A bundle as it came, with what has to be remembered about it. */
export interface CachedBundle {
  readonly url: string;
  readonly bytes: Buffer;
  readonly etag: string | undefined;
  readonly signature: string | undefined;
  /** The highest revision that was in force. */
  readonly revision: number | undefined;
}

const FORMAT = "verdict bundle 1";
const LONGEST_HEADER = 65_536;
const DEADLINE_MS = 30_000;

/** A folder with a file for each policy set. */
export class BundleCache {
  /** What has not ended, by file: two writers of one would share what they write beside it. */
  private readonly underWay = new Map<string, Promise<unknown>>();

  /** Bundles of at most `maxBytes`; the disk may take `deadlineMs` for one. */
  constructor(
    private readonly folder: string,
    private readonly maxBytes: number,
    private readonly disk: FileReader & FileReplacer = { ...readingHere, ...replacingHere },
    private readonly deadlineMs: number = DEADLINE_MS,
  ) {}

  /**
   * The last good bundle of a set from this URL; undefined if there is none. Rejects with BundleError: `cache` if it is damaged,
   * `timeout` if the disk does not answer.
   */
  async read(name: string, url: string): Promise<CachedBundle | undefined> {
    const path = this.pathOf(name);
    const reading = this.disk.read(path, this.maxBytes + LONGEST_HEADER).catch((error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw damaged(path, error);
    });
    const all = await this.inTime(path, "not read", reading);
    if (all === undefined) return undefined;
    const end = all.subarray(0, LONGEST_HEADER).indexOf(0x0a);
    const header = end < 0 ? undefined : readHeader(all.subarray(0, end));
    const bytes = all.subarray(end + 1);
    if (header === undefined || header.sha256 !== (await contentDigest([bytes]))) throw damaged(path);
    // Another origin has revisions of its own.
    return header.url === url ? { ...header, bytes } : undefined;
  }

  /** Replaces the last good bundle of a set. Rejects with BundleError as `read` does; then the earlier one is still there. */
  async write(name: string, bundle: CachedBundle): Promise<void> {
    const path = this.pathOf(name);
    const earlier = this.underWay.get(path);
    if (earlier !== undefined) await this.inTime(path, "not written", earlier);
    await this.inTime(path, "not written", this.replace(path, bundle));
  }

  private async inTime<T>(path: string, what: string, work: Promise<T>): Promise<T> {
    const ending = work
      .then(
        () => {},
        () => {},
      )
      .finally(() => {
        if (this.underWay.get(path) === ending) this.underWay.delete(path);
      });
    this.underWay.set(path, ending);
    try {
      return await within(work, this.deadlineMs, `${path}: ${what}`);
    } catch (error: unknown) {
      if (!(error instanceof DeadlineError)) throw error;
      this.disk.giveUp(path);
      throw new BundleError("timeout", error.message, { cause: error });
    }
  }

  private async replace(path: string, { bytes, url, etag, signature, revision }: CachedBundle): Promise<void> {
    const header = { format: FORMAT, url, etag, signature, revision, sha256: await contentDigest([bytes]) };
    try {
      await replaceFile(this.disk, path, [Buffer.from(`${JSON.stringify(header)}\n`), bytes]);
    } catch (error: unknown) {
      throw new BundleError("cache", `${path}: cannot be written: ${fileFailure(error)}`, { cause: error });
    }
  }

  /** Names of policy sets hold no slash, so that they are file names. */
  private pathOf(name: string): string {
    return join(this.folder, `${name}.bundle`);
  }
}

type Header = Omit<CachedBundle, "bytes"> & { readonly sha256: string };

function readHeader(line: Buffer): Header | undefined {
  const value = parse(line);
  if (value?.format !== FORMAT || typeof value.url !== "string" || typeof value.sha256 !== "string") return undefined;
  const { url, sha256, etag, signature, revision } = value;
  return {
    url,
    sha256,
    etag: typeof etag === "string" ? etag : undefined,
    signature: typeof signature === "string" ? signature : undefined,
    revision: typeof revision === "number" ? revision : undefined,
  };
}

function parse(line: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line.toString("utf8"));
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function damaged(path: string, cause?: unknown): BundleError {
  const why = cause === undefined ? "is damaged" : `cannot be read: ${fileFailure(cause)}`;
  return new BundleError("cache", `${path}: ${why}`, { cause });
}
