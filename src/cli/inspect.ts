/** `verdict inspect`: what a policy set holds once it is compiled. */
import { type Command, Option } from "commander";
import { policyPath } from "../config/policy-settings.js";

/** What can be listed. */
export const listed = ["users", "roles", "groups", "policies", "resources", "owners"] as const;

/** One of them. */
export type Listed = (typeof listed)[number];

/** What the command line gave. */
export interface InspectOptions {
  readonly json?: boolean;
  readonly list?: Listed;
}

/** Adds the command. */
export function addInspect(program: Command): void {
  program
    .command("inspect")
    .summary("show what a policy set holds")
    .description("Compiles a policy set and prints its counts, its digest and the bytes of its image.")
    .argument("[path]", `policy set: a file, a directory or \`-\`, standard input (default: ${policyPath.defaultText})`)
    .addOption(new Option("--list <what>", "print names instead, one a line").choices(listed))
    .option("--json", "print one line of JSON")
    .addHelpText("after", "\nExample:\n  verdict inspect examples/acme")
    .action(async (path: string | undefined, options: InspectOptions) => {
      const { inspect } = await import("./run-inspect.js");
      await inspect(path, options);
    });
}
