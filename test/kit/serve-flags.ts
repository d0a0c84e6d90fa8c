/** Flags of `serve` as files of examples have them: `--name=value`, each of them known. */
import { settings } from "../../src/config/settings.js";

const names = new Map(Object.values(settings).map(({ flag, name, isList }) => [flag, { name, isList }]));

/** As the command would hand them to `readConfig`; throws for a flag that is not there. */
export function flagsOf(args: readonly string[]): Record<string, unknown> {
  const have: Record<string, unknown> = {};
  for (const arg of args) {
    const [flag = "", value = ""] = arg.split(/=(.*)/s);
    const known = names.get(flag);
    if (known === undefined) throw new Error(`${flag}: is no flag of serve`);
    have[known.name] = known.isList ? [value] : value;
  }
  return have;
}
