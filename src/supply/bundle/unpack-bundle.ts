/**
 * From the bytes of a bundle to the files in it: a gzipped tar archive, a tar archive or one file, told apart by content.
 * Nothing touches the disk, and anything an archive could smuggle is a BundleError.
 */

import { createGunzip } from "node:zlib";
import { Parser, type ReadEntry } from "tar";
import { countsAsSource, maxFileBytes } from "../../files/sources.js";
import { errorText } from "../../text/error-text.js";
import { sourceName } from "../source-name.js";
import { BundleError } from "./bundle-error.js";

/** What an archive may cost. */
export interface BundleLimits {
  /** Bytes of everything in it, unpacked. */
  readonly maxUnpackedBytes: number;
}

/** A file of a bundle under its normalised relative path. */
export interface BundleFile {
  readonly name: string;
  readonly content: Buffer;
}

/** What was in a bundle. */
export interface UnpackedBundle {
  /** The files that count as sources, sorted by name. */
  readonly files: readonly BundleFile[];
  /** The `.manifest`, where there is one. */
  readonly manifest: Buffer | undefined;
  /** It was one file and no archive; its name is empty. */
  readonly isSingleFile: boolean;
}

/** Entries of all kinds. */
const MOST_ENTRIES = 100_000;
const LARGEST_MANIFEST = 65_536;
/** Policies shrink to a tenth or, generated ones, to a hundredth; bombs to a thousandth (deflate's limit is 1,032). */
const LARGEST_RATIO = 200;
/** Zeros after the end mark: writers fill their last record, of 10 KiB as a rule. */
const MOST_PADDING = 1 << 20;
const BLOCK = 512;
/** Below so many bytes the ratio says nothing. */
const RATIO_COUNTS_FROM = 8 << 20;

/** Unpacks a bundle. Rejects with BundleError. */
export async function unpackBundle(bytes: Buffer, limits: BundleLimits): Promise<UnpackedBundle> {
  if (bytes.length === 0) throw new BundleError("truncated", "the bundle is empty");
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const archive = new Archive();
  let head: Buffer | undefined = Buffer.alloc(0);
  const single: Buffer[] = [];
  let isTar = false;
  for await (const chunk of isGzip ? inflated(bytes, limits) : plain(bytes, limits)) {
    if (head !== undefined) {
      head = Buffer.concat([head, chunk]);
      if (head.length < 512) continue;
      isTar = looksLikeTar(head);
      await take(head);
      head = undefined;
    } else await take(chunk);
  }
  if (head !== undefined) single.push(head);
  if (isTar) return archive.end();
  const content = Buffer.concat(single);
  if (content.length > maxFileBytes) throw new BundleError("too_large", `the file has more than ${maxFileBytes} bytes`);
  return { files: [{ name: "", content }], manifest: undefined, isSingleFile: true };

  async function take(chunk: Buffer): Promise<void> {
    if (isTar) await archive.write(chunk);
    else single.push(chunk);
  }
}

/** POSIX and GNU archives say `ustar` in their first header. */
function looksLikeTar(head: Buffer): boolean {
  return head.subarray(257, 262).toString("latin1") === "ustar";
}

async function* plain(bytes: Buffer, { maxUnpackedBytes }: BundleLimits): AsyncGenerator<Buffer> {
  if (bytes.length > maxUnpackedBytes) throw tooLarge(maxUnpackedBytes);
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

async function* inflated(bytes: Buffer, { maxUnpackedBytes }: BundleLimits): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: 65_536 });
  gunzip.end(bytes);
  let length = 0;
  try {
    for await (const chunk of gunzip) {
      if (!Buffer.isBuffer(chunk)) continue;
      length += chunk.length;
      if (length > maxUnpackedBytes) throw tooLarge(maxUnpackedBytes);
      if (length > RATIO_COUNTS_FROM && length > bytes.length * LARGEST_RATIO) {
        throw new BundleError("ratio", `the bundle unpacks to more than ${LARGEST_RATIO} times its size`);
      }
      yield chunk;
    }
  } catch (error: unknown) {
    if (error instanceof BundleError) throw error;
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "Z_BUF_ERROR") throw new BundleError("truncated", "the gzip stream ends early", { cause: error });
    throw new BundleError("format", `the gzip stream is damaged: ${messageOf(error)}`, { cause: error });
  } finally {
    gunzip.destroy();
  }
}

const zeros = Buffer.alloc(BLOCK);

/** Takes an archive apart as it comes. */
class Archive {
  private readonly files = new Map<string, Buffer>();
  private readonly seen = new Set<string>();
  private manifest: Buffer | undefined;
  private failure: BundleError | undefined;
  /** The mark at the end was there: without it nobody knows whether files are missing. */
  private isWhole = false;
  /** Bytes of a block that is not there yet. */
  private rest: Buffer = Buffer.alloc(0);
  private wasZero = false;
  private padding = 0;
  private readonly ended: Promise<void>;
  private readonly parser = new Parser({
    strict: true,
    // Bytes are counted before they come here.
    maxDecompressionRatio: Number.POSITIVE_INFINITY,
    onReadEntry: (entry) => this.enter(entry),
  });

