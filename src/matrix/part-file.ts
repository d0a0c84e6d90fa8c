/**
 * A file while it is written: its bytes beside a journal with a line for each block, both under a name that no other process has.
 * Whole, it takes its own name in one step, and only if nobody else has it: two processes that write the same file do the work twice
 * and no harm. What an interrupted process left is taken over by its content.
 */
import { randomBytes } from "node:crypto";
import { type FileHandle, link, open, readdir, readFile, rename, unlink } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { isJsonObject } from "../text/json-object.js";
import { blockHash } from "./block-maker.js";
import type { BlockFacts } from "./parquet-file.js";
import { allNumbers, memberOf, parsed } from "./read-json.js";

/** What a journal belongs to: a plan and a part of it, and the clock that the plan was made with. */
export interface PartOwner {
  readonly plan: string;
  readonly shard: string;
  readonly clockSeconds: number | null;
}

/** By whom a journal is written. */
interface PartWriter {
  readonly host: string;
  readonly pid: number;
}

/** One file on its way. */
export class PartFile {
  private constructor(
    private readonly out: string,
    private readonly path: string,
    private readonly data: FileHandle,
    private readonly journal: FileHandle,
    private readonly written: BlockFacts[],
    private at: number,
  ) {}

  /** Begins a file with these first bytes. Rejects with the system's error. */
  static async begin(out: string, owner: PartOwner, header: Uint8Array): Promise<PartFile> {
    const path = `${out}.part-${randomBytes(6).toString("hex")}`;
    const data = await open(path, "wx+");
    const journal = await open(`${path}.journal`, "wx+");
    const file = new PartFile(out, path, data, journal, [], 0);
    await file.put(header);
    await journal.appendFile(`${JSON.stringify({ ...owner, host: hostname(), pid: process.pid })}\n`);
    return file;
  }

  /** As `begin`, with the blocks that an interrupted process of the same plan left, as far as they are sound. */
  static async resume(out: string, owner: PartOwner, header: Uint8Array): Promise<PartFile> {
    const left = await leftOf(out);
    const same = left.filter((one) => one.owner.plan === owner.plan && one.owner.shard === owner.shard);
    const [most] = same.sort((one, other) => other.blocks.length - one.blocks.length);
    const file = await PartFile.begin(out, owner, header);
    if (most !== undefined) await file.takeOver(most, header.length);
    for (const { path, writer } of left) {
      if (!isGone(writer)) continue;
      await unlink(`${path}.journal`).catch(() => {});
      await unlink(path).catch(() => {});
    }
    return file;
  }

  /** What is written. */
  get blocks(): readonly BlockFacts[] {
    return this.written;
  }

  /** Adds a block. Rejects with the system's error; the file can be resumed as it was before. */
  async append(bytes: Uint8Array, facts: BlockFacts): Promise<void> {
    await this.put(bytes);
    this.written.push(facts);
    await this.journal.appendFile(`${JSON.stringify(facts)}\n`);
  }

  /** Ends the file and gives it its name; false if another process has given it already. Rejects with the system's error. */
  async finish(footer: Uint8Array): Promise<boolean> {
    await this.put(footer);
    await this.data.sync();
    await this.close();
    const isFirst = await takeName(this.path, this.out);
    for (const path of await partsOf(this.out)) await unlink(path).catch(() => {});
    return isFirst;
  }

  /** How long it is. */
  get length(): number {
    return this.at;
  }

  /** Leaves what is written for `resume`; what holds no block goes. */
  async leave(): Promise<void> {
    if (this.written.length === 0) await this.discard();
    else await this.close();
  }

  /** Leaves nothing. */
  async discard(): Promise<void> {
    await this.close();
    await unlink(`${this.path}.journal`).catch(() => {});
    await unlink(this.path).catch(() => {});
  }

  private async close(): Promise<void> {
    await this.data.close();
    await this.journal.close();
  }

  private async put(bytes: Uint8Array): Promise<void> {
    for (let from = 0; from < bytes.length; ) {
      const { bytesWritten } = await this.data.write(bytes, from, bytes.length - from, this.at + from);
      from += bytesWritten;
    }
    this.at += bytes.length;
  }

