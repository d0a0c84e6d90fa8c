/** The shards of one plan as the file of one run: their blocks one after the other, each checked on the way. */
import { open, readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { fileFailure } from "../files/file-failure.js";
import { quote } from "../text/quote.js";
import { blockHash } from "./block-maker.js";
import { MatrixError, refusal } from "./matrix-error.js";
import { formatOf, headerOf, type MatrixFile, readMatrixFile, sealOf, shardText } from "./matrix-file.js";
import { footerLength, readFooter, TAIL_BYTES } from "./parquet-file.js";
import { PartFile, readBytes } from "./part-file.js";
import { axisNames, type PlanIdentity } from "./plan.js";
import { expectNoOtherViews, keepOrWrite, namesFile, writeViews } from "./side-files.js";

/** What was joined. */
export interface MergeOutcome {
  readonly file: MatrixFile;
  /** Cells by decision, in the order of `decisionWords`. */
  readonly counts: readonly number[];
  readonly bytes: number;
}

/** Joins shards, in whatever order they are named. Rejects with MatrixError, and then there is no file. */
export async function mergeMatrix(out: string, paths: readonly string[], signal: AbortSignal): Promise<MergeOutcome> {
  const format = formatOf("verdict", out);
  if ((await stat(out).catch(() => undefined)) !== undefined) throw refusal(`${out}: is there already`);
  const shards = await Promise.all(paths.map(readMatrixFile));
  const ordered = completeSet(shards);
  const [first] = ordered;
  if (first === undefined) throw refusal("verdict: there are no shards");
  const { identity } = first;
  if (identity.format !== format) throw refusal(`${out}: the shards are of the format .${identity.format}`);
  if (format === "parquet") await expectNoOtherViews(out, identity.reason);
  const shard = { index: 0, count: 1 };
  const owner = { plan: identity.plan, shard: shardText(shard), clockSeconds: identity.clockSeconds };
  const file = await atOut(out, () => PartFile.begin(out, owner, headerOf(identity)));
  let isEnded = false;
  try {
    for (const one of ordered) await copyBlocks(out, file, one, signal);
    if (format === "parquet") {
      for (const axis of axisNames) await copyNames(out, ordered, axis, identity);
      await writeViews(out, identity.reason);
    }
    const whole = { path: out, identity, shard, blocks: file.blocks };
    const seal = await sealOf(whole);
    isEnded = true;
    if (!(await atOut(out, () => file.finish(seal)))) throw refusal(`${out}: is there already`);
    const counts = [0, 0, 0, 0].map((_, code) => file.blocks.reduce((sum, { counts: of }) => sum + (of[code] ?? 0), 0));
    return { file: whole, counts, bytes: file.length };
  } finally {
    if (!isEnded) await file.discard();
  }
}

/** The shards in order. Throws MatrixError that says of every shard what is wrong. */
function completeSet(shards: readonly MatrixFile[]): readonly MatrixFile[] {
  const [first] = shards;
  if (first === undefined) return [];
  const problems: string[] = [];
  const byIndex = new Map<number, MatrixFile>();
  for (const file of shards) {
    const foreign = difference(first, file);
    if (foreign !== undefined) {
      problems.push(`${file.path}: is of another matrix than ${first.path}: ${foreign}`);
      continue;
    }
    const twin = byIndex.get(file.shard.index);
    if (twin === undefined) byIndex.set(file.shard.index, file);
    else problems.push(`${file.path}: is shard ${shardText(file.shard)} again, as ${twin.path}`);
  }
  const { count } = first.shard;
  for (let index = 0; index < count; index++) {
    if (!byIndex.has(index)) problems.push(`shard ${shardText({ index, count })} is missing`);
  }
  if (problems.length > 0) throw new MatrixError(problems.length > MOST_TOLD ? shortened(problems) : problems);
  return [...byIndex.values()].sort((one, other) => one.shard.index - other.shard.index);
}

const MOST_TOLD = 20;

function shortened(problems: readonly string[]): readonly string[] {
  return [...problems.slice(0, MOST_TOLD), `and ${problems.length - MOST_TOLD} more`];
}

/** In what two files differ that should belong together. */
function difference(one: MatrixFile, other: MatrixFile): string | undefined {
  if (one.identity.plan === other.identity.plan) {
    const [left, right] = [one.shard.count, other.shard.count];
    return left === right ? undefined : `cut into ${right} shards instead of ${left}`;
  }
  const [left, right] = [one.identity, other.identity];
  if (left.policySet !== right.policySet) return `decided by policy set ${right.policySet}, not ${left.policySet}`;
  if (left.version !== right.version) return `decided by verdict ${right.version}, not ${left.version}`;
  if (left.matcher !== right.matcher) return `decided by another build of verdict ${left.version}`;
  const axis = axisNames.find((name) => left.axes[name].digest !== right.axes[name].digest);
  if (axis !== undefined) return `its ${axis}s are others`;
  if (left.clockSeconds !== right.clockSeconds)
    return `decided by the clock ${clockText(right)}, not ${clockText(left)}`;
  return left.reason === right.reason ? "of another format" : "with and without --reason";
}

function clockText({ clockSeconds }: PlanIdentity): string {
  return clockSeconds === null ? "of any time" : new Date(clockSeconds * 1000).toISOString().replace(".000Z", "Z");
}

async function copyBlocks(out: string, file: PartFile, shard: MatrixFile, signal: AbortSignal): Promise<void> {
  const source = await open(shard.path, "r");
  try {
    let from = headerOf(shard.identity).length;
    for (const [index, facts] of shard.blocks.entries()) {
      if (signal.aborted) throw refusal(`${out}: stopped`);
      const bytes = await readBytes(source, from, facts.bytes).catch((error: unknown) => {
        throw refusal(`${shard.path}: cannot be read: ${fileFailure(error)}`, error);
      });
      if (blockHash(bytes) !== facts.hash) throw refusal(`${shard.path}: block ${index} is damaged`);
      await atOut(out, () => file.append(bytes, facts));
      from += facts.bytes;
    }
  } finally {
    await source.close();
  }
}

/** The names of an axis, from beside whichever shard has them. */
async function copyNames(
  out: string,
  shards: readonly MatrixFile[],
  axis: (typeof axisNames)[number],
  { axes }: PlanIdentity,
): Promise<void> {
  const folders = new Set([dirname(out), ...shards.map(({ path }) => dirname(path))]);
  for (const folder of folders) {
    const path = namesFile(folder, axis);
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes !== undefined && (await axisDigest(bytes)) === axes[axis].digest) {
      return keepOrWrite(namesFile(dirname(out), axis), bytes);
    }
  }
  throw refusal(`${namesFile(dirname(shards[0]?.path ?? out), axis)}: the names of ${axis}s stand beside no shard`);
}

/** The digest that a table of names was written with. */
async function axisDigest(bytes: Uint8Array): Promise<string | undefined> {
  const length = footerLength(bytes.subarray(-TAIL_BYTES));
  if (length === undefined) return undefined;
  const footer = await readFooter(bytes.subarray(-TAIL_BYTES - length)).catch(() => undefined);
  return footer?.notes.get("verdict.axis");
}

async function atOut<T>(out: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error: unknown) {
    throw refusal(`${quote(out)} cannot be written: ${fileFailure(error)}`, error);
  }
}
