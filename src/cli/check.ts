/** `verdict check`: one decision. Exit code 0 if allowed, 1 if denied, 2 if there is no decision. */
import type { Command } from "commander";
import { policyPath } from "../config/policy-settings.js";
import { addServerOptions } from "../reach/server-options.js";
import { collect } from "../terminal/key-value.js";
import { requireOptions } from "../terminal/required-options.js";
import type { CheckOptions } from "./run-check.js";

/** Adds the command. */
export function addCheck(program: Command): void {
  const command = program
    .command("check")
    .summary("answer one question")
    .description("Answers one question: exit code 0 if allowed, 1 if denied, 2 if it cannot be decided.")
    .option(
      "--policies <path>",
      `policy set: a file, a directory or \`-\`, standard input (default: ${policyPath.defaultText})`,
    )
    .option("--principal <arn>", "who asks: an ARN, a service name, a provider or `anonymous`")
    .option("--action <action>", "`service:Name`")
    .option("--resource <arn>", "one ARN, or `*`")
    .option("--context <key=value>", "a condition key; repeat a key for several values", collect, [])
    .option("--resource-account <id>", "the account that owns the resource")
    .option("--resource-tag <key=value>", "a tag of the resource", collect, [])
    .option("--session-tag <key=value>", "a tag of the session", collect, [])
    .option("--session-policy <file>", "a JSON policy document that limits the session", collect, [])
    .option("--endpoint <id>", "the VPC endpoint the request came through")
    .option("--time <iso>", "the clock, as in 2026-03-01T09:00:00Z")
    .option("--explain", "say what each policy type answered and why statements did not apply")
    .option("--json", "print the decision as one line of JSON");
  addServerOptions(command)
    .addHelpText("after", CHECK_EXAMPLE)
    .action(async (options: CheckOptions) => {
      requireOptions(options, ["principal", "action", "resource"]);
      const { check } = await import("./run-check.js");
      await check(options);
    });
}

const CHECK_EXAMPLE = `
Example:
  verdict check --policies examples/minimal --principal arn:aws:iam::111111111111:user/alice \\
    --action s3:GetObject --resource arn:aws:s3:::reports/q3.csv --context aws:SourceIp=10.1.2.3

The same question to a running server has --server 127.0.0.1:50051 in place of --policies.`;
