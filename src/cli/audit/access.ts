/** `verdict audit who-can`, `what-can` and `which-resources`: who is allowed what, under which conditions. */
import { type Command, InvalidArgumentError } from "commander";
import { policyPath } from "../../config/policy-settings.js";
import { collect } from "../../terminal/key-value.js";
import type { AccessOptions } from "./run-access.js";

/** Adds `who-can`. */
export function addWhoCan(audit: Command): void {
  addRegion(audit.command("who-can"), "who can do an action, always or under which conditions")
    .argument("<action>", "`service:Name` or a pattern")
    .argument("[resource]", "an ARN or a pattern; default: `--resource`, else `*`, everything")
    .addHelpText("after", WHO_CAN_EXAMPLE)
    .action(async (action: string, resource: string | undefined, options: AccessOptions) => {
      const { whoCanDo } = await import("./run-access.js");
      await whoCanDo(action, resource, options);
    });
}

/** Adds `what-can`. */
export function addWhatCan(audit: Command): void {
  addRegion(audit.command("what-can"), "what a principal can do, action by action")
    .argument("<principal>", "the ARN of a principal, or a pattern of the directory's")
    .argument("[resource]", "an ARN or a pattern; default: `--resource`, else `*`, everything")
    .addHelpText("after", WHAT_CAN_EXAMPLE)
    .action(async (principal: string, resource: string | undefined, options: AccessOptions) => {
      const { whatCanBeDone } = await import("./run-access.js");
      await whatCanBeDone(principal, resource, options);
    });
}

/** Adds `which-resources`. */
export function addWhichResources(audit: Command): void {
  addRegion(audit.command("which-resources"), "on which resources a principal can do an action")
    .argument("<principal>", "the ARN of a principal, or a pattern of the directory's")
    .argument("<action>", "`service:Name` or a pattern")
    .addHelpText("after", WHICH_RESOURCES_EXAMPLE)
    .action(async (principal: string, action: string, options: AccessOptions) => {
      const { onWhichResources } = await import("./run-access.js");
      await onWhichResources(principal, action, options);
    });
}

/** The options that narrow a question, and how it is answered. */
export function addRegion(command: Command, summary: string, takesSet = true): Command {
  if (takesSet) {
    command.option(
      "--policies <path>",
      `policy set: a file, a directory or \`-\`, standard input (default: ${policyPath.defaultText})`,
    );
    command.option("--all", "also what is never allowed, and resources of other kinds");
  }
  return command
    .summary(summary)
    .description(
      `${summary.charAt(0).toUpperCase()}${summary.slice(1)}: over all requests, not over a list. What no option narrows is open.`,
    )
    .option("--principal <pattern>", "only these principals; repeatable", collect)
    .option("--action <pattern>", "only these actions; repeatable", collect)
    .option("--resource <pattern>", "only these resources; repeatable", collect)
    .option("--context <key=value>", "the key has exactly this value; repeat a key for several", collect)
    .option("--without <key>", "the key is absent; repeatable", collect)
    .option("--closed", "every key that is not named is absent, as in `check`")
    .option("--outside", "also who is not in the policy set: anonymous, services, other accounts")
    .option("--budget <n>", "decisions for one line, beyond which it is `unknown`", wholeNumber)
    .option("--workers <n>", "accepted; answers are found on one thread so far", wholeNumber)
    .option("--json", "print one line of JSON for each answer");
}

/** A whole number above zero, of an option. */
export function wholeNumber(text: string): number {
  if (!/^[1-9][0-9]{0,11}$/.test(text)) throw new InvalidArgumentError("is no whole number above zero.");
  return Number(text);
}

const WHO_CAN_EXAMPLE = `
Example:
  verdict audit who-can s3:DeleteBucket --policies examples/acme`;

const WHAT_CAN_EXAMPLE = `
Example:
  verdict audit what-can arn:aws:iam::222222222222:user/people/carol \\
    --policies examples/acme`;

const WHICH_RESOURCES_EXAMPLE = `
Example:
  verdict audit which-resources \\
    arn:aws:iam::222222222222:user/people/carol s3:GetObject \\
    --policies examples/acme`;
