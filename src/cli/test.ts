/** `verdict test`: policy unit tests. Exit code 0 if all pass, 1 if one fails or coverage is too low, 2 if something cannot be read or nothing was asked. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { policyPath } from "../config/policy-settings.js";
import type { TestOptions } from "./run-test.js";

/** Adds the command. */
export function addTest(program: Command): void {
  program
    .command("test")
    .summary("ask questions with expected answers: unit tests of policies")
    .description(
      "Asks a policy set questions with expected answers: exit code 0 if all are as expected, 1 if one is not or too " +
        "little is covered, 2 if something cannot be read or nothing was asked.",
    )
    .argument(
      "[path...]",
      "files of tests, or directories with `*.test.yaml`, `*.questions.json` and the like (default: where the policy set is)",
    )
    .option(
      "--policies <path>",
      `policy set that all tests ask (default: what each file names, what lies beside it under its name, its directory, ${policyPath.defaultText})`,
    )
    .option("--filter <text>", "only tests in which the text occurs, or that match a /regular expression/")
    .addOption(
      new Option("--format <format>", "form of the report").choices(["text", "json", "junit", "tap"]).default("text"),
    )
    .option("--out <file>", "write the report to a file, and the text for people to standard output")
    .option("--coverage", "list the statements that no test reaches, and those that decide none")
    .option("--coverage-threshold <percent>", "fail if fewer statements of a hundred are reached", percentOf)
    .option("--coverage-out <file>", "write an lcov tracefile, or a list as JSON if the name ends in .json")
    .option("--watch", "run again when tests or policies change, until interrupted")
    .addHelpText("after", TEST_EXAMPLE)
    .action(async (paths: readonly string[], options: TestOptions) => {
      const { test } = await import("./run-test.js");
      await test(paths, options);
    });
}

function percentOf(text: string): number {
  const percent = /^[0-9]{1,3}(\.[0-9]+)?$/.test(text) ? Number(text) : Number.NaN;
  if (percent >= 0 && percent <= 100) return percent;
  throw new InvalidArgumentError("it is no number from 0 to 100.");
}

const TEST_EXAMPLE = `
Example:
  verdict test examples
  verdict test --policies policies --coverage --format junit \\
    --out report.xml tests`;
