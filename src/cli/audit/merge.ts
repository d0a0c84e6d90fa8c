/** `verdict audit merge`: the shards of one matrix as the file that one machine would have written. */
import type { Command } from "commander";
import type { MergeOptions } from "./run-merge.js";

/** Adds the command. */
export function addMerge(audit: Command): void {
  audit
    .command("merge")
    .summary("join the shards of a matrix")
    .description(
      "Joins all shards of one matrix into the file that one run would have written: exit code 0, 2 if a shard is " +
        "missing, there twice, or of another matrix.",
    )
    .argument("<out>", "what to write, with the ending of the shards")
    .argument("<shard...>", "files of `verdict audit matrix --shard`, in any order")
    .option("--json", "print the counts as one line of JSON")
    .addHelpText("after", "\nExample:\n  verdict audit merge matrix.parquet shards/*.parquet")
    .action(async (out: string, shards: readonly string[], options: MergeOptions) => {
      const { merge } = await import("./run-merge.js");
      await merge(out, shards, options);
    });
}
