/** The command `verdict` on a Node that can run it: chooses the subcommand and turns what goes wrong into one line and an exit code. */
import { Command, CommanderError, Option } from "commander";
import { ConfigError } from "../config/settle-setting.js";
import { CommandError } from "../terminal/command-error.js";
import { helpLayout } from "../terminal/help-layout.js";
import { versionLine } from "../terminal/package-version.js";
import { colourUses, colourWhen, printError, tolerateClosedOutput } from "../terminal/terminal.js";
import { errorText } from "../text/error-text.js";

/** Gives what declares a command, out of its file. */
type Load = () => Promise<(program: Command) => void>;

/** The commands as help lists them: by what somebody wants to do. */
const groups: readonly (readonly [heading: string, Readonly<Record<string, Load>>])[] = [
  [
    "Ask:",
    {
      serve: async () => (await import("./serve.js")).addServe,
      check: async () => (await import("./check/check.js")).addCheck,
      health: async () => (await import("./health.js")).addHealth,
      simulate: async () => (await import("./simulate.js")).addSimulate,
    },
  ],
  [
    "Write policies:",
    {
      validate: async () => (await import("./validate.js")).addValidate,
      test: async () => (await import("./test.js")).addTest,
      prove: async () => (await import("./prove/prove.js")).addProve,
      inspect: async () => (await import("./inspect.js")).addInspect,
      rules: async () => (await import("./rules.js")).addRules,
      schema: async () => (await import("./schema.js")).addSchema,
    },
  ],
  [
    "Audit:",
    {
      audit: async () => (await import("./audit/audit.js")).addAudit,
      replay: async () => (await import("./replay.js")).addReplay,
      generate: async () => (await import("./generate.js")).addGenerate,
      import: async () => (await import("./import/import.js")).addImport,
    },
  ],
  [
    "Measure:",
    {
      load: async () => (await import("./load/load.js")).addLoad,
      synth: async () => (await import("./synth/synth.js")).addSynth,
    },
  ],
  [
    "Around it:",
    {
      config: async () => (await import("./config/config.js")).addConfig,
      completion: async () => (await import("./completion.js")).addCompletion,
    },
  ],
];

await main(process.argv);

async function main(argv: readonly string[]): Promise<void> {
  tolerateClosedOutput();
  const program = new Command("verdict")
    .description("A policy decision point for AWS-IAM-style policies.")
    .version(["-v", "-V", "--version", "version"].some((word) => argv.includes(word)) ? versionLine() : "")
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
  for (const [heading, declarations] of await loaded(argv[2])) {
    program.commandsGroup(heading);
    for (const declare of declarations) declare(program);
  }
  program.helpCommand("help [command]", "display help for command");
  for (const command of program.commands) {
    command.option("--debug", "print stack traces of errors");
    prepare(command);
  }
  try {
    await program.parseAsync(asMeant(argv, program));
  } catch (error: unknown) {
    process.exitCode = error instanceof CommanderError && error.exitCode === 0 ? 0 : 2;
    if (error instanceof CommanderError) return;
    report(error);
    if (argv.includes("--debug")) printStack(error);
  }
}

/**
 * What declares commands, group by group: only the one that is asked for where its name says which. All are needed by help, by completion,
 * and by whoever mistypes a name or begins with an option.
 */
function loaded(asked = "") {
  const isOne = asked !== "completion" && groups.some(([, commands]) => Object.hasOwn(commands, asked));
  return Promise.all(
    groups.map(async ([heading, commands]) => {
      const wanted = Object.entries(commands).filter(([name]) => !isOne || name === asked);
      return [heading, await Promise.all(wanted.map(([, load]) => load()))] as const;
    }),
  );
}

/** `-v`, `version` and `help NAME` for what people type them for; commander has help of its own for a name that is none. */
function asMeant(argv: readonly string[], program: Command): readonly string[] {
  const [node = "", script = "", first = "", second] = argv;
  if (first === "-v" || first === "version") return [node, script, "--version"];
  const isUnknown = second !== undefined && !program.commands.some((command) => command.name() === second);
  return first === "help" && isUnknown && !second.startsWith("-") ? [node, script, ...argv.slice(3)] : argv;
}

/** What all commands have in common, those of groups included. */
function prepare(command: Command): void {
  command.configureOutput({ outputError: (text) => printError(`${usageLine(text)}${hintOn(command, text)}`) });
  for (const one of command.commands) prepare(one);
}

function hintOn(command: Command, text: string): string {
  const names = command.commands.map((one) => one.name());
  if (names.length > 0 && text.includes("unknown command") && !text.includes("Did you mean")) {
    return ` (its commands: ${names.join(", ")})`;
  }
  const isPath = command.name() === "serve" && text.includes("too many arguments");
  return isPath ? " (a policy set is named with --policies)" : "";
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
