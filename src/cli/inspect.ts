/** `verdict inspect`: what a policy set holds once it is compiled. */
import type { Command } from "commander";
import { policyPath } from "../config/policy-settings.js";

/** Adds the command. */
export function addInspect(program: Command): void {
  program
    .command("inspect")
    .summary("show what a policy set holds")
    .description("Compiles a policy set and prints its counts, its digest and the bytes of its image.")
    .argument("[path]", `policy set: a file, a directory or \`-\`, standard input (default: ${policyPath.defaultText})`)
    .option("--json", "print one line of JSON")
    .addHelpText("after", "\nExample:\n  verdict inspect examples/acme")
    .action(async (path: string | undefined, options: { readonly json?: boolean }) => {
      const { inspect } = await import("./run-inspect.js");
      await inspect(path, options);
    });
}
