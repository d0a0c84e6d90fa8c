/** Options without which a command cannot begin: all that are missing are told at once. */
import { refuse } from "./command-error.js";

/** Throws CommandError if some of these options were not given. Names are as commander has them: `resourceAccount`. */
export function requireOptions<Options extends object>(
  options: Options,
  names: readonly (keyof Options & string)[],
): void {
  const missing = names.filter((name) => options[name] === undefined).map(flagOf);
  const last = missing.at(-1);
  if (last === undefined) return;
  const others = missing.slice(0, -1);
  throw refuse(
    others.length === 0
      ? `verdict: the option ${last} is missing`
      : `verdict: the options ${others.join(", ")} and ${last} are missing`,
  );
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