  constructor() {
    this.ended = new Promise((resolve) => {
      this.parser.on("end", resolve);
      this.parser.on("eof", () => {
        this.isWhole = true;
      });
      this.parser.on("ignoredEntry", (entry: ReadEntry) => this.enter(entry));
      this.parser.on("error", (error: unknown) => {
        const text = messageOf(error).replace(/^TAR_[A-Z_]+: /, "");
        const code = /[Tt]runcated/.test(text) ? "truncated" : "format";
        this.failure ??= new BundleError(code, `the archive is damaged: ${text}`, { cause: error });
        resolve();
      });
    });
  }

  /** Takes bytes up to the end mark, behind which the parser would keep all that comes; only padding may follow. */
  async write(chunk: Buffer): Promise<void> {
    let bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const whole = bytes.length - (bytes.length % BLOCK);
    this.rest = bytes.subarray(whole);
    bytes = bytes.subarray(0, whole);
    while (bytes.length > 0 && !this.isWhole) {
      const end = this.firstMark(bytes);
      await this.parse(bytes.subarray(0, end));
      bytes = bytes.subarray(end);
    }
    if (this.isWhole) this.pad(this.rest.length === 0 ? bytes : Buffer.concat([bytes, this.rest]));
  }

  /** Where the next two blocks of zeros end, of which the first may have been the last block before; all, if there are none. */
  private firstMark(bytes: Buffer): number {
    for (let at = 0; at < bytes.length; at += BLOCK) {
      const isZero = bytes.compare(zeros, 0, BLOCK, at, at + BLOCK) === 0;
      if (isZero && this.wasZero) return at + BLOCK;
      this.wasZero = isZero;
    }
    return bytes.length;
  }

  private pad(bytes: Buffer): void {
    this.rest = Buffer.alloc(0);
    if (bytes.some((byte) => byte !== 0)) throw new BundleError("format", "there is more after the end mark");
    this.padding += bytes.length;
    if (this.padding > MOST_PADDING) {
      throw new BundleError("too_large", `more than ${MOST_PADDING} bytes of zeros after the end mark`);
    }
  }

  private async parse(chunk: Buffer): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    if (!this.parser.write(chunk) && this.failure === undefined) {
      await Promise.race([new Promise<void>((resolve) => this.parser.once("drain", resolve)), this.ended]);
    }
    if (this.failure !== undefined) throw this.failure;
  }

  async end(): Promise<UnpackedBundle> {
    if (this.rest.length > 0) await this.parse(this.rest);
    this.parser.end();
    await this.ended;
    if (this.failure !== undefined) throw this.failure;
    if (!this.isWhole) throw new BundleError("truncated", "the archive ends without its end mark");
    const files = [...this.files].map(([name, content]) => ({ name, content }));
    files.sort((left, right) => (left.name < right.name ? -1 : 1));
    return { files, manifest: this.manifest, isSingleFile: false };
  }

  private enter(entry: ReadEntry): void {
    try {
      const name = admit(entry, this.seen);
      if (name === undefined || !(name === ".manifest" || countsAsSource(name))) return void entry.resume();
      const limit = name === ".manifest" ? LARGEST_MANIFEST : maxFileBytes;
      if (entry.size > limit) throw new BundleError("too_large", `\`${printable(name)}\` has more than ${limit} bytes`);
      const chunks: Buffer[] = [];
      entry.on("data", (chunk) => chunks.push(chunk));
      entry.on("end", () => {
        const content = Buffer.concat(chunks);
        if (name === ".manifest") this.manifest = content;
        else this.files.set(name, content);
      });
    } catch (error: unknown) {
      this.failure ??= error instanceof BundleError ? error : new BundleError("format", messageOf(error));
      entry.resume();
    }
  }
}

/** The normalised name of a file, or undefined for a directory. Throws for anything that is neither. */
function admit({ path, type }: ReadEntry, seen: Set<string>): string | undefined {
  const shown = `\`${printable(path)}\``;
  if (seen.size >= MOST_ENTRIES)
    throw new BundleError("too_large", `the archive has more than ${MOST_ENTRIES} entries`);
  if (type !== "File" && type !== "OldFile" && type !== "Directory") {
    throw new BundleError("entry", `${shown} is a ${String(type)}: only files and directories may be in a bundle`);
  }
  const name = sourceName(path);
  if (name === undefined) throw new BundleError("path", `${shown} is no relative path inside of the bundle`);
  if (type !== "Directory") {
    if (name === "") throw new BundleError("path", `${shown} is no relative path inside of the bundle`);
    if (seen.has(name)) throw new BundleError("duplicate", `${shown} is in the bundle twice`);
  }
  seen.add(type === "Directory" ? `${name}/` : name);
  return type === "Directory" ? undefined : name;
}

function tooLarge(most: number): BundleError {
  return new BundleError("too_large", `the bundle unpacks to more than ${most} bytes`);
}

function printable(text: string): string {
  return JSON.stringify(text.slice(0, 200)).slice(1, -1);
}

function messageOf(error: unknown): string {
  return errorText(error).split("\n")[0] ?? "";
}
