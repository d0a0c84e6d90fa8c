/**
 * `verdict replay`: decides a decision log again and tells what would differ. Exit code 0, 1 if something would, 2 if something
 * could not be read.
 */
import type { Command } from "commander";
import { settings } from "../config/settings.js";
import { refuse } from "../terminal/command-error.js";
import { collect } from "../terminal/key-value.js";
import { serviceReferenceOption } from "../terminal/operations-of.js";
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
    .argument("[log...]", "decision logs, also compressed with gzip; `-` is standard input")
    .option(
      "--cloudtrail <path>",
      "records of CloudTrail instead: a file, also compressed, or a directory; repeat for several",
      collect,
    )
    .option("--troubleshooter <path>", "answers of AWS's Access Troubleshooter instead; repeat for several", collect)
    .option(
      "--policies <[name=]path>",
      `policy set to decide by; repeat with names where records name several (default: ${settings.policies.defaultText})`,
      collect,
    )
    .option(serviceReferenceOption.flags, serviceReferenceOption.description)
    .option("--reasons", "compare what blocked and which statements decided as well, where the record tells")
    .option("--json", "print one line of JSON a difference, then one of counts")
    .addHelpText(
      "after",
      "\nExamples:\n  verdict replay decisions.jsonl --policies examples/acme\n" +
        "  verdict replay --cloudtrail trail/ \\\n    --policies account-authorization-details.json",
    )
    .action(async (logs: readonly string[], options: AnyOptions) => {
      const { cloudtrail, troubleshooter, serviceReference } = options;
      if (serviceReference !== undefined && cloudtrail === undefined)
        throw refuse("--service-reference: only with --cloudtrail");
      if (cloudtrail !== undefined) {
        if (troubleshooter !== undefined)
          throw refuse("--troubleshooter: cannot be replayed together with --cloudtrail");
        const one = onePolicySet("--cloudtrail", logs, options);
        const { replayCloudTrail } = await import("./run-replay-cloudtrail.js");
        await replayCloudTrail(cloudtrail, one);
        return;
      }
      if (troubleshooter !== undefined) {
        const one = onePolicySet("--troubleshooter", logs, options);
        const { replayDetails } = await import("./replay/run-replay-details.js");
        await replayDetails(troubleshooter, one);
        return;
      }
      if (logs.length === 0) throw refuse("log: missing: name decision logs, or records with --cloudtrail");
      const { replay } = await import("./run-replay.js");
      await replay(logs, options);
    });
}

interface AnyOptions extends ReplayOptions {
  readonly cloudtrail?: readonly string[];
  readonly troubleshooter?: readonly string[];
  readonly serviceReference?: string;
}

/** What AWS recorded is decided by one set, and by itself. */
function onePolicySet(option: string, logs: readonly string[], options: AnyOptions) {
  if (logs.length > 0) throw refuse(`${option}: cannot be replayed together with decision logs`);
  const [policies, ...more] = options.policies ?? [];
  if (more.length > 0) throw refuse(`--policies: one policy set with ${option}`);
  return { ...options, policies };
}
