/** `verdict audit escalation`: who can become somebody else or an administrator. Exit code 0 answered, 2 an error. */
import type { Command } from "commander";
import { policyPath } from "../../config/policy-settings.js";
import { collect } from "../../terminal/key-value.js";
import { wholeNumber } from "./access.js";
import type { EscalationOptions } from "./run-escalation.js";

/** Adds the command. */
export function addEscalation(audit: Command): void {
  audit
    .command("escalation")
    .summary("who can become somebody else, or an administrator")
    .description(
      "Who can become somebody else or an administrator: every way is decided over the whole set, with boundaries, SCPs, trust policies and " +
        "denials; chains are found from the shortest. An administrator is who may do everything of IAM, by decision.",
    )
    .option(
      "--policies <path>",
      `policy set: a file, a directory or \`-\`, standard input (default: the export among the evidence, else ${policyPath.defaultText})`,
    )
    .option(
      "--evidence <path>",
      "AWS Config, which tells what runs as which role, and exports with versions of policies; repeatable",
      collect,
    )
    .option("--principal <pattern>", "only what these principals can become; repeatable", collect)
    .option("--context <key=value>", "the key has exactly this value; repeat a key for several", collect)
    .option("--without <key>", "the key is absent; repeatable", collect)
    .option("--all", "every edge, not only the shortest ways")
    .option("--budget <n>", "decisions for one question, beyond which it is not known", wholeNumber)
    .option("--dot", "print the graph for Graphviz")
    .option("--json", "print one line of JSON for each administrator, edge and chain")
    .addHelpText("after", ESCALATION_EXAMPLE)
    .action(async (options: EscalationOptions) => {
      const { showEscalation } = await import("./run-escalation.js");
      await showEscalation(options);
    });
}

const ESCALATION_EXAMPLE = `
Examples:
  verdict audit escalation --policies examples/acme
  verdict audit escalation --evidence account/
  verdict audit escalation --policies policies/ --dot \\
    | dot -Tsvg > escalation.svg`;
