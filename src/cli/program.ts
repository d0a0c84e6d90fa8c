/** The command `verdict` on a Node that can run it: chooses the subcommand and turns what goes wrong into one line and an exit code. */
import { Command, CommanderError, Option } from "commander";
import { ConfigError } from "../config/settle-setting.js";
import { CommandError } from "../terminal/command-error.js";
import { helpLayout } from "../terminal/help-layout.js";
import { versionLine } from "../terminal/package-version.js";
import { colourUses, colourWhen, printError, tolerateClosedOutput } from "../terminal/terminal.js";
import { errorText } from "../text/error-text.js";
import { addAudit } from "./audit/audit.js";
import { addCheck } from "./check/check.js";
import { addCompletion } from "./completion.js";
import { addConfig } from "./config/config.js";
import { addGenerate } from "./generate.js";
import { addHealth } from "./health.js";
import { addImport } from "./import/import.js";
import { addInspect } from "./inspect.js";
import { addLoad } from "./load/load.js";
import { addProve } from "./prove/prove.js";
import { addReplay } from "./replay.js";
import { addRules } from "./rules.js";
import { addSchema } from "./schema.js";
import { addServe } from "./serve.js";
import { addSimulate } from "./simulate.js";
import { addSynth } from "./synth/synth.js";
import { addTest } from "./test.js";
import { addValidate } from "./validate.js";

await main(process.argv);

async function main(argv: readonly string[]): Promise<void> {
  tolerateClosedOutput();
  const program = new Command("verdict")
    .description("A policy decision point for AWS-IAM-style policies.")
    .version(argv.includes("--version") || argv.includes("-V") ? versionLine() : "")
    .addOption(
      new Option("--color <when>", "colours: where there is a terminal, always or never")
        .choices(colourUses)
        .default("auto"),
    )
    .on("option:color", colourWhen)
    .configureHelp(helpLayout)
    .exitOverride()
    .configureOutput({ outputError: (text) => printError(usageLine(text)) })
    .addHelpText("after", "\nExample:\n  verdict serve --policies examples/acme");
  for (const add of [
    addServe,
    addCheck,
    addSimulate,
    addTest,
    addSchema,
    addValidate,
    addRules,
    addInspect,
    addReplay,
    addLoad,
    addAudit,
    addProve,
    addGenerate,
    addImport,
    addSynth,
    addHealth,
    addConfig,
    addCompletion,
  ]) {
    add(program);
  }
  for (const command of program.commands) command.option("--debug", "print stack traces of errors");
  try {
    await program.parseAsync(argv);
  } catch (error: unknown) {
    process.exitCode = error instanceof CommanderError && error.exitCode === 0 ? 0 : 2;
    if (error instanceof CommanderError) return;
    report(error);
    if (argv.includes("--debug")) printStack(error);
  }
}

function report(error: unknown): void {
  if (error instanceof CommandError) for (const line of error.lines) printError(line);
  else if (error instanceof ConfigError) for (const problem of error.problems) printError(problem);
  else printError(`verdict: ${errorText(error)}`);
}

function printStack(error: unknown): void {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    for (const line of (cause.stack ?? "").split("\n")) printError(line);
  }
}

/** Commander's texts begin with `error: ` and may have a suggestion on a second line. */
function usageLine(text: string): string {
  return `verdict: ${text
    .trim()
    .replace(/^error: /, "")
    .replaceAll("\n", " ")}`;
}