  /** Copies, because whoever left it may still be there, on another machine. */
  private async takeOver({ path, blocks }: LeftPart, headerLength: number): Promise<void> {
    const source = await open(path, "r").catch(() => undefined);
    if (source === undefined) return;
    try {
      let from = headerLength;
      for (const facts of blocks) {
        const bytes = await readBytes(source, from, facts.bytes).catch(() => undefined);
        if (bytes === undefined || blockHash(bytes) !== facts.hash) break;
        await this.append(bytes, facts);
        from += bytes.length;
      }
    } finally {
      await source.close();
    }
  }
}

/** What interrupted processes left beside a file: to whom it belongs. */
export async function ownersOfParts(out: string): Promise<readonly PartOwner[]> {
  return (await leftOf(out)).map(({ owner }) => owner);
}

interface LeftPart {
  readonly path: string;
  readonly owner: PartOwner;
  readonly writer: PartWriter | undefined;
  readonly blocks: readonly BlockFacts[];
}

async function leftOf(out: string): Promise<LeftPart[]> {
  const left: LeftPart[] = [];
  for (const path of await partsOf(out)) {
    if (!path.endsWith(".journal")) continue;
    const [first = "", ...lines] = (await readFile(path, "utf8").catch(() => "")).split("\n");
    const head = parsed(first);
    const owner = ownerOf(head);
    if (owner === undefined) continue;
    const blocks: BlockFacts[] = [];
    for (const line of lines) {
      const facts = blockFacts(parsed(line));
      // The last line of a process that was killed may be torn.
      if (facts === undefined) break;
      blocks.push(facts);
    }
    left.push({ path: path.slice(0, -".journal".length), owner, writer: writerOf(head), blocks });
  }
  return left;
}

async function partsOf(out: string): Promise<readonly string[]> {
  const folder = dirname(out);
  const start = `${basename(out)}.part-`;
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.startsWith(start)).map((name) => join(folder, name));
}

function ownerOf(value: unknown): PartOwner | undefined {
  const plan = memberOf(value, "plan");
  const shard = memberOf(value, "shard");
  const clockSeconds = memberOf(value, "clockSeconds");
  if (typeof plan !== "string" || typeof shard !== "string") return undefined;
  return { plan, shard, clockSeconds: typeof clockSeconds === "number" ? clockSeconds : null };
}

function writerOf(value: unknown): PartWriter | undefined {
  const host = memberOf(value, "host");
  const pid = memberOf(value, "pid");
  return typeof host === "string" && typeof pid === "number" ? { host, pid } : undefined;
}

/** Whether a process of this machine has ended; of another one nobody here can tell. */
function isGone(writer: PartWriter | undefined): boolean {
  if (writer === undefined || writer.host !== hostname() || writer.pid === process.pid) return false;
  try {
    process.kill(writer.pid, 0);
    return false;
  } catch (error: unknown) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}

/** Bytes of a file; rejects if there are fewer. */
export async function readBytes(file: FileHandle, from: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(bytes, at, length - at, from + at);
    if (bytesRead === 0) throw new Error("ends too early");
    at += bytesRead;
  }
  return bytes;
}

/** The facts of a block that were written as JSON; undefined for what is none. */
export function blockFacts(value: unknown): BlockFacts | undefined {
  const bytes = memberOf(value, "bytes");
  const hash = memberOf(value, "hash");
  const counts = memberOf(value, "counts");
  const chunks = memberOf(value, "chunks");
  if (typeof bytes !== "number" || typeof hash !== "string" || !allNumbers(counts)) return undefined;
  if (chunks === undefined) return { bytes, hash, counts };
  return isChunks(chunks) ? { bytes, hash, counts, chunks } : undefined;
}

/** The journal is our own: a torn line is no JSON, and one that is whole has every member. */
function isChunks(value: unknown): value is NonNullable<BlockFacts["chunks"]> {
  return Array.isArray(value) && value.every((one) => isJsonObject(one) && typeof one.size === "number");
}

/** Gives a file its name if nobody has it. Where there are no hard links, another process that is as fast writes the same bytes. */
export async function takeName(path: string, out: string): Promise<boolean> {
  try {
    await link(path, out);
    await unlink(path);
    return true;
  } catch (error: unknown) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    if (code === "EEXIST") {
      await unlink(path).catch(() => {});
      return false;
    }
    // Another process that was sooner takes away what is left beside its file.
    if (code === "ENOENT") return false;
    await rename(path, out);
    return true;
  }
}
