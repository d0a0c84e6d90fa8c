/** The work of `verdict audit merge`. */
import { mergeMatrix } from "../../matrix/merge-matrix.js";
import { printJson } from "../../terminal/terminal.js";
import { asCommandError, decisionCounts, printMatrix } from "./matrix-report.js";
import { untilInterrupted } from "./until-interrupted.js";

/** What the command line gave. */
export interface MergeOptions {
  readonly json?: boolean;
}

/** Runs the command. */
export async function merge(out: string, shards: readonly string[], { json }: MergeOptions): Promise<void> {
  const merged = await asCommandError(() => untilInterrupted((signal) => mergeMatrix(out, shards, signal)));
  const { file, counts, bytes } = merged;
  const { identity } = file;
  if (json === true) {
    const { cells } = identity;
    await printJson({ out, shards: shards.length, cells, bytes, decisions: decisionCounts(counts), identity });
  } else await printMatrix(out, identity, file.shard, { done: identity.cells, counts, bytes });
}
