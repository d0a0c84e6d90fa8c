/** `verdict import aws`: what AWS prints about accounts becomes a policy set. Exit code 0, 1 if the set is not whole, 2 an error. */
import type { Command } from "commander";

/** Adds the command. */
export function addImport(program: Command): void {
  const parent = program
    .command("import")
    .summary("make a policy set of what AWS prints about accounts")
    .description("Makes a policy set of exports.")
    .addHelpText("after", IMPORT_EXAMPLE);
  parent
    .command("aws")
    .summary("of account exports, resource policies, AWS Config and organization listings")
    .description(
      "Reads folders of what AWS's command line prints and writes one policy set: users, groups, roles and policies, policies and tags of " +
        "resources, the organization with its SCPs and RCPs. What is missing is said, and denies where it could only be guessed. " +
        "Exit code 0, 1 if the set is not whole, 2 an error.",
    )
    .argument("<path...>", "files and folders; each file is told by its content")
    .requiredOption("--out <folder>", "where the set is written: a new folder, or one of an earlier import")
    .option("--debug", "print stack traces of errors")
    .addHelpText("after", IMPORT_EXAMPLE)
    .action(async (paths: readonly string[], options: { readonly out: string }) => {
      const { importAws } = await import("./run-import.js");
      await importAws(paths, options);
    });
}

const IMPORT_EXAMPLE = `
Example:
  verdict import aws account/ --out policies
  verdict audit summary --policies policies`;
