/** `verdict rules`: what the rule is that a finding, a comment or a case names. */
import type { Command } from "commander";

/** Adds the command. */
export function addRules(program: Command): void {
  program
    .command("rules")
    .summary("print a rule that findings and tests name")
    .description("Prints a rule and where it stands, or without an id every rule with its title.")
    .argument("[id]", "such as COND-5, LINT-ADMIN or SET-FORMAT; case does not matter")
    .option("--json", "print one line of JSON")
    .addHelpText("after", "\nExample:\n  verdict rules COND-5")
    .action(async (id: string | undefined, options: { readonly json?: boolean }) => {
      const { rules } = await import("./run-rules.js");
      await rules(id, options);
    });
}
