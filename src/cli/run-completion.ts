/** The work of `verdict completion`: scripts made of the commands as they are declared. Words need no quotes: they are ours. */
import type { Command } from "commander";

interface Completed {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly { readonly flag: string; readonly description: string }[];
}

/** The script for one of bash, zsh and fish. */
export function completionScript(shell: string, program: Command): string {
  const commands = program.commands.map((command) => ({
    name: command.name(),
    summary: command.summary(),
    flags: command.options.flatMap(({ long, description }) => (long ? [{ flag: long, description }] : [])),
  }));
  if (shell === "fish") return fishScript(commands);
  const script = bashScript(commands);
  return shell === "zsh" ? `autoload -U +X bashcompinit && bashcompinit\n${script}` : script;
}

function bashScript(commands: readonly Completed[]): string {
  const cases = commands.map(
    ({ name, flags }) => `    ${name}) words="${flags.map(({ flag }) => flag).join(" ")} --help" ;;`,
  );
  return [
    "_verdict() {",
    '  local word="${COMP_WORDS[COMP_CWORD]}" words=""',
    `  if [ "$COMP_CWORD" -eq 1 ]; then`,
    `    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(" ")} --help --version" -- "$word"))`,
    "    return",
    "  fi",
    '  case "${COMP_WORDS[1]}" in',
    ...cases,
    "  esac",
    '  case "$word" in',
    '    -*) COMPREPLY=($(compgen -W "$words" -- "$word")) ;;',
    '    *) COMPREPLY=($(compgen -f -- "$word")) ;;',
    "  esac",
    "}",
    "complete -o filenames -F _verdict verdict",
  ].join("\n");
}

function fishScript(commands: readonly Completed[]): string {
  const lines = commands.flatMap(({ name, summary, flags }) => [
    `complete -c verdict -n __fish_use_subcommand -f -a ${name} -d ${fishText(summary)}`,
    ...flags.map(({ flag, description }) => {
      const seen = `"__fish_seen_subcommand_from ${name}"`;
      return `complete -c verdict -n ${seen} -l ${flag.slice(2)} -d ${fishText(description)}`;
    }),
  ]);
  return lines.join("\n");
}

function fishText(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
