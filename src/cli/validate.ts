/** `verdict validate`: findings about policy sets or documents. Exit code 0, 1 if some weigh enough to fail, 2 if a path cannot be read. */
import type { Command } from "commander";
import { Option } from "commander";
import { policyTypes } from "../question/layers.js";
import type { ValidateOptions } from "./run-validate.js";

const severities = ["error", "securityWarning", "warning", "suggestion"] as const;

/** Adds the command. */
export function addValidate(program: Command): void {
  program
    .command("validate")
    .summary("find mistakes in policy sets and policy documents")
    .description("Prints findings: exit code 0, 1 if errors were found (see --fail-on), 2 if a path cannot be read.")
    .argument(
      "<path...>",
      "policy sets, or mappings for ext_authz or AuthZEN; with --type, files or directories of single documents; `-` is standard input",
    )
    .addOption(new Option("--type <type>", "what the documents are attached as").choices(policyTypes))
    .addOption(
      new Option("--format <format>", "form of the findings").choices(["text", "json", "sarif"]).default("text"),
    )
    .addOption(
      new Option("--fail-on <severity>", "the lightest finding that makes the exit code 1")
        .choices(severities)
        .default("error"),
    )
    .addOption(
      new Option("--min-severity <severity>", "the lightest finding that is shown and counts")
        .choices(severities)
        .default("suggestion"),
    )
    .option("--rule <id>", "only advice by this rule; repeat it, or part ids by commas", listed)
    .option("--ignore <id>", "no advice by this rule, likewise; errors that refuse a set stay", listed)
    .option(
      "--policies <path>",
      "the policy set around the paths: only they have findings, and references lead into the set",
    )
    .option("--baseline <file>", "findings that are accepted, with reason and last day")
    .option("--write-baseline", "accept what is found: write it to the file of --baseline")
    .option("--reason <text>", "why, with --write-baseline")
    .option("--owner <name>", "who answers for it, with --write-baseline")
    .option("--expires <day>", "the last day of it, with --write-baseline (default: in 90 days)")
    .option("--all", "each finding on a line of its own, however often it is repeated")
    .addHelpText("after", VALIDATE_EXAMPLE)
    .action(async (paths: readonly string[], options: ValidateOptions) => {
      const { validate } = await import("./run-validate.js");
      await validate(paths, options);
    });
}

function listed(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...value.split(",").filter((id) => id !== "")];
}

const VALIDATE_EXAMPLE = `
Example:
  verdict validate --fail-on warning examples/acme
  verdict validate --policies policies \\
    policies/payments.yaml policies/people.yaml
  verdict validate --baseline accepted.json --write-baseline \\
    --reason "known since the audit" policies
  verdict validate --type scp --format sarif guardrails/DenyLeavingEurope.json`;
