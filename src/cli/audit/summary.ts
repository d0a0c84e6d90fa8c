/** `verdict audit summary`: what policies say, as AWS's console shows it. */
import type { Command } from "commander";
import { policyPath } from "../../config/policy-settings.js";
import type { SummaryOptions } from "./run-summary.js";

/** Adds the command. */
export function addSummary(audit: Command): void {
  audit
    .command("summary")
    .summary("the services, actions and statements that policies name")
    .description(
      "What the documents of a principal or a policy say: services with access levels, with --service its actions, with --action the " +
        "statements about one. Without an argument: the principals and policies of the set.",
    )
    .argument("[subject]", "the ARN of a principal, or the name or ARN of a policy")
    .option(
      "--policies <path>",
      `policy set: a file, a directory or \`-\`, standard input (default: ${policyPath.defaultText})`,
    )
    .option("--service <prefix>", "the actions of one service, as in `s3`")
    .option("--action <name>", "the statements about one action of the service, as in `GetObject`")
    .option("--json", "print one line of JSON for each row")
    .addHelpText("after", SUMMARY_EXAMPLE)
    .action(async (subject: string | undefined, options: SummaryOptions) => {
      const { summarize } = await import("./run-summary.js");
      await summarize(subject, options);
    });
}

const SUMMARY_EXAMPLE = `
Example:
  verdict audit summary arn:aws:iam::222222222222:user/people/carol \\
    --policies examples/acme --service s3`;
