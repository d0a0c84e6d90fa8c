/** `verdict audit posture`: what is wrong with accounts. Exit code 0 answered, 1 with `--fail-on` a finding that weighs so much, 2 an error. */
import { type Command, Option } from "commander";
import { policyPath } from "../../config/policy-settings.js";
import { collect } from "../../terminal/key-value.js";
import type { PostureOptions } from "./run-posture.js";

/** Adds the command. */
export function addPosture(audit: Command): void {
  audit
    .command("posture")
    .summary("what is wrong with accounts: root, MFA, keys, policies, trust, public resources")
    .description(
      "Checks a policy set, and what AWS prints beside it, against the IAM section of the CIS AWS Foundations Benchmark and further rules. " +
        "What a policy grants is decided by the whole set; a check whose source is missing is said to be not checked.",
    )
    .option(
      "--policies <path>",
      `policy set: a file, a directory or \`-\` (default: the account export among the evidence, else ${policyPath.defaultText})`,
    )
    .option(
      "--evidence <path>",
      "reports, listings, exports, resource policies; a folder of them; repeat for several",
      collect,
    )
    .option("--checks <file>", "checks of your own: assertions with severity and fix; repeat for several", collect)
    .option("--suppressions <file>", "findings that somebody answers for, with reason, owner and last day")
    .option("--baseline <file>", "findings that are accepted as they are, with reason and last day")
    .option("--write-baseline", "accept what is found: write it to the file of --baseline")
    .option("--reason <text>", "why, with --write-baseline")
    .option("--owner <name>", "who answers for it, with --write-baseline")
    .option("--expires <day>", "the last day of it, with --write-baseline (default: in 90 days)")
    .addOption(
      new Option("--fail-on <severity>", "the lightest finding that makes the exit code 1").choices([
        "low",
        "medium",
        "high",
      ]),
    )
    .addOption(
      new Option("--format <format>", "form of the findings").choices(["text", "json", "sarif", "csv"]).default("text"),
    )
    .option("--json", "one line of JSON for each finding, as --format json")
    .option("--all", "every subject of a check, however many there are")
    .addHelpText("after", POSTURE_EXAMPLE)
    .action(async (options: PostureOptions) => {
      const { posture } = await import("./run-posture.js");
      await posture(options);
    });
}

const POSTURE_EXAMPLE = `
Examples:
  verdict audit posture --evidence account/
  verdict audit posture --policies policies/ --evidence reports/ --fail-on high
  verdict audit posture --evidence account/ --baseline accepted.json \\
    --write-baseline --reason "known"`;
