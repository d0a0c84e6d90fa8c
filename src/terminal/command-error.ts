/** Why a command could not do its work: texts for standard error, one line each, place first. Exit code 2. */
export class CommandError extends Error {
  constructor(
    readonly lines: readonly string[],
    options?: ErrorOptions,
  ) {
    super(lines.join("\n"), options);
    this.name = "CommandError";
  }
}

/** A refusal with one line. */
export function refuse(line: string, cause?: unknown): CommandError {
  return new CommandError([line], cause === undefined ? undefined : { cause });
}
