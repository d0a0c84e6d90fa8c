/** `verdict prove`: assertions about a policy set, or AWS's custom checks of documents. Exit code 0 all hold, 1 one fails, 2 an error or unknown. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { policyPath } from "../../config/policy-settings.js";
import { policyTypes } from "../../question/layers.js";
import { collect } from "../../terminal/key-value.js";
import type { ProveOptions } from "./run-prove.js";

/** Adds the command. */
export function addProve(program: Command): void {
  program
    .command("prove")
    .summary("prove assertions about a policy set, or find what breaks them")
    .description(
      "Proves assertions for all requests, or shows a request that breaks them: exit code 0 all hold, 1 one fails, 2 an error or unknown.",
    )
    .argument("[file...]", "assertions, YAML or JSON; `-` is standard input")
    .option(
      "--policies <path>",
      `policy set: a file, a directory or \`-\`, standard input (default: ${policyPath.defaultText})`,
    )
    .addOption(
      new Option("--format <format>", "form of the results")
        .choices(["text", "json", "sarif", "junit"])
        .default("text"),
    )
    .option("--json", "one line of JSON for each assertion, as --format json")
    .option(
      "--no-new-access <documents...>",
      "of two documents, OLD and NEW: the second allows nothing that the first does not",
    )
    .option("--not-granted <document>", "the document allows none of --action on any of --resource")
    .option("--not-public <document>", "the document lets no stranger in")
    .addOption(new Option("--type <type>", "what the documents are attached as").choices(policyTypes))
    .option("--action <pattern>", "with --not-granted; repeatable", collect)
    .option("--resource <pattern>", "with --not-granted; repeatable", collect)
    .option("--resource-type <type>", "with --not-public: as AWS::S3::Bucket")
    .addOption(
      new Option("--rule <rule>", "with --not-public: requests of strangers, or S3's rule about texts")
        .choices(["semantic", "s3-bpa"])
        .default("semantic"),
    )
    .option("--budget <n>", "steps for one principal, beyond which an assertion is `unknown`", wholeNumber)
    .option("--workers <n>", "accepted; proofs are found on one thread so far", wholeNumber)
    .addHelpText("after", PROVE_EXAMPLE)
    .action(async (files: readonly string[], options: ProveOptions) => {
      const { prove } = await import("./run-prove.js");
      await prove(files, options);
    });
}

function wholeNumber(text: string): number {
  if (!/^[1-9][0-9]{0,11}$/.test(text)) throw new InvalidArgumentError("is no whole number above zero.");
  return Number(text);
}

const PROVE_EXAMPLE = `
Examples:
  verdict prove --policies examples/acme examples/acme.assertions.yaml
  verdict prove --no-new-access old.json new.json --type identity
  verdict prove --not-granted policy.json --type identity \\
    --action iam:PassRole --resource '*'
  verdict prove --not-public bucket.json --resource-type AWS::S3::Bucket`;
