/**
 * `verdict replay`: decides a decision log again and tells what would differ. Exit code 0, 1 if something would, 2 if something
 * could not be read.
 */
import type { Command } from "commander";
import { settings } from "../config/settings.js";
import { collect } from "../terminal/key-value.js";
import type { ReplayOptions } from "./run-replay.js";

/** Adds the command. */
export function addReplay(program: Command): void {
  program
    .command("replay")
    .summary("decide a decision log again and tell what would differ")
    .description(
      "Decides every record of a decision log again, by the clock of the record: exit code 0, 1 if a decision would " +
        "differ, 2 if something could not be read or nothing could be compared.",
    )
    .argument("<log...>", "decision logs, also compressed with gzip; `-` is standard input")
    .option(
      "--policies <[name=]path>",
      `policy set to decide by; repeat with names where records name several (default: ${settings.policies.defaultText})`,
      collect,
    )
    .option("--reasons", "compare what blocked and which statements decided as well, where the record tells")
    .option("--json", "print one line of JSON a difference, then one of counts")
    .addHelpText("after", "\nExample:\n  verdict replay decisions.jsonl --policies examples/acme")
    .action(async (logs: readonly string[], options: ReplayOptions) => {
      const { replay } = await import("./run-replay.js");
      await replay(logs, options);
    });
}
