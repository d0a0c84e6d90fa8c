/** A matrix, or a part of it, into a file: blocks from threads, written in order, and a name at the end. */
import { stat } from "node:fs/promises";
import type { PreparedPolicySet } from "../engine/preparation.js";
import { seatsOf } from "../engine/table-session.js";
import { fileFailure } from "../files/file-failure.js";
import { quote } from "../text/quote.js";
import { makeBlocks } from "./block-threads.js";
import { MatrixError, refusal } from "./matrix-error.js";
import { headerOf, type MatrixFile, readMatrixFile, sealOf, shardText } from "./matrix-file.js";
import type { BlockFacts } from "./parquet-file.js";
import { PartFile } from "./part-file.js";
import { Cut, identityOf, type MatrixPlan, type Shard } from "./plan.js";
import { expectNoOtherViews, writeNames, writeViews } from "./side-files.js";

/** What is to be written. */
export interface MatrixJob {
  readonly plan: MatrixPlan;
  /** Prepared with `matrixNeeds`. */
  readonly prepared: PreparedPolicySet;
  readonly out: string;
  readonly shard: Shard;
  /** Whether to go on with what was interrupted, and to be content with a file that is whole. */
  readonly isResumed: boolean;
  /** The clock of a set that does not read it. */
  readonly nowSeconds: number;
  readonly signal: AbortSignal;
  /** Hears after each block how many cells of how many are there; `before` were from the start. */
  readonly onProgress?: (done: number, all: number, before: number) => void;
}

/** What became of it. */
export interface MatrixOutcome {
  readonly file: MatrixFile;
  /** False if it was stopped before its end. */
  readonly isWhole: boolean;
  /** Cells of the shard, and those that are written. */
  readonly cells: number;
  readonly done: number;
  /** Written cells by decision, in the order of `decisionWords`. */
  readonly counts: readonly number[];
  readonly bytes: number;
}

/** What a policy set has to be prepared with for so many threads. */
export function matrixNeeds(workers: number): {
  readonly flavour: "release";
  readonly taskRegions: number;
  readonly callAreas: number;
  readonly maxMessageBytes: number;
  readonly maxBatchRequests: number;
  readonly keepsArchive: false;
} {
  return {
    flavour: "release",
    taskRegions: workers,
    callAreas: workers,
    maxMessageBytes: 32 << 20,
    maxBatchRequests: 1 << 17,
    keepsArchive: false,
  };
}

/** Writes a file. Rejects with MatrixError; what was written by then stays for `isResumed`. */
export async function writeMatrix(job: MatrixJob): Promise<MatrixOutcome> {
  const { plan, out, shard, isResumed } = job;
  const identity = identityOf(plan);
  const cut = new Cut(plan);
  const [from, to] = cut.of(shard);
  let cells = 0;
  for (let block = from; block < to; block++) cells += cut.at(block).cells;
  const there = await thereAlready(job, identity.plan);
  if (there !== undefined) return { ...outcomeOf(there, there.blocks, cells, true), bytes: (await stat(out)).size };
  const hasViews = plan.format === "parquet" && shard.count === 1;
  const file = await atOut(out, () =>
    PartFile[isResumed ? "resume" : "begin"](
      out,
      { plan: identity.plan, shard: shardText(shard), clockSeconds: identity.clockSeconds },
      headerOf(identity),
    ),
  );
  let isEnded = false;
  try {
    if (plan.format === "parquet") await writeNames(out, plan);
    if (hasViews) await expectNoOtherViews(out, plan.reason);
    await writeBlocks(job, file, from, to, cells);
    const blocks = [...file.blocks];
    const self = { path: out, identity, shard, blocks };
    if (blocks.length < to - from) return outcomeOf(self, blocks, cells, false);
    if (hasViews) await writeViews(out, plan.reason);
    const seal = await sealOf(self);
    isEnded = true;
    const isFirst = await atOut(out, () => file.finish(seal));
    if (!isFirst) await expectSame(out, identity.plan, shard);
    return { ...outcomeOf(self, blocks, cells, true), bytes: file.length };
  } finally {
    if (!isEnded) await file.leave().catch(() => {});
  }
}

async function writeBlocks(job: MatrixJob, file: PartFile, from: number, to: number, cells: number): Promise<void> {
  const { plan, prepared, nowSeconds, signal, onProgress } = job;
  const before = cellsOf(file.blocks);
  let done = before;
  if (from + file.blocks.length >= to) return;
  const terms = { plan, seats: seatsOf(prepared, "release"), nowSeconds, signal };
  for await (const { bytes, facts } of makeBlocks(terms, from + file.blocks.length, to)) {
    await atOut(job.out, () => file.append(bytes, facts));
    done += cellsOf([facts]);
    onProgress?.(done, cells, before);
  }
}

/** A file of the name that is whole; undefined if there is none. Rejects if it is another one, or none was wanted. */
async function thereAlready({ out, shard, isResumed }: MatrixJob, plan: string): Promise<MatrixFile | undefined> {
  const found = await stat(out).catch(() => undefined);
  if (found === undefined) return undefined;
  if (found.isDirectory()) throw refusal(`--out: ${quote(out)} is a directory`);
  if (!isResumed) throw refusal(`--out: ${quote(out)} is there already: remove it, or keep it with --resume`);
  return expectSame(out, plan, shard);
}

async function expectSame(out: string, plan: string, shard: Shard): Promise<MatrixFile> {
  const file = await readMatrixFile(out);
  if (file.identity.plan === plan && shardText(file.shard) === shardText(shard)) return file;
  throw refusal(`--out: ${quote(out)} is another matrix, or another part of it: remove it, or choose another name`);
}

/** Tells what the file system refuses. */
async function atOut<T>(out: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error: unknown) {
    if (error instanceof MatrixError) throw error;
    throw refusal(`--out: ${quote(out)} cannot be written: ${fileFailure(error)}`, error);
  }
}

function outcomeOf(file: MatrixFile, blocks: readonly BlockFacts[], cells: number, isWhole: boolean): MatrixOutcome {
  const counts = [0, 0, 0, 0].map((_, code) => blocks.reduce((sum, block) => sum + (block.counts[code] ?? 0), 0));
  const bytes = blocks.reduce((sum, block) => sum + block.bytes, headerOf(file.identity).length);
  return { file, isWhole, cells, done: cellsOf(blocks), counts, bytes };
}

function cellsOf(blocks: readonly BlockFacts[]): number {
  return blocks.reduce((sum, { counts }) => counts.reduce((inner, count) => inner + count, sum), 0);
}
