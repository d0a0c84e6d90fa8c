/**
 * `verdict simulate`: decides simulation cases, each on its own. Exit code 0, 1 if an expectation
 * failed, 2 if something could not be read or nothing was decided.
 */
import { type Command, Option } from "commander";
import type { SimulateOptions } from "./run-simulate.js";

/** Adds the command. */
export function addSimulate(program: Command): void {
  program
    .command("simulate")
    .summary("decide simulation cases, which carry their own policies")
    .description(
      "Decides simulation cases from JSON, JSON Lines or standard input: exit code 0, 1 if an expectation failed, " +
        "2 if something could not be read or nothing was decided.",
    )
    .argument("[file...]", "files of cases; `-` or none is standard input")
    .option("--json", "print one line of JSON a case")
    .option("--explain", "say what each policy type answered (with --json)")
    .addOption(
      new Option(
        "--format <format>",
        "print one object of JSON with the `EvaluationResults` of AWS's simulator API; errors go to standard error",
      )
        .choices(["aws"])
        .conflicts(["json", "explain"]),
    )
    .addHelpText("after", SIMULATE_EXAMPLE)
    .action(async (files: readonly string[], options: SimulateOptions) => {
      const { simulate } = await import("./run-simulate.js");
      await simulate(files, options);
    });
}

const SIMULATE_EXAMPLE = `
Example:
  echo '{"id":"1","policies":{"identity":[]},"request":{
    "principal":"arn:aws:iam::111111111111:user/a","action":"s3:GetObject",
    "resource":"arn:aws:s3:::b/k"},"expect":"implicitDeny"}' \\
    | verdict simulate --json`;
