/** `verdict validate`: findings about policy sets or documents. Exit code 0, 1 if errors were found, 2 if a path cannot be read. */
import type { Command } from "commander";
import { Option } from "commander";
import { policyTypes } from "../question/layers.js";
import type { ValidateOptions } from "./run-validate.js";

/** Adds the command. */
export function addValidate(program: Command): void {
  program
    .command("validate")
    .summary("find mistakes in policy sets and policy documents")
    .description("Prints findings: exit code 0, 1 if errors were found, 2 if a path cannot be read.")
    .argument(
      "<path...>",
      "policy sets, or mappings for ext_authz or AuthZEN; with --type, files or directories of single documents; `-` is standard input",
    )
    .addOption(new Option("--type <type>", "what the documents are attached as").choices(policyTypes))
    .addOption(
      new Option("--format <format>", "form of the findings").choices(["text", "json", "sarif"]).default("text"),
    )
    .addHelpText("after", VALIDATE_EXAMPLE)
    .action(async (paths: readonly string[], options: ValidateOptions) => {
      const { validate } = await import("./run-validate.js");
      await validate(paths, options);
    });
}

const VALIDATE_EXAMPLE = `
Example:
  verdict validate examples/acme
  verdict validate --type scp --format sarif guardrails/DenyLeavingEurope.json`;
