/**
 * What a finished file says of itself: its plan, its part and its blocks, in the footer of Parquet or in `FILE.plan.json` beside CSV and
 * JSON Lines.
 */
import { type FileHandle, open, readFile, rename, unlink, writeFile } from "node:fs/promises";
import { fileFailure } from "../files/file-failure.js";
import { isJsonObject } from "../text/json-object.js";
import { quote } from "../text/quote.js";
import { refusal } from "./matrix-error.js";
import {
  type BlockFacts,
  type ChunkFacts,
  footerLength,
  parquetFooter,
  parquetHeader,
  readFooter,
  TAIL_BYTES,
} from "./parquet-file.js";
import { blockFacts, readBytes } from "./part-file.js";
import { axisNames, type MatrixFormat, matrixFormats, type PlanIdentity, type Shard } from "./plan.js";
import { allNumbers, memberOf, parsed } from "./read-json.js";
import { textHeader } from "./text-rows.js";

/** A finished file. */
export interface MatrixFile {
  readonly path: string;
  readonly identity: PlanIdentity;
  readonly shard: Shard;
  readonly blocks: readonly BlockFacts[];
}

/** The format that a file's name ends with. Throws MatrixError; `flag` stands first. */
export function formatOf(flag: string, path: string): MatrixFormat {
  const found = matrixFormats.find((format) => path.endsWith(`.${format}`));
  if (found === undefined) throw refusal(`${flag}: ${quote(path)} ends with none of .parquet, .csv and .jsonl`);
  return found;
}

/** What stands in front of the first block. */
export function headerOf(identity: Pick<PlanIdentity, "format" | "reason">): Uint8Array {
  return identity.format === "parquet" ? parquetHeader : textHeader(identity);
}

/** What stands behind the last block; writes the file beside it first where the format has no room for notes. */
export async function sealOf(file: MatrixFile): Promise<Uint8Array> {
  const { identity, shard, blocks, path } = file;
  const part = shard.count === 1 ? {} : { shard: shardText(shard) };
  if (identity.format !== "parquet") {
    const listed = blocks.map(({ bytes, hash, counts }) => ({ bytes, hash, counts }));
    await writeBeside(`${path}.plan.json`, `${JSON.stringify({ matrix: identity, ...part, blocks: listed })}\n`);
    return new Uint8Array();
  }
  const listed = blocks.map(({ bytes, hash, counts }) => [bytes, hash, ...counts]);
  return parquetFooter(identity, blocks, {
    "verdict.matrix": JSON.stringify(identity),
    ...(shard.count === 1 ? {} : { "verdict.shard": shardText(shard) }),
    "verdict.blocks": JSON.stringify(listed),
  });
}

/** `0/4`. */
export function shardText({ index, count }: Shard): string {
  return `${index}/${count}`;
}

/** The part that `i/n` names; undefined for what names none. */
export function shardOf(text: string): Shard | undefined {
  const [, index = "", count = ""] = /^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  return index !== "" && shard.index < shard.count ? shard : undefined;
}

/** Writes a small file in one step. Rejects with MatrixError. */
export async function writeBeside(path: string, content: string | Uint8Array): Promise<void> {
  const part = `${path}.part-${process.pid}-${Date.now().toString(36)}`;
  try {
    await writeFile(part, content, { flag: "wx" });
    await rename(part, path);
  } catch (error: unknown) {
    await unlink(part).catch(() => {});
    throw refusal(`${quote(path)} cannot be written: ${fileFailure(error)}`, error);
  }
}

/** Reads what a file says of itself. Rejects with MatrixError. */
export async function readMatrixFile(path: string): Promise<MatrixFile> {
  const format = formatOf("verdict", path);
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error: unknown) {
    throw refusal(`${path}: cannot be read: ${fileFailure(error)}`, error);
  }
  try {
    const { size } = await file.stat();
    const found = format === "parquet" ? await readParquet(file, size) : await readText(path);
    if (found === undefined) throw refusal(`${path}: is no matrix of \`verdict audit matrix\`, or only a part of one`);
    const { identity, blocks } = found;
    const inside = blocks.reduce((sum, { bytes }) => sum + bytes, headerOf(identity).length);
    if (format === "parquet" ? inside > size : inside !== size) {
      throw refusal(`${path}: has ${size} bytes where its plan has ${inside}`);
    }
    return { path, ...found };
  } finally {
    await file.close();
  }
}

type Found = Omit<MatrixFile, "path"> | undefined;

async function readParquet(file: FileHandle, size: number): Promise<Found> {
  if (size < parquetHeader.length + TAIL_BYTES) return undefined;
  const length = footerLength(await readBytes(file, size - TAIL_BYTES, TAIL_BYTES));
  if (length === undefined || length + parquetHeader.length + TAIL_BYTES > size) return undefined;
  const footer = await readBytes(file, size - TAIL_BYTES - length, length + TAIL_BYTES);
  const { notes, chunks } = await readFooter(footer).catch(() => ({ notes: new Map<string, string>(), chunks: [] }));
  const listed = parsed(notes.get("verdict.blocks") ?? "");
  if (!Array.isArray(listed) || listed.length !== chunks.length) return undefined;
  const blocks = chunks.map((columns, index) => listedBlock(listed[index], columns));
  return found(parsed(notes.get("verdict.matrix") ?? ""), notes.get("verdict.shard"), blocks);
}

function listedBlock(value: unknown, chunks: readonly ChunkFacts[]): BlockFacts | undefined {
  if (!Array.isArray(value)) return undefined;
  const [bytes, hash, ...counts]: readonly unknown[] = value;
  if (typeof bytes !== "number" || typeof hash !== "string" || !allNumbers(counts)) return undefined;
  return { bytes, hash, counts, chunks };
}

async function readText(path: string): Promise<Found> {
  const text = await readFile(`${path}.plan.json`, "utf8").catch((error: unknown) => {
    throw refusal(`${path}.plan.json: cannot be read: ${fileFailure(error)}; it belongs to ${path}`, error);
  });
  const value = parsed(text);
  const listed = memberOf(value, "blocks");
  if (!Array.isArray(listed)) return undefined;
  const shard = memberOf(value, "shard");
  return found(memberOf(value, "matrix"), typeof shard === "string" ? shard : undefined, listed.map(blockFacts));
}

function found(identity: unknown, shardName: string | undefined, blocks: readonly (BlockFacts | undefined)[]): Found {
  const shard = shardName === undefined ? { index: 0, count: 1 } : shardOf(shardName);
  const sound = blocks.flatMap((block) => block ?? []);
  if (!isIdentity(identity) || shard === undefined || sound.length !== blocks.length) return undefined;
  return { identity, shard, blocks: sound };
}

function isIdentity(value: unknown): value is PlanIdentity {
  if (!isJsonObject(value)) return false;
  const { plan, format, policySet, version, matcher, axes, reason, cells } = value;
  const texts = [plan, format, policySet, version, matcher];
  return (
    texts.every((one) => typeof one === "string") &&
    typeof reason === "boolean" &&
    typeof cells === "number" &&
    axisNames.every((axis) => typeof memberOf(memberOf(axes, axis), "digest") === "string")
  );
}
