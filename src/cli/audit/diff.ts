/** `verdict audit diff`: what a change of a policy set changed. Exit code 1 if `--fail-on` names what it found. */
import { type Command, Option } from "commander";
import { addRegion } from "./access.js";
import type { DiffOptions } from "./run-diff.js";

/** Adds the command. */
export function addDiff(audit: Command): void {
  addRegion(audit.command("diff"), "what a change gave and took away", false)
    .argument("<old>", "the policy set before: a file or a directory")
    .argument("<new>", "the policy set after")
    .addOption(
      new Option("--fail-on <what>", "exit code 1 if access was gained, lost, or either").choices([
        "gained",
        "lost",
        "any",
      ]),
    )
    .option("--out <file>", "write a comment in Markdown for the pull request, of at most 60,000 characters")
    .addHelpText("after", DIFF_EXAMPLE)
    .action(async (old: string, now: string, options: DiffOptions) => {
      const { diff } = await import("./run-diff.js");
      await diff(old, now, options);
    });
}

const DIFF_EXAMPLE = `
Example:
  verdict audit diff main/policies policies --fail-on gained --out comment`;
