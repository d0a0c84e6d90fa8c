/** `verdict generate`: a policy document out of what a principal was seen to do. */
import { type Command, InvalidArgumentError } from "commander";
import { policyPath } from "../config/policy-settings.js";
import { collect } from "../terminal/key-value.js";
import { serviceReferenceOption } from "../terminal/operations-of.js";
import type { GenerateCommandOptions } from "./run-generate.js";

/** Adds the command. */
export function addGenerate(program: Command): void {
  program
    .command("generate")
    .summary("print a policy for what a principal was seen to do")
    .description(
      "Prints a policy document that allows what records say a principal was allowed, and nothing beyond the generalisations that are " +
        "told on standard error. The document is checked: every use that it was made from is decided by it. Exit code 0, 2 if something " +
        "could not be read or no use was found.",
    )
    .argument("<principal>", "the ARN of a user or role; sessions count for their role")
    .requiredOption(
      "--evidence <path>",
      "records of CloudTrail or decision logs: a file, also compressed, or a directory; repeat for several",
      collect,
    )
    .option(
      "--policies <path>",
      `policy set, for names with their paths: a file, a directory or \`-\` (default: the export among the evidence, else ${policyPath.defaultText})`,
    )
    .option(serviceReferenceOption.flags, serviceReferenceOption.description)
    .option("--most-resources <number>", "resources of one action before they become prefixes", countOf, 10)
    .option("--source-network", "bind the policy to the networks that calls came from")
    .option("--resource-account", "bind it to the accounts of the resources: aws:ResourceAccount")
    .option("--resource-org", "bind it to their organizations: aws:ResourceOrgID")
    .option("--resource-tag <key>", "bind it to the values of their tag: aws:ResourceTag; repeatable", collect)
    .option("--principal-tag <key>", "bind it to resources with the principal's own tag; repeatable", collect)
    .addHelpText(
      "after",
      "\nExample:\n  verdict generate arn:aws:iam::111111111111:role/Nightly \\\n    --evidence trail/ --policies policies/",
    )
    .action(async (principal: string, options: GenerateCommandOptions) => {
      const { generate } = await import("./run-generate.js");
      await generate(principal, options);
    });
}

function countOf(text: string): number {
  const count = /^[1-9][0-9]{0,4}$/.test(text) ? Number(text) : 0;
  if (count === 0) throw new InvalidArgumentError("must be a number from 1 to 99999");
  return count;
}
