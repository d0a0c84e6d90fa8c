/**
 * `verdict check`: one decision, exit code 0 if allowed, 1 if denied, 2 if there is no decision; or one a line of a file of questions,
 * exit code 0 if every line was decided, else 2.
 */
import type { Command } from "commander";
import { policyPath } from "../../config/policy-settings.js";
import { addServerOptions } from "../../reach/server-options.js";
import { refuse } from "../../terminal/command-error.js";
import { collect } from "../../terminal/key-value.js";
import { requireOptions } from "../../terminal/required-options.js";
import type { CheckOptions } from "./run-check.js";

/** Adds the command. */
export function addCheck(program: Command): void {
  const command = program
    .command("check")
    .summary("answer one question, or a file of them")
    .description(
      "Answers one question: exit code 0 if allowed, 1 if denied, 2 if it cannot be decided.\n" +
        "With --questions, each line of a file: exit code 0 if every line was decided, 2 otherwise.",
    )
    .option(
      "--policies <path>",
      `policy set: a file, a directory or \`-\`, standard input (default: ${policyPath.defaultText})`,
    )
    .option("--question <json|file>", "a question as POST /v1/authorize takes it, or its file; `-` is standard input")
    .option("--questions <file>", "JSON Lines of questions; prints a line of JSON each, in order")
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
      requireOneWay(options);
      if (options.questions !== undefined) {
        const { checkQuestions } = await import("./run-check-questions.js");
        await checkQuestions(options.questions, options);
        return;
      }
      const { check } = await import("./run-check.js");
      await check(options);
    });
}

/** Throws CommandError unless there is a question, and said in one way. */
function requireOneWay(options: CheckOptions): void {
  const files = [
    ...(options.question === undefined ? [] : ["--question"]),
    ...(options.questions === undefined ? [] : ["--questions"]),
  ];
  if (files.length === 0) {
    requireOptions(options, ["principal", "action", "resource"]);
    return;
  }
  if (files.length > 1) throw refuse(`${files.join(", ")}: questions come from one of them`);
  const parts = questionFlagsOf(options);
  if (parts.length > 0) throw refuse(`${[...files, ...parts].join(", ")}: a file has whole questions`);
}

/** The flags that say a part of a question. */
function questionFlagsOf(options: CheckOptions): readonly string[] {
  const { principal, action, resource, context, resourceAccount, resourceTag, sessionTag, sessionPolicy, endpoint } =
    options;
  return [
    ...(principal === undefined ? [] : ["--principal"]),
    ...(action === undefined ? [] : ["--action"]),
    ...(resource === undefined ? [] : ["--resource"]),
    ...(context.length === 0 ? [] : ["--context"]),
    ...(resourceAccount === undefined ? [] : ["--resource-account"]),
    ...(resourceTag.length === 0 ? [] : ["--resource-tag"]),
    ...(sessionTag.length === 0 ? [] : ["--session-tag"]),
    ...(sessionPolicy.length === 0 ? [] : ["--session-policy"]),
    ...(endpoint === undefined ? [] : ["--endpoint"]),
  ];
}

const CHECK_EXAMPLE = `
Example:
  verdict check --policies examples/minimal \\
    --principal arn:aws:iam::111111111111:user/alice \\
    --action s3:GetObject --resource arn:aws:s3:::reports/q3.csv \\
    --context aws:SourceIp=10.1.2.3

  echo '{"principal":"arn:aws:iam::111111111111:user/alice",
    "action":"s3:GetObject","resource":"arn:aws:s3:::reports/q3.csv",
    "context":{"aws:SourceIp":"10.1.2.3"}}' \\
    | verdict check --policies examples/minimal --question -

The same question to a running server has --server 127.0.0.1:50051 in place of
--policies.`;
