/** `verdict audit last-accessed`: who used what last, what is not used, and what is done for the first time. */
import type { Command } from "commander";
import { policyPath } from "../../config/policy-settings.js";
import { collect } from "../../terminal/key-value.js";
import { serviceReferenceOption } from "../../terminal/operations-of.js";
import type { LastAccessedOptions } from "./run-last-accessed.js";

/** Adds the command. */
export function addLastAccessed(audit: Command): void {
  audit
    .command("last-accessed")
    .summary("who used which action last, and which permissions nobody uses")
    .description(
      "Counts the calls that records tell of, a line for each principal and action; sessions count for their roles. With --unused-since: " +
        "permissions of the policy set that were not used since. With --first-seen-since: what a principal did for the first time, and " +
        "denials that came in bursts.",
    )
    .requiredOption(
      "--evidence <path>",
      "records of CloudTrail or decision logs: a file, also compressed, or a directory; repeat for several",
      collect,
    )
    .option(
      "--policies <path>",
      `policy set: a file, a directory or \`-\`, standard input (default: the export among the evidence, else ${policyPath.defaultText})`,
    )
    .option(serviceReferenceOption.flags, serviceReferenceOption.description)
    .option("--principal <text>", "only these principals: texts or patterns; repeat for several", collect)
    .option("--unused-since <date>", "permissions that were not used since, as in 2026-03-01")
    .option("--first-seen-since <date>", "what was done for the first time since, and bursts of denials")
    .option("--json", "print one line of JSON for each")
    .addHelpText("after", LAST_ACCESSED_EXAMPLE)
    .action(async (options: LastAccessedOptions) => {
      const { lastAccessed } = await import("./run-last-accessed.js");
      await lastAccessed(options);
    });
}

const LAST_ACCESSED_EXAMPLE = `
Example:
  verdict audit last-accessed --evidence trail/ --policies policies/ \\
    --unused-since 2026-03-01`;
