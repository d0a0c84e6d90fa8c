/** `verdict config print`: the settings that `verdict serve` would have, each with where it comes from. */
import type { Command } from "commander";
import type { Flags } from "../../config/settle-setting.js";
import { addSettings } from "./setting-options.js";

/** Adds the command. */
export function addConfig(program: Command): void {
  const config = program.command("config").summary("show the settings of serve");
  config.description("Settings of `verdict serve`, without serving.");
  const print = config
    .command("print")
    .summary("print every setting with where it comes from")
    .description(
      "Prints the settings that `verdict serve` would have with the same options, variables and file, and where each\n" +
        "comes from: exit code 0, 2 if they cannot be used. Passwords and queries of URLs are left out.",
    );
  addSettings(print);
  print
    .option("--json", "print one object with a member for each setting")
    .addHelpText("after", "\nExample:\n  verdict config print --config verdict.yaml --http 127.0.0.1:8181")
    .action(async ({ json, ...flags }: Flags) => {
      const { printConfig } = await import("./run-config-print.js");
      await printConfig(flags, json === true);
    });
}
