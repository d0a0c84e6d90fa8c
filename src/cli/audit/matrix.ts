/** `verdict audit matrix`: every combination of principals, actions, resources and scenarios with its decision, as a file. */
import type { Command } from "commander";
import { policyPath } from "../../config/policy-settings.js";
import { collect } from "../../terminal/key-value.js";
import { requireOptions } from "../../terminal/required-options.js";
import type { MatrixOptions } from "./run-matrix.js";

/** Adds the command. */
export function addMatrix(audit: Command): void {
  audit
    .command("matrix")
    .summary("write every combination with its decision into a file")
    .description(
      "Decides every principal × action × resource × scenario and writes a Parquet, CSV or JSON Lines file: exit code 0, " +
        "2 if the file is not complete or a cell could not be decided.",
    )
    .option(
      "--policies <path>",
      `policy set: a file, a directory or \`-\`, standard input (default: ${policyPath.defaultText})`,
    )
    .option(
      "--principals <text>",
      "an ARN, a pattern of the directory's, or @FILE with one a line; repeatable",
      collect,
    )
    .option(
      "--actions <text>",
      "`service:Name`, a pattern of the catalogue's and the set's, or @FILE; repeatable",
      collect,
    )
    .option(
      "--resources <text>",
      "an ARN or `*`, a pattern of the set's known resources, or @FILE; repeatable",
      collect,
    )
    .option("--scenarios <file>", "contexts by name, YAML or JSON (default: one without condition keys)")
    .option("--out <file>", "what to write: .parquet, .csv or .jsonl")
    .option("--shard <i/n>", "the part i of n, from 0/n on; `verdict audit merge` joins them")
    .option("--resume", "go on with a file that was interrupted; one that is complete stays")
    .option("--workers <n>", "threads (default: one for each core)")
    .option("--time <iso>", "the clock of every cell, as in 2026-03-01T09:00:00Z (default: the start)")
    .option("--reason", "add what decided: policy type and statement")
    .option("--json", "print the counts as one line of JSON")
    .addHelpText("after", MATRIX_EXAMPLE)
    .action(async (options: MatrixOptions) => {
      requireOptions(options, ["principals", "actions", "resources", "out"]);
      const { matrix } = await import("./run-matrix.js");
      await matrix(options);
    });
}

const MATRIX_EXAMPLE = `
Example:
  verdict audit matrix --policies examples/acme \\
    --principals 'arn:aws:iam::*:user/*' --actions 's3:Get*' \\
    --actions @actions.txt --resources 'arn:aws:s3:::*' --out matrix.parquet`;
